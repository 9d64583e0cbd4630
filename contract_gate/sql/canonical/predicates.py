"""Conditions that say one thing in several ways. Each function gives one of them, and says why both are right.

They look at terms whose arguments are in normal form already.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from contract_gate.sql.algebra import Output, Query, Select, SetOperation, Source, Term
from contract_gate.sql.canonical.conditions import conjunction, conjuncts, is_strict_in, says_not_null
from contract_gate.sql.canonical.literals import DAY, is_whole
from contract_gate.sql.canonical.shape import (
    MAX_SOURCES,
    filters_alone,
    has_one_row,
    is_plain,
    is_set,
    passes_keys,
)
from contract_gate.sql.canonical.typed import DATE_FOR_TEXT
from contract_gate.sql.families import POSTGRES, SPARK, TRINO
from contract_gate.sql.functions import NUMBERING, NUMBERS_AND_TEXTS, function_of, is_volatile
from contract_gate.sql.walk import is_same, own_references, parts

_ROWS_AS_FIELDS = POSTGRES | TRINO | {"mysql", "snowflake"}
_ARRAY_ANY = POSTGRES - {"redshift"} | {"duckdb"}


def common_factor(operands: Sequence[Term]) -> tuple[tuple[Term, ...], tuple[Term, ...]] | None:
    """`(a AND b) OR (a AND c)` is `a AND (b OR c)`: give what all operands of the OR have, and what is left of each.

    AND and OR distribute over each other and absorb (`a OR (a AND b)` is `a`) in three-valued logic as in two-valued
    (it is a distributive lattice). Where an operand has nothing left, nothing is left to ask.
    """
    members = [conjuncts(operand) for operand in operands]
    common = [one for one in members[0] if all(any(is_same(one, x) for x in other) for other in members[1:])]
    if not common or is_volatile(parts(operands)):
        return None
    rest: list[Term] = []
    for member in members:
        left = conjunction(part for part in member if not any(is_same(part, one) for one in common))
        if left is None:
            return tuple(common), ()
        rest.append(left)
    return tuple(common), tuple(rest)


def whole_bound(term: Term) -> Term:
    """`COUNT(*) < 3` is `COUNT(*) <= 2`: what counts is a whole number. ROW_NUMBER begins at 1: `<= 1` is `= 1`."""
    low, high = term.args
    if term.op == "lt" and _counts(low) and is_whole(high):
        return whole_bound(replace(term, op="lte", args=(low, _moved(high, -1))))
    if term.op == "lt" and _counts(high) and is_whole(low):
        return replace(term, op="lte", args=(_moved(low, 1), high))
    if term.op == "lte" and _counts(low, NUMBERING) and (high.op, high.value) == ("number", "1"):
        return first_rank(replace(term, op="eq"))
    return term


def asked_for_none(term: Term, dialect: str) -> Term | None:
    """`(SELECT COUNT(*) FROM s WHERE c) > 0` is `EXISTS (SELECT 1 FROM s WHERE c)`, `= 0` NOT EXISTS; `LENGTH(x) > 0` is `x <> ''`, `= 0` not."""
    for place, side in enumerate(term.args):
        bound = term.args[1 - place]
        query = side.query if side.op == "scalar" else None
        if bound.op != "number" or not isinstance(query, Select) or not _only_counts(query):
            continue
        asked = _ASKED.get((term.op, place, bound.value))
        if asked is not None:
            there = Term("exists", query=replace(query, group=None, outputs=(), order=()))
            return there if asked else Term("not", (there,), ("this",))
    return _measured(term, dialect)


_ASKED = {
    ("lt", 1, "0"): True, ("lte", 1, "1"): True, ("neq", 0, "0"): True, ("neq", 1, "0"): True,
    ("eq", 0, "0"): False, ("eq", 1, "0"): False, ("lte", 0, "0"): False, ("lt", 0, "1"): False,
}  # fmt: skip
"""By operator, place of the count and bound: whether the comparison asks that there is a row, or that there is none."""


_COUNTS_BLANKS = frozenset({"postgres", "duckdb", "bigquery", "snowflake", "sqlite"})
"""Engines in which no text but the one without characters equals '', which elsewhere blanks may do (MySQL, T-SQL, CHAR in Spark and Trino)."""


def _measured(term: Term, dialect: str) -> Term | None:
    """`LENGTH(x) > 0` is `x <> ''`, and `= 0` is `x = ''`."""
    for place, side in enumerate(term.args if dialect in _COUNTS_BLANKS else ()):
        bound = term.args[1 - place]
        if side.op == "length" and len(side.args) == 1 and not side.value and bound.op == "number":
            asked = _ASKED.get((term.op, place, bound.value))
            if asked is not None:
                return Term("neq" if asked else "eq", (side.args[0], Term("string")), ("this", "expression"))
    return None


def _only_counts(query: Select) -> bool:
    return (
        has_one_row(query)
        and [o.term.op for o in query.outputs] == ["count"]
        and is_star(query.outputs[0].term)
    )


def is_star(count: Term) -> bool:
    """Tell whether this is `COUNT(*)`."""
    return len(count.args) == 1 and count.args[0].op == "star" and not count.args[0].source


def first_rank(term: Term) -> Term:
    """`DENSE_RANK() … = 1` is `RANK() … = 1`: both number the first rows by 1."""
    for place, side in enumerate(term.args):
        bound = term.args[1 - place]
        if (
            (bound.op, bound.value) == ("number", "1")
            and side.op == "window"
            and side.args[0].op == "denserank"
        ):
            ranked = replace(side, args=(replace(side.args[0], op="rank"), *side.args[1:]))
            return replace(term, args=tuple(ranked if arg is side else arg for arg in term.args))
    return term


def _counts(term: Term, functions: frozenset[str] = NUMBERING | {"count"}) -> bool:
    return function_of(term).op in functions


def _moved(number: Term, by: int) -> Term:
    return replace(number, value=str(int(number.value) + by))


def field_by_field(term: Term, dialect: str) -> tuple[Term, ...] | None:
    """`(a, b) = (c, d)` is `a = c AND b = d`, unknown where that is (ISO 9075-2, 8.2). Not DuckDB's: NULL equals NULL."""
    one, other = term.args
    if (
        dialect not in _ROWS_AS_FIELDS
        or not one.op == other.op == "tuple"
        or len(one.args) != len(other.args)
    ):
        return None
    pairs = zip(one.args, other.args, strict=True)
    return tuple(Term("eq", pair, ("this", "expression")) for pair in pairs)


