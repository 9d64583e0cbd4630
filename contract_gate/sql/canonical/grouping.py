"""Windows and groups over the same keys, and groups of groups: in the one form that needs fewer steps."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from contract_gate.sql.algebra import Query, Select, Term
from contract_gate.sql.canonical.aggregates import counted, value_of
from contract_gate.sql.canonical.blocks import is_about_keys, is_computed_of
from contract_gate.sql.canonical.comparable import type_of
from contract_gate.sql.canonical.conditions import conjunction, conjuncts, rejects
from contract_gate.sql.canonical.distincts import is_distinct
from contract_gate.sql.canonical.predicates import has_plain_groups
from contract_gate.sql.canonical.shape import groups_plainly, has_windows, is_limited, makes_rows
from contract_gate.sql.families import SPARK, TRINO, TSQL
from contract_gate.sql.functions import OF_ONE_ROW, SKIPS_NULL, is_volatile
from contract_gate.sql.types import is_integer
from contract_gate.sql.walk import is_same, own_terms, parts, replacing

_OF_PARTS = frozenset({"sum", "min", "max", "logicaland", "logicalor"})
"""Aggregates of the whole that are the same aggregates of those of its parts."""
_SUMS_KEEP_THEIR_TYPE = SPARK | TRINO | TSQL | {"duckdb", "bigquery", "snowflake"}
"""Engines whose sum of a sum has the sum's type: PostgreSQL's of a BIGINT is a NUMERIC; Spark's of a DECIMAL has ten digits more."""
_SUM_OF_COUNTS = SPARK | TRINO | {"bigquery", "snowflake"}
"""Engines whose sum of counts has a count's type: DuckDB's is a HUGEINT."""
_OF_ANY_COPIES = frozenset({"min", "max", "logicaland", "logicalor"})


def with_keys_first(block: Select) -> Select:
    """`QUALIFY k = 1` on keys by which every window is parted keeps or drops whole partitions: WHERE keeps the same.

    Where the block groups, HAVING does.
    """
    if block.qualify is None or makes_rows(block) or not has_windows(block):
        return block
    windows = [part for part in parts(own_terms(block)) if part.op == "window"]
    common = [
        key
        for key in windows[0].arguments("partition_by")
        if all(any(is_same(key, other) for other in w.arguments("partition_by")) for w in windows)
    ]
    own = frozenset(source.id for source in block.sources)
    held = conjuncts(block.qualify)
    early = [
        c for c in held if common and is_about_keys(c, tuple(common), own) and not is_volatile(parts([c]))
    ]
    if not early:
        return block
    late = conjunction(c for c in held if not any(c is one for one in early))
    if block.group is None:
        return replace(block, where=conjunction([*conjuncts(block.where), *early]), qualify=late)
    return replace(block, having=conjunction([*conjuncts(block.having), *early]), qualify=late)


def with_first_of_keys(block: Select) -> Select:
    """`QUALIFY ROW_NUMBER() OVER (PARTITION BY a, b ORDER BY c) = 1` of which only a and b are read is GROUP BY a, b."""
    first = block.qualify
    if first is None or block.group is not None or block.distinct is not None or makes_rows(block):
        return block
    if first.op != "eq" or is_limited(block) or block.modifiers:
        return block
    window, one = first.args if first.args[0].op == "window" else first.args[::-1]
    if window.op != "window" or window.args[0].op != "rownumber" or (one.op, one.value) != ("number", "1"):
        return block
    keys = window.arguments("partition_by")
    own = frozenset(source.id for source in block.sources)
    passed = all(is_about_keys(output.term, keys, own) for output in block.outputs)
    if not keys or not passed or is_volatile(parts([*keys, *(o.term for o in block.outputs)])):
        return block
    return replace(block, qualify=None, group=keys)


