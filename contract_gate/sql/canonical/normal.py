"""The normal form of a query: nested blocks merged, unread columns gone, joins and set operations in one shape.

Every rewrite keeps the bag of rows; the reasons stand with the steps in `joins`, `blocks` and `terms`. What comes
out is algebra again: `digest` names it, `facts` explains it.
"""

from collections.abc import Callable
from dataclasses import replace

from contract_gate.sql.algebra import (
    Output,
    Query,
    Recursive,
    Reshape,
    Scan,
    Select,
    SetOperation,
    Source,
    TableFunction,
    Term,
)
from contract_gate.sql.canonical.blocks import (
    can_compose,
    can_push_down,
    can_splice,
    composed,
    conjunction,
    conjuncts,
    expanded,
    is_plain,
    is_union_all,
    read_through,
    settled,
)
from contract_gate.sql.canonical.joins import adds_no_row, arranged, is_set, keys_of, without_needless_padding
from contract_gate.sql.canonical.needs import Needs, find_needs
from contract_gate.sql.canonical.substitute import References, Substitution, renumbered
from contract_gate.sql.canonical.terms import NULL, Simplifier
from contract_gate.sql.functions import is_volatile, set_returning
from contract_gate.sql.lineage import positions
from contract_gate.sql.walk import Relation, children_first, is_same, own_terms, parts, row_terms, sources_of


def normalise(query: Query, dialect: str) -> Query:
    """Give the normal form, with all output columns in their order (an open star over a subquery is expanded)."""
    return _Normaliser(query, dialect).run()


def project(
    query: Query,
    indexes: tuple[int | None, ...],
    names: tuple[str, ...] = (),
    next_id: Callable[[], int] | None = None,
) -> Query:
    """Keep these outputs, in this order; None is a column of NULLs. `next_id` numbers the sources of a nested query."""
    if isinstance(query, Select) and query.distinct != ():
        outputs = tuple(_null_output() if index is None else query.outputs[index] for index in indexes)
        dropped = [o.term for i, o in enumerate(query.outputs) if i not in indexes]
        rows = tuple(Term("set_returning", (t,), ("this",)) for term in dropped for t in set_returning(term))
        return replace(query, outputs=_renamed(outputs, names), modifiers=query.modifiers + rows)
    if (
        is_union_all(query)
        and isinstance(query, SetOperation)
        and query.kind == "union"
        and not query.by_name
    ):
        if not any(index is None for index in indexes):
            outputs = tuple(query.outputs[index] for index in indexes if index is not None)
            left, right = (project(branch, indexes, (), next_id) for branch in (query.left, query.right))
            return replace(query, left=left, right=right, outputs=_renamed(outputs, names))
    return _over(query, indexes, names, next_id() if next_id is not None else _highest_id(query) + 1)


def _over(query: Query, indexes: tuple[int | None, ...], names: tuple[str, ...], number: int) -> Select:
    source = Source(id=number, relation=_with_names(query, unique_names(query)), join="inner")
    outputs = []
    for index in indexes:
        if index is None:
            outputs.append(_null_output())
        else:
            output = query.outputs[index]
            term = Term("column", value=f"@{index}", source=source.id)
            if output.term.op == "star":
                term = Term("star", source=source.id)
            outputs.append(replace(output, term=term))
    return Select(sources=(source,), outputs=_renamed(tuple(outputs), names))


def _highest_id(query: Query) -> int:
    return max((source.id for inner in children_first(query) for source in sources_of(inner)), default=0)


def _null_output() -> Output:
    return Output(name="", term=NULL)


def _renamed(outputs: tuple[Output, ...], names: tuple[str, ...]) -> tuple[Output, ...]:
    if not names:
        return outputs
    return tuple(replace(output, name=name) for output, name in zip(outputs, names, strict=True))


def unique_names(query: Query) -> tuple[str, ...]:
    """Give a name for each output that no other has, so that a reference by name is one by position."""
    return tuple("*" if o.term.op == "star" else f"@{index}" for index, o in enumerate(query.outputs))


def _with_names(query: Query, names: tuple[str, ...]) -> Query:
    return replace(query, outputs=_renamed(query.outputs, names))


