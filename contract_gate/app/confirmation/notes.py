"""What limits the search for witnesses, in a few short sentences: like reasons are told once."""

from collections.abc import Iterable, Mapping, Sequence

from contract_gate.app.confirmation.questions import Subject
from contract_gate.app.confirmation.spending import TimeBudget
from contract_gate.core.printable import cut
from contract_gate.witness import Answer, NotPossible

_NAMED = 3
_LONGEST = 160


def not_searched(reason: str | None) -> tuple[str, ...]:
    """Say that no search was made at all."""
    return (f"no witness was looked for: {reason}",) if reason is not None else ()


def refuted(subjects: Iterable[Subject]) -> tuple[str, ...]:
    """Say where rows contradict the comparison."""
    names = _named(sorted({subject.name for subject in subjects}))
    if not names:
        return ()
    return (
        f"the comparison of the texts missed a change of {names}: rows were found on which they differ. "
        "This is a bug of contract-gate; please report it with both texts",
    )


def limits_of(
    answers: Mapping[Subject, Sequence[Answer]], time_budget: TimeBudget, unplayed: int
) -> tuple[str, ...]:
    """Say of which changes no witness could be looked for, and why."""
    reasons: dict[str, list[str]] = {}
    for subject, given in answers.items():
        if subject.targets and isinstance(given[0], NotPossible):
            reasons.setdefault(cut(" ".join(given[0].reason.split()), _LONGEST), []).append(subject.name)
    found = [f"no witness possible for {_named(names)}, because {why}" for why, names in reasons.items()]
    late = [subject.name for subject in time_budget.cut_off if subject.targets]
    if late:
        found.append(
            f"no witness was looked for in {_named(late)}: the {time_budget.seconds:g} s of the run were spent"
        )
    if unplayed:
        found.append(
            f"the witnesses were not run through {unplayed} of the readers: the seconds for it were spent"
        )
    return tuple(found)


def _named(names: Sequence[str]) -> str:
    names = tuple(dict.fromkeys(names))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
