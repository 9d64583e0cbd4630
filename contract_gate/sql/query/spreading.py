"""Projections that stand for several: `COLUMNS(…)` of DuckDB and ClickHouse for one of each column that it picks, DuckDB's
`unnest(s)` of a struct and Spark's `inline(items)` for one of each field.
"""

from collections.abc import Iterable, Iterator

from sqlglot import exp

from contract_gate.core.relation import Fields
from contract_gate.sql.families import SPARK
from contract_gate.sql.query.fields import element, fields_of
from contract_gate.sql.query.patterns import is_found, is_like
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Visible, stored_names
from contract_gate.sql.query.terms import to_term


def spread(projections: Iterable[exp.Expr], place: Place) -> Iterator[exp.Expr]:
    """Write each projection with `COLUMNS(…)` once for each column, and a struct that is unnested once for each field, as far as
    all of them are known.
    """
    every = [_as_columns(each) if place.binding.dialect == "duckdb" else each for each in projections]
    for projection in every:
        inner = projection.unalias()
        if place.binding.dialect == "duckdb" and isinstance(inner, exp.Explode):
            yield from _of_fields(inner, place) or [projection]
            continue
        if place.binding.dialect in SPARK and inner is projection:
            yield from _of_elements(inner, place) or [projection]
            continue
        written = projection.find(exp.Columns) if place.binding.dialect in PICKING else None
        picked = _picked(written, place) if written is not None else None
        if written is None or picked is None:
            yield projection
            continue
        for visible, name in picked:
            yield _of_column(projection, visible, name)
        place.read_whole(place.scope.sources, projection)
        # ClickHouse refuses only a list in which nothing is left (run in chdb).
        if not picked and (place.binding.dialect == "duckdb" or len(every) == 1):
            text = f"no column matches `{written.this.name}`"
            relations = stored_names(place.scope.sources)
            place.binding.report("unknown-column", text, projection, True, written.this.name, relations)


def _as_columns(projection: exp.Expr) -> exp.Expr:
    """DuckDB's `* LIKE 'a%'` picks as `COLUMNS(lambda name: name LIKE 'a%')` does.

    https://duckdb.org/docs/stable/sql/expressions/star
    """
    tested = projection.this if isinstance(projection, exp.Not) else projection
    is_test = isinstance(tested, (exp.Like, exp.ILike, exp.SimilarTo))
    if not is_test or not isinstance(tested.this, exp.Star):
        return projection
    name, test = exp.to_identifier("name"), tested.copy()
    test.set("this", name.copy())
    test = exp.Not(this=test) if tested is not projection else test
    return exp.Columns(this=exp.Lambda(this=test, expressions=[name]))


PICKING = frozenset({"duckdb", "clickhouse"})


def _of_fields(unnested: exp.Explode, place: Place) -> list[exp.Expr]:
    """A struct gives a column for each of its fields, whatever alias it has; an array of structs does so in a second step.

    https://duckdb.org/docs/stable/sql/query_syntax/unnest
    """
    fields = fields_of(to_term(unnested.this, place), place.scope)
    options = {
        item.name.lower(): item.expression
        for item in unnested.expressions
        if isinstance(item, exp.PropertyEQ)
    }
    recursive = isinstance(given := options.get("recursive"), exp.Boolean) and bool(given.this)
    depth = options.get("max_depth")
    steps = 99 if recursive else int(depth.name) if isinstance(depth, exp.Literal) and depth.is_int else 1
    if fields is None or (fields.repeated and steps < 2):
        return []
    elements = exp.Explode(this=unnested.this.copy()) if fields.repeated else unnested.this.copy()
    return list(_fields(elements, fields, steps - fields.repeated))


def _of_elements(made: exp.Expr, place: Place) -> list[exp.Expr]:
    """Spark's `inline(items)` gives a column for each field of the elements, `stack(n, …)` as many as fill n rows."""
    if (
        isinstance(made, exp.Stack)
        and isinstance(made.this, exp.Literal)
        and made.this.is_int
        and int(made.this.name)
    ):
        count = -(-len(made.expressions) // int(made.this.name))
        return [
            exp.Aliases(this=made, expressions=[exp.to_identifier(f"col{number}") for number in range(count)])
        ]
    is_inline = isinstance(made, exp.Inline) or (
        isinstance(made, exp.Anonymous) and made.name.lower() == "inline_outer"
    )
    array = made.expressions[0] if isinstance(made, exp.Anonymous) and made.expressions else made.this
    fields = element(fields_of(to_term(array, place), place.scope)) if is_inline else None
    return [] if fields is None else list(_fields(exp.Explode(this=array.copy()), fields, 1))


def _fields(value: exp.Expr, fields: Fields, steps: int) -> Iterator[exp.Expr]:
    for column in fields.columns:
        one = exp.Dot(this=exp.paren(value.copy()), expression=exp.to_identifier(column.name, quoted=True))
        if steps > 1 and column.fields is not None and not column.fields.repeated:
            yield from _fields(one, column.fields, steps - 1)
        else:
            yield exp.alias_(one, column.name, quoted=True)


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
            relations = stored_names(sources)
            text = f"`{name}` is left out and is not a column"
            place.binding.report("unknown-column", text, what, True, name, relations)
        return [(visible, name) for visible, name in columns if name not in left_out]
    found: list[bool | None] = [None]
    if isinstance(what, exp.Literal) and what.is_string:
        # Matches anywhere, and with case (run in DuckDB).
        found = [is_found(what.name, name) for _, name in columns]
    elif isinstance(what, exp.Lambda):
        found = [_holds(what.this, name) for _, name in columns]
    return None if None in found else [each for each, holds in zip(columns, found, strict=True) if holds]


def _holds(test: exp.Expr, name: str) -> bool | None:
    """Tell whether the condition of a lambda holds for the name of a column; None where that is not known."""
    match test:
        case exp.Paren():
            return _holds(test.this, name)
        case exp.Not():
            inner = _holds(test.this, name)
            return None if inner is None else not inner
        case exp.And() | exp.Or():
            both = (_holds(test.this, name), _holds(test.expression, name))
            return None if None in both else all(both) if isinstance(test, exp.And) else any(both)
        case exp.Like() | exp.ILike() if _is_of_name(test):
            texts = (name, test.expression.name)
            holds = is_like(*(map(str.lower, texts) if isinstance(test, exp.ILike) else texts))
            return holds is not bool(test.args.get("negate"))
        case exp.SimilarTo() if _is_of_name(test):
            return is_found(rf"\A(?:{test.expression.name})\Z", name)
        case exp.EQ() | exp.NEQ() if _is_of_name(test):
            return (test.expression.name == name) is isinstance(test, exp.EQ)
        case _:
            return None


def _is_of_name(test: exp.Expr) -> bool:
    """Tell whether a test compares the name with a text."""
    text = test.expression
    return isinstance(test.this, exp.Identifier) and isinstance(text, exp.Literal) and text.is_string


def _of_column(projection: exp.Expr, visible: Visible, name: str) -> exp.Expr:
    table = exp.to_identifier(visible.alias, quoted=True) if visible.alias else None

    def replaced(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Columns):
            return node
        return exp.Column(this=exp.to_identifier(name, quoted=True), table=table.copy() if table else None)

    one = projection.copy().transform(replaced)
    return one if isinstance(one, (exp.Alias, exp.Column)) else exp.alias_(one, name, quoted=True)