def among_rows(term: Term, dialect: str) -> Term | None:
    """`(a, b) IN ((1, 2), (3, 4))` is `(a, b) = (1, 2) OR (a, b) = (3, 4)` (ISO 9075-2, 8.4)."""
    tested, *members = term.args
    rows = tested.op == "tuple" and members and all(member.op == "tuple" for member in members)
    if not rows or term.slots[1:] != ("expressions",) * len(members) or is_volatile(parts([tested])):
        return None
    kinds = [
        {field.op for field in fields} for fields in zip(*(member.args for member in members), strict=False)
    ]
    if any(len(each) > 1 or not each <= NUMBERS_AND_TEXTS for each in kinds):
        return None  # a mixed list is coerced first
    equal = [
        field_by_field(Term("eq", (tested, member), ("this", "expression")), dialect) for member in members
    ]
    if any(each is None for each in equal):
        return None
    each = tuple(Term("and", fields, ("this",) * len(fields)) for fields in equal if fields is not None)
    return each[0] if len(each) == 1 else Term("or", each, ("this",) * len(each))


def quantified(term: Term, dialect: str) -> Term | None:
    """`x = ANY (query)` is defined as `x IN (query)`, `x <> ALL (query)` as NOT IN (ISO 9075-2, 8.4 and 8.9).

    PostgreSQL's `x = ANY (ARRAY[…])` is `x IN (…)`.
    """
    tested, other = term.args
    wanted = {"eq": "any", "neq": "all"}[term.op]
    if other.op == f"{wanted}_query" and not other.args:
        found = Term("in_query", (tested,), ("this",), query=other.query)
    elif (
        other.op == wanted and len(other.args) == 1 and other.args[0].op == "array" and dialect in _ARRAY_ANY
    ):
        members = other.args[0].args
        found = Term("in", (tested, *members), ("this",) + ("expressions",) * len(members))
        if not members:
            return None
    else:
        return None
    return found if term.op == "eq" else Term("not", (found,), ("this",))


def unnested(term: Term) -> Term:
    """BigQuery's `x IN UNNEST([a, b])` is `x IN (a, b)`: NULL as that is where no element equals x and one is NULL."""
    tested, source = term.argument("this"), term.argument("unnest")
    if tested is None or source is None or source.op != "unnest" or len(source.args) != 1 or source.value:
        return term
    array = source.args[0]
    if array.op != "array" or not array.args or any(part.op == "scalar" for part in array.args):
        return term
    return Term("in", (tested, *array.args), ("this",) + ("expressions",) * len(array.args))


