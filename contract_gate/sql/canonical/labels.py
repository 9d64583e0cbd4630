"""Labels of sources: what a source is called in a digest, so that aliases and the order of joins do not matter."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import count

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass, field, replace
from contract_gate.sql.algebra import (
    Recursive,
    Reshape,
    Scan,
    Select,
    SelfReference,
    SetOperation,
    TableFunction,
    Term,
)
from contract_gate.sql.walk import Reference, Relation, StoredNames

Signatures = Callable[[Mapping[int, str]], dict[int, str]]
"""Tells how a block uses each source, when the sources go by the given names."""


@dataclass(frozen=True, slots=True)
class Label:
    """A source's name and what its columns are called in it."""

    text: str
    column: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Labels:
    """All labels in sight, with the digests of terms that were made with them.

    `is_plain`: conditions are named as they are written, not by what they decide.
    """

    sources: Mapping[int, Label] = field(default_factory=dict)
    recursions: tuple[int, ...] = ()
    digests: dict[int, str] = field(default_factory=dict)
    kept: list[Term] = field(default_factory=list)
    depth: int = 0
    is_plain: bool = False

    def with_sources(self, more: Mapping[int, Label]) -> "Labels":
        """Add or change labels of the same block."""
        if not more:
            return self
        return self._over({**self.sources, **more})

    def inside(self, block: Mapping[int, Label]) -> "Labels":
        """Enter a block: its labels are apart from those around it, which a correlated subquery reads too."""
        return replace(self._over({**self.sources, **block}), depth=self.depth + 1)

    def with_recursion(self, number: int) -> "Labels":
        """Enter a recursive query."""
        return replace(self._over(self.sources), recursions=(*self.recursions, number))

    def plain(self) -> "Labels":
        """Give the same labels for names that are quick to make."""
        return replace(self._over(self.sources), is_plain=True)

    def _over(self, sources: Mapping[int, Label]) -> "Labels":
        return replace(self, sources=sources, digests={}, kept=[])

    def text(self, source: int) -> str:
        """Name a source."""
        label = self.sources.get(source)
        return f"outer {source}" if label is None else label.text

    def column(self, source: int, name: str) -> str:
        """Name a column of a source."""
        label = self.sources.get(source)
        return f"outer {source}.{name}" if label is None else f"{label.text}.{label.column(name)}"

    def star(self, source: int) -> str:
        """Name all columns of a source."""
        label = self.sources.get(source)
        return "" if label is None else label.column("*")

    def seen_by(self, reads: Iterable[Reference]) -> tuple[object, ...]:
        """Give all that a query inside can be told of what it reads here."""
        names = sorted((source, name, self.text(source), self.column(source, name)) for source, name in reads)
        return (self.depth, self.recursions, self.is_plain, *names)

    def recursion(self, number: int) -> str:
        """Name a recursive query from inside, by how deep it stands."""
        return f"itself {self.recursions.index(number)}" if number in self.recursions else "itself"


def base_label(relation: Relation, stored: StoredNames) -> str:
    """Say what a relation is, coarsely: a stored one's name, or the names of what it is made of."""
    match relation:
        case Scan():
            return str(relation.name)
        case TableFunction():
            return f"{relation.term.op}()"
        case Reshape():
            return f"{relation.term.op}({base_label(relation.input.relation, stored)})"
        case SelfReference():
            return "itself"
        case Select() | SetOperation() | Recursive():
            return f"({','.join(sorted(stored.of(relation)))})"


def told_apart(bases: Mapping[int, str], signatures: Signatures) -> dict[int, str]:
    """Number the sources that have one base label, by how they are used: first by all that differs, then as written.

    Colour refinement: a source's colour is made of how it is used next to sources of which colour, until no more
    colours part. What is still alike is alike in every respect that was seen, so any order will do: one is picked.
    Their numbers go by the rows that they have first, so that an edit of one column does not change places.
    """
    first = signatures(bases)
    colours = dict(first if _count(first) > _count(bases) else bases)
    for picked in count():
        if _count(colours) > _count(bases):
            colours = _refined(colours, signatures)
        tied = min(alike_in(colours), key=lambda number: colours[number], default=None)
        if tied is None:
            break
        # One colour to each that is picked: two that share a mark would be tied again.
        colours[tied] += f"!{picked:04}"
    names: dict[int, str] = {}
    for number in bases:
        alike = sorted((first[other], colours[other]) for other in bases if bases[other] == bases[number])
        place = alike.index((first[number], colours[number])) + 1
        names[number] = bases[number] if len(alike) == 1 else f"{bases[number]}#{place}"
    return names


def alike_in(colours: Mapping[int, str]) -> list[int]:
    """Give the sources that share a colour with another, as they are written."""
    seen = Counter(colours.values())
    return [number for number, colour in colours.items() if seen[colour] > 1]


def _count(colours: Mapping[int, str]) -> int:
    return len(set(colours.values()))


def _refined(colours: dict[int, str], signatures: Signatures) -> dict[int, str]:
    while alike_in(colours):
        checkpoint()
        finer = signatures(colours)
        if _count(finer) <= _count(colours):
            break
        colours = finer
    return colours
