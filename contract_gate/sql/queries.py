"""Queries: from sqlglot's SELECT, set operations and CTEs to the algebra."""

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.deadline import checkpoint
from contract_gate.sql.algebra import (
    Output,
    Query,
    Recursive,
    Select,
    SelfReference,
    SetOperation,
    Source,
    Term,
)
from contract_gate.sql.binding import Binding, Cte
from contract_gate.sql.functions import is_aggregate
from contract_gate.sql.ordering import is_order_sensitive, with_kept_order
from contract_gate.sql.outputs import bind_outputs, rename_outputs
from contract_gate.sql.rules import check_select
from contract_gate.sql.scope import ORDER_COLUMN_FIRST_DIALECTS, Scope, is_closed, output_columns
from contract_gate.sql.sources import bind_from
from contract_gate.sql.terms import Place, to_term
from contract_gate.sql.types import STRICT_DIALECTS, clash, type_class

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
            return _set_operation(binding, node, ctes, parent)
        case exp.Subquery():
            return _parenthesised(binding, node, ctes, parent)
        case exp.Values() | exp.Table() | exp.Pivot():
            return _star_over(binding, node, ctes, parent)
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
        names = _alias_columns(binding, cte)
        if _reads_itself(binding, cte, name) and isinstance(cte.this, exp.SetOperation):
            inner[name] = Cte(_recursive(binding, cte.this, name, names, inner, parent))
        else:
            inner[name] = Cte(
                rename_outputs(binding, bind_query(binding, cte.this, inner, parent), names, cte)
            )
    search = clause.args.get("search")
    if isinstance(search, exp.RecursiveWithSearch) and clause.expressions:
        last = binding.name(clause.expressions[-1].args["alias"].this)
        inner[last] = Cte(_with_search(binding, inner[last].query, search))
    return inner


def _with_search(binding: Binding, query: Query, search: exp.RecursiveWithSearch) -> Query:
    """`SEARCH … SET c` and `CYCLE … SET c USING p` give the recursive query further columns."""
    source = Source(id=binding.next_id(), relation=query)
    outputs = [
        replace(output, term=Term("column", value=output.name, source=source.id)) for output in query.outputs
    ]
    text = search.sql(dialect=binding.dialect or None)
    for slot in ("expression", "using"):
        made = search.args.get(slot)
        if isinstance(made, exp.Identifier):
            outputs.append(Output(name=binding.name(made), term=Term(slot, (), (), text)))
    return Select(sources=(source,), outputs=tuple(outputs))


def _alias_columns(binding: Binding, node: exp.Expr) -> tuple[str, ...]:
    alias = node.args.get("alias")
    return (
        tuple(binding.name(column) for column in alias.columns) if isinstance(alias, exp.TableAlias) else ()
    )


def _reads_itself(binding: Binding, cte: exp.CTE, name: str) -> bool:
    return any(
        not table.db and isinstance(table.this, exp.Identifier) and binding.name(table.this) == name
        for table in cte.this.find_all(exp.Table)
    ) and (
        bool(cte.parent and cte.parent.args.get("recursive"))
        or binding.dialect in ("tsql", "oracle", "snowflake", "fabric")
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
    outputs = tuple(
        Output(name=column.name, term=Term("column", value=column.name, source=itself.id), type=column.type)
        for column in known
    )
    step = bind_query(
        binding,
        node.args["expression"],
        {**ctes, name: Cte(Select(sources=(itself,), outputs=outputs))},
        parent,
    )
    query = _combine(binding, node, anchor, step)
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
    having = _condition(node.args.get("having"), place.within("having"))
    qualify = _condition(node.args.get("qualify"), place.within("qualify"))
    if group is None and (_aggregates(node.expressions) or node.args.get("having")):
        group = ()
    limit, offset, limit_modifiers = _limit(node, place.within("limit"))
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
        order=_order(node, outputs, place.within("order")),
        limit=limit,
        offset=offset,
        modifiers=(*_modifiers(node, place), *limit_modifiers),
    )
    check_select(binding, node, query, scope)
    return query


