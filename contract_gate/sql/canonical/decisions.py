"""Conditions and CASE by what they decide: a table of results over the cases that their tests tell apart.

`x > 0 OR x < 0` and `x <> 0` are one function of x, however many rules it would take to rewrite one as the other. A
*variable* is a term that is tested (against literals, against another term, as NULL, or as a condition); its *cases* are
the values that no test tells apart, NULL among them. A table is brought to its least form: cases with one result are one
case, and variables that decide nothing go. Variables are taken for independent, which they may not be: so two equal
conditions can have two tables, but never have two different ones the same.
"""

from collections.abc import Sequence
from itertools import product
from math import prod

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass
from contract_gate.sql.algebra import Term
from contract_gate.sql.canonical.naming import hashed
from contract_gate.sql.canonical.tested import FALSE, TRUE, Case, Names, Tests, Variable
from contract_gate.sql.functions import is_volatile, set_returning
from contract_gate.sql.walk import parts

_MAX_CELLS = 512
_MAX_PARTS = 250
_MAX_WORK = 12_000
"""Cells of a table times the parts of its terms. What is larger is named by its operators."""


def decided(term: Term, names: Names) -> str | None:
    """Name what a term's value is in each case; None where there is no table of it, or one too large."""
    table = _tabulated((term,), names, is_filter=False)
    return None if table is None else table.name()


def kept_rows(conditions: Sequence[Term], names: Names) -> list[str] | None:
    """Name what a filter by all of these conditions keeps: one name for each part that can be told apart from the others.

    None where there is no table of some of them. A condition that is always true has no name.
    """
    if _size(conditions, names) is None:
        return None
    found: set[str] = set()
    for group in _entangled(conditions, names):
        table = _tabulated(group, names, is_filter=True)
        if table is None:
            return None
        found.update(part.name() for part in table.factors())
    found.discard(TRUE)
    return [FALSE] if FALSE in found else sorted(found)


@dataclass(frozen=True, slots=True)
class _Table:
    """The result in each cell: the last variable's cases go round first. A variable is its name and what each case is called."""

    variables: tuple[tuple[str, tuple[str, ...]], ...]
    cells: tuple[str, ...]

    def name(self) -> str:
        """Name the function. A constant is the value itself."""
        if not self.variables:
            return self.cells[0]
        order = sorted(range(len(self.variables)), key=lambda place: self.variables[place])
        sizes = [len(cases) for _, cases in self.variables]
        turned = [_in_order(self.variables[place][1]) for place in order]
        texts = [
            f"{self.variables[place][0]}:{','.join(sorted(self.variables[place][1]))}" for place in order
        ]
        cells = []
        for choice in product(*turned):
            at = dict(zip(order, choice, strict=True))
            cells.append(self.cells[_index([at[p] for p in range(len(sizes))], sizes)])
        return hashed("table", *texts, "gives", *cells)

    def factors(self) -> "list[_Table]":
        """Split a filter into those that ask about one variable each, and the rest: `a AND b` is two."""
        rest, found = self, []
        for place in range(len(self.variables) - 1, -1, -1):
            if len(rest.variables) < 2:
                break
            alone, without = rest._apart(place)
            if alone is not None and without is not None:
                found.append(alone)
                rest = without
        return [*found, rest]

    def _apart(self, place: int) -> "tuple[_Table | None, _Table | None]":
        sizes = [len(cases) for _, cases in self.variables]
        slices = [_slice(self.cells, sizes, place, case) for case in range(sizes[place])]
        own = tuple(TRUE if TRUE in cells else FALSE for cells in slices)
        others = tuple(TRUE if TRUE in column else FALSE for column in zip(*slices, strict=True))
        nothing = (FALSE,) * len(others)
        if any(
            cells != (others if mine == TRUE else nothing) for cells, mine in zip(slices, own, strict=True)
        ):
            return None, None
        variables = (*self.variables[:place], *self.variables[place + 1 :])
        return _Table((self.variables[place],), own), _Table(variables, others)


def _in_order(texts: Sequence[str]) -> list[int]:
    return sorted(range(len(texts)), key=lambda place: texts[place])


def _index(choice: Sequence[int], sizes: Sequence[int]) -> int:
    index = 0
    for chosen, size in zip(choice, sizes, strict=True):
        index = index * size + chosen
    return index


def _slice(cells: tuple[str, ...], sizes: Sequence[int], place: int, case: int) -> tuple[str, ...]:
    inner = prod(sizes[place + 1 :])
    step = inner * sizes[place]
    return tuple(c for start in range(case * inner, len(cells), step) for c in cells[start : start + inner])


def _entangled(conditions: Sequence[Term], names: Names) -> list[list[Term]]:
    """Group the conditions that test one variable."""
    groups: list[tuple[set[object], list[Term]]] = []
    for condition in conditions:
        tests = Tests(names)
        tests.note_condition(condition)
        keys, members, apart = set[object](tests.variables), [condition], []
        for other, terms in groups:
            if other & keys:
                keys, members = keys | other, [*terms, *members]
            else:
                apart.append((other, terms))
        groups = [*apart, (keys, members)]
    return [members for _, members in groups]


def _size(terms: Sequence[Term], names: Names) -> int | None:
    """Count the parts of terms, one that is there twice as two; None where they are more than a table is made of."""
    count = sum(_parts_of(term, names.sizes) for term in terms)
    return count if count <= _MAX_PARTS else None


def _parts_of(term: Term, sizes: dict[int, tuple[Term, int]]) -> int:
    known = sizes.get(id(term))
    if known is None:
        count = 1 + sum(_parts_of(arg, sizes) for arg in term.args)
        known = sizes[id(term)] = (term, min(count, _MAX_PARTS + 1))
    return known[1]


def _tabulated(terms: Sequence[Term], names: Names, is_filter: bool) -> _Table | None:
    size = _size(terms, names)
    if size is None or is_volatile(parts(terms)) or any(True for term in terms for _ in set_returning(term)):
        return None
    tests = Tests(names)
    for term in terms:
        (tests.note_condition if is_filter else tests.note)(term)
    variables = tests.settled()
    if variables is None:
        return None
    count = prod(len(variable.cases) for variable in variables)
    if count > _MAX_CELLS or count * size > _MAX_WORK:
        return None
    checkpoint()
    cells: list[str] = []
    for choice in product(*(variable.cases for variable in variables)):
        tests.suppose(choice)
        cells.append(tests.keeps(terms) if is_filter else tests.value(terms[0]))
    return _least(variables, tuple(cells))


def _least(variables: Sequence[Variable], cells: tuple[str, ...]) -> _Table:
    """Join the cases between which the result does not change; a variable of one case is none."""
    sizes = [len(variable.cases) for variable in variables]
    named: list[tuple[str, tuple[str, ...]]] = []
    for place, variable in enumerate(variables):
        classes: dict[tuple[str, ...], list[Case]] = {}
        for number, case in enumerate(variable.cases):
            classes.setdefault(_slice(cells, sizes, place, number), []).append(case)
        firsts = [variable.cases.index(alike[0]) for alike in classes.values()]
        inner = prod(sizes[place + 1 :])
        step = inner * sizes[place]
        cells = tuple(
            cell
            for start in range(0, len(cells), step)
            for number in firsts
            for cell in cells[start + number * inner : start + (number + 1) * inner]
        )
        sizes[place] = len(firsts)
        named.append((variable.name, tuple(variable.called(alike) for alike in classes.values())))
    return _Table(tuple(v for v, size in zip(named, sizes, strict=True) if size > 1), cells)
