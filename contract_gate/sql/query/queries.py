"""Queries: from sqlglot's SELECT, set operations and CTEs to the algebra."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.deadline import checkpoint
from contract_gate.sql.algebra import Output, Query, Recursive, Select, SelfReference, Source, Term
from contract_gate.sql.families import TSQL
from contract_gate.sql.functions import is_aggregate
from contract_gate.sql.given import output_columns
from contract_gate.sql.query.binding import Binding, Cte
from contract_gate.sql.query.limits import bind_limit, bind_order, by_ordinal, is_all
from contract_gate.sql.query.ordering import is_order_sensitive, with_kept_order
from contract_gate.sql.query.outputs import bind_outputs, rename_outputs
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.rules import check_select, report_doubled_inside
from contract_gate.sql.query.scope import Scope
from contract_gate.sql.query.setoperations import bind_set_operation, combine
from contract_gate.sql.query.sources import bind_from
from contract_gate.sql.query.terms import to_term
from contract_gate.sql.query.visibles import alias_columns
from contract_gate.sql.walk import own_terms, parts, passed_on

_PHYSICAL = frozenset({
    "with_", "kind", "expressions", "hint", "distinct", "into", "from_", "joins", "laterals", "where", "prewhere", "group",
    "having", "qualify", "windows", "order", "limit", "offset", "locks", "settings", "format", "distribute", "sort",
    "cluster", "options", "pivots", "match", "exclude", "operation_modifiers",
})  # fmt: skip
"""Arguments of a SELECT that are handled apart, or that say how to run it and not what it gives."""


def bind_query(binding: Binding, node: exp.Expr, ctes: dict[str, Cte], parent: Scope | None = None) -> Query:
    """Bind a query. `parent` is the block around it where it may be correlated."""
    checkpoint()
    ctes = bind_ctes(binding, node, ctes, parent)
    match node:
        case exp.Select():
            return _select(binding, node, ctes, parent)
        case exp.SetOperation():
            return bind_set_operation(binding, node, ctes, parent)
        case exp.Subquery():
            return _parenthesised(binding, node, ctes, parent)
        case exp.Values() | exp.Table() | exp.Pivot():
            return _star_over(binding, node, ctes, parent)
        case exp.Insert() | exp.Update() | exp.Delete() | exp.Merge() if binding.bind_change is not None:
            return binding.bind_change(binding, node, ctes)
        case _:
            binding.report("unsupported", f"`{node.key}` is not understood as a query", node)
            return Select(sources=(), outputs=(Output(name="*", term=Term("star", value="?")),))


def bind_ctes(binding: Binding, node: exp.Expr, ctes: dict[str, Cte], parent: Scope | None) -> dict[str, Cte]:
    """Bind the WITH clause of a query or statement: the CTEs in sight inside it."""
    clause = node.args.get("with_")
    if not isinstance(clause, exp.With):
        return ctes
    inner = dict(ctes)
    for cte in clause.expressions:
        if binding.dialect == "clickhouse" and _is_scalar(cte):
            continue
        name = binding.name(cte.args["alias"].this)
        names = alias_columns(cte, binding)
        if _reads_itself(binding, cte, name) and isinstance(cte.this, exp.SetOperation):
            inner[name] = Cte(_recursive(binding, cte.this, name, names, inner, parent))
        else:
            inner[name] = Cte(
                rename_outputs(binding, bind_query(binding, cte.this, inner, parent), names, cte)
            )
        report_doubled_inside(binding, inner[name].query, cte)
    for search in (clause.args.get("search"), clause.args.get("cycle")):
        if isinstance(search, exp.RecursiveWithSearch) and clause.expressions:
            last = binding.name(clause.expressions[-1].args["alias"].this)
            inner[last] = Cte(_with_search(binding, inner[last].query, search))
    return inner


def _with_search(binding: Binding, query: Query, search: exp.RecursiveWithSearch) -> Query:
    """`SEARCH … SET c` and `CYCLE … SET c USING p` give the recursive query further columns."""
    source = Source(id=binding.next_id(), relation=query)
    outputs = [*passed_on(query, source.id)]
    text = search.sql(dialect=binding.dialect or None)
    for slot in ("expression", "using"):
        made = search.args.get(slot)
        if isinstance(made, exp.Identifier):
            outputs.append(Output(name=binding.name(made), term=Term(slot, (), (), text)))
    return Select(sources=(source,), outputs=tuple(outputs))


def _reads_itself(binding: Binding, cte: exp.CTE, name: str) -> bool:
    return any(
        not table.db and isinstance(table.this, exp.Identifier) and binding.name(table.this) == name
        for table in cte.this.find_all(exp.Table)
    ) and (
        bool(cte.parent and cte.parent.args.get("recursive"))
        or binding.dialect in TSQL | {"oracle", "snowflake", "sqlite"}
    )


def _recursive(
    binding: Binding,
    node: exp.SetOperation,
    name: str,
    names: tuple[str, ...],
    ctes: dict[str, Cte],
    parent: Scope | None,
) -> Query:
    """Bind the anchor first: its columns are those of the CTE that the other branch reads."""
    anchor = rename_outputs(binding, bind_query(binding, node.args["this"], ctes, parent), names, node)
    number = binding.next_id()
    known = tuple(output_columns(anchor).values())
    itself = Source(id=binding.next_id(), relation=SelfReference(id=number, known=known), alias=name)
    outputs = tuple(Output(name=o.name, term=o.term, type=o.type) for o in passed_on(anchor, itself.id))
    step = bind_query(
        binding,
        node.args["expression"],
        {**ctes, name: Cte(Select(sources=(itself,), outputs=outputs))},
        parent,
    )
    query = combine(binding, node, anchor, step)
    return Recursive(id=number, query=query, outputs=anchor.outputs)


def _select(binding: Binding, node: exp.Select, ctes: dict[str, Cte], parent: Scope | None) -> Select:
    scope = Scope(binding.dialect, parent=parent, hierarchical=node.args.get("connect") is not None)
    place = Place(binding, ctes, scope)
    _name_expressions(node, place)
    sources = bind_from(node, place)
    _named_windows(node, place)
    outputs = bind_outputs(node, place)
    where = _conjunction([node.args.get("prewhere"), node.args.get("where")], place.within("where"))
    group, grouping = _grouping(node, outputs, place.within("group"))
    scope.keys = frozenset(key.value for key in group or () if key.op == "column")
    having = _condition(node.args.get("having"), place.within("having"))
    qualify = _condition(node.args.get("qualify"), place.within("qualify"))
    if group is None and (_aggregates(node.expressions) or node.args.get("having")):
        group = ()
    limit, offset, limit_modifiers = bind_limit(node, place.within("limit"))
    if (limit is not None and not node.args.get("order")) or _takes_rows_in_order(node):
        sources = tuple(map(with_kept_order, sources)) if len(sources) == 1 else sources
    query = Select(
        sources=sources,
        outputs=outputs,
        where=where,
        group=group,
        grouping=grouping,
        having=having,
        qualify=qualify,
        distinct=_distinct(node, outputs, place),
        order=bind_order(node, outputs, place.within("order")),
        limit=limit,
        offset=offset,
        modifiers=(*_modifiers(node, place), *limit_modifiers),
    )
    if binding.dialect in _COUNTS_ROWS and any(part == _ROWNUM for part in parts(own_terms(query))):
        kept = tuple(map(with_kept_order, sources)) if len(sources) == 1 else sources
        query = replace(query, sources=kept, modifiers=(*query.modifiers, _ROWNUM))
    check_select(binding, node, query, scope)
    return query


_COUNTS_ROWS = frozenset({"oracle", "exasol"})
_ROWNUM = Term("word", value="rownum")
"""Counts the rows of its block that pass WHERE, as they come, before ORDER BY. In a block that is merged it would count others.

