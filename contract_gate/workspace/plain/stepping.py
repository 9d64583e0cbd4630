"""The steps of a sequence of migrations, run from nothing: which of them the engine refuses, and in which file."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from contract_gate.core.world import RefusedStep
from contract_gate.sql.bind import bind_script
from contract_gate.sql.statement.steps import refusals
from contract_gate.workspace.plain.fold import Made, ScriptFile, in_turn


def refused_steps(
    scripts: Iterable[ScriptFile], made: Iterable[tuple[str, Made]]
) -> dict[str, tuple[RefusedStep, ...]]:
    """Give the refused steps by the key of the relation that they are about, else of one that the file makes.

    `made`: the relations of all sequences, by their keys.
    """
    sequences: dict[tuple[str, str], list[ScriptFile]] = defaultdict(list)
    for script in scripts:
        if script.step is not None and script.step.drops_count:
            sequences[script.step.sequence, script.dialect].append(script)
    owners = list(made)
    found: dict[str, list[RefusedStep]] = defaultdict(list)
    for (sequence, dialect), steps in sorted(sequences.items()):
        here = [(key, each) for key, each in owners if each.scope == sequence and each.dialect == dialect]
        for key, refused in _of_sequence(in_turn(steps), dialect, here):
            found[key].append(refused)
    return {key: tuple(each) for key, each in found.items()}


def _of_sequence(
    steps: list[ScriptFile], dialect: str, made: list[tuple[str, Made]]
) -> Iterator[tuple[str, RefusedStep]]:
    starts: list[int] = []
    text = ""
    parts = [part for script in steps for part in _parts(script)]
    parts.sort(key=lambda part: part[0])
    for _, _, _, statements in parts:
        starts.append(text.count("\n"))
        text += statements.rstrip() + "\n;\n"
    script_of = bind_script(text, dialect, lambda _name: None)
    for refusal in refusals(script_of):
        index = bisect_right(starts, refusal.line - 1) - 1
        _, path, first, _ = parts[index]
        line = first + refusal.line - starts[index]
        about = [key for name in refusal.relations for key, each in made if each.relation.matches(name)]
        beside = [key for key, each in made if path in each.paths]
        for key in (about or beside or [key for key, _ in made])[:1]:
            yield (
                key,
                RefusedStep(path=path, line=line, message=refusal.message, relations=refusal.relations),
            )


def _parts(script: ScriptFile) -> Iterator[tuple[int, str, int, str]]:
    """Cut a file where its turns are: each part with its turn, the path, the lines before it and its text."""
    cuts = [0, *(start for start, _ in script.turns), len(script.text)]
    for start, end in pairwise(cuts):
        if end > start or not script.turns:
            before = script.text.count("\n", 0, start)
            yield script.turn_of(start), script.path, before, script.text[start:end]
