"""FROM: every item becomes a numbered source, in order, and its join's condition a term."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.sql.algebra import (
    BRACKETED,
    INNER,
    INSIDE,
    Query,
    Scan,
    Select,
    SelfReference,
    Source,
    Term,
)
from contract_gate.sql.families import POSTGRES, TRINO
from contract_gate.sql.keys import NeedKind
from contract_gate.sql.names import relation_name
from contract_gate.sql.query.binding import respelled
from contract_gate.sql.query.calledrows import bind_array, bind_called, bind_function
from contract_gate.sql.query.outputs import rename_outputs
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.reshape import bind_match, bind_pivots, bind_simplified
from contract_gate.sql.query.rules import report_doubled_inside
from contract_gate.sql.query.scope import Visible, stored_names
from contract_gate.sql.query.terms import to_term
from contract_gate.sql.query.visibles import alias_columns, alias_name, renamed, seen, with_modifier

_TIME_TRAVEL = ("when", "version", "sample", "partition", "changes", "ordinality", "only")


def bind_from(node: exp.Select, place: Place) -> tuple[Source, ...]:
    """Bind FROM, JOINs and LATERALs; fills the scope with what each clause may see. Gives the sources in order."""
    start = node.args.get("from_")
    joins = node.args.get("joins") or []
    if isinstance(start, exp.From):
        first, *joins = _pivoted([start.this, *joins])
        _add_item(first, "from", None, place)
    for join in _as_written([*joins, *(node.args.get("laterals") or ())], place):
        _add_join(join, place)
    match = node.args.get("match")
    if isinstance(match, exp.MatchRecognize) and place.scope.sources:
        place.scope.sources[-1] = bind_match(match, place.scope.sources[-1], place)
    return tuple(visible.source for visible in place.scope.sources)


def _pivoted(items: list[exp.Expr]) -> list[exp.Expr]:
    """`a JOIN b ON … PIVOT (…)` pivots all that is joined since the last comma, as one item of FROM (run in DuckDB)."""
    found: list[exp.Expr] = []
    for item in items:
        found.append(item)
        if isinstance(item, exp.Join) and item.args.get("pivots"):
            at = max(place for place, each in enumerate(found) if not place or _is_comma(each))
            first, *joins = found[at:]
            joins[-1] = exp.Join(**{slot: value for slot, value in item.args.items() if slot != "pivots"})
            start = exp.From(this=first.this if at else first)
            query = exp.Select(expressions=[exp.Star()], from_=start, joins=joins)
            whole = exp.Subquery(this=query, pivots=item.args["pivots"])
            found[at:] = [exp.Join(this=whole) if at else whole]
    return found


def _is_comma(item: exp.Expr) -> bool:
    return not any(item.args.get(slot) for slot in ("method", "side", "kind", "on", "using"))


def _as_written(items: list[exp.Expr], place: Place) -> list[exp.Expr]:
    """Joins and LATERAL VIEWs in the order of the text: the parser keeps them apart, and each sees what is before it."""
    if len({type(item) for item in items}) < 2:
        return items

    def written(item: exp.Expr) -> tuple[bool, tuple[int, int]]:
        at = place.binding.position(item)
        return at == (0, 0) and isinstance(item, exp.Lateral), at  # a view that names nothing stands last

    return sorted(items, key=written)


def add_source(node: exp.Expr, kind: str, place: Place) -> None:
    """Bind one more FROM item (of an UPDATE, MERGE or DELETE)."""
    _add_item(node, kind, None, place)


def _add_join(node: exp.Expr, place: Place) -> None:
    if not isinstance(node, exp.Join):
        _add_item(node, "left" if node.args.get("outer") else "cross", None, place)
        return
    kind = join_kind(node, place.binding.dialect)
    if str(node.args.get("kind") or "").upper() != "ARRAY":
        _add_item(node.this, kind, node, place)
        return
    for array in (node.this, *node.expressions):
        if isinstance(array, exp.Alias):
            place.scope.sources.append(bind_array(array, kind, place))
        else:
            _add_item(array, kind, None, place)


def join_kind(join: exp.Join, dialect: str) -> str:
    """Name a join as `Source.join` does."""
    method, side, kind = (str(join.args.get(slot) or "").upper() for slot in ("method", "side", "kind"))
    if isinstance(join.this, exp.Lateral) and join.this.args.get("cross_apply") is not None:
        return "cross" if join.this.args["cross_apply"] else "left"
    words = [method] if method not in ("", "NATURAL", "HASH", "BROADCAST") else []
    if kind in ("SEMI", "ANTI"):
        # ClickHouse lets both sides be read, as no EXISTS does (run in chdb).
        is_plain = side in ("", "LEFT") and dialect != "clickhouse"
        words.append(kind if is_plain else f"{side or 'LEFT'} {kind}")
    elif side in ("LEFT", "RIGHT", "FULL"):
        words.append(side)
    elif kind in ("CROSS", "ARRAY", "ASOF", "POSITIONAL"):
        words.append(kind)
    elif not (join.args.get("on") or join.args.get("using") or method == "NATURAL"):
        words.append("CROSS")
    else:
        words.append("INNER")
    if kind == "ANY":
        words.append(kind)  # ClickHouse: one match of each row, not all of them
    return " ".join(dict.fromkeys(words)).lower()


def _add_item(node: exp.Expr, kind: str, join: exp.Join | None, place: Place) -> None:
    nested = node.args.get("joins") or ()
    bare = isinstance(node, exp.Subquery) and not isinstance(node.this, (exp.Query, exp.Pivot))
    before = len(place.scope.sources)
    if bare and (alias_name(node, place.binding) or node.args.get("pivots") or node.args.get("sample")):
        # `(a JOIN b …) AS q`: from outside only q is in sight. A PIVOT or a sample is of the whole, too (run in DuckDB).
        node, bare, nested = _as_query(node), False, ()
    if bare and isinstance(node.this, exp.Expr):
        # A join in brackets: its sources stay in sight.
        _add_joined(lambda inner: _add_item(inner, "from", None, place), (node.this,), before, place)
        first = place.scope.sources[before]
        first.source = replace(first.source, join=kind)
    else:
        place.scope.sources.append(_visible(node, kind, place))
    _add_joined(lambda inner: _add_join(inner, place), nested, before, place)
    if join is not None:
        _condition(join, before, place)
    _bracket(kind, before, place)
    _pad(kind, before, place)


def _add_joined(
    add: Callable[[exp.Expr], None], nodes: Iterable[exp.Expr], before: int, place: Place
) -> None:
    """Add what is joined within one item of FROM: USING and NATURAL look no further to the left."""
    scope = place.scope
    opened, merged = scope.opened, scope.merged
    scope.opened, scope.merged = before, {}
    for node in nodes:
        add(node)
    scope.merges_within |= bool(scope.merged) and before > opened
    scope.opened, scope.merged = opened, merged | scope.merged


def _bracket(kind: str, before: int, place: Place) -> None:
    """Keep together what an item of FROM brings, unless its joins can as well be made one after the other."""
    first, *others = place.scope.sources[before:]
    together = any(v.source.join not in INNER | {"left"} for v in others) or kind not in INNER
    if not others or not together or kind == "from":
        return
    first.source = replace(first.source, join=f"{kind}{BRACKETED}")
    for visible in others:
        visible.source = replace(visible.source, join=f"{visible.source.join}{INSIDE}")


def _as_query(node: exp.Expr) -> exp.Subquery:
    inner = exp.Subquery()
    inner.args.update({slot: value for slot, value in node.args.items() if slot not in _OUTSIDE})
    query = exp.Select(expressions=[exp.Star()], from_=exp.From(this=inner))
    outer = exp.Subquery(this=query)
    outer.args.update({slot: node.args[slot] for slot in _OUTSIDE if node.args.get(slot)})
    return outer


_OUTSIDE = ("alias", "pivots", "sample")
"""What stands behind the brackets."""


def _pad(kind: str, before: int, place: Place) -> None:
    sources = place.scope.sources
    if "left" in kind or "full" in kind:
        for visible in sources[before:]:
            visible.padded_with_nulls = True
    if "right" in kind or "full" in kind:
        for visible in sources[:before]:
            visible.padded_with_nulls = True
    if kind in ("semi", "anti"):
        for visible in sources[before:]:
            visible.hidden_by_semi_join = True
    if kind in ("right semi", "right anti") and place.binding.dialect != "clickhouse":
        for visible in sources[:before]:
            visible.hidden_by_semi_join = True


def _condition(join: exp.Join, before: int, place: Place) -> None:
    visible = place.scope.sources[before]
    # Inside ON even a semi join's right side is in sight; it is hidden afterwards.
    on = join.args.get("on")
    term = to_term(on, place.within("on")) if isinstance(on, exp.Expr) else None
    using = [place.binding.name(name) for name in join.args.get("using") or ()]
    if str(join.args.get("method") or "").upper() == "NATURAL":
        term, using = _natural(before, join, place)
    for name in using:
        node = next((n for n in join.args.get("using") or () if place.binding.name(n) == name), join)
        equal = _merge(name, before, visible.source.join, node, place)
        term = equal if term is None else Term("and", (term, equal), ("this", "expression"))
    place.scope.merged = {name: place.scope.merged[name] for name in using} | place.scope.merged
    match = join.args.get("match_condition")
    if isinstance(match, exp.Expr):
        nearest = Term("nearest", (to_term(match, place.within("on")),), ("this",))
        term = nearest if term is None else Term("and", (term, nearest), ("this", "expression"))
    if term is not None:
        visible.source = replace(visible.source, on=term)


def _natural(before: int, node: exp.Join, place: Place) -> tuple[Term | None, list[str]]:
    right, left = place.scope.sources[before], place.scope.sources[place.scope.opened : before]
    given = dict.fromkeys((*place.scope.merged, *(name for visible in left for name in visible.columns)))
    common = [name for name in given if name in right.columns]
    if right.closed and all(visible.closed for visible in left):
        if not common and place.binding.dialect == "duckdb":
            relations = stored_names((right, *left))
            place.binding.report(
                "unknown-column", "a NATURAL JOIN has no common column", node, True, relations=relations
            )
        return None, common
    place.scope.merges_unknown = True
    return Term("natural"), common


def _merge(name: str, before: int, kind: str, node: exp.Expr, place: Place) -> Term:
    """USING (c): an equality, and from here on a bare `c` means the one column that both became."""
    right = place.scope.sources[before]
    left = _left_of(name, before, node, place)
    _check_side(name, [right], node, place)
    right_term = right.reference(name)
    if "full" in kind:
        place.scope.merged[name] = Term("coalesce", (left, right_term), ("this", "expressions"))
    elif "right" in kind:
        place.scope.merged[name] = right_term
    else:
        place.scope.merged[name] = left
    return Term("eq", (left, right_term), ("this", "expression"))


def _left_of(name: str, before: int, node: exp.Expr, place: Place) -> Term:
    if name in place.scope.merged:
        return place.scope.merged[name]
    left = place.scope.sources[place.scope.opened : before]
    having = [visible for visible in left if name in visible.columns]
    if len(having) > 1 and place.binding.dialect in _ONE_KEY_DIALECTS:
        relations = stored_names(having)
        text = f"`{name}` is a column of several relations to the left of the join"
        place.binding.report("ambiguous-column", text, node, True, name, relations)
    chosen = next((v for v in left if name in v.columns), None) or next(
        (v for v in left if not v.closed), None
    )
    _check_side(name, [chosen] if chosen is not None else left, node, place)
    return (chosen or left[0]).reference(name) if left else Term("unresolved", value=name)


_ONE_KEY_DIALECTS = POSTGRES | TRINO | {"duckdb", "bigquery", "mysql"}
"""Where USING is refused if the column is in two of the relations to the left. SQLite takes the first."""


def _check_side(name: str, visibles: list[Visible], node: exp.Expr, place: Place) -> None:
    for visible in visibles:
        if visible.stored is not None:
            place.binding.read(visible.stored.name, name, node)
    if not any(visible.declared(name) for visible in visibles):
        place.binding.assume(name, node)
    if visibles and not any(visible.may_have(name) for visible in visibles):
        place.report_unknown(name, visibles, "that side of the join", node)


def _visible(node: exp.Expr, kind: str, place: Place) -> Visible:
    match node:
        case exp.Table() if _is_path(node, place):
            parts = [part.copy() for part in reversed(node.parts)]
            array = exp.Column(**dict(zip(("this", "table", "db", "catalog"), parts, strict=False)))
            return _visible(exp.Unnest(expressions=[array], alias=node.args.get("alias")), kind, place)
        case exp.Table() if isinstance(node.this, (exp.Identifier, exp.Parameter)):
            visible = _table(node, kind, place)
        case exp.Subquery():
            visible = _derived(node, kind, place, lateral=False)
        case exp.Lateral() if isinstance(node.this, exp.Subquery):
            visible = _derived(node.this, kind, place, lateral=True, alias_of=node)
        case exp.Pivot() if isinstance(node.this, exp.Expr):
            return bind_simplified(node, _visible(node.this, kind, place), place)
        case exp.Final():
            inner = _visible(node.this, kind, place)
            return with_modifier(inner, Term("final"))
        case _:
            visible = bind_called(node, kind, place) or bind_function(node, kind, place)
    if node.args.get("pivots"):
        visible = bind_pivots(node.args["pivots"], visible, place)
    return visible


def _is_path(node: exp.Table, place: Place) -> bool:
    """BigQuery: `FROM d.orders, d.orders.items` unnests an array of a source before it."""
    parts = [part for part in node.parts if isinstance(part, exp.Identifier)]
    if place.binding.dialect != "bigquery" or not 1 < len(parts) < 5 or len(parts) != len(node.parts):
        return False
    return place.scope.by_qualifier(tuple(place.binding.name(part) for part in parts[:-1])) is not None


def _table(node: exp.Table, kind: str, place: Place) -> Visible:
    binding = place.binding
    name = relation_name(node, binding.dialect)
    alias = alias_name(node, binding) or binding.name(node.this)
    cte = place.ctes.get(binding.name(node.this)) if len(name.parts) == 1 else None
    made = binding.temporary.get(binding.relation(node)) or binding.temporary.get(name)
    query = cte.query if cte is not None else made
    if query is not None:
        relation = rename_outputs(binding, query, alias_columns(node, binding), node)
        itself = _self_reference(relation)
        source = Source(id=binding.next_id(), relation=itself or relation, join=kind, alias=alias)
        return seen(source, alias, relation)
    return _scan(node, kind, alias, place)


def _self_reference(query: Query) -> SelfReference | None:
    if not isinstance(query, Select) or len(query.sources) != 1:
        return None
    relation = query.sources[0].relation
    return relation if isinstance(relation, SelfReference) else None


def _scan(node: exp.Table, kind: str, alias: str, place: Place) -> Visible:
    binding = place.binding
    written = relation_name(node, binding.dialect)
    full = binding.relation(node)
    shape = binding.read_as(full)
    modifiers: tuple[Term, ...] = tuple(
        to_term(value, place)
        for slot in _TIME_TRAVEL
        for value in [node.args.get(slot)]
        if isinstance(value, exp.Expr)
    )
    modifiers += tuple(Term(slot) for slot in _TIME_TRAVEL if node.args.get(slot) is True)
    if isinstance(node.args.get("alias"), exp.TableAlias) and isinstance(
        node.args["alias"].this, exp.Parameter
    ):
        modifiers += (Term("version", value=node.args["alias"].this.name),)  # Delta's `t@v1`
    name = shape.name if shape is not None else full
    scan = Scan(
        name=name,
        known=respelled(shape.columns, binding.dialect) if shape is not None else (),
        closed=shape is not None and shape.closed,
        keys=shape.keys if shape is not None else frozenset(),
        modifiers=modifiers,
        lacking=shape.lacking if shape is not None else frozenset(),
        written=shape.written if shape is not None else frozenset(),
        primary=shape.primary if shape is not None else None,
    )
    binding.scanned.setdefault(name)
    binding.read(name, None, node)
    for index in _hinted(node):
        binding.ask(NeedKind.INDEX, name, index, name=binding.name(index))
    source = Source(id=binding.next_id(), relation=scan, join=kind, alias=alias)
    qualifiers = (
        tuple(_lowered(part) for part in {written.parts, full.parts, name.parts})
        if not alias_name(node, binding)
        else ()
    )
    columns = {column.name: column for column in scan.known}
    visible = Visible(source, alias, qualifiers, columns, scan.closed, lacking=scan.lacking)
    return renamed(visible, alias_columns(node, binding))


def _hinted(node: exp.Table) -> Iterator[exp.Expr]:
    """Give the indexes that a hint names which the engine refuses to do without: MySQL, T-SQL, SQLite."""
    indexed = node.args.get("indexed")
    if isinstance(indexed, exp.Table):
        yield indexed.this
    for hint in node.args.get("hints") or ():
        for given in hint.expressions:
            if isinstance(hint, exp.IndexTableHint):
                yield given
            elif isinstance(given, exp.Anonymous) and given.name.upper() == "INDEX":
                yield from (each.this for each in given.expressions if isinstance(each, exp.Column))


def _lowered(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.lower() for part in parts)


def _derived(
    node: exp.Subquery, kind: str, place: Place, lateral: bool, alias_of: exp.Expr | None = None
) -> Visible:
    binding = place.binding
    around = place.scope if lateral else place.scope.parent
    query = binding.subquery(_stripped(node), place.ctes, around)
    holder = alias_of or node
    query = rename_outputs(binding, query, alias_columns(holder, binding), holder)
    report_doubled_inside(binding, query, holder)
    alias = alias_name(holder, binding) or ""
    sample = node.args.get("sample")
    source = Source(id=binding.next_id(), relation=query, join=kind, lateral=lateral, alias=alias)
    visible = seen(source, alias, query)
    return with_modifier(visible, to_term(sample, place)) if isinstance(sample, exp.Expr) else visible


def _stripped(node: exp.Subquery) -> exp.Expr:
    """A derived table without what belongs to its place in FROM (alias, pivots, joins, sample)."""
    if not any(node.args.get(slot) for slot in ("pivots", "joins", "sample")):
        return node
    bare = exp.Subquery()
    for slot, value in node.args.items():
        if slot not in ("pivots", "joins", "sample"):
            bare.args[slot] = value
    return bare
