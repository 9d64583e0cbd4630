"""Merging nested blocks into one, pushing conditions and projections down, dropping what does nothing.

Each step keeps the bag of rows and its docstring says why. `Merger.finished` repeats them until none applies.
"""

from collections.abc import Callable
from dataclasses import replace

from contract_gate.core.deadline import checkpoint
from contract_gate.sql.algebra import Output, Query, Select, SetOperation, Source, Term
from contract_gate.sql.canonical.blocks import (
    can_compose,
    can_push_down,
    can_splice,
    composed,
    expanded,
    gives_nothing,
    keeps_copies,
    numbered_as_limit,
    read_through,
    settled,
)
from contract_gate.sql.canonical.conditions import conjunction, conjuncts
from contract_gate.sql.canonical.distincts import (
    aggregated_once,
    computes_of_keys,
    is_distinct,
    without_needless_distinct,
)
from contract_gate.sql.canonical.equalities import equated
from contract_gate.sql.canonical.grouping import (
    aggregated_in_one,
    of_windows,
    with_common_filter,
    with_first_of_keys,
    with_keys_first,
    without_null_handling,
)
from contract_gate.sql.canonical.joins import adds_no_row, arranged, pads_with_nulls
from contract_gate.sql.canonical.matches import (
    matched_as_flag,
    with_outer_conditions_outside,
    without_needless_tests,
)
from contract_gate.sql.canonical.onerow import as_values
from contract_gate.sql.canonical.padding import without_needless_padding, without_padded_groups
from contract_gate.sql.canonical.projection import numbered, with_names
from contract_gate.sql.canonical.semijoins import (
    anti_joined,
    matched_plainly,
    not_in_as_exists,
    reads,
    semi_joined,
)
from contract_gate.sql.canonical.shape import is_plain, is_set, without_source
from contract_gate.sql.canonical.sorting import sorted_by
from contract_gate.sql.canonical.substitute import References, Substitution, renumbered
from contract_gate.sql.canonical.terms import Simplifier
from contract_gate.sql.canonical.unnesting import unnested_aggregates, with_rows_joined
from contract_gate.sql.functions import is_volatile
from contract_gate.sql.walk import own_terms, parts, passed_on, sources_of


