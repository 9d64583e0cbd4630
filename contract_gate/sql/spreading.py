"""`COLUMNS(…)` of DuckDB: one projection stands for one of each column that it picks."""

import re
from collections.abc import Iterable, Iterator

from sqlglot import exp

from contract_gate.sql.place import Place
from contract_gate.sql.scope import Visible


def spread(projections: Iterable[exp.Expr], place: Place) -> Iterator[exp.Expr]:
    """Write each projection with `COLUMNS(…)` once for each column, as far as all columns are known."""
    for projection in projections:
        written = projection.find(exp.Columns) if place.binding.dialect == "duckdb" else None
        picked = _picked(written, place) if written is not None else None
        if written is None or picked is None:
            yield projection
            continue
        for visible, name in picked:
            yield _of_column(projection, visible, name)
        for visible in place.scope.sources:
            if visible.stored is not None:
                place.binding.read(visible.stored.name, None, projection, star=True)
        if not picked:
            text = f"no column matches `{written.this.name}`"
            relations = tuple(v.stored.name for v in place.scope.sources if v.stored is not None)
            place.binding.report("unknown-column", text, projection, True, written.this.name, relations)


def _picked(written: exp.Columns, place: Place) -> list[tuple[Visible, str]] | None:
    """Give the columns that match; None where nobody can tell."""
    sources = [visible for visible in place.scope.sources if not visible.hidden_by_semi_join]
    if place.scope.merged or not sources or not all(visible.closed for visible in sources):
        return None
    columns = [(visible, name) for visible in sources for name in visible.columns]
    what = written.this
    if isinstance(what, exp.Star) and not what.args.get("replace") and not what.args.get("rename"):
        left_out = {place.binding.name(item) for item in what.args.get("except_") or ()}
        for name in sorted(left_out - {name for _, name in columns}):
            relations = tuple(v.stored.name for v in sources if v.stored is not None)
            text = f"`{name}` is left out and is not a column"
            place.binding.report("unknown-column", text, what, True, name, relations)
        return [(visible, name) for visible, name in columns if name not in left_out]
    if isinstance(what, exp.Literal) and what.is_string:
        try:
            pattern = re.compile(what.name)
        except re.error:
            return None
        # Matches anywhere, and with case (run in DuckDB).
        return [(visible, name) for visible, name in columns if pattern.search(name)]
    return None


def _of_column(projection: exp.Expr, visible: Visible, name: str) -> exp.Expr:
    table = exp.to_identifier(visible.alias, quoted=True) if visible.alias else None

    def replaced(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Columns):
            return node
        return exp.Column(this=exp.to_identifier(name, quoted=True), table=table.copy() if table else None)

    one = projection.copy().transform(replaced)
    return one if isinstance(one, (exp.Alias, exp.Column)) else exp.alias_(one, name, quoted=True)
