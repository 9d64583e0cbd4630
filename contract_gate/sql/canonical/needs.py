"""Which output columns of each nested query are read by what is around it: the others are dead."""

from contract_gate.sql.algebra import Query, Recursive, Reshape, Select, SetOperation, Term
from contract_gate.sql.canonical.blocks import keeps_copies
from contract_gate.sql.canonical.substitute import References
from contract_gate.sql.functions import set_returning
from contract_gate.sql.lineage import ordered_positions, positions
from contract_gate.sql.walk import nested, parts, relation_queries, row_terms


class Needs:
    """The positions that are read, by query (its identity)."""

    def __init__(self) -> None:
        self._wanted: dict[int, set[int]] = {}
        self._positional: set[int] = set()
        self._recursive: set[int] = set()

    def wanted(self, query: Query) -> tuple[int, ...]:
        """Give the output positions of the query that something around it reads."""
        return tuple(sorted(self._wanted.get(id(query), ())))

    def positions(self, query: SetOperation) -> tuple[int, ...]:
        """Give the positions that a set operation must keep inside: all, where it compares whole rows."""
        if keeps_copies(query) and not self.is_recursive(query):
            ordered = () if query.limit is None else ordered_positions(query)
            return tuple(sorted({*self.wanted(query), *ordered}))
        return tuple(range(len(query.outputs)))

    def is_recursive(self, query: Query) -> bool:
        """Tell whether the query is the body of a recursive one."""
        return id(query) in self._recursive

    def is_positional(self, query: Query) -> bool:
        """Tell whether the query's outputs are read by position, so that a star must stay one output."""
        return id(query) in self._positional

    def add(self, query: Query, wanted: set[int]) -> None:
        """Note that these positions are read."""
        self._wanted.setdefault(id(query), set()).update(wanted)

    def add_all(self, query: Query, positional: bool = True) -> None:
        """Note that all outputs are read."""
        self.add(query, set(range(len(query.outputs))))
        if positional:
            self._positional.add(id(query))

    def add_recursive(self, query: Query) -> None:
        """Note that the query is the body of a recursive one: each round reads all of its columns."""
        self.add_all(query)
        self._recursive.add(id(query))

    def add_branch(self, query: Query, wanted: set[int]) -> None:
        """Note that the query is a branch of a set operation."""
        self.add(query, wanted)
        self._positional.add(id(query))


def find_needs(root: Query, ordered: list[Query], references: References) -> Needs:
    """Find what is read of each query in `ordered` (children first); all of the root's columns are."""
    needs = Needs()
    needs.add_all(root, positional=False)
    for query in reversed(ordered):
        match query:
            case Select():
                _of_select(query, needs, references)
            case SetOperation():
                _of_branches(query, needs)
            case Recursive():
                needs.add_recursive(query.query)
    return needs


def _of_branches(query: SetOperation, needs: Needs) -> None:
    pairs = [positions(query)[index] for index in needs.positions(query)]
    for side, branch in ((0, query.left), (1, query.right)):
        size = len(branch.outputs)
        needs.add_branch(branch, {p for pair in pairs if (p := pair[side]) is not None and p < size})


def _of_select(query: Select, needs: Needs, references: References) -> None:
    wanted = needs.wanted(query) if query.distinct is None else range(len(query.outputs))
    terms = [query.outputs[index].term for index in wanted]
    terms += [term for output in query.outputs for term in set_returning(output.term)]
    terms += row_terms(query)
    reads = references.of_block(terms, query.sources)
    for source in query.sources:
        for inner in relation_queries(source.relation):
            if isinstance(source.relation, Reshape):
                needs.add_all(inner)
            else:
                _add_named(inner, {name for number, name in reads if number == source.id}, needs)
    _of_subqueries(query, terms, needs)


def _add_named(inner: Query, names: set[str], needs: Needs) -> None:
    if "*" in names:
        needs.add_all(inner, positional=False)
        return
    first: dict[str, int] = {}
    for index, output in enumerate(inner.outputs):
        first.setdefault(output.name, index)
    stars = {index for index, output in enumerate(inner.outputs) if output.term.op == "star"}
    for name in names:
        needs.add(inner, {first[name]} if name in first else stars)
    needs.add(inner, set())


def _of_subqueries(query: Select, terms: list[Term], needs: Needs) -> None:
    """EXISTS asks for rows alone; any other subquery gives its columns. Those in dead outputs count as well."""
    for part in parts(terms):
        if part.query is not None:
            if part.op == "exists":
                needs.add(part.query, set())
            else:
                needs.add_all(part.query)
    for inner in nested(query):
        needs.add(inner, set())
