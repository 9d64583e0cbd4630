"""The normal form of a query: nested blocks merged, unread columns gone, joins and set operations in one shape.

Every rewrite keeps the bag of rows; the reasons stand with the steps in `joins`, `blocks` and `terms`. What comes
out is algebra again: `digest` names it, `facts` explains it.
"""

from dataclasses import replace

from contract_gate.sql.algebra import (
    Output,
    Query,
    Recursive,
    Reshape,
    Scan,
    Select,
    SetOperation,
    TableFunction,
    Term,
)
from contract_gate.sql.canonical.blocks import first_rows, gives_nothing
from contract_gate.sql.canonical.bracketed import bracketed
from contract_gate.sql.canonical.conditions import conjunction
from contract_gate.sql.canonical.joins import arranged
from contract_gate.sql.canonical.longhand import (
    as_union,
    by_groups,
    by_matches,
    by_sets,
    united,
    with_bare_nulls,
)
from contract_gate.sql.canonical.merging import Merger
from contract_gate.sql.canonical.needs import Needs, find_needs
from contract_gate.sql.canonical.projection import (
    named_apart,
    over,
    project,
    renamed,
    unique_names,
    with_names,
)
from contract_gate.sql.canonical.shape import is_plain
from contract_gate.sql.canonical.sorting import sorted_by
from contract_gate.sql.canonical.substitute import References, renumbered
from contract_gate.sql.canonical.terms import Simplifier
from contract_gate.sql.functions import set_returning
from contract_gate.sql.lineage import positions
from contract_gate.sql.walk import Relation, children_first, is_same, replacing, sources_of


def normalise(query: Query, dialect: str, *, equates: bool = False, longhand: bool = False) -> Query:
    """Give the normal form, with all output columns in their order (an open star over a subquery is expanded).

    `equates`: see `Merger`. `longhand`: set operations and grouping sets are written out.
    """
    return _Normaliser(query, dialect, equates, longhand).run()


