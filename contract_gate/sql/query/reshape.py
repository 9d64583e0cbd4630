"""PIVOT, UNPIVOT and MATCH_RECOGNIZE: relations made of another's rows."""

import re
from itertools import product

from sqlglot import exp

from contract_gate.core.relation import Column
from contract_gate.sql.algebra import Reshape, Source, Term
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Scope, Visible
from contract_gate.sql.query.terms import to_term
from contract_gate.sql.query.visibles import alias_columns


def bind_pivots(pivots: list[exp.Pivot], visible: Visible, place: Place) -> Visible:
    """Wrap a source in its PIVOT and UNPIVOT clauses, in order."""
    for pivot in pivots:
        change = _unpivot if pivot.args.get("unpivot") else _pivot
        visible = change(pivot, visible, place)
    return visible


def bind_simplified(node: exp.Pivot, visible: Visible, place: Place) -> Visible:
    """Bind DuckDB's `PIVOT t ON … USING …` and `UNPIVOT t ON … INTO …`, which are relations by themselves."""
    inner = _inner_place(visible, place)
    if node.args.get("unpivot"):
        into = node.args.get("into")
        written = [into.this, *into.expressions] if isinstance(into, exp.UnpivotColumns) else []
        names = [_named(item, place) for item in written] or ["name", "value"]
        closed = visible.closed and all(not _is_pattern(item) for item in node.expressions)
        return _unpivoted(node, node.expressions, names[:1], names[1:], True, closed, visible, inner)
    aggregates = node.args.get("using") or ()
    using = tuple(to_term(item, inner) for item in aggregates)
    lists = [_value_list(item, inner) for item in node.expressions]
    groups = node.args.get("group")
    keys = tuple(to_term(item, inner) for item in groups.expressions) if isinstance(groups, exp.Group) else ()
    on = tuple(to_term(item.this if isinstance(item, exp.In) else item, inner) for item in node.expressions)
    used = {term.value for part in (*on, *using) for term in part.walk() if term.op == "column"}
    kept = [key.value for key in keys] if keys else [name for name in visible.columns if name not in used]
    known = [pairs for pairs in lists if pairs is not None]
    suffixes = [item.alias for item in aggregates]
    made: list[str] = []
    cells: tuple[Term, ...] = ()
    if len(known) == len(lists) and (len(suffixes) < 2 or all(suffixes)):
        # Without such lists the values of the ON columns name the others: they are not known here.
        made = [
            "_".join([name for name, _ in pairs] + ([suffix] if suffix else []))
            for pairs in product(*known)
            for suffix in suffixes or [""]
        ]
        cells = _cells([[value for _, value in pairs] for pairs in known], on, using)
    term = _pivot_term(using, _listed(on, lists), keys, cells)
    columns = tuple(Column(name=name.lower()) for name in (*kept, *made))
    return _reshaped(visible, term, columns, visible.closed and bool(made), tuple(kept), visible.alias, place)


def bind_match(node: exp.MatchRecognize, visible: Visible, place: Place) -> Visible:
    """Wrap a source in MATCH_RECOGNIZE: its measures and, as far as the clause says, the input's columns."""
    inner = _inner_place(visible, place)
    variables = (
        {word.lower() for word in re.findall(r"\w+", node.args["pattern"].name)}
        if node.args.get("pattern")
        else set()
    )
    terms = tuple(
        to_term(_without_variables(part, variables), inner)
        for slot, part in _parts(node)
        if slot not in ("pattern", "alias")
    )
    names = [
        place.binding.name(measure.this.args["alias"])
        for measure in node.args.get("measures") or ()
        if isinstance(measure.this, exp.Alias)
    ]
    known = tuple(Column(name=name) for name in names)
    text = node.args["pattern"].name if node.args.get("pattern") is not None else ""
    term = Term("match_recognize", terms, ("expressions",) * len(terms), text)
    return _reshaped(visible, term, known, False, (), visible.alias, place)


def _without_variables(node: exp.Expr, variables: set[str]) -> exp.Expr:
    """`a.price`, where `a` is a variable of the pattern, is the price of the input."""
    bare = node.copy()
    for column in bare.find_all(exp.Column):
        if column.table.lower() in variables and not column.db:
            column.set("table", None)
    return bare


def _parts(node: exp.Expr) -> list[tuple[str, exp.Expr]]:
    found = []
    for slot, value in node.args.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, exp.Expr):
                found.append((slot, item.this if isinstance(item, exp.MatchRecognizeMeasure) else item))
    return found


