"""ORDER BY, LIMIT and OFFSET of a query, bound."""

from sqlglot import exp

from contract_gate.sql.algebra import Output, Term
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import ORDER_COLUMN_FIRST_DIALECTS
from contract_gate.sql.query.terms import to_term


def by_ordinal(node: exp.Expr, outputs: tuple[Output, ...], place: Place) -> Term:
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
        args = tuple(by_ordinal(item, outputs, place) for item in node.expressions)
        return Term("tuple", args, ("expressions",) * len(args))
    return to_term(node, place)


def bind_order(node: exp.Expr, outputs: tuple[Output, ...], place: Place) -> tuple[Term, ...]:
    """Give the terms that the rows are ordered by, with their directions."""
    order = node.args.get("order")
    terms = []
    for item in order.expressions if isinstance(order, exp.Order) else ():
        inner = item.this if isinstance(item, exp.Ordered) else item
        # Spelled as inside of OVER, so that DISTINCT ON and LIMIT can be told as ROW_NUMBER.
        flags = ",".join(f"{flag}=True" for flag in ("desc", "nulls_first") if item.args.get(flag))
        if is_all(inner):
            terms += [Term("ordered", (output.term,), ("this",), flags) for output in outputs]
        else:
            term = by_ordinal(inner, outputs, _ordering_place(inner, place))
            terms.append(Term("ordered", (term,), ("this",), flags))
    return tuple(terms)


def _ordering_place(node: exp.Expr, place: Place) -> Place:
    alone = isinstance(node.unnest(), (exp.Column, exp.Literal))
    in_select = bool(place.scope.sources)
    if alone or not in_select or place.binding.dialect not in ORDER_COLUMN_FIRST_DIALECTS:
        return place
    return place.within("order expression")


def bind_limit(node: exp.Expr, place: Place) -> tuple[Term | None, Term | None, tuple[Term, ...]]:
    """Give how many rows are kept, how many are skipped before them, and what else is said of it (ties, LIMIT BY)."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    modifiers: list[Term] = []
    count = skip = None
    if isinstance(limit, exp.Fetch):
        count = to_term(limit.args["count"], place) if limit.args.get("count") else Term("number", value="1")
    elif isinstance(limit, exp.Limit):
        count = to_term(limit.expression, place)
    if isinstance(offset, exp.Offset):
        skip = to_term(offset.expression, place)
    # Of `LIMIT 2, 1 BY x` (ClickHouse) the parser keeps the columns with the OFFSET.
    ends = [end for end in (limit, offset) if isinstance(end, exp.Expr)]
    by = [to_term(item, place) for end in ends for item in end.expressions]
    if by:
        modifiers.append(Term("limit_by", tuple(by), ("this",) * len(by)))
    options = [end.args["limit_options"] for end in ends if end.args.get("limit_options")]
    modifiers += [to_term(each, place) for each in options]
    return count, skip, tuple(modifiers)


def is_all(key: exp.Expr) -> bool:
    """Tell whether a key of GROUP BY or ORDER BY is the word ALL."""
    bare = isinstance(key, exp.Column) and not key.table and not key.this.args.get("quoted")
    return (bare or isinstance(key, exp.Var)) and key.name.upper() == "ALL"
