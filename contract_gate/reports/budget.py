"""How much a readable report shows: as much as has room, step by step less, and never less in silence.

A person reads one screen. What has no room is counted where it would stand; `--verbose` and the JSON have everything.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from contract_gate.core.values import dataclass
from contract_gate.policy.level import Level
from contract_gate.reports.sheet import LIMITS
from contract_gate.reports.view import FindingView

LINES = 40
"""The most lines in a terminal where nothing is an error."""
CHARACTERS = 1_500
"""The most characters above the folds of a comment where nothing is an error."""
TITLES = 200
"""Of these, what the titles of the folds take."""
LINES_A_READER = 15
"""So many lines more for each broken reader that is shown."""
BLOCKED_LINES = 100
"""The most lines in a terminal, however many readers break."""
ENDLESS = 1_000_000
_OF_ERRORS = frozenset({Level.ERROR})

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How many of each thing are shown: errors and warnings in full, notes in a line each, readers of one of them, names of others.

    `instead`: the levels whose findings show the way out."""

    errors: int
    warnings: int
    notes: int
    readers: int
    names: int
    words: int
    witness: bool
    instead: frozenset[Level]
    limits: int


EVERYTHING = Detail(
    errors=ENDLESS, warnings=ENDLESS, notes=ENDLESS, readers=ENDLESS, names=ENDLESS, words=ENDLESS, witness=True,
    instead=frozenset(Level), limits=ENDLESS,
)  # fmt: skip
_OF_NONE = frozenset[Level]()
# fmt: off
STEPS = (
    Detail(errors=20, warnings=8, notes=8, readers=8, names=10, words=400, witness=True, instead=frozenset(Level), limits=LIMITS),
    Detail(errors=20, warnings=6, notes=6, readers=5, names=10, words=300, witness=True, instead=_OF_ERRORS, limits=2),
    Detail(errors=20, warnings=5, notes=5, readers=3, names=6, words=240, witness=False, instead=_OF_ERRORS, limits=1),
    Detail(errors=12, warnings=4, notes=3, readers=2, names=4, words=200, witness=False, instead=_OF_NONE, limits=0),
    Detail(errors=8, warnings=3, notes=2, readers=1, names=3, words=160, witness=False, instead=_OF_NONE, limits=0),
    Detail(errors=5, warnings=2, notes=1, readers=1, names=2, words=120, witness=False, instead=_OF_NONE, limits=0),
    Detail(errors=3, warnings=1, notes=1, readers=1, names=1, words=80, witness=False, instead=_OF_NONE, limits=0),
)
# fmt: on


def fitted(steps: Sequence[Detail], render: Callable[[Detail], T], fits: Callable[[T, Detail], bool]) -> T:
    """Render with the most detail that fits; with the least where nothing does."""
    made = None
    for detail in steps:
        made = render(detail)
        if fits(made, detail):
            return made
    return made if made is not None else render(EVERYTHING)


def chosen(entries: Sequence[FindingView], detail: Detail) -> tuple[list[FindingView], list[FindingView]]:
    """Give what needs an answer, in its order: what this much detail has room for, and what is left."""
    room = {True: detail.errors, False: detail.warnings}
    shown, left = list[FindingView](), list[FindingView]()
    for entry in entries:
        if not entry.is_quiet:
            room[entry.is_error] -= 1
            (shown if room[entry.is_error] >= 0 else left).append(entry)
    return shown, left


def broken_shown(entries: Sequence[FindingView], detail: Detail) -> int:
    """Count the broken readers that errors list with this much detail."""
    errors = [entry for entry in entries if entry.is_error][: detail.errors]
    return sum(entry.broken(detail.readers) for entry in errors)