def _inner_place(visible: Visible, place: Place) -> Place:
    scope = Scope(place.scope.dialect, sources=[visible])
    return Place(place.binding, place.ctes, scope)


def _pivot(node: exp.Pivot, visible: Visible, place: Place) -> Visible:
    inner = _inner_place(visible, place)
    aggregates = tuple(to_term(item, inner) for item in node.expressions)
    fields = node.args.get("fields") or ()
    columns = tuple(to_term(item.this, inner) for item in fields)
    lists = [_value_list(item, inner) for item in fields]
    groups = node.args.get("group")
    keys = tuple(to_term(item, inner) for item in groups.expressions) if isinstance(groups, exp.Group) else ()
    used = {t.value for part in (*aggregates, *columns) for t in part.walk() if t.op == "column"}
    passed = [name for name in visible.columns if name not in used] if not keys else [k.value for k in keys]
    made = [place.binding.name(column) for column in _made(node)]
    known = [pairs for pairs in lists if pairs is not None]
    cells = _cells([[value for _, value in pairs] for pairs in known], columns, aggregates)
    if len(known) < len(lists) or len(cells) != len(made):
        # The values are not listed, or several aggregates without aliases are named as the engine likes.
        made, cells = [], ()
    term = _pivot_term(aggregates, _listed(columns, lists), keys, cells)
    names = _aliased([*passed, *made], node, place)
    return _reshaped(
        visible, term, tuple(Column(name=name) for name in names), visible.closed and bool(made), tuple(passed),
        _alias(node, place) or visible.alias, place,
    )  # fmt: skip


def _made(node: exp.Pivot) -> list[exp.Expr]:
    """Give the columns that the values make. The parser forgets that an alias was quoted, so that its case is kept."""
    columns, fields = node.args.get("columns") or [], node.args.get("fields") or []
    pairs = [
        (item, each)
        for item in (fields[0].expressions if len(fields) == 1 else ())
        for each in node.expressions
    ]
    if len(pairs) != len(columns):
        return list(columns)
    return [_in_its_case(column, *pair) for column, pair in zip(columns, pairs, strict=True)]


def _in_its_case(column: exp.Expr, item: exp.Expr, aggregate: exp.Expr) -> exp.Expr:
    aliases = [
        part for each in (item, aggregate) if isinstance(part := each.args.get("alias"), exp.Identifier)
    ]
    if not isinstance(item, exp.PivotAlias) or not any(part.args.get("quoted") for part in aliases):
        return column
    parts = (part.name if part.args.get("quoted") else part.name.upper() for part in aliases)
    return exp.to_identifier("_".join(parts), quoted=True)


_Values = list[tuple[str, Term]]
"""The values of a FOR column for which PIVOT makes columns, each with the name that it gives to them."""


def _value_list(node: exp.Expr, inner: Place) -> _Values | None:
    """Read `c IN ('x' AS one, 'y')`; None where the values are not listed. T-SQL writes them as names: `IN ([x], [y])`."""
    if not isinstance(node, exp.In) or not node.expressions:
        return None
    found = []
    for item in node.expressions:
        value = item.this if isinstance(item, (exp.PivotAlias, exp.Alias)) else item
        if isinstance(value, (exp.PivotAny, exp.Query, exp.Star)):
            return None
        name = value.name if isinstance(value, exp.Column) and not value.table else None
        term = Term("string", value=name) if name is not None else to_term(value, inner)
        found.append((item.alias_or_name, term))
    return found


def _listed(columns: tuple[Term, ...], lists: list[_Values | None]) -> tuple[Term, ...]:
    """Give each FOR column with its values, which decide what `*` of the pivot is."""
    return tuple(
        column
        if values is None
        else Term("in", (column, *(v for _, v in values)), ("this",) + ("expressions",) * len(values))
        for column, values in zip(columns, lists, strict=True)
    )


def _cells(
    lists: list[list[Term]], columns: tuple[Term, ...], aggregates: tuple[Term, ...]
) -> tuple[Term, ...]:
    """Say what each made column holds: an aggregate over the rows whose FOR columns have certain values."""
    counted = aggregates or (Term("count", (Term("star"),), ("this",)),)
    return tuple(
        Term("pivoted", (aggregate, *map(_equal, columns, values)), ("this",) + ("where",) * len(values))
        for values in product(*lists)
        for aggregate in counted
    )


def _equal(column: Term, value: Term) -> Term:
    return Term("eq", (column, value), ("this", "expression"))


