"""What migrations did in the past: a statement that moved rows once has bound then, and a later step can't break it.

Only where the later step alone is new. A step that was edited or deleted breaks whoever builds the schema afresh.
"""

import re
from collections.abc import Sequence

from contract_gate.compare.bound import BoundModel
from contract_gate.core.model_keys import is_of_sequence, is_same_sequence
from contract_gate.sql.script import Opaque
from contract_gate.sql.statement.steps import FOLLOWING

_WORD = re.compile(r"\w+")


def has_run(line: int, before: BoundModel | None, after: BoundModel) -> bool:
    """Tell whether a line of the rendered SQL is of a statement that ran once, and that the base had too."""
    return _stands_in(line, _past(after), before)


def _stands_in(line: int, past: Sequence[tuple[int, int, str]], before: BoundModel | None) -> bool:
    sql = before.rendered.sql if before is not None else None
    text = next((text for first, last, text in past if first <= line <= last), None)
    return sql is not None and text is not None and text in sql


def reads_in_the_past(name: str, before: BoundModel | None, after: BoundModel) -> bool:
    """Tell whether a word stands in statements that ran once, and in no other of this text."""
    lines = (after.rendered.sql or "").split("\n")
    found = [number for number, text in enumerate(lines, 1) if name in _WORD.findall(text.lower())]
    return bool(found) and all(has_run(line, before, after) for line in found)


def still_unread(before: BoundModel | None, after: BoundModel) -> list[Opaque]:
    """Give what of a text nobody follows, but for what ran once and the base had too."""
    past = _past(after)
    return [each for each in after.script.opaque if not _stands_in(each.line, past, before)]


def is_view(bound: BoundModel) -> bool:
    """Tell whether what a model makes is kept as a query."""
    return bound.definition is not None and "view" in (bound.definition.materialization or "")


def follows_steps_of(after: BoundModel, key: str) -> bool:
    """Tell whether a reader stands for what it reads under any name that the migrations which make it (by its key) give it."""
    if after.rendered.follows is not None:
        return is_of_sequence(key, after.rendered.follows)
    return is_same_sequence(after.model.key, key) and after.model.dialect in FOLLOWING and _is_kept(after)


def _is_kept(bound: BoundModel) -> bool:
    """Tell whether a model is a view, or the sequence of a column, which an engine may keep by what it reads."""
    kind = (bound.definition.materialization or "") if bound.definition is not None else ""
    return is_view(bound) or kind == "sequence"


def is_held(bound: BoundModel) -> bool:
    """Tell whether the engine keeps what a model makes from being dropped while a relation has it: a type, a function of PostgreSQL."""
    kind = (bound.definition.materialization or "") if bound.definition is not None else ""
    return kind.endswith("type") or (kind == "function" and bound.model.dialect == "postgres")


def is_longer(before: BoundModel, after: BoundModel) -> bool:
    """Tell whether a relation is made by the same statements as before and by further ones behind them.

    What a procedure does to rows stands beside both, by the names that are there when it is called.
    """
    pairs = [(_lines(before, late=late), _lines(after, late=late)) for late in (False, True)]
    old, new = pairs[0]
    return new[: len(old)] == old and any(len(new) > len(old) for old, new in pairs)


def _past(bound: BoundModel) -> list[tuple[int, int, str]]:
    lines = (bound.rendered.sql or "").split("\n")
    return [(first, last, "\n".join(lines[first - 1 : last])) for first, last in bound.rendered.past]


def _lines(bound: BoundModel, *, late: bool) -> list[str]:
    """Give the lines of what procedures do when they are called, or of all else."""
    called = {number for first, last in bound.rendered.late for number in range(first, last + 1)}
    lines = enumerate((line.strip() for line in (bound.rendered.sql or "").split("\n")), 1)
    kept = [line for number, line in lines if (number in called) == late]
    return [line.rstrip("; ") for line in kept if line and not line.startswith("--")]