class _Normaliser:
    """Normalises each query once, those inside first. `_done` has the result by the identity of the original."""

    def __init__(self, root: Query, dialect: str, equates: bool, longhand: bool) -> None:
        self._root = root
        self._longhand = longhand
        self._ordered = children_first(root)
        self._references = References()
        self._done: dict[int, Query] = {}
        self._simplifier = Simplifier(dialect, self._done, _stored_types(self._ordered))
        self._last_id = max((s.id for query in self._ordered for s in sources_of(query)), default=0)
        self._merger = Merger(
            self._simplifier, self._references, self._next_id, equates=equates, longhand=longhand
        )
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
        matched = by_matches(combined, self._next_id) if self._longhand else None
        if matched is not None:
            result = self._merger.finished(matched)
        elif query.kind == "union" and (gives_nothing(left) or gives_nothing(right)):
            only = with_names(right if gives_nothing(left) else left, names)
            result = only if query.all else self._merger.finished(self._grouped_by_all(only, outputs))
        elif query.kind == "union":
            one = self._one_block(left, right, query.all)
            if one is not None and query.all:
                result = replace(one, outputs=renamed(one.outputs, names))
            elif one is not None:
                result = self._merger.finished(self._grouped_by_all(one, outputs))
            elif not query.all:
                result = self._distinct_union(combined)
        if query.limit is not None or query.offset is not None:
            result = self._limited(query, result, kept)
        wanted = needs.wanted(query)
        if wanted != kept:
            chosen = tuple(kept.index(index) for index in wanted)
            result = project(result, chosen, tuple(names[index] for index in chosen), self._next_id)
            return self._merger.finished(result) if isinstance(result, Select) else result
        return result

    def _branches(self, query: SetOperation, needs: Needs, kept: tuple[int, ...]) -> tuple[Query, Query]:
        sides = []
        for side, branch in ((0, query.left), (1, query.right)):
            done, had = self._done[id(branch)], needs.wanted(branch)
            wanted = [positions(query)[index][side] for index in kept]
            chosen = tuple(had.index(w) if w is not None and w in had else None for w in wanted)
            if chosen != tuple(range(len(done.outputs))):
                done = project(done, chosen, (), self._next_id)
                done = self._merger.finished(done) if isinstance(done, Select) else done
            sides.append(done)
        return sides[0], sides[1]

    def _one_block(self, left: Query, right: Query, every: bool) -> Select | None:
        """Two filters of one relation, united, are one with OR; as UNION ALL only where no row passes both."""
        if not isinstance(left, Select) or not isinstance(right, Select) or len(right.sources) != 1:
            return None
        scans = [source.relation for source in (*left.sources, *right.sources)]
        if len(scans) != 2 or not all(isinstance(scan, Scan) and not scan.modifiers for scan in scans):
            return None
        if (
            scans[0] != scans[1]
            or not is_plain(left)
            or not is_plain(right)
            or (every and (left.where is None or right.where is None))
        ):
            return None
        number = left.sources[0].id
        other = renumbered(right, lambda: number, self._references)
        pairs = list(zip(left.outputs, other.outputs, strict=False))
        alike = len(left.outputs) == len(other.outputs) and all(is_same(a.term, b.term) for a, b in pairs)
        if not alike or any(output.term.op == "star" for output in left.outputs):
            return None
        if left.where is None or other.where is None:
            return replace(left, where=None)
        if every and not self._simplifier.are_apart(left.where, other.where):
            return None
        either = self._simplifier.conjuncts(Term("or", (left.where, other.where), ("this", "this")))
        return replace(left, where=conjunction(either))

    def _distinct_union(self, union: SetOperation) -> Query:
        """UNION is UNION ALL, then one row for each group of equal ones; branches need not be distinct before."""
        branches = [self._merger.without_distinct(branch) for branch in (union.left, union.right)]
        inner = replace(union, kind="union_set", all=True, left=branches[0], right=branches[1])
        return self._grouped_by_all(inner, union.outputs)

    def _grouped_by_all(self, query: Query, outputs: tuple[Output, ...]) -> Select:
        """DISTINCT is GROUP BY all columns: both take NULLs for equal."""
        source, terms = named_apart(query, self._next_id())
        named = tuple(replace(output, term=term) for output, term in zip(outputs, terms, strict=True))
        return Select(sources=(source,), outputs=named, group=terms or (Term("number", value="1"),))

    def _limited(self, query: SetOperation, result: Query, kept: tuple[int, ...]) -> Query:
        block = over(result, tuple(range(len(result.outputs))), (), self._next_id())

        def name(term: Term) -> Term | None:
            if term.op == "column" and not term.source and term.value.isdigit() and int(term.value) in kept:
                return block.outputs[kept.index(int(term.value))].term
            return None

        named = replacing(name)
        order = sorted_by([self._simplifier.term(named(term)) for term in query.order])
        return self._merger.finished(replace(block, order=order, limit=query.limit, offset=query.offset))

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
            order=sorted_by([simplifier.term(term) for term in query.order]),
            limit=_count(query.limit, simplifier),
            offset=_count(query.offset, simplifier, nothing="0"),
            modifiers=tuple(
                simplifier.term(term) for term in (*query.modifiers, *rows) if not _says_nothing(term)
            ),
        )
        block = self._without_brackets(block)
        if self._longhand:
            block = with_bare_nulls(block)
        if block.distinct:
            block = first_rows(block)
            if block.distinct is None:
                finished = self._merger.finished(block, positional=True)
                return self._chosen(finished, wanted) if isinstance(finished, Select) else finished
        if block.distinct is None:
            sets = (
                by_sets(block, simplifier.dialect, self._next_id, self._references) if self._longhand else []
            )
            each = [self._merger.finished(one, needs.is_positional(query)) for one in sets or (block,)]
            return united(each, block.outputs)
        return self._distinct(block, wanted)

    def _without_brackets(self, block: Select) -> Select:
        plain = bracketed(block, self._references, self._next_id, self._arranged, self._simplifier)
        return block if plain is block else self._with_joins_arranged(plain)

    def _with_joins_arranged(self, block: Select) -> Select:
        sources, conditions = arranged(block, self._simplifier)
        return replace(block, sources=sources, where=conjunction(conditions))

    def _arranged(self, block: Select) -> Query:
        return self._merger.finished(self._with_joins_arranged(block))

    def _relation(self, relation: Relation) -> Relation:
        match relation:
            case Select() | SetOperation() | Recursive():
                return self._done[id(relation)]
            case Reshape():
                inner = replace(relation.input, relation=self._relation(relation.input.relation))
                reshaped = replace(relation, input=inner, term=self._simplifier.term(relation.term))
                grouped = by_groups(reshaped) if self._longhand else None
                return reshaped if grouped is None else self._of_groups(grouped)
            case _:
                return self._other_relation(relation)

    def _of_groups(self, block: Select) -> Query:
        outputs = tuple(replace(o, term=self._simplifier.term(o.term)) for o in block.outputs)
        return self._merger.finished(replace(block, outputs=outputs))

    def _other_relation(self, relation: Relation) -> Relation:
        simplifier = self._simplifier
        if isinstance(relation, TableFunction):
            listed = replace(relation, term=simplifier.term(relation.term))
            return (as_union(listed) if self._longhand else None) or listed
        if isinstance(relation, Scan) and relation.modifiers:
            return replace(relation, modifiers=tuple(simplifier.term(term) for term in relation.modifiers))
        return relation

    def _distinct(self, block: Select, wanted: tuple[int, ...]) -> Query:
        """SELECT DISTINCT is a grouping over the block without it; ORDER BY and LIMIT come after."""
        limited = block.limit is not None or block.offset is not None
        order = tuple(_over_outputs(term, block) for term in block.order) if limited else ()
        if block.distinct or any(term is None for term in order):
            finished = self._merger.finished(block, positional=True)
            return self._chosen(finished, wanted) if isinstance(finished, Select) else finished
        inner = replace(block, distinct=None, order=(), limit=None, offset=None)
        inner = replace(inner, outputs=renamed(inner.outputs, unique_names(inner)))
        outer = self._grouped_by_all(self._merger.finished(inner, positional=True), block.outputs)
        number = outer.sources[0].id
        moved = tuple(
            replace(term, args=(replace(term.args[0], source=number),)) for term in order if term is not None
        )
        outer = replace(outer, order=moved, limit=block.limit, offset=block.offset)
        return self._merger.finished(replace(outer, outputs=tuple(outer.outputs[index] for index in wanted)))

    def _chosen(self, block: Select, wanted: tuple[int, ...]) -> Query:
        if wanted == tuple(range(len(block.outputs))):
            return block
        return project(block, wanted, (), self._next_id)


