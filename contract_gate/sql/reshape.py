"""PIVOT, UNPIVOT and MATCH_RECOGNIZE: relations made of another's rows."""

from sqlglot import exp

from contract_gate.relation import Column
from contract_gate.sql.algebra import Reshape, Source, Term
from contract_gate.sql.scope import Scope, Visible
from contract_gate.sql.terms import Place, to_term


def bind_pivots(pivots: list[exp.Expr], visible: Visible, place: Place) -> Visible:
    """Wrap a source in its PIVOT and UNPIVOT clauses, in order."""
    for pivot in pivots:
        if isinstance(pivot, exp.Pivot):
            visible = (
                _unpivot(pivot, visible, place)
                if pivot.args.get("unpivot")
                else _pivot(pivot, visible, place)
            )
    return visible


def bind_simplified(node: exp.Pivot, visible: Visible, place: Place) -> Visible:
    """Bind DuckDB's `PIVOT t ON … USING …` and `UNPIVOT t ON … INTO …`, which are relations by themselves."""
    inner = _inner_place(visible, place)
    on = tuple(to_term(item, inner) for item in node.expressions)
    used = {term.value for part in on for term in part.walk() if term.op == "column"}
    into = node.args.get("into")
    if node.args.get("unpivot"):
        written = [into.this, *into.expressions] if isinstance(into, exp.UnpivotColumns) else []
        made = [_named(item, place) for item in written] or ["name", "value"]
        passed = [name for name in visible.columns if name not in used]
        closed = visible.closed and all(isinstance(item, exp.Column) for item in node.expressions)
        term = Term("unpivot", on, ("fields",) * len(on))
        known = tuple(Column(name=name) for name in (*passed, *made))
        return _reshaped(visible, term, known, closed, tuple(passed), visible.alias, place)
    using = tuple(to_term(item, inner) for item in node.args.get("using") or ())
    groups = node.args.get("group")
    keys = tuple(to_term(item, inner) for item in groups.expressions) if isinstance(groups, exp.Group) else ()
    used |= {term.value for part in using for term in part.walk() if term.op == "column"}
    kept = [key.value for key in keys] if keys else [name for name in visible.columns if name not in used]
    slots = ("fields",) * len(on) + ("expressions",) * len(using) + ("group",) * len(keys)
    # The values of the ON columns name the others: they are not known here.
    known = tuple(Column(name=name) for name in kept)
    return _reshaped(
        visible, Term("pivot", (*on, *using, *keys), slots), known, False, tuple(kept), visible.alias, place
    )


def bind_match(node: exp.MatchRecognize, visible: Visible, place: Place) -> Visible:
    """Wrap a source in MATCH_RECOGNIZE: its measures and, as far as the clause says, the input's columns."""
    inner = _inner_place(visible, place)
    terms = tuple(to_term(part, inner) for slot, part in _parts(node) if slot not in ("pattern", "alias"))
    names = [
        place.binding.name(measure.this.args["alias"])
        for measure in node.args.get("measures") or ()
        if isinstance(measure.this, exp.Alias)
    ]
    known = tuple(Column(name=name) for name in names)
    text = node.args["pattern"].name if node.args.get("pattern") is not None else ""
    term = Term("match_recognize", terms, ("expressions",) * len(terms), text)
    return _reshaped(visible, term, known, False, (), visible.alias, place)


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
    fields = tuple(to_term(item, inner) for item in node.args.get("fields") or ())
    groups = node.args.get("group")
    keys = tuple(to_term(item, inner) for item in groups.expressions) if isinstance(groups, exp.Group) else ()
    term = Term(
        "pivot",
        (*aggregates, *fields, *keys),
        ("expressions",) * len(aggregates) + ("fields",) * len(fields) + ("group",) * len(keys),
    )
    used = {t.value for part in (*aggregates, *fields) for t in part.walk() if t.op == "column"}
    passed = [name for name in visible.columns if name not in used] if not keys else [k.value for k in keys]
    made = [place.binding.name(column) for column in node.args.get("columns") or ()]
    closed = visible.closed and bool(made)
    names = _aliased([*passed, *made], node, place)
    known = tuple(Column(name=name) for name in names)
    return _reshaped(visible, term, known, closed, tuple(passed), _alias(node, place) or visible.alias, place)


def _unpivot(node: exp.Pivot, visible: Visible, place: Place) -> Visible:
    inner = _inner_place(visible, place)
    written = [part for item in node.expressions for part in _members(item)]
    values = [_named(item, place) for item in written]
    labels: list[str] = []
    gathered: list[Term] = []
    for item in node.args.get("fields") or ():
        labels.append(_named(item.this, place))
        gathered.extend(to_term(column, inner) for column in getattr(item, "expressions", ()))
    used = {t.value for part in gathered for t in part.walk() if t.op == "column"}
    passed = [name for name in visible.columns if name not in used]
    flag = "include nulls" if node.args.get("include_nulls") else ""
    term = Term("unpivot", tuple(gathered), ("fields",) * len(gathered), flag)
    names = _aliased([*passed, *labels, *values], node, place)
    known = tuple(Column(name=name) for name in names)
    return _reshaped(
        visible, term, known, visible.closed, tuple(passed), _alias(node, place) or visible.alias, place
    )


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
    alias = node.args.get("alias")
    given = (
        [place.binding.name(column) for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
    )
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