def like_each(term: Term) -> tuple[str, tuple[Term, ...]] | None:
    """`x LIKE ANY (a, b)` is `x LIKE a OR x LIKE b`, ALL joins by AND: for patterns that are literals."""
    if len(term.args) != 2 or term.value or term.args[1].op not in ("any", "all"):
        return None
    held = term.args[1].args
    patterns = held[0].args if len(held) == 1 and held[0].op in ("tuple", "array") else held
    if (
        not patterns
        or any(pattern.op != "string" for pattern in patterns)
        or is_volatile(parts(term.args[:1]))
    ):
        return None
    each = tuple(replace(term, args=(term.args[0], pattern)) for pattern in patterns)
    return {"any": "or", "all": "and"}[term.args[1].op], each


def dated(term: Term, dialect: str) -> Term:
    """A date is compared with the date that a literal of ten characters spells: the literal takes the other's type."""
    if dialect not in DATE_FOR_TEXT:
        return term
    for one, other in (term.args, term.args[::-1]):
        is_date = (one.op, one.value, len(one.args)) == ("cast", "DATE", 1)
        if is_date and other.op == "string" and DAY.match(other.value):
            cast = Term("cast", (other,), ("this",), "DATE")
            return replace(term, args=tuple(cast if arg is other else arg for arg in term.args))
    return term


def as_membership(condition: Term) -> Term:
    """For a filter, `EXISTS (SELECT … FROM s WHERE c AND y = x)` is `x IN (SELECT y FROM s WHERE c)`.

    Both are true where a row of s has c and y = x true; that one is false and the other NULL elsewhere is no matter to a
    filter, which keeps what is true. (So never under NOT.) Only where one equality ties the two queries, so that it is
    clear which it is.
    """
    query = condition.query
    if condition.op == "in_query":
        return _of_fields(condition) if condition.args[0].op == "tuple" else _of_known_members(condition)
    if condition.op != "exists" or not isinstance(query, Select) or query.where is None or not query.sources:
        return condition
    if not filters_alone(query):
        return condition
    inside = {source.id for source in query.sources}
    held = conjuncts(query.where)
    ties = [(part, tied_by) for part in held if (tied_by := tie(part, inside)) is not None]
    if len(ties) != 1:
        return condition
    tied, (inner, outer) = ties[0]
    where = conjunction(part for part in held if part is not tied)
    member = replace(query, outputs=(Output(name="@0", term=inner),), where=where)
    return _of_known_members(Term("in_query", (outer,), ("this",), query=member))


def _of_known_members(condition: Term) -> Term:
    """For a filter, `x IN (SELECT y … WHERE y IS NOT NULL)` is `x IN (SELECT y …)`: nothing is equal to NULL."""
    query = condition.query
    if not isinstance(query, Select) or len(query.outputs) != 1 or not filters_alone(query):
        return condition
    member, held = query.outputs[0].term, conjuncts(query.where)
    rest = [c for c in held if not (says_not_null(c) and is_strict_in(member, c.args[0].args[0]))]
    if len(rest) == len(held):
        return condition
    return replace(condition, query=replace(query, where=conjunction(rest)))


def _of_fields(condition: Term) -> Term:
    """For a filter, `(a, b) IN (SELECT x, y FROM s)` is `EXISTS (SELECT … FROM s WHERE x = a AND y = b)`."""
    query, fields = condition.query, condition.args[0].args
    if not isinstance(query, Select) or len(condition.args) != 1 or len(query.outputs) != len(fields):
        return condition
    if not _is_filter(query) or is_volatile(parts(fields)):
        return condition
    pairs = zip(query.outputs, fields, strict=True)
    equal = tuple(Term("eq", (output.term, field), ("this", "expression")) for output, field in pairs)
    where = conjunction((*conjuncts(query.where), *equal))
    return Term("exists", query=replace(query, outputs=(), where=where, order=()))


def asks_for_match(condition: Term) -> bool:
    """Tell whether a condition asks a query whether it has a row, or one with this value."""
    return condition.op == "exists" or (condition.op == "in_query" and len(condition.args) == 1)


def joined_within(term: Term, simplified: Callable[[Term], Term]) -> Term:
    """`EXISTS (… o WHERE o.k IN (SELECT k FROM p))` is `EXISTS (… o, p WHERE o.k = p.k)`, and so is membership in such a query.

    How often a row or a value is there says nothing.
    """
    query = term.query
    if not isinstance(query, Select) or not _is_filter(query):
        return term
    sources, kept = list(query.sources), list[Term]()
    for condition in conjuncts(query.where):
        inner = condition.query
        if not asks_for_match(condition) or not isinstance(inner, Select) or not _can_join(inner, sources):
            kept.append(condition)
            continue
        sources += inner.sources
        kept += conjuncts(inner.where)
        if condition.op == "in_query":
            equal = Term("eq", (inner.outputs[0].term, condition.args[0]), ("this", "expression"))
            kept.append(simplified(equal))
    if len(sources) == len(query.sources):
        return term
    return replace(term, query=replace(query, sources=tuple(sources), where=conjunction(kept)))