def _pivot_term(
    aggregates: tuple[Term, ...], fields: tuple[Term, ...], keys: tuple[Term, ...], cells: tuple[Term, ...]
) -> Term:
    slots = ("expressions",) * len(aggregates) + ("fields",) * len(fields) + ("group",) * len(keys)
    return Term("pivot", (*aggregates, *fields, *keys, *cells), slots + ("made",) * len(cells))


def _unpivot(node: exp.Pivot, visible: Visible, place: Place) -> Visible:
    inner = _inner_place(visible, place)
    values = [_named(part, place) for item in node.expressions for part in _members(item)]
    labels: list[str] = []
    gathered: list[exp.Expr] = []
    for item in node.args.get("fields") or ():
        labels.append(_named(item.this, place))
        gathered.extend(getattr(item, "expressions", ()))
    labels_first = not node.args.get("value_columns_first")
    return _unpivoted(node, gathered, labels, values, labels_first, visible.closed, visible, inner)


def _unpivoted(
    node: exp.Pivot,
    gathered: list[exp.Expr],
    labels: list[str],
    values: list[str],
    labels_first: bool,
    closed: bool,
    visible: Visible,
    inner: Place,
) -> Visible:
    """Each gathered column, or tuple of them, gives a row: its name (or alias) as the label, and its values."""
    gathered = sorted(gathered, key=_label)  # which comes first says nothing
    rows = [[to_term(part, inner) for part in _members(_unaliased(item))] for item in gathered]
    used = {t.value for row in rows for term in row for t in term.walk() if t.op == "column"}
    passed = [name for name in visible.columns if name not in used]
    names = tuple(Term("string", value=_label(item)) for item in gathered)
    spelled = [Term("labels", names, ("this",) * len(names)) for _ in labels]
    told = [tuple(row[index] for row in rows if index < len(row)) for index in range(len(values))]
    held = [Term("gathered", column, ("this",) * len(column)) for column in told]
    made = [*zip(labels, spelled, strict=True), *zip(values, held, strict=True)]
    if not labels_first:
        made = made[len(labels) :] + made[: len(labels)]
    flat = [term for row in rows for term in row]
    flag = "include nulls" if node.args.get("include_nulls") else ""
    term = Term(
        "unpivot", (*flat, *(cell for _, cell in made)), ("fields",) * len(flat) + ("made",) * len(made), flag
    )
    columns = _aliased([*passed, *(name for name, _ in made)], node, inner)
    return _reshaped(
        visible, term, tuple(Column(name=name) for name in columns), closed, tuple(passed),
        _alias(node, inner) or visible.alias, inner,
    )  # fmt: skip


def _is_pattern(node: exp.Expr) -> bool:
    """`ON COLUMNS(…)` and `ON *` gather columns that are not written."""
    return any(isinstance(part, (exp.Columns, exp.Star)) for part in node.walk())


def _unaliased(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, (exp.PivotAlias, exp.Alias)) else node


def _label(node: exp.Expr) -> str:
    if isinstance(node, (exp.PivotAlias, exp.Alias)):
        alias = node.args["alias"]
        return alias.name if isinstance(alias, exp.Expr) else str(alias)
    return "_".join(part.name for part in _members(node))


def _members(node: exp.Expr) -> list[exp.Expr]:
    """`UNPIVOT ((v1, v2) FOR …)` makes several value columns."""
    return node.expressions if isinstance(node, exp.Tuple) else [node]


def _named(node: exp.Expr, place: Place) -> str:
    found = node.find(exp.Identifier)
    return place.binding.name(found) if found is not None else node.name


def _alias(node: exp.Pivot, place: Place) -> str | None:
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.this is not None:
        return place.binding.name(alias.this)
    return place.binding.name(alias) if isinstance(alias, exp.Identifier) else None


def _aliased(names: list[str], node: exp.Pivot, place: Place) -> list[str]:
    given = list(alias_columns(node, place.binding))
    return given + names[len(given) :]


def _reshaped(
    visible: Visible,
    term: Term,
    known: tuple[Column, ...],
    closed: bool,
    passed: tuple[str, ...],
    alias: str,
    place: Place,
) -> Visible:
    relation = Reshape(input=visible.source, term=term, known=known, closed=closed, passed=passed)
    source = Source(id=place.binding.next_id(), relation=relation, join=visible.source.join, alias=alias)
    return Visible(source, alias, (), {column.name: column for column in known}, closed)