def _name_expressions(node: exp.Select, place: Place) -> None:
    """ClickHouse: `WITH expression AS name` and the select list's aliases are in sight in the whole block.

    https://clickhouse.com/docs/sql-reference/syntax#notes-on-usage
    """
    if place.binding.dialect != "clickhouse":
        return
    clause = node.args.get("with_")
    named = [item for item in clause.expressions if _is_scalar(item)] if isinstance(clause, exp.With) else []
    for item in (*named, *(each for each in node.expressions if isinstance(each, exp.Alias))):
        alias = item.args["alias"]
        name = place.binding.name(alias.this if isinstance(alias, exp.TableAlias) else alias)
        if item.this.find(exp.JSONExtract):
            # There is no such operator: the parser has taken the arrow of a lambda for it.
            unread = Term("unread", value=item.this.sql(dialect="clickhouse"))
            place.scope.written[name] = lambda unread=unread: unread  # type: ignore[misc]
        else:
            place.scope.written[name] = lambda item=item: to_term(item.this, place)  # type: ignore[misc]


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
        keep = [(arg, slot) for arg, slot in zip(term.args, term.slots, strict=True) if slot != "this"]
        place.scope.windows[name] = Term("window", tuple(a for a, _ in keep), tuple(s for _, s in keep))


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
    keys = [_ordinal(key, outputs, place) for key in group.expressions]
    if group.args.get("all") is True or any(_is_all(key) for key in group.expressions):
        written = place.scope.projected
        keys = [o.term for o, from_ in zip(outputs, written, strict=False) if not _aggregates([from_])]
    forms = []
    for slot in ("rollup", "cube", "grouping_sets"):
        for form in group.args.get(slot) or ():
            members = form.expressions if isinstance(form, exp.Expr) else []
            args = tuple(_ordinal(member, outputs, place) for member in members)
            forms.append(Term(slot, args, ("this",) * len(args)))
    if group.args.get("totals"):
        forms.append(Term("totals"))
    if not keys and not forms:
        return (), None
    return tuple(keys), Term("grouping", tuple(forms), ("this",) * len(forms)) if forms else None


def _is_all(key: exp.Expr) -> bool:
    return (
        isinstance(key, exp.Column)
        and not key.table
        and key.name.upper() == "ALL"
        and not key.this.args.get("quoted")
    )


def _ordinal(node: exp.Expr, outputs: tuple[Output, ...], place: Place) -> Term:
    """GROUP BY 1 and ORDER BY 1 mean the first output, unless an open star hides which that is."""
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        position = int(node.name)
        before = outputs[: position - 1]
        if 0 < position <= len(outputs) and not any(output.term.op == "star" for output in before):
            return outputs[position - 1].term
        if not any(output.term.op == "star" for output in outputs):
            place.binding.report("unknown-column", f"there is no output {position}", node, True, node.name)
        return Term("ordinal", value=node.name)
    if isinstance(node, exp.Tuple) and place.clause == "group":
        args = tuple(_ordinal(item, outputs, place) for item in node.expressions)
        return Term("tuple", args, ("expressions",) * len(args))
    return to_term(node, place)


def _order(node: exp.Expr, outputs: tuple[Output, ...], place: Place) -> tuple[Term, ...]:
    order = node.args.get("order")
    terms = []
    for item in order.expressions if isinstance(order, exp.Order) else ():
        inner = item.this if isinstance(item, exp.Ordered) else item
        flags = "desc" if item.args.get("desc") else ""
        if item.args.get("nulls_first"):
            flags += " nulls first"
        if _is_all(inner):
            terms.append(Term("ordered", tuple(o.term for o in outputs), ("this",) * len(outputs), flags))
        else:
            term = _ordinal(inner, outputs, _ordering_place(inner, place))
            terms.append(Term("ordered", (term,), ("this",), flags.strip()))
    return tuple(terms)


def _ordering_place(node: exp.Expr, place: Place) -> Place:
    alone = isinstance(node.unnest(), (exp.Column, exp.Literal))
    in_select = bool(place.scope.sources)
    if alone or not in_select or place.binding.dialect not in ORDER_COLUMN_FIRST_DIALECTS:
        return place
    return place.within("order expression")