class Merger:
    """Merges blocks whose insides are in normal form already. `next_id` numbers sources; no number comes twice.

    `equates`: of columns that a join makes equal one is read, whichever is written. `longhand`: a condition of all aggregates is one of the rows.
    """

    def __init__(
        self,
        simplifier: Simplifier,
        references: References,
        next_id: Callable[[], int],
        *,
        equates: bool,
        longhand: bool,
    ) -> None:
        self._simplifier = simplifier
        self._equates, self._longhand = equates, longhand
        self._references = references
        self._next_id = next_id

    def finished(self, block: Select, positional: bool = False) -> Query:
        """Merge and move until nothing more can be. Each round removes a nested query, a join or a padding."""
        if block.limit is None and block.offset is None and not block.distinct:
            block = replace(block, order=())
        while True:
            checkpoint()
            if not is_set(block.sources) and block.where is not None:
                sources, conditions = arranged(block, self._simplifier)
                if is_set(sources):
                    block = replace(block, sources=sources, where=conjunction(conditions))
            block = with_first_of_keys(with_keys_first(settled(block, self._simplifier.dialect)))
            block = without_null_handling(block)
            before = block
            block = self._spliced(block, positional)
            if is_set(block.sources) and block.where is not None:
                sources, conditions = without_needless_padding(
                    block.sources, conjuncts(block.where), self._simplifier
                )
                if sources is not block.sources:
                    block = replace(block, sources=sources, where=conjunction(conditions))
            block = without_padded_groups(block, self._simplifier)
            block = self._with_conditions_inside(self._without_unread_joins(self._of_matches(block)))
            block = numbered_as_limit(without_needless_distinct(block))
            block = aggregated_once(block, self.finished)
            block = aggregated_in_one(block, self.finished, self._simplifier.dialect)
            block = of_windows(block, self.finished)
            block = with_common_filter(block, self._simplifier.dialect) if self._longhand else block
            if self._equates and block is before:
                equal = equated(block, self._references, self._simplifier.dialect)
                block = block if equal is block else self._simplified(equal)
            if len(block.sources) == 1 and block.sources[0].join == "inner":
                inner = block.sources[0].relation
                if keeps_copies(inner):
                    if can_push_down(block):
                        return self._pushed_down(block, inner)
                    block = self._over_set(block, inner)
                elif isinstance(inner, Select) and is_distinct(block) and computes_of_keys(inner):
                    block = self._distinct_once(block, inner)
                elif isinstance(inner, Select) and not is_plain(inner):
                    block = self._composed(block, inner, positional)
            if block is before:
                return block

    def _of_matches(self, block: Select) -> Select:
        """Joins that only ask for a match become conditions; each may show what is needless about another."""
        if not is_set(block.sources):
            return block
        before = block
        block = with_rows_joined(block, self._simplifier.dialect, self._next_id)
        block = as_values(block, self._references, self.finished)
        if block is not before:
            return self._simplified(block)
        if pads_with_nulls(self._simplifier.dialect):
            block = unnested_aggregates(block, self._references, self._next_id)
            if block is not before:
                return self._simplified(block)
            block = anti_joined(block, self._references, self.finished)
            block = matched_as_flag(block, self._references, self.finished)
            block = without_needless_tests(block, self.finished)
        block = semi_joined(block, self._references, self.finished)
        block = matched_plainly(not_in_as_exists(block))
        block = with_outer_conditions_outside(block, self._references)
        if block is before:
            return block
        return replace(block, where=conjunction(self._simplifier.conjuncts(block.where)))

    def _spliced(self, block: Select, positional: bool) -> Select:
        for source in block.sources:
            if positional and any(o.term.op == "star" and o.term.source == source.id for o in block.outputs):
                continue
            if can_splice(source, block, self._simplifier.dialect):
                return self._splice(block, source)
        return block

    def _splice(self, block: Select, source: Source) -> Select:
        """Put the sources and conditions of a nested block in its place, and its terms in the place of its columns."""
        assert isinstance(source.relation, Select)  # noqa: S101 - `can_splice` has seen to it
        inner = self._renumbered(source.relation)
        block = self._rewritten(block, source, inner)
        condition = conjuncts(inner.where)
        if source.join != "inner" or not is_set(block.sources):
            only = inner.sources[0]
            on = conjunction([*conjuncts(self._on_of(block, source)), *condition])
            new = (replace(only, join=source.join, on=on, lateral=source.lateral or only.lateral),)
            return replace(block, sources=_replaced(block.sources, source.id, new))
        sources = _replaced(block.sources, source.id, inner.sources)
        return replace(block, sources=sources, where=conjunction([*condition, *conjuncts(block.where)]))

    def _renumbered(self, query: Select) -> Select:
        new = renumbered(query, self._next_id, self._references)
        for old, other in zip(sources_of(query), sources_of(new), strict=True):
            self._simplifier.renumber(old.id, other.id)
        return new

    def _on_of(self, block: Select, source: Source) -> Term | None:
        return next(s.on for s in block.sources if s.id == source.id)

    def _rewritten(self, block: Select, source: Source, inner: Select) -> Select:
        """Write the block's terms over the inner block's sources; the source itself is replaced by the caller."""
        block = replace(block, outputs=tuple(expanded(block.outputs, source.id, inner)))

        def change(term: Term) -> Term | None:
            return read_through(term, inner)

        substitution = Substitution(change, frozenset({source.id}), self._references)
        return self._simplified(substitution.select(block))

    def _simplified(self, block: Select) -> Select:
        """Simplify again: a term in the place of a column can meet what is around it."""
        simple = self._simplifier.term
        return replace(
            block,
            sources=tuple(replace(s, on=None if s.on is None else simple(s.on)) for s in block.sources),
            outputs=tuple(replace(output, term=simple(output.term)) for output in block.outputs),
            where=conjunction(self._simplifier.conjuncts(block.where)),
            group=None if block.group is None else tuple(simple(key) for key in block.group),
            having=conjunction(self._simplifier.conjuncts(block.having)),
            qualify=conjunction(self._simplifier.conjuncts(block.qualify)),
            order=sorted_by([simple(term) for term in block.order]),
            modifiers=tuple(simple(term) for term in block.modifiers),
        )

    def _with_conditions_inside(self, block: Select) -> Select:
        """Move a condition that reads one nested query alone into it: it commutes with the other sources.

        So does the part of a left join's ON that reads the joined side alone: it picks what can match.
        """
        if not is_set(block.sources):
            return block
        about = {id(c): self._only_source(c) for c in conjuncts(block.where)}
        for source in block.sources:
            if not isinstance(source.relation, (Select, SetOperation)):
                continue
            if len(block.sources) == 1 and not isinstance(source.relation, SetOperation):
                continue  # `_composed` does it, or nothing can
            held = block.where
            if source.join != "inner":
                held = source.on
                about |= {id(c): self._only_source(c) for c in conjuncts(held)}
            own = [c for c in conjuncts(held) if about[id(c)] == source.id]
            inner = self._filtered(source, own) if own else None
            if inner is None:
                continue
            rest = conjunction(c for c in conjuncts(held) if not any(c is moved for moved in own))
            new = replace(source, relation=inner, on=None if source.join == "inner" else rest)
            sources = _replaced(block.sources, source.id, (new,))
            return replace(block, sources=sources, where=rest if source.join == "inner" else block.where)
        return block

    def _only_source(self, condition: Term) -> int | None:
        """Give the one source that a condition is about; None where it reads several, a subquery, or changes by itself."""
        if any(part.query is not None for part in parts([condition])) or is_volatile(parts([condition])):
            return None
        read = {source for source, _ in self._references.of([condition])}
        return read.pop() if len(read) == 1 else None

    def _filtered(self, source: Source, conditions: list[Term]) -> Query | None:
        """Filter a nested query by conditions over it, if they become part of it."""
        inner = source.relation
        if not isinstance(inner, (Select, SetOperation)) or any(o.term.op == "star" for o in inner.outputs):
            return None
        if isinstance(inner, SetOperation):
            return self._filtered_branches(inner, source.id, conditions)
        number = self._next_id()
        substitution = Substitution(
            lambda term: replace(term, source=number), frozenset({source.id}), self._references
        )
        block = Select(
            sources=(Source(id=number, relation=inner, join="inner"),),
            outputs=passed_on(inner, number),
            where=conjunction(substitution.terms(conditions)),
        )
        fits = not is_plain(inner) and can_compose(block, inner, self._references)
        return self.finished(block) if fits else None

    def _filtered_branches(self, query: SetOperation, number: int, conditions: list[Term]) -> Query:
        """A condition on whole rows holds in every branch or in none: it commutes with every set operation."""
        names = tuple(output.name for output in query.outputs)

        def filtered(branch: Query) -> Query:
            named = with_names(branch, names)
            own = self._next_id()
            substitution = Substitution(
                lambda term: replace(term, source=own), frozenset({number}), self._references
            )
            block = Select(
                sources=(Source(id=own, relation=named, join="inner"),),
                outputs=passed_on(named, own),
                where=conjunction(substitution.terms(conditions)),
            )
            return self.finished(block, positional=True)

        return _in_each_branch(query, filtered, numbered(query.outputs), query.outputs)

    def _composed(self, block: Select, inner: Select, positional: bool) -> Select:
        source = block.sources[0]
        if positional and any(output.term.op == "star" for output in block.outputs):
            return block
        if not can_compose(block, inner, self._references):
            return block
        inner = self._renumbered(inner)
        return composed(self._rewritten(block, source, inner), inner)

    def _distinct_once(self, block: Select, inner: Select) -> Select:
        """DISTINCT over DISTINCT: what the inner one leaves out are rows equal to one that stays, in fewer columns too."""
        bare = self.finished(replace(inner, group=None), positional=True)
        return replace(block, sources=(replace(block.sources[0], relation=bare),))

    def _pushed_down(self, block: Select, union: SetOperation) -> Query:
        """A step that looks at one row at a time gives the same before UNION ALL as after."""
        source = block.sources[0]
        names = tuple(output.name for output in union.outputs)

        def inside(branch: Query) -> Query:
            number = self._next_id()
            substitution = Substitution(
                lambda term: replace(term, source=number), frozenset({source.id}), self._references
            )
            over = replace(source, id=number, relation=with_names(branch, names))
            return self.finished(replace(substitution.select(block), sources=(over,)), positional=True)

        outputs = numbered(block.outputs)
        return _in_each_branch(union, inside, outputs, outputs)

    def _over_set(self, block: Select, union: SetOperation) -> Select:
        """DISTINCT over UNION ALL is UNION: a branch that is there twice, or distinct itself, changes nothing."""
        if not is_distinct(block) or block.where is not None:
            return block
        number = block.sources[0].id
        read = {name for source, name in self._references.of(own_terms(block)) if source == number}
        names = [output.name for output in union.outputs]
        if any(name not in read or names.count(name) > 1 for name in names):
            return block
        branches = [self.without_distinct(branch) for branch in (union.left, union.right)]
        union = replace(union, kind="union_set", left=branches[0], right=branches[1])
        return replace(block, sources=(replace(block.sources[0], relation=union),))

    def _without_unread_joins(self, block: Select) -> Select:
        """A left join that adds no row and that nothing reads does nothing."""
        if not is_set(block.sources):
            return block
        for source in block.sources:
            if source.join == "left" and adds_no_row(source, block.sources):
                others = without_source(block, source)
                if not reads(others, source, self._references):
                    return others
        return block

    def without_distinct(self, query: Query) -> Query:
        """Under DISTINCT a branch may have duplicates: it groups by its own outputs and computes nothing of groups."""
        if isinstance(query, Select) and is_distinct(query):
            inner = query.sources[0].relation if len(query.sources) == 1 else None
            if isinstance(inner, SetOperation) and inner.kind == "union_set":
                inner = replace(inner, kind="union")
                if _passes_all(query, inner):
                    return inner
                query = replace(query, sources=(replace(query.sources[0], relation=inner),))
            return self.finished(replace(query, group=None), positional=True)
        if keeps_copies(query):
            return replace(
                query, left=self.without_distinct(query.left), right=self.without_distinct(query.right)
            )
        return query


