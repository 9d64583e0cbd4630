"""Joins in brackets, `a LEFT JOIN (b JOIN c ON p) ON q`: the inner join is a query of its own, whose columns the block reads.

`b JOIN c ON p RIGHT JOIN a ON q` is the same join written from its other end.
"""

from collections.abc import Callable
from dataclasses import replace

from contract_gate.sql.algebra import BRACKETED, INSIDE, Output, Query, Select, Source, Term
from contract_gate.sql.canonical.joins import are_padded_with, pads_with_nulls
from contract_gate.sql.canonical.substitute import References, Substitution
from contract_gate.sql.canonical.terms import Simplifier


def bracketed(
    block: Select,
    references: References,
    next_id: Callable[[], int],
    finished: Callable[[Select], Query],
    simplifier: Simplifier,
) -> Select:
    """Make a nested query of each join in brackets; the block itself where it has none, or where a star reads into one."""
    sources = _from_the_other_end(block.sources)
    block = block if sources == block.sources else replace(block, sources=sources)
    for place, source in enumerate(sources):
        if not source.join.endswith(BRACKETED):
            continue
        end = place + 1
        while end < len(sources) and sources[end].join.endswith(INSIDE):
            end += 1
        nested = _flat(block, place, end, simplifier)
        nested = nested or _nested(block, place, end, references, next_id, finished)
        return block if nested is None else bracketed(nested, references, next_id, finished, simplifier)
    return block


def _flat(block: Select, place: int, end: int, simplifier: Simplifier) -> Select | None:
    """`a LEFT JOIN (b LEFT JOIN c ON p) ON q` is `a LEFT JOIN b ON q LEFT JOIN c ON p` where a row without b has no c."""
    first, *others = block.sources[place:end]
    if first.join != f"left{BRACKETED}" or any(s.join != f"left{INSIDE}" for s in others):
        return None
    if not pads_with_nulls(simplifier.dialect) or any(source.lateral for source in (first, *others)):
        return None
    if not are_padded_with(first, tuple(others), first.on, simplifier):
        return None
    flat = (replace(source, join="left") for source in (first, *others))
    return replace(block, sources=(*block.sources[:place], *flat, *block.sources[end:]))


def _from_the_other_end(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """`b JOIN c ON p RIGHT JOIN a ON q` is `a LEFT JOIN (b JOIN c ON p) ON q`. A comma joins last, so none may stand before."""
    place = next((i for i, source in enumerate(sources) if source.join == "right"), 0)
    before, plain = sources[:place], {"inner", "left"}
    joins = {source.join for source in before[1:]}
    if "inner" not in joins or joins - plain or any(source.lateral for source in sources[: place + 1]):
        return sources
    first = replace(before[0], join=f"left{BRACKETED}", on=sources[place].on)
    inside = (replace(source, join=f"{source.join}{INSIDE}") for source in before[1:])
    return (replace(sources[place], join="from", on=None), first, *inside, *sources[place + 1 :])


def _nested(
    block: Select,
    place: int,
    end: int,
    references: References,
    next_id: Callable[[], int],
    finished: Callable[[Select], Query],
) -> Select | None:
    first, *others = block.sources[place:end]
    if any(source.lateral for source in (first, *others)):
        return None
    sources = (
        replace(first, join="from", on=None),
        *(replace(source, join=source.join.removesuffix(INSIDE)) for source in others),
    )
    number = next_id()
    read: dict[tuple[int, str], int] = {}
    whole: list[Term] = []

    def change(term: Term) -> Term | None:
        if term.op != "column":
            whole.append(term)
            return None
        index = read.setdefault((term.source, term.value), len(read))
        return Term("column", value=f"@{index}", source=number)

    joined = Source(id=number, relation=Select(sources=(), outputs=()), join=first.join, on=first.on)
    joined = replace(joined, join=joined.join.removesuffix(BRACKETED))
    outer = replace(block, sources=(*block.sources[:place], joined, *block.sources[end:]))
    ids = frozenset(source.id for source in sources)
    changed = Substitution(change, ids, references).select(outer)
    if whole:
        return None
    outputs = tuple(
        Output(name=f"@{index}", term=Term("column", value=name, source=source))
        for (source, name), index in read.items()
    )
    inner = finished(Select(sources=sources, outputs=outputs))
    return replace(
        changed, sources=tuple(replace(s, relation=inner) if s.id == number else s for s in changed.sources)
    )