https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/ROWNUM-Pseudocolumn.html
"""


def _name_expressions(node: exp.Select, place: Place) -> None:
    """ClickHouse: `WITH expression AS name` and the select list's aliases are in sight in the whole block and go before columns, the
    former in all parts of a UNION too, and behind columns in subqueries and CTEs (run in chdb); in Snowflake the latter in ON.

    https://clickhouse.com/docs/sql-reference/syntax#notes-on-usage
    """
    if place.binding.dialect == "snowflake" and node.args.get("joins"):
        for each in (each for each in node.expressions if isinstance(each, exp.Alias)):
            name = place.binding.name(each.args["alias"])
            place.scope.named_later[name] = lambda each=each: to_term(each.this, place.within("on"))  # type: ignore[misc]
    if place.binding.dialect != "clickhouse":
        return
    whole: exp.Expr = node
    while isinstance(whole.parent, exp.SetOperation):
        whole = whole.parent
    for item in (*_named_by_with(node), *_named_by_with(whole), *_aliased_within(node)):
        _name_expression(item, place, place.scope.written)
    while whole.parent is not None:
        whole = whole.parent
        for item in _named_by_with(whole):
            _name_expression(item, place, place.scope.named_around)


def _name_expression(item: exp.Expr, place: Place, names: dict[str, Callable[[], Term]]) -> None:
    alias = item.args["alias"]
    name = place.binding.name(alias.this if isinstance(alias, exp.TableAlias) else alias)
    if name in names or place.scope.is_being_read(name):
        return
    if item.this.find(exp.JSONExtract):
        # There is no such operator: the parser has taken the arrow of a lambda for it.
        unread = Term("unread", value=item.this.sql(dialect="clickhouse"))
        names[name] = lambda: unread
    else:
        names[name] = lambda: to_term(item.this, place)


def _named_by_with(node: exp.Expr) -> list[exp.Expr]:
    clause = node.args.get("with_")
    return [item for item in clause.expressions if _is_scalar(item)] if isinstance(clause, exp.With) else []


def _aliased_within(node: exp.Select) -> Iterator[exp.Alias]:
    """Give the select list's aliases, then those within expressions: `(a + 1 AS b) * 2`, `WHERE (c AS d) > 0`."""
    yield from (each for each in node.expressions if isinstance(each, exp.Alias))
    for slot in ("expressions", "where", "prewhere", "group", "having", "qualify", "order"):
        held = node.args.get(slot)
        for part in held if isinstance(held, list) else [held]:
            inner = part.find_all(exp.Alias) if isinstance(part, exp.Expr) else ()
            yield from (each for each in inner if each is not part and each.find_ancestor(exp.Select) is node)