def _limit(node: exp.Expr, place: Place) -> tuple[Term | None, Term | None, tuple[Term, ...]]:
    limit, offset = node.args.get("limit"), node.args.get("offset")
    modifiers: list[Term] = []
    count = None
    if isinstance(limit, exp.Fetch):
        count = to_term(limit.args["count"], place) if limit.args.get("count") else Term("number", value="1")
        options = limit.args.get("limit_options")
        if isinstance(options, exp.Expr):
            modifiers.append(to_term(options, place))
    elif isinstance(limit, exp.Limit):
        count = to_term(limit.expression, place)
        if limit.args.get("offset"):
            offset = limit
        by = [to_term(item, place) for item in limit.expressions]
        if by:
            modifiers.append(Term("limit_by", tuple(by), ("this",) * len(by)))
        options = limit.args.get("limit_options")
        if isinstance(options, exp.Expr):
            modifiers.append(to_term(options, place))
    skip = None
    if isinstance(offset, exp.Limit):
        skip = to_term(offset.args["offset"], place)
    elif isinstance(offset, exp.Offset):
        skip = to_term(offset.expression, place)
    return count, skip, tuple(modifiers)


def _distinct(node: exp.Select, outputs: tuple[Output, ...], place: Place) -> tuple[Term, ...] | None:
    distinct = node.args.get("distinct")
    if not isinstance(distinct, exp.Distinct):
        return None
    on = distinct.args.get("on")
    if on is None:
        return ()
    items = on.expressions if isinstance(on, exp.Tuple) else [on]
    return tuple(_ordinal(item.unnest(), outputs, place.within("order")) for item in items)


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
    if isinstance(node, exp.Window):
        inner = node.this
        if isinstance(inner, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter, exp.WithinGroup)):
            inner = inner.this
        children = [*inner.iter_expressions(), *(c for c in node.iter_expressions() if c is not node.this)]
        return any(_has_aggregate(child) for child in children)
    if isinstance(node, (exp.AggFunc, exp.WithinGroup)):
        return True
    if isinstance(node, exp.Anonymous) and isinstance(node.this, str) and is_aggregate(node.this):
        return True
    return any(_has_aggregate(child) for child in node.iter_expressions())


def _set_operation(
    binding: Binding, node: exp.SetOperation, ctes: dict[str, Cte], parent: Scope | None
) -> Query:
    # Not `node.left`: it raises where a branch is no SELECT (`TABLE a UNION …`).
    left = bind_query(binding, node.args["this"], ctes, parent)
    right = bind_query(binding, node.args["expression"], ctes, parent)
    return _combine(binding, node, left, right, ctes, parent)


def _combine(
    binding: Binding,
    node: exp.SetOperation,
    left: Query,
    right: Query,
    ctes: dict[str, Cte] | None = None,
    parent: Scope | None = None,
) -> SetOperation:
    by_name = bool(node.args.get("by_name"))
    pairs = (
        _by_name(left, right, _side(binding, node)) if by_name else _by_position(binding, node, left, right)
    )
    outputs = tuple(
        _merged_output(left, right, pair, index, binding.dialect) for index, pair in enumerate(pairs)
    )
    _check_types(binding, node, left, right, pairs)
    scope = Scope(binding.dialect, parent=parent)
    scope.aliases = {output.name: output.term for output in outputs}
    place = Place(binding, ctes or {}, scope, "order")
    limit, offset, ties = _limit(node, place)
    if ties and limit is not None:
        limit = Term("limited", (limit, *ties), ("this",) * (len(ties) + 1))
    kind = {exp.Union: "union", exp.Except: "except", exp.Intersect: "intersect"}.get(type(node), node.key)
    return SetOperation(
        kind=kind, all=not node.args.get("distinct"), left=left, right=right, outputs=outputs,
        by_name=by_name, columns=tuple(pairs) if by_name else (), order=_order(node, outputs, place),
        limit=limit, offset=offset,
    )  # fmt: skip


def _by_position(
    binding: Binding, node: exp.SetOperation, left: Query, right: Query
) -> list[tuple[int | None, int | None]]:
    if is_closed(left) and is_closed(right) and len(left.outputs) != len(right.outputs):
        message = f"the branches of {node.key} have {len(left.outputs)} and {len(right.outputs)} columns"
        binding.report("column-count", message, node.args["expression"], True)
    return [(index, index if index < len(right.outputs) else None) for index in range(len(left.outputs))]