def of_windows(block: Select, finished: Callable[[Select], Query]) -> Select:
    """`SELECT DISTINCT k, SUM(x) OVER (PARTITION BY k)` is `SELECT k, SUM(x) … GROUP BY k`: one row for each k."""
    inner = block.sources[0].relation if len(block.sources) == 1 else None
    if not isinstance(inner, Select) or not is_distinct(block) or block.where is not None:
        return block
    plain = inner.group is None and inner.qualify is None and inner.distinct is None and not inner.modifiers
    if not plain or is_limited(inner) or makes_rows(inner) or is_volatile(parts(own_terms(inner))):
        return block
    windows = [output.term for output in inner.outputs if output.term.op == "window"]
    keys = windows[0].arguments("partition_by") if windows else ()
    if not keys or not all(_aggregates_by(window, keys) for window in windows):
        return block
    others = [output.term for output in inner.outputs if output.term.op != "window"]
    if any(part.op == "window" for part in parts(others)):
        return block
    is_read = {column.term.value for column in block.outputs if column.term.op == "column"}
    if any(output.name not in is_read for output in inner.outputs):
        return block
    own = frozenset(source.id for source in inner.sources)
    known = all(any(is_same(key, term) for term in others) for key in keys)
    if not known or not all(is_about_keys(term, keys, own) for term in others):
        return block
    outputs = tuple(
        replace(output, term=output.term.args[0] if output.term.op == "window" else output.term)
        for output in inner.outputs
    )
    grouped = finished(replace(inner, group=keys, outputs=outputs))
    return replace(block, sources=(replace(block.sources[0], relation=grouped),), group=None)


def _aggregates_by(window: Term, keys: tuple[Term, ...]) -> bool:
    """Tell whether a window is an aggregate of whole partitions by these keys."""
    own = window.arguments("partition_by")
    both = all(any(is_same(a, b) for b in keys) for a in own) and all(
        any(is_same(a, b) for b in own) for a in keys
    )
    whole = set(window.slots) <= {"this", "partition_by"}
    return both and whole and window.args[0].op in SKIPS_NULL


def _keeps_its_type(inner_sum: Term, inner: Select, dialect: str) -> bool:
    if dialect not in SPARK or inner_sum.op == "count":
        return dialect in _SUMS_KEEP_THEIR_TYPE
    kind = type_of(inner_sum.args[0], inner.sources) or ""
    return is_integer(kind) or kind in ("FLOAT", "DOUBLE")


def aggregated_in_one(block: Select, finished: Callable[[Select], Query], dialect: str) -> Select:
    """`SELECT a, SUM(s) FROM (SELECT a, b, SUM(x) AS s … GROUP BY a, b) GROUP BY a` is `SELECT a, SUM(x) … GROUP BY a`."""
    inner = block.sources[0].relation if len(block.sources) == 1 else None
    if not isinstance(inner, Select) or block.sources[0].join != "inner" or not groups_plainly(block):
        return block
    if not inner.group or not groups_plainly(inner) or inner.having is not None or block.where is not None:
        return block
    if is_volatile(parts(own_terms(inner))) or is_volatile(parts(own_terms(block))):
        return block
    number = block.sources[0].id
    adds_counts = bool(block.group) and dialect in _SUM_OF_COUNTS
    of_parts = _OF_PARTS | {"count"} if adds_counts else _OF_PARTS
    parted = {o.name: o.term for o in inner.outputs if o.term.op in of_parts and len(o.term.args) == 1}
    keys = {o.name for o in inner.outputs if any(is_same(o.term, key) for key in inner.group)}
    terms = [*(o.term for o in block.outputs), *(block.group or ()), *block.order, *conjuncts(block.having)]
    stack, used, seen = list(terms), False, set[int]()
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        arg = part.args[0] if len(part.args) == 1 else None
        if part.op in _OF_PARTS and arg is not None and arg.op == "column" and arg.source == number:
            if arg.value in keys and part.op in _OF_ANY_COPIES:
                continue
            found = parted.get(arg.value)
            if found is None or found.args[0].op in ("distinct", "order"):
                return block
            if part.op == "sum" and not _keeps_its_type(found, inner, dialect):
                return block
            if found.op != part.op and (found.op, part.op) != ("count", "sum"):
                return block
            used = True
        elif part.op == "column" and part.source == number:
            if part.value not in keys:
                return block
        elif part.op not in OF_ONE_ROW and part.op not in ("ordered", "column"):
            return block
        else:
            stack.extend(part.args)
    if not used:
        return block
    outputs = tuple(replace(o, term=_taken(o.term)) if o.name in parted else o for o in inner.outputs)
    kept = tuple(o for o in outputs if o.name in parted or o.name in keys)
    bare = finished(replace(inner, group=None, outputs=kept))
    return replace(_counting(block, number, parted), sources=(replace(block.sources[0], relation=bare),))


def _taken(aggregate: Term) -> Term:
    """Give what an aggregate takes of a row; COUNT(*) takes each."""
    return Term("number", value="1") if aggregate.args[0].op == "star" else aggregate.args[0]