def _can_join(inner: Select, sources: list[Source]) -> bool:
    """The same query may stand twice: then its sources have the same numbers."""
    apart = {source.id for source in sources}.isdisjoint(source.id for source in inner.sources)
    return (
        apart
        and bool(inner.sources)
        and len(sources) + len(inner.sources) <= MAX_SOURCES
        and _is_filter(inner)
    )


def _is_filter(query: Select) -> bool:
    return is_set(query.sources) and is_plain(query)


def tie(condition: Term, inside: set[int]) -> tuple[Term, Term] | None:
    """Give the side of an equality that reads the subquery's sources alone, and the one that reads none of them."""
    if (
        condition.op != "eq"
        or any(p.query is not None for p in parts([condition]))
        or is_volatile(parts([condition]))
    ):
        return None
    for one, other in (condition.args, condition.args[::-1]):
        reads = [{read[0] for read in own_references([side])} for side in (one, other)]
        if reads[0] and reads[0] <= inside and reads[1] and not reads[1] & inside:
            return one, other
    return None


def of_distinct(term: Term) -> Term:
    """`x IN (SELECT DISTINCT y …)`: a row more than once is in no more than once."""
    query = term.query
    if not isinstance(query, Select) or not passes_keys(query):
        return term
    return replace(term, query=replace(query, group=None, order=()))


def sides_of_union(query: Query | None) -> tuple[Query, Query] | None:
    """Give the two sides of a UNION that is all of a query of one column; None for any other query."""
    if isinstance(query, Select) and filters_alone(query) and len(query.sources) == 1:
        inner = query.sources[0].relation
        passed = len(query.outputs) == 1 and query.outputs[0].term.op == "column" and query.where is None
        query = (
            inner if passed and isinstance(inner, SetOperation) and query.sources[0].join == "inner" else None
        )
    if not isinstance(query, SetOperation) or query.kind not in ("union", "union_set") or not query.all:
        return None
    plain = query.limit is None and query.offset is None and len(query.outputs) == 1
    return (query.left, query.right) if plain else None


def grouping_sets(form: Term, dialect: str) -> Term:
    """`ROLLUP (a, b)` is `GROUPING SETS ((a, b), (a), ())`, CUBE has every subset (ISO 9075-2, 7.13).

    Not Spark's, whose GROUPING_ID() counts by the order of the keys, nor ClickHouse's, that gives no NULL for a key.
    In one set the order of the keys says nothing.
    """
    keys = [arg.args if arg.op == "tuple" else (arg,) for arg in form.args]
    if dialect in _OWN_GROUPING or not keys or (form.op == "cube" and len(keys) > _MAX_CUBE):
        return form
    if form.op == "groupingsets":
        return replace(
            form, args=tuple(_one_set(arg.args) if arg.op == "tuple" else arg for arg in form.args)
        )
    if form.op == "rollup":
        chosen = [keys[:count] for count in range(len(keys), -1, -1)]
    else:
        chosen = [
            [key for place, key in enumerate(keys) if number >> place & 1]
            for number in range(2 ** len(keys) - 1, -1, -1)
        ]
    sets = tuple(_one_set(tuple(part for key in those for part in key)) for those in chosen)
    return Term("groupingsets", sets, ("expressions",) * len(sets))


def has_a_row(condition: Term) -> bool:
    """Tell whether a condition on a group of rows is `COUNT(*) >= 1`."""
    if condition.op != "lte" or (condition.args[0].op, condition.args[0].value) != ("number", "1"):
        return False
    counted = condition.args[1]
    return counted.op == "count" and is_star(counted)


def have_rows(group: tuple[Term, ...]) -> bool:
    """Tell whether each group has rows: that of the empty set, as of ROLLUP, is there for no rows at all."""
    return any(key.op not in _GROUPING for key in group)


def has_plain_groups(block: Select) -> bool:
    """Tell whether a key means in the outputs what it does in the rows: a set of groups that leaves it out says NULL for it."""
    return block.grouping is None and all(key.op not in _GROUPING for key in block.group or ())


_GROUPING = ("groupingsets", "rollup", "cube")


_OWN_GROUPING = SPARK | {"clickhouse"}
_MAX_CUBE = 6


def _one_set(keys: tuple[Term, ...]) -> Term:
    return keys[0] if len(keys) == 1 else Term("keyset", keys, ("expressions",) * len(keys))