def _in_each_branch(
    query: SetOperation,
    change: Callable[[Query], Query],
    inner: tuple[Output, ...],
    outer: tuple[Output, ...],
) -> Query:
    """Change the branches of a set operation and of the UNION ALLs in it.

    `outer` are the outputs that the operation then has, `inner` those of the UNION ALLs in it.
    """

    def changed(branch: Query) -> Query:
        if not keeps_copies(branch):
            return change(branch)
        left, right = changed(branch.left), changed(branch.right)
        if gives_nothing(left) or gives_nothing(right):
            return with_names(right if gives_nothing(left) else left, tuple(output.name for output in inner))
        return replace(branch, left=left, right=right, outputs=inner)

    left, right = changed(query.left), changed(query.right)
    if keeps_copies(query) and (gives_nothing(left) or gives_nothing(right)):
        return with_names(right if gives_nothing(left) else left, tuple(output.name for output in outer))
    return replace(query, left=left, right=right, outputs=outer)


def _passes_all(query: Select, inner: Query) -> bool:
    """Tell whether the block's outputs are the inner query's, each once and in order."""
    passed = [output.term.value if output.term.op == "column" else None for output in query.outputs]
    names = [output.name for output in inner.outputs]
    return query.where is None and passed == names and len(set(names)) == len(names)


def _replaced(sources: tuple[Source, ...], number: int, new: tuple[Source, ...]) -> tuple[Source, ...]:
    found: list[Source] = []
    for source in sources:
        found.extend(new if source.id == number else (source,))
    return tuple(found)