def _counting(block: Select, number: int, parted: Mapping[str, Term]) -> Select:
    """A sum of counts counts: in a group there is one at least."""

    def counting(term: Term) -> Term | None:
        arg = term.args[0] if term.op == "sum" and len(term.args) == 1 else None
        part = parted.get(arg.value) if arg is not None and arg.source == number else None
        return replace(term, op="count") if part is not None and part.op == "count" else None

    change = replacing(counting)
    return replace(
        block, outputs=tuple(replace(o, term=change(o.term)) for o in block.outputs),
        having=None if block.having is None else change(block.having), order=tuple(map(change, block.order)),
    )  # fmt: skip


def with_common_filter(block: Select, dialect: str) -> Select:
    """`SELECT SUM(x) FILTER (WHERE c), COUNT(*) FILTER (WHERE c)` over all rows is `SELECT SUM(x), COUNT(*) … WHERE c`.

    There is one row, whichever rows it is made of. A group that has no such row would be gone.
    """
    if block.group != () or block.having is not None or not groups_plainly(block) or dialect == "clickhouse":
        return block
    terms = [output.term for output in block.outputs]
    own = frozenset(source.id for source in block.sources)
    if not is_computed_of(terms, own, lambda part: part.op in SKIPS_NULL):
        return block
    found = [part for part in parts(terms) if part.op in SKIPS_NULL]
    conditions = [_filtered_by(part) for part in found]
    common = conditions[0] if conditions else None
    if common is None or not all(c is not None and is_same(c, common) for c in conditions):
        return block
    if is_volatile(parts([common])):
        return block
    change = replacing(lambda term: _unfiltered(term) if term.op in SKIPS_NULL else None)
    outputs = tuple(replace(o, term=change(o.term)) for o in block.outputs)
    return replace(block, outputs=outputs, where=conjunction([*conjuncts(block.where), *conjuncts(common)]))


def _filtered_by(aggregate: Term) -> Term | None:
    """Give the condition of the rows that an aggregate takes, where it takes them by `CASE WHEN c THEN x END`."""
    case = value_of(aggregate)
    is_filter = case is not None and case.op == "case" and len(case.args) == 3 and case.args[2].op == "null"
    return case.args[0] if case is not None and is_filter else None


def _unfiltered(aggregate: Term) -> Term:
    inner = aggregate.args[0]
    if inner.op == "distinct":
        return replace(aggregate, args=(replace(inner, args=(inner.args[0].args[1],)),))
    value = inner.args[1]
    return (
        counted(replace(aggregate, args=(value,)))
        if aggregate.op == "count"
        else replace(aggregate, args=(value,))
    )


def ignores_copies(block: Select) -> bool:
    """Tell whether it is all one to the block how often a row is there: it groups, and counts no row twice."""
    if not groups_plainly(block):
        return False
    terms = [output.term for output in block.outputs] + [arg for term in block.order for arg in term.args]

    def given(part: Term) -> bool:
        once = part.op in ("count", "sum", "avg") and len(part.args) == 1 and part.args[0].op == "distinct"
        return once or part.op in _OF_ANY_COPIES or any(is_same(part, key) for key in block.group or ())

    own = frozenset(source.id for source in block.sources)
    return is_computed_of([*terms, *conjuncts(block.having)], own, given)


def without_null_handling(block: Select) -> Select:
    """`COALESCE(x, 0)` is x, and `COUNT(x)` is `COUNT(*)`, where a condition drops the rows in which x is NULL.

    Not where a set of groups leaves out a key, which is NULL in what the groups give.
    """
    held = conjuncts(block.where) if has_plain_groups(block) else []
    terms = [*(output.term for output in block.outputs), *(block.group or ()), *conjuncts(block.having)]
    if not held or not any(part.op in ("coalesce", "count") for part in parts(terms)):
        return block

    def plainer(term: Term) -> Term | None:
        is_default = term.op == "coalesce" and not term.value
        if not is_default and not (term.op == "count" and len(term.args) == 1):
            return None
        if is_volatile(parts([term])) or not any(rejects(condition, term.args[0]) for condition in held):
            return None
        return change(term.args[0]) if is_default else replace(term, args=(Term("star"),))

    change = replacing(plainer)
    outputs = tuple(replace(o, term=change(o.term)) for o in block.outputs)
    group = None if block.group is None else tuple(map(change, block.group))
    having = None if block.having is None else change(block.having)
    after = [*(output.term for output in outputs), *(group or ()), *conjuncts(having)]
    if all(new is old for new, old in zip(after, terms, strict=False)) and len(after) == len(terms):
        return block
    return replace(block, outputs=outputs, group=group, having=having)