class _Normaliser:
    """Normalises each query once, those inside first. `_done` has the result by the identity of the original."""

    def __init__(self, root: Query, dialect: str) -> None:
        self._root = root
        self._ordered = children_first(root)
        self._references = References()
        self._done: dict[int, Query] = {}
        self._simplifier = Simplifier(dialect, self._done)
        self._last_id = max((s.id for query in self._ordered for s in sources_of(query)), default=0)
        self._kept: list[Query] = []

    def run(self) -> Query:
        needs = find_needs(self._root, self._ordered, self._references)
        for query in self._ordered:
            result = self._normal(query, needs)
            self._done[id(query)] = result
            self._kept.append(result)
        return self._done[id(self._root)]

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _normal(self, query: Query, needs: Needs) -> Query:
        match query:
            case Select():
                return self._select(query, needs)
            case SetOperation():
                return self._set_operation(query, needs)
            case Recursive():
                return replace(query, query=self._done[id(query.query)])

    # Set operations

    def _set_operation(self, query: SetOperation, needs: Needs) -> Query:
        kept = needs.positions(query)
        left, right = self._branches(query, needs, kept)
        names = tuple(query.outputs[index].name for index in kept)
        outputs = tuple(query.outputs[index] for index in kept)
        combined = replace(
            query,
            left=left,
            right=right,
            outputs=outputs,
            by_name=False,
            columns=(),
            order=(),
            limit=None,
            offset=None,
        )
        if needs.is_recursive(query):
            return combined
        result: Query = combined
        if query.kind == "union" and not query.all:
            result = self._distinct_union(combined)
        if query.limit is not None or query.offset is not None:
            result = self._limited(query, result, kept)
        wanted = needs.wanted(query)
        if wanted != kept:
            chosen = tuple(kept.index(index) for index in wanted)
            result = project(result, chosen, tuple(names[index] for index in chosen), self._next_id)
            return self._finished(result) if isinstance(result, Select) else result
        return result

    def _branches(self, query: SetOperation, needs: Needs, kept: tuple[int, ...]) -> tuple[Query, Query]:
        sides = []
        for side, branch in ((0, query.left), (1, query.right)):
            done, had = self._done[id(branch)], needs.wanted(branch)
            wanted = [positions(query)[index][side] for index in kept]
            chosen = tuple(had.index(w) if w is not None and w in had else None for w in wanted)
            if chosen != tuple(range(len(done.outputs))):
                done = project(done, chosen, (), self._next_id)
                done = self._finished(done) if isinstance(done, Select) else done
            sides.append(done)
        return sides[0], sides[1]

    def _distinct_union(self, union: SetOperation) -> Query:
        """UNION is UNION ALL, then one row for each group of equal ones; branches need not be distinct before."""
        branches = [self._without_distinct(branch) for branch in (union.left, union.right)]
        inner = replace(union, kind="union_set", all=True, left=branches[0], right=branches[1])
        return self._grouped_by_all(inner, union.outputs)

    def _grouped_by_all(self, query: Query, outputs: tuple[Output, ...]) -> Select:
        """DISTINCT is GROUP BY all columns: both take NULLs for equal."""
        source = Source(id=self._next_id(), relation=_with_names(query, unique_names(query)), join="inner")
        terms = tuple(
            Term("star", source=source.id)
            if o.term.op == "star"
            else Term("column", value=f"@{i}", source=source.id)
            for i, o in enumerate(query.outputs)
        )
        named = tuple(replace(output, term=term) for output, term in zip(outputs, terms, strict=True))
        return Select(sources=(source,), outputs=named, group=terms or (Term("number", value="1"),))

    def _without_distinct(self, query: Query) -> Query:
        """Under DISTINCT a branch may have duplicates: it groups by its own outputs and computes nothing of groups."""
        if isinstance(query, Select) and _is_distinct(query):
            source = query.sources[0] if len(query.sources) == 1 else None
            if (
                source is not None
                and isinstance(source.relation, SetOperation)
                and source.relation.kind == "union_set"
            ):
                query = replace(
                    query, sources=(replace(source, relation=replace(source.relation, kind="union")),)
                )
            return self._finished(replace(query, group=None), positional=True)
        if isinstance(query, SetOperation) and query.kind == "union" and query.all:
            return replace(
                query, left=self._without_distinct(query.left), right=self._without_distinct(query.right)
            )
        return query

    def _limited(self, query: SetOperation, result: Query, kept: tuple[int, ...]) -> Query:
        source = Source(id=self._next_id(), relation=_with_names(result, unique_names(result)), join="inner")

        def name(term: Term) -> Term:
            if term.op == "column" and not term.source and term.value.isdigit() and int(term.value) in kept:
                return Term("column", value=f"@{kept.index(int(term.value))}", source=source.id)
            return term

        names = tuple(output.name for output in result.outputs)
        outputs = _over(result, tuple(range(len(names))), names, source.id).outputs
        order = tuple(self._simplifier.term(term.rewrite(name)) for term in query.order)
        return self._finished(
            Select(sources=(source,), outputs=outputs, order=order, limit=query.limit, offset=query.offset)
        )

    # Blocks

    def _select(self, query: Select, needs: Needs) -> Query:
        simplifier = self._simplifier
        wanted = needs.wanted(query)
        sources, conditions = arranged(query, simplifier)
        sources = tuple(replace(source, relation=self._relation(source.relation)) for source in sources)
        kept = range(len(query.outputs)) if query.distinct is not None else wanted
        dropped = [o.term for index, o in enumerate(query.outputs) if index not in kept]
        rows = [Term("set_returning", (t,), ("this",)) for term in dropped for t in set_returning(term)]
        block = Select(
            sources=sources,
            outputs=tuple(
                replace(query.outputs[i], term=simplifier.term(query.outputs[i].term)) for i in kept
            ),
            where=conjunction(conditions),
            group=None if query.group is None else tuple(simplifier.term(key) for key in query.group),
            grouping=None if query.grouping is None else simplifier.term(query.grouping),
            having=conjunction(simplifier.conjuncts(query.having)),
            qualify=conjunction(simplifier.conjuncts(query.qualify)),
            distinct=None if query.distinct is None else tuple(simplifier.term(t) for t in query.distinct),
            order=tuple(simplifier.term(term) for term in query.order),
            limit=_count(query.limit, simplifier),
            offset=_count(query.offset, simplifier, nothing="0"),
            modifiers=tuple(
                simplifier.term(term) for term in (*query.modifiers, *rows) if not _says_nothing(term)
            ),
        )
        if block.distinct is None:
            return self._finished(block, needs.is_positional(query))
        return self._distinct(block, wanted)

    def _relation(self, relation: Relation) -> Relation:
        match relation:
            case Select() | SetOperation() | Recursive():
                return self._done[id(relation)]
            case Reshape():
                inner = replace(relation.input, relation=self._relation(relation.input.relation))
                return replace(relation, input=inner, term=self._simplifier.term(relation.term))
            case _:
                return self._other_relation(relation)

    def _other_relation(self, relation: Relation) -> Relation:
        simplifier = self._simplifier
        if isinstance(relation, TableFunction):
            return replace(relation, term=simplifier.term(relation.term))
        if isinstance(relation, Scan) and relation.modifiers:
            return replace(relation, modifiers=tuple(simplifier.term(term) for term in relation.modifiers))
        return relation

    def _distinct(self, block: Select, wanted: tuple[int, ...]) -> Query:
        """SELECT DISTINCT is a grouping over the block without it; ORDER BY and LIMIT come after."""
        limited = block.limit is not None or block.offset is not None
        order = tuple(_over_outputs(term, block) for term in block.order) if limited else ()
        if block.distinct or any(term is None for term in order):
            finished = self._finished(block, positional=True)
            return self._chosen(finished, wanted) if isinstance(finished, Select) else finished
        inner = replace(block, distinct=None, order=(), limit=None, offset=None)
        inner = replace(inner, outputs=_renamed(inner.outputs, unique_names(inner)))
        outer = self._grouped_by_all(self._finished(inner, positional=True), block.outputs)
        number = outer.sources[0].id
        moved = tuple(
            replace(term, args=(replace(term.args[0], source=number),)) for term in order if term is not None
        )
        outer = replace(outer, order=moved, limit=block.limit, offset=block.offset)
        return self._finished(replace(outer, outputs=tuple(outer.outputs[index] for index in wanted)))

    def _chosen(self, block: Select, wanted: tuple[int, ...]) -> Query:
        if wanted == tuple(range(len(block.outputs))):
            return block
        if block.distinct:
            return replace(block, outputs=tuple(block.outputs[index] for index in wanted))
        return project(block, wanted, tuple(block.outputs[index].name for index in wanted), self._next_id)

    def _finished(self, block: Select, positional: bool = False) -> Query:
        """Merge and move until nothing more can be. Each round removes a nested query, a join or a padding."""
        if block.limit is None and block.offset is None and not block.distinct:
            block = replace(block, order=())
        while True:
            block = settled(block)
            before = block
            block = self._spliced(block, positional)
            if is_set(block.sources) and block.where is not None:
                sources, conditions = without_needless_padding(
                    block.sources, conjuncts(block.where), self._simplifier
                )
                if sources is not block.sources:
                    block = replace(block, sources=sources, where=conjunction(conditions))
            block = self._with_conditions_inside(self._without_unread_joins(block))
            block = _without_needless_distinct(block)
            if len(block.sources) == 1 and block.sources[0].join == "inner":
                inner = block.sources[0].relation
                if isinstance(inner, SetOperation) and is_union_all(inner) and inner.kind == "union":
                    if can_push_down(block):
                        return self._pushed_down(block, inner)
                    block = self._over_set(block, inner)
                elif isinstance(inner, Select) and not is_plain(inner):
                    block = self._composed(block, inner, positional)
            if block is before:
                return block

    def _spliced(self, block: Select, positional: bool) -> Select:
        for source in block.sources:
            if positional and any(o.term.op == "star" and o.term.source == source.id for o in block.outputs):
                continue
            if can_splice(source, block):
                return self._splice(block, source)
        return block

    def _splice(self, block: Select, source: Source) -> Select:
        """Put the sources and conditions of a nested block in its place, and its terms in the place of its columns."""
        assert isinstance(source.relation, Select)  # noqa: S101 - `can_splice` has seen to it
        inner = renumbered(source.relation, self._next_id, self._references)
        block = self._rewritten(block, source, inner)
        condition = conjuncts(inner.where)
        if source.join != "inner" or not is_set(block.sources):
            only = inner.sources[0]
            on = conjunction([*conjuncts(self._on_of(block, source)), *condition])
            new = (replace(only, join=source.join, on=on, lateral=source.lateral or only.lateral),)
            return replace(block, sources=_replaced(block.sources, source.id, new))
        sources = _replaced(block.sources, source.id, inner.sources)
        return replace(block, sources=sources, where=conjunction([*condition, *conjuncts(block.where)]))

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
            order=tuple(simple(term) for term in block.order),
            modifiers=tuple(simple(term) for term in block.modifiers),
        )

    def _with_conditions_inside(self, block: Select) -> Select:
        """Move a condition that reads one nested query alone into it: it commutes with the other sources.

        So does the part of a left join's ON that reads the joined side alone: it picks what can match.
        """
        if not is_set(block.sources):
            return block
        for source in block.sources:
            held = block.where if source.join == "inner" else source.on
            if len(block.sources) == 1 and not isinstance(source.relation, SetOperation):
                continue  # `_composed` does it, or nothing can
            own = [c for c in conjuncts(held) if self._is_about(c, source)]
            inner = self._filtered(source, own) if own else None
            if inner is None:
                continue
            rest = conjunction(c for c in conjuncts(held) if not any(c is moved for moved in own))
            new = replace(source, relation=inner, on=None if source.join == "inner" else rest)
            sources = _replaced(block.sources, source.id, (new,))
            return replace(block, sources=sources, where=rest if source.join == "inner" else block.where)
        return block

    def _is_about(self, condition: Term, source: Source) -> bool:
        if any(part.query is not None for part in parts([condition])) or is_volatile(parts([condition])):
            return False
        return {read[0] for read in self._references.of([condition])} == {source.id}

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
            outputs=tuple(
                replace(o, term=Term("column", value=o.name, source=number)) for o in inner.outputs
            ),
            where=conjunction(substitution.terms(conditions)),
        )
        fits = not is_plain(inner) and can_compose(block, inner, self._references)
        return self._finished(block) if fits else None

    def _filtered_branches(self, query: SetOperation, number: int, conditions: list[Term]) -> Query:
        """A condition on whole rows holds in every branch or in none: it commutes with every set operation."""
        names = tuple(output.name for output in query.outputs)
        sides = []
        for branch in (query.left, query.right):
            named = _with_names(branch, names)
            own = self._next_id()
            substitution = Substitution(
                lambda term, own=own: replace(term, source=own),  # type: ignore[misc]
                frozenset({number}),
                self._references,
            )
            block = Select(
                sources=(Source(id=own, relation=named, join="inner"),),
                outputs=tuple(
                    replace(o, term=Term("column", value=o.name, source=own)) for o in named.outputs
                ),
                where=conjunction(substitution.terms(conditions)),
            )
            sides.append(self._finished(block, positional=True))
        return replace(query, left=sides[0], right=sides[1])

    def _composed(self, block: Select, inner: Select, positional: bool) -> Select:
        source = block.sources[0]
        if positional and any(output.term.op == "star" for output in block.outputs):
            return block
        if not can_compose(block, inner, self._references):
            return block
        inner = renumbered(inner, self._next_id, self._references)
        return composed(self._rewritten(block, source, inner), inner)

    def _pushed_down(self, block: Select, union: SetOperation) -> Query:
        """A step that looks at one row at a time gives the same before UNION ALL as after."""
        source = block.sources[0]
        names = tuple(output.name for output in union.outputs)
        branches = []
        for branch in (union.left, union.right):
            number = self._next_id()
            substitution = Substitution(
                lambda term, number=number: replace(term, source=number),  # type: ignore[misc]
                frozenset({source.id}),
                self._references,
            )
            over = replace(source, id=number, relation=_with_names(branch, names))
            branches.append(
                self._finished(replace(substitution.select(block), sources=(over,)), positional=True)
            )
        outputs = tuple(
            replace(o, term=Term("column", value=str(index))) for index, o in enumerate(block.outputs)
        )
        return replace(union, left=branches[0], right=branches[1], outputs=outputs)

    def _over_set(self, block: Select, union: SetOperation) -> Select:
        """DISTINCT over UNION ALL is UNION: a branch that is there twice, or distinct itself, changes nothing."""
        if not _is_distinct(block) or block.where is not None:
            return block
        read = {term.value for term in self._read_columns(block)}
        names = [output.name for output in union.outputs]
        if any(name not in read or names.count(name) > 1 for name in names):
            return block
        branches = [self._without_distinct(branch) for branch in (union.left, union.right)]
        union = replace(union, kind="union_set", left=branches[0], right=branches[1])
        return replace(block, sources=(replace(block.sources[0], relation=union),))

    def _read_columns(self, block: Select) -> list[Term]:
        number = block.sources[0].id
        reads = self._references.of(own_terms(block))
        return [Term("column", value=name, source=source) for source, name in reads if source == number]

    def _without_unread_joins(self, block: Select) -> Select:
        """A left join that adds no row and that nothing reads does nothing."""
        if not is_set(block.sources):
            return block
        for source in block.sources:
            if source.join == "left" and adds_no_row(source):
                others = replace(block, sources=tuple(s for s in block.sources if s is not source))
                terms = [*(output.term for output in others.outputs), *row_terms(others)]
                reads = self._references.of(terms).union(
                    *(self._references.of_relation(other.relation) for other in others.sources)
                )
                if not any(read[0] == source.id for read in reads):
                    return others
        return block


