"""Where the order of a nested query's rows is seen from outside: by an aggregate that lists them, or by a bare LIMIT."""

from dataclasses import replace

from sqlglot import exp

from contract_gate.sql.algebra import Select, Source, Term

_LISTING = (exp.ArrayAgg, exp.GroupConcat, exp.JSONArrayAgg, exp.JSONObjectAgg, exp.JSONBObjectAgg, exp.First, exp.Last,
            exp.ArrayConcatAgg)  # fmt: skip
_LISTING_NAMES = frozenset({
    "list", "collect_list", "string_agg", "listagg", "group_concat", "json_agg", "jsonb_agg", "json_group_array",
    "json_group_object", "json_arrayagg", "json_objectagg", "jsonb_object_agg", "json_object_agg", "xmlagg", "array_agg",
    "grouparray", "first_value", "last_value", "arg_first", "array_concat_agg",
})  # fmt: skip


def is_order_sensitive(call: exp.Expr) -> bool:
    """Tell whether an aggregate gives something else when its rows come in another order."""
    if isinstance(call, (exp.Anonymous, exp.AnonymousAggFunc)):
        name = call.this if isinstance(call.this, str) else call.name
        return str(name).lower() in _LISTING_NAMES
    return isinstance(call, _LISTING)


def with_kept_order(source: Source) -> Source:
    """Let the ORDER BY of a nested query count among what decides: the rows are taken in that order, all of them.

    It holds through blocks that pass their rows on as they come. Engines keep it, though no standard asks them to.
    """
    relation = source.relation
    if not isinstance(relation, Select) or relation.limit is not None:
        return source
    if relation.order:
        return replace(source, relation=replace(relation, limit=Term("every_row")))
    passes = relation.group is None and relation.distinct is None and len(relation.sources) == 1
    if not passes:
        return source
    inner = with_kept_order(relation.sources[0])
    if inner is relation.sources[0]:
        return source
    return replace(source, relation=replace(relation, sources=(inner,)))
