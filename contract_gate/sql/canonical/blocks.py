"""What a SELECT block may be merged with: questions about blocks, and the small steps that make one of two.

A block computes, in this order: sources and WHERE, groups and HAVING, windows and QUALIFY, rows of set-returning
outputs, ORDER BY with LIMIT. Two nested blocks are one where the outer's steps come no earlier than the inner's.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeGuard

from contract_gate.sql.algebra import Output, Query, Select, SetOperation, Source, Term
from contract_gate.sql.canonical.aggregates import of_groups, skips_nulls_of
from contract_gate.sql.canonical.conditions import conjunction, conjuncts, says_not_null, without_implied
from contract_gate.sql.canonical.joins import is_null_transparent, pads_with_nulls
from contract_gate.sql.canonical.literals import compared
from contract_gate.sql.canonical.predicates import has_a_row, have_rows
from contract_gate.sql.canonical.shape import (
    MAX_SOURCES,
    has_windows,
    is_limited,
    is_plain,
    is_projection,
    is_set,
    makes_rows,
    reads_whole,
)
from contract_gate.sql.canonical.substitute import References
from contract_gate.sql.functions import OF_ONE_ROW, is_volatile
from contract_gate.sql.walk import is_made_of, is_same, own_terms, parts, replacing, subqueries, with_parts

MAX_BRANCHES = 200
"""A block over a union of more branches stays over it: a CTE that unites another with itself doubles them."""


def with_terms(block: Select, change: Callable[[Term], Term]) -> Select:
    """Change every term of a block but those of its sources; the very same block where nothing changes."""
    changed = with_parts(block, change, lambda source: source)
    return block if changed == block else changed


def can_splice(source: Source, block: Select, dialect: str) -> bool:
    """Tell whether the source's query can become part of the block (see `joins` for why sources commute).

    Right of a left join a condition goes into the ON, and outputs must be NULL for the rows that the join pads.
    """
    inner = source.relation
    if not isinstance(inner, Select) or not is_plain(inner):
        return False
    if len(block.sources) + len(inner.sources) > MAX_SOURCES or not _can_expand(source, inner, block):
        return False
    if source.join == "inner" and is_set(block.sources):
        return is_set(inner.sources) or len(block.sources) == 1
    if len(inner.sources) != 1 or inner.sources[0].join != "inner":
        return False
    nulls = pads_with_nulls(dialect)
    bare = all(
        output.term.op in ("star", "column") or (nulls and is_null_transparent(output.term))
        for output in inner.outputs
    )
    return bare and (inner.where is None or (source.join == "left" and is_set(block.sources)))


def _can_expand(source: Source, inner: Select, block: Select) -> bool:
    """Tell whether all that the block reads of the source can be written in terms of the source's own sources."""
    stars = [output for output in inner.outputs if output.term.op == "star"]
    if len(stars) > 1:
        return False
    whole = [
        part for part in parts(own_terms(block)) if part.op in ("star", "row") and part.source == source.id
    ]
    outputs = [output.term for output in block.outputs]
    return all(part.op == "star" and any(part is term for term in outputs) for part in whole)


def read_through(term: Term, inner: Query) -> Term | None:
    """Give the inner term that a column of the inner query is; through its open star, a column of that source."""
    if term.op in ("star", "row"):
        return None
    for output in inner.outputs:
        if output.name == term.value and output.term.op != "star":
            return output.term
    stars = [output.term for output in inner.outputs if output.term.op == "star"]
    if len(stars) != 1 or term.value in stars[0].value.split(","):
        return None
    if stars[0].args:  # of a struct, or of what a star of the other branch meets
        return replace(stars[0], op="field", value=term.value)
    return replace(term, source=stars[0].source)


def expanded(outputs: tuple[Output, ...], source: int, inner: Select) -> Iterator[Output]:
    """Replace an open star over the inner block by that block's outputs."""
    for output in outputs:
        if output.term.op != "star" or output.term.source != source:
            yield output
            continue
        gone = frozenset(filter(None, output.term.value.split(",")))
        for column in inner.outputs:
            if column.term.op == "star":
                excluded = gone | frozenset(filter(None, column.term.value.split(",")))
                yield replace(column, term=replace(column.term, value=",".join(sorted(excluded))))
            elif column.name not in gone:
                yield replace(column, line=0, column=0)


def can_compose(block: Select, inner: Select, references: References) -> bool:
    """Tell whether a block over one query that groups, has windows or a limit can be one block with it."""
    if block.modifiers or block.distinct is not None or inner.modifiers or inner.distinct is not None:
        return False
    if block.group is not None or makes_rows(inner) or is_volatile(parts(o.term for o in inner.outputs)):
        return False
    if _reads_from_subquery(block, references) or not _can_expand(block.sources[0], inner, block):
        return False
    if is_limited(inner):
        return is_projection(block) and not has_windows(block) and not block.order
    if has_windows(inner):
        if makes_rows(block):
            return False
        filters = block.where is not None or inner.qualify is not None
        return not filters or (not has_windows(block) and block.qualify is None)
    return True