def _is_scalar(cte: exp.Expr) -> bool:
    return bool(cte.args.get("scalar")) or not isinstance(
        cte.this, (exp.Query, exp.Table, exp.Values, exp.Pivot)
    )


def _takes_rows_in_order(node: exp.Select) -> bool:
    """Tell whether the block has an aggregate whose value is made of its rows in the order in which they come."""
    return any(
        is_order_sensitive(call) and not isinstance(call.parent, exp.WithinGroup) and not call.find(exp.Order)
        for projection in node.expressions
        for call in projection.find_all(exp.Func)
        if call.find_ancestor(exp.Select) is node
    )


def _named_windows(node: exp.Select, place: Place) -> None:
    for window in node.args.get("windows") or ():
        name = place.binding.name(window.this)
        bare = exp.Window(
            **{slot: value for slot, value in window.args.items() if slot not in ("this", "alias")}
        )
        term = to_term(exp.Window(this=exp.Null(), **bare.args), place)
        keep = [pair for pair in term.slotted() if pair[1] != "this"]
        place.scope.windows[name] = Term("window").of_slotted(keep)


def _condition(node: exp.Expr | None, place: Place) -> Term | None:
    return to_term(node.this, place) if node is not None else None


def _conjunction(nodes: Iterable[exp.Expr | None], place: Place) -> Term | None:
    terms = [to_term(node.this, place) for node in nodes if node is not None]
    if len(terms) == 2:
        return Term("and", tuple(terms), ("this", "expression"))
    return terms[0] if terms else None