def _stored_types(queries: list[Query]) -> dict[int, dict[str, str]]:
    """Give the types of the stored columns that each source reads.

    Not of what queries compute: a condition over such a column may become one over its term, which has no type here.
    """
    found: dict[int, dict[str, str]] = {}
    for source in (source for query in queries for source in sources_of(query)):
        if isinstance(source.relation, Scan):
            found[source.id] = {c.name: c.type.upper() for c in source.relation.known if c.type}
    return found


def _says_nothing(modifier: Term) -> bool:
    """`FETCH FIRST 5 ROWS ONLY` has options that say what LIMIT does."""
    return modifier.op == "limitoptions" and not modifier.args and modifier.value in ("", "rows=True")


def _count(term: Term | None, simplifier: Simplifier, nothing: str | None = None) -> Term | None:
    """OFFSET 0 and LIMIT ALL (or NULL) keep every row."""
    if (
        term is None
        or term.op == "null"
        or (term.op, term.value) == ("word", "all")
        or (term.op == "number" and term.value == nothing)
    ):
        return None
    return simplifier.term(term)


def _over_outputs(ordered: Term, block: Select) -> Term | None:
    """Write an ORDER BY item as a column of the block's outputs (named by position), if it is one."""
    for index, output in enumerate(block.outputs):
        if ordered.args and len(ordered.args) == 1 and is_same(ordered.args[0], output.term):
            return replace(ordered, args=(Term("column", value=f"@{index}"),))
    return None