def _reads_from_subquery(block: Select, references: References) -> bool:
    """An aggregate or window must not move into a subquery, where it would mean another one."""
    source = block.sources[0].id
    return any(read[0] == source for query in subqueries(own_terms(block)) for read in references.free(query))


def composed(block: Select, inner: Select) -> Select:
    """Make one block of a block, already written over the inner's sources, and the inner one.

    A condition on groups is HAVING, one on windows QUALIFY: each filters the rows that its step gives.
    """
    where, having = inner.where, inner.having
    qualify = conjunction([*conjuncts(inner.qualify), *conjuncts(block.qualify)])
    if has_windows(inner):
        qualify = conjunction([*conjuncts(qualify), *conjuncts(block.where)])
    elif inner.group is not None:
        having = conjunction([*conjuncts(having), *conjuncts(block.where)])
    else:
        where = conjunction([*conjuncts(where), *conjuncts(block.where)])
    limited = is_limited(inner)
    return replace(
        inner,
        outputs=block.outputs,
        where=where,
        having=having,
        qualify=qualify,
        order=inner.order if limited else block.order,
        limit=inner.limit if limited else block.limit,
        offset=inner.offset if limited else block.offset,
    )


def can_push_down(block: Select) -> bool:
    """Tell whether the block can go into each branch of a UNION ALL: it looks at one row at a time."""
    source = block.sources[0]
    return (
        _branch_count(source.relation) <= MAX_BRANCHES
        and is_projection(replace(block, where=None))
        and not has_windows(block)
        and not reads_whole(block, source)
    )


def _branch_count(relation: object) -> int:
    """Count the branches of nested UNION ALLs, up to one more than `MAX_BRANCHES`; a shared one counts each time."""
    count = 0
    stack = [relation]
    while stack and count <= MAX_BRANCHES:
        part = stack.pop()
        if is_union_all(part):
            stack += [part.left, part.right]
        else:
            count += 1
    return count


def gives_nothing(query: Query) -> bool:
    """Tell whether a condition that is never true drops all rows, before any group is made of none."""
    return (
        isinstance(query, Select)
        and query.group != ()
        and query.grouping is None
        and any(is_never(condition) for condition in conjuncts(query.where))
    )


def is_never(condition: Term) -> bool:
    """Tell whether a condition is FALSE, NULL or compares two literals that are not so."""
    if condition.op in ("boolean", "null"):
        return condition.value != "true"
    return condition.op in ("eq", "neq", "lt", "lte") and compared(condition.op, *condition.args) is False


def is_union_all(query: object) -> TypeGuard[SetOperation]:
    """Tell whether this is UNION ALL, be it below a DISTINCT that takes copies away."""
    return isinstance(query, SetOperation) and query.kind in ("union", "union_set") and query.all


def keeps_copies(query: object) -> TypeGuard[SetOperation]:
    """Tell whether this is UNION ALL in which it counts how often a row is there."""
    return is_union_all(query) and query.kind == "union"


def settled(block: Select, dialect: str) -> Select:
    """Move conditions to the first step that can decide them, and drop keys that say nothing.

    HAVING on keys alone is true or false for a whole group, so WHERE keeps the same groups; not for an aggregate
    over all rows, which has one row even of none. QUALIFY where nothing has windows filters as the step before.
    """
    if block.qualify is not None and not has_windows(block):
        moved = conjuncts(block.qualify)
        if block.group is None:
            block = replace(block, where=conjunction([*conjuncts(block.where), *moved]), qualify=None)
        else:
            block = replace(block, having=conjunction([*conjuncts(block.having), *moved]), qualify=None)
    if block.group and block.grouping is None:
        if have_rows(block.group):
            block = _of_filled_groups(block, _keys(block.group), dialect)
        keys = _keys(block.group or ())
        own = frozenset(source.id for source in block.sources)
        early = [c for c in conjuncts(block.having) if is_about_keys(c, keys, own)]
        late = [c for c in conjuncts(block.having) if not any(c is e for e in early) and not has_a_row(c)]
        where = conjunction([*conjuncts(block.where), *early])
        block = _without_fixed_keys(replace(block, group=keys, where=where, having=conjunction(late)))
    if block.group == () and block.grouping is None and dialect != "clickhouse":
        block = _without_skipped(block)
    return _without_implied(block)


def _without_fixed_keys(block: Select) -> Select:
    """`SELECT a, SUM(x) … WHERE k = 1 GROUP BY a, k` is `… GROUP BY a`: a key with one value parts nothing, where another is left."""
    fixed = [arg for c in conjuncts(block.where) for arg in _held_to_literal(c)]
    read = list(
        parts(
            [o.term for o in block.outputs]
            + [*block.order, *conjuncts(block.having), *conjuncts(block.qualify)]
        )
    )
    keys = tuple(
        key
        for key in block.group or ()
        if not any(is_same(key, each) for each in fixed) or any(is_same(key, part) for part in read)
    )
    return replace(block, group=keys) if keys and len(keys) < len(block.group or ()) else block