def _grouping(
    node: exp.Select, outputs: tuple[Output, ...], place: Place
) -> tuple[tuple[Term, ...] | None, Term | None]:
    group = node.args.get("group")
    if not isinstance(group, exp.Group):
        return None, None
    keys = [by_ordinal(key, outputs, place) for key in group.expressions]
    if group.args.get("all") is True or any(is_all(key) for key in group.expressions):
        written = place.scope.projected
        keys = [o.term for o, from_ in zip(outputs, written, strict=False) if not _aggregates([from_])]
    forms = []
    for slot in ("rollup", "cube", "grouping_sets"):
        for form in group.args.get(slot) or ():
            members = form.expressions if isinstance(form, exp.Expr) else []
            args = tuple(by_ordinal(member, outputs, place) for member in members)
            forms.append(Term(slot, args, ("this",) * len(args)))
    if group.args.get("totals"):
        forms.append(Term("totals"))
    if not keys and not forms:
        return (), None
    return tuple(keys), Term("grouping", tuple(forms), ("this",) * len(forms)) if forms else None


def _distinct(node: exp.Select, outputs: tuple[Output, ...], place: Place) -> tuple[Term, ...] | None:
    distinct = node.args.get("distinct")
    if not isinstance(distinct, exp.Distinct):
        return None
    on = distinct.args.get("on")
    if on is None:
        return ()
    items = on.expressions if isinstance(on, exp.Tuple) else [on]
    return tuple(by_ordinal(item.unnest(), outputs, place.within("order")) for item in items)


def _modifiers(node: exp.Select, place: Place) -> tuple[Term, ...]:
    modifiers = [
        to_term(value, place)
        for slot, value in node.args.items()
        if slot not in _PHYSICAL and isinstance(value, exp.Expr)
    ]
    kind = node.args.get("kind")
    if kind:
        modifiers.append(Term("select_as", value=str(kind).lower()))
    order = node.args.get("order")
    if isinstance(order, exp.Order) and order.find(exp.WithFill):
        # ClickHouse makes the rows that are missing.
        modifiers.append(to_term(order, place.within("order")))
    return tuple(modifiers)


def _aggregates(nodes: Iterable[exp.Expr]) -> bool:
    return any(_has_aggregate(node) for node in nodes)


def _has_aggregate(node: exp.Expr) -> bool:
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window) and str(node.args.get("over")).upper() != "KEEP":
        inner = node.this
        if isinstance(inner, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter, exp.WithinGroup, exp.Window)):
            inner = inner.this
        children = [*inner.iter_expressions(), *(c for c in node.iter_expressions() if c is not node.this)]
        return any(_has_aggregate(child) for child in children)
    if isinstance(node, (exp.AggFunc, exp.WithinGroup)):
        return True
    if isinstance(node, exp.Anonymous) and isinstance(node.this, str) and is_aggregate(node.this):
        return True
    return any(_has_aggregate(child) for child in node.iter_expressions())


def _parenthesised(binding: Binding, node: exp.Subquery, ctes: dict[str, Cte], parent: Scope | None) -> Query:
    if any(
        node.args.get(slot) for slot in ("order", "limit", "offset", "joins", "pivots", "sample", "where")
    ):
        return _star_over(binding, node, ctes, parent)
    return bind_query(binding, node.this, ctes, parent)


def _star_over(binding: Binding, node: exp.Expr, ctes: dict[str, Cte], parent: Scope | None) -> Query:
    """`(query) LIMIT 5`, `VALUES …`, `TABLE t`: the same as `SELECT * FROM` it."""
    if isinstance(node, exp.Values) and isinstance(node.parent, exp.Insert):
        node.set("numbered", True)  # a column that counts rows counts these as they stand
    outer = {slot: node.args[slot] for slot in ("order", "limit", "offset") if node.args.get(slot)}
    inner = node.copy() if outer else node
    for slot in outer:
        inner.set(slot, None)
    select = exp.Select(expressions=[exp.Star()], from_=exp.From(this=inner), **outer)
    return _select(binding, select, ctes, parent)
