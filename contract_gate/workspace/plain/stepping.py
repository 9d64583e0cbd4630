"""The steps of a sequence of migrations, run from nothing and on top of what has run: which the engine refuses, and in which file."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from contract_gate.core.world import RefusedStep
from contract_gate.sql.bind import bind_script
from contract_gate.sql.statement.steps import refusals
from contract_gate.workspace.plain.fold import Made
from contract_gate.workspace.plain.scripts import ScriptFile, SequencePlace, migrations

Owned = list[tuple[str, Made]]
"""Relations by their keys."""


def refused_steps(scripts: Iterable[ScriptFile], made: Owned) -> dict[str, tuple[RefusedStep, ...]]:
    """Give the refused steps by the key of the relation that they are about, else of one that the file makes; by no key where none is left.

    `made`: the relations of all sequences.
    """
    found: dict[str, list[RefusedStep]] = defaultdict(list)
    for place, steps in migrations(scripts).items():
        for key, refused in _refused(_parts(steps), place, made):
            found[key].append(refused)
    return {key: tuple(each) for key, each in found.items()}


def refused_on_top(
    base: Iterable[ScriptFile], head: Iterable[ScriptFile], made: Owned
) -> Iterator[tuple[str, RefusedStep]]:
    """Give the head's steps that are refused where the base's have run, in another order than from nothing: repeatable ones among them.

    Where a step that runs once was edited or is gone, nobody knows what has run. `made`: the relations of the head.
    """
    ran = migrations(base)
    for place, after in migrations(head).items():
        before = ran.get(place, [])
        texts = {script.path: script.text for script in after}
        once = [script for script in before if script.step is not None and not script.step.is_repeatable]
        known = {(script.path, script.text) for script in before}
        new = [script for script in after if (script.path, script.text) not in known]
        is_grown = once and all(texts.get(script.path) == script.text for script in once)
        if is_grown and [script.path for script in (*before, *new)] != [*texts]:
            done = _parts(before)
            yield from _refused([*done, *_parts(new)], place, made, len(done))


_Part = tuple[int, str, int, str]
"""A turn, the path, the lines before it in the file, and its text."""


def _refused(
    parts: Sequence[_Part], place: SequencePlace, made: Owned, first: int = 0
) -> Iterator[tuple[str, RefusedStep]]:
    """Run the parts; `first`: the number of those whose refusals are nobody's concern."""
    sequence, dialect = place
    here = [(key, each) for key, each in made if each.scope == sequence and each.dialect == dialect]
    starts: list[int] = []
    text = ""
    for _, _, _, statements in parts:
        starts.append(text.count("\n"))
        text += statements.rstrip() + "\nGO\n"
    for refusal in refusals(bind_script(text, dialect, lambda _name: None)):
        index = bisect_right(starts, refusal.line - 1) - 1
        if index < first:
            continue
        _, path, before, _ = parts[index]
        line = before + refusal.line - starts[index]
        about = [key for name in refusal.relations for key, each in here if each.relation.matches(name)]
        beside = [key for key, each in here if path in each.paths]
        key = next(iter(about or beside or [key for key, _ in here]), "")
        yield (
            key,
            RefusedStep(path=path, line=line, message=refusal.message, relations=refusal.relations),
        )


def _parts(scripts: Iterable[ScriptFile]) -> list[_Part]:
    """Cut files where their turns are, and put the parts in the order in which they run."""
    return sorted((part for script in scripts for part in _cut(script)), key=lambda part: part[0])


def _cut(script: ScriptFile) -> Iterator[_Part]:
    cuts = [0, *(start for start, _ in script.turns), len(script.text)]
    for start, end in pairwise(cuts):
        if end > start or not script.turns:
            before = script.text.count("\n", 0, start)
            yield script.turn_of(start), script.path, before, script.text[start:end]