def _held_to_literal(condition: Term) -> Iterator[Term]:
    if condition.op == "eq" and len(condition.args) == 2:
        one, other = condition.args
        yield from (
            [one] if other.op in ("string", "number") else [other] if one.op in ("string", "number") else []
        )


def _without_skipped(block: Select) -> Select:
    """`SELECT SUM(x) FROM t WHERE x IS NOT NULL` is `SELECT SUM(x) FROM t`: one row of aggregates that skip NULL anyway.

    ClickHouse gives 0 for no rows, and NULL for NULLs alone.
    """
    own = frozenset(source.id for source in block.sources)
    held = conjuncts(block.where)
    needless = [c for c in held if says_not_null(c) and _all_skip(block, c.args[0].args[0], own)]
    if not needless:
        return block
    return replace(block, where=conjunction(c for c in held if not any(c is one for one in needless)))


def _all_skip(block: Select, tested: Term, own: frozenset[int]) -> bool:
    terms = [output.term for output in block.outputs] + [*conjuncts(block.having)]
    return is_computed_of(terms, own, lambda part: skips_nulls_of(part, tested))


def _without_implied(block: Select) -> Select:
    steps = (block.where, block.having, block.qualify)
    left = [without_implied(conjuncts(step)) for step in steps]
    if all(len(few) == len(conjuncts(step)) for few, step in zip(left, steps, strict=True)):
        return block
    where, having, qualify = map(conjunction, left)
    return replace(block, where=where, having=having, qualify=qualify)


def _of_filled_groups(block: Select, keys: tuple[Term, ...], dialect: str) -> Select:
    """With keys each group has rows, so that some aggregates say less (see `of_groups`). Not those inside of windows."""
    change = replacing(lambda term: term if term.op == "window" else of_groups(term, keys, dialect))
    outputs = tuple(replace(output, term=change(output.term)) for output in block.outputs)
    having = None if block.having is None else change(block.having)
    order = tuple(change(term) for term in block.order)
    return replace(block, outputs=outputs, having=having, order=order)


def _keys(group: tuple[Term, ...]) -> tuple[Term, ...]:
    """A literal among other keys parts nothing; alone it stays, as no rows give no group (unlike no GROUP BY)."""
    found: list[Term] = []
    for key in group:
        if key.op not in ("string", "number", "null", "boolean") and not any(is_same(key, k) for k in found):
            found.append(key)
    return tuple(found) or group[:1]


def is_about_keys(condition: Term, keys: tuple[Term, ...], own: frozenset[int]) -> bool:
    """Tell whether a condition is one for a whole group: it reads keys, and what stands around the block."""
    return is_computed_of([condition], own, lambda part: any(is_same(part, key) for key in keys))


def is_computed_of(terms: Iterable[Term], own: frozenset[int], given: Callable[[Term], bool]) -> bool:
    """Tell whether terms are computed row by row of what is `given`, and of columns from around the block, whose sources are its `own`."""

    def told(part: Term) -> bool | None:
        if given(part) or (part.op == "column" and part.source not in own):
            return True
        return None if part.op in OF_ONE_ROW and part.query is None else False

    return is_made_of(terms, told)


def first_rows(block: Select) -> Select:
    """`DISTINCT ON (k) … ORDER BY k, o` is the first row of each k: `QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY o) = 1`."""
    if not block.distinct or block.qualify is not None or makes_rows(block):
        return block
    keys = block.distinct
    order = tuple(o for o in block.order if not any(o.args and is_same(o.args[0], key) for key in keys))
    args = (Term("rownumber"), *keys)
    slots = ("this",) + ("partition_by",) * len(keys)
    if order:
        args, slots = (*args, Term("order", order, ("expressions",) * len(order))), (*slots, "order")
    first = Term("eq", (Term("window", args, slots), Term("number", value="1")), ("this", "expression"))
    return replace(block, distinct=None, qualify=first)


def numbered_as_limit(block: Select) -> Select:
    """`QUALIFY ROW_NUMBER() OVER (ORDER BY o) <= 3` over all rows is `ORDER BY o LIMIT 3`."""
    condition = block.qualify
    if condition is None or is_limited(block) or block.distinct is not None or makes_rows(block):
        return block
    low, high = condition.args if len(condition.args) == 2 else (condition, condition)
    if condition.op == "eq" and low.op == "number":
        low, high = high, low
    one = condition.op == "eq" and high.value == "1"
    if (
        high.op != "number"
        or not (one or condition.op == "lte")
        or not high.value.isdigit()
        or high.value == "0"
    ):
        return block
    if low.op != "window" or low.args[0].op != "rownumber" or low.slots != ("this", "order"):
        return block
    left = replace(block, qualify=None, order=low.args[1].args, limit=high)
    return block if has_windows(left) else left