def _is_distinct(block: Select) -> bool:
    """Tell whether the block is SELECT DISTINCT: it groups by its outputs and computes nothing of the groups."""
    if not block.group or block.grouping is not None or block.having is not None or block.qualify is not None:
        return False
    if block.modifiers or block.limit is not None or block.offset is not None:
        return False
    outputs = [output.term for output in block.outputs]
    return all(any(is_same(term, key) for key in block.group) for term in outputs) and all(
        any(is_same(term, key) for term in outputs) for key in block.group
    )


def _says_nothing(modifier: Term) -> bool:
    """`FETCH FIRST 5 ROWS ONLY` has options that say what LIMIT does."""
    return modifier.op == "limitoptions" and not modifier.args and modifier.value in ("", "rows=True")


def _without_needless_distinct(block: Select) -> Select:
    """Rows that differ already in a key need no DISTINCT: it groups by columns with a key among them."""
    if len(block.sources) != 1 or block.sources[0].join != "inner" or not _is_distinct(block):
        return block
    columns = {output.term.value for output in block.outputs if output.term.op == "column"}
    relation = block.sources[0].relation
    if isinstance(relation, Select) and any(key <= columns for key in keys_of(relation, declared=False)):
        return replace(block, group=None)
    return block


def _count(term: Term | None, simplifier: Simplifier, nothing: str | None = None) -> Term | None:
    """OFFSET 0 and LIMIT ALL (or NULL) keep every row."""
    if term is None or term.op == "null" or (term.op == "number" and term.value == nothing):
        return None
    return simplifier.term(term)


def _over_outputs(ordered: Term, block: Select) -> Term | None:
    """Write an ORDER BY item as a column of the block's outputs (named by position), if it is one."""
    for index, output in enumerate(block.outputs):
        if ordered.args and len(ordered.args) == 1 and is_same(ordered.args[0], output.term):
            return replace(ordered, args=(Term("column", value=f"@{index}"),))
    return None


def _replaced(sources: tuple[Source, ...], number: int, new: tuple[Source, ...]) -> tuple[Source, ...]:
    found: list[Source] = []
    for source in sources:
        found.extend(new if source.id == number else (source,))
    return tuple(found)