def _side(binding: Binding, node: exp.SetOperation) -> str:
    """Tell which side's columns BigQuery's `LEFT UNION ALL BY NAME` and `INNER UNION ALL BY NAME` keep; "" for all."""
    if node.args.get("on"):
        binding.report("unsupported", "a set operation over some columns is not understood", node)
    side, kind = (str(node.args.get(slot) or "").lower() for slot in ("side", "kind"))
    return "inner" if kind == "inner" else side


def _by_name(left: Query, right: Query, side: str) -> list[tuple[int | None, int | None]]:
    names = [output.name for output in left.outputs]
    there = {output.name: index for index, output in enumerate(right.outputs)}
    pairs: list[tuple[int | None, int | None]] = [
        (index, there.get(name)) for index, name in enumerate(names)
    ]
    if side == "left":
        return pairs
    if side == "inner":
        return [pair for pair in pairs if pair[1] is not None]
    return pairs + [(None, index) for name, index in there.items() if name not in names]


def _merged_output(
    left: Query, right: Query, pair: tuple[int | None, int | None], position: int, dialect: str
) -> Output:
    sides = [
        query.outputs[index] for query, index in zip((left, right), pair, strict=True) if index is not None
    ]
    first, last = sides[0], sides[-1]
    op = "star" if first.term.op == "star" else "column"
    kinds = {output.type for output in sides if output.term.op != "null"}
    nullable: bool | None = None
    if any(output.nullable for output in sides) or len(sides) == 1:
        nullable = True
    elif all(output.nullable is False for output in sides):
        nullable = False
    return Output(
        name=first.name, term=Term(op, value=str(position)), type=_common_type(kinds, dialect),
        fields=first.fields if first.fields == last.fields else None, nullable=nullable, line=first.line or last.line, column=first.column or last.column,
    )  # fmt: skip


def _common_type(kinds: set[str | None], dialect: str) -> str | None:
    """Give the type that a set operation makes of its branches' types; None where it is not known."""
    if len(kinds) == 1:
        return next(iter(kinds))
    classes = {type_class(kind) for kind in kinds}
    # https://duckdb.org/docs/stable/sql/data_types/typecasting#combination-casting
    return "TEXT" if dialect == "duckdb" and "string" in classes and None not in classes else None


def _check_types(
    binding: Binding,
    node: exp.SetOperation,
    left: Query,
    right: Query,
    pairs: list[tuple[int | None, int | None]],
) -> None:
    """Strict engines refuse branches of two classes of types. Only types that are declared or cast to are sure."""
    if binding.dialect not in STRICT_DIALECTS:
        return
    for one, other in pairs:
        if one is None or other is None:
            continue
        sides = left.outputs[one], right.outputs[other]
        classes = [type_class(side.type) for side in sides if side.term.op in ("column", "cast")]
        if len(classes) == 2 and clash(*classes):
            message = f"`{sides[0].name}` is a {classes[0]} in one branch of {node.key} and a {classes[1]} in the other"
            binding.report("type-mismatch", message, node.args["expression"], True, sides[0].name)


def _parenthesised(binding: Binding, node: exp.Subquery, ctes: dict[str, Cte], parent: Scope | None) -> Query:
    if any(
        node.args.get(slot) for slot in ("order", "limit", "offset", "joins", "pivots", "sample", "where")
    ):
        return _star_over(binding, node, ctes, parent)
    return bind_query(binding, node.this, ctes, parent)


def _star_over(binding: Binding, node: exp.Expr, ctes: dict[str, Cte], parent: Scope | None) -> Query:
    """`(query) LIMIT 5`, `VALUES …`, `TABLE t`: the same as `SELECT * FROM` it."""
    outer = {slot: node.args[slot] for slot in ("order", "limit", "offset") if node.args.get(slot)}
    inner = node.copy() if outer else node
    for slot in outer:
        inner.set(slot, None)
    select = exp.Select(expressions=[exp.Star()], from_=exp.From(this=inner), **outer)
    return _select(binding, select, ctes, parent)
