"""The verdict in one sentence, with the numbers that matter: what stops, who loses something, how often they look."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import assert_never

from contract_gate.compare.impact import Effect
from contract_gate.policy.consumers import identity
from contract_gate.policy.settings import Verdict
from contract_gate.reports.basis import UNTOUCHED, count, rests_on
from contract_gate.reports.report import Report
from contract_gate.reports.view import FindingView, ReaderView, entries, tally

_STOPS = {"model": "stops building", "test": "fails", "snapshot": "stops building"}
_STOP = {"model": "stop building", "test": "fail", "snapshot": "stop building"}


def verdict_sentences(report: Report) -> list[str]:
    """Give the verdict and what it rests on, a sentence each."""
    return [verdict_sentence(report), *(f"{label}: {text}" for label, text in rests_on(report))]


def verdict_sentence(report: Report) -> str:
    """Say the verdict, what it means for the readers, and how many findings there are."""
    told = entries(report)
    match report.verdict:
        case Verdict.BLOCKED:
            return f"blocked: {_blocked(told)}{_people(told)} ({tally(report)})"
        case Verdict.UNDECIDED:
            rest = "what could not be decided has to be looked at by a person"
            return f"undecided: {_reached(report, told)}; {rest} ({tally(report)})"
        case Verdict.PASSED:
            return f"passed: {_reached(report, told)} ({tally(report)})"
        case _:
            assert_never(report.verdict)


def _blocked(told: Sequence[FindingView]) -> str:
    errors = [entry for entry in told if entry.is_error]
    broken = _each(
        reader for entry in errors for reader in entry.readers if reader.impact.effect is Effect.BREAKS
    )
    if not broken:
        return f"{count(len(errors), 'edit')} that the policy does not let through"
    used = sum(reader.impact.consumer.usage or 0 for reader in broken if reader.is_people)
    return _listed(broken, _STOPS, _STOP, ("breaks", "break")) + (
        f"; viewed {count(used, 'time')}" if used else ""
    )


def _people(told: Sequence[FindingView]) -> str:
    """Count the people's readers that are not known to break: those that may, and those that show something else."""
    readers = _each(reader for entry in told for reader in entry.readers if reader.is_people)
    unsure = {
        identity(reader.impact.consumer) for entry in told for reader in entry.readers if reader.may_break
    }
    others = [reader for reader in readers if reader.impact.effect is not Effect.BREAKS]
    may = [reader for reader in others if identity(reader.impact.consumer) in unsure]
    changed = [reader for reader in others if reader not in may and reader.impact.effect is Effect.CHANGES]
    return "".join(
        f"; {_listed(some, {}, {}, verbs)}"
        for some, verbs in ((may, ("may break", "may break")), (changed, ("changes", "change")))
        if some
    )


def _reached(report: Report, told: Sequence[FindingView]) -> str:
    if not report.coverage.models_changed and not report.changes:
        return UNTOUCHED
    if not report.changes:
        return "no model means anything else than before"
    readers = _each(reader for entry in told for reader in entry.readers)
    broken = [reader for reader in readers if reader.impact.effect is Effect.BREAKS]
    others = [reader for reader in readers if reader.impact.effect is not Effect.BREAKS]
    unsure = [reader for reader in others if reader.impact.effect is Effect.UNKNOWN]
    changed = [reader for reader in others if reader.impact.effect is Effect.CHANGES]
    stands = _each(reader for entry in told if not entry.finding.waiver for reader in entry.readers)
    meant = "" if any(reader.impact.effect is Effect.BREAKS for reader in stands) else ", which is waived"
    parts = [
        f"{_listed(broken, _STOPS, _STOP, ('breaks', 'break'))}{meant}"
        if broken
        else "nothing is known to break",
        _listed(changed, {}, {}, ("changes", "change")) if changed else "",
        f"{count(len(unsure), 'reader')} could not be decided" if unsure else "",
    ]
    return "; ".join(part for part in parts if part)


def _each(readers: Iterable[ReaderView]) -> list[ReaderView]:
    """Give each reader once, as the worst that happens to it."""
    worst: dict[tuple[str | None, ...], ReaderView] = {}
    for reader in sorted(readers, key=lambda one: one.impact.effect.rank):
        worst.setdefault(identity(reader.impact.consumer), reader)
    return list(worst.values())


def _listed(
    readers: Sequence[ReaderView], one: dict[str, str], many: dict[str, str], others: tuple[str, str]
) -> str:
    """Count the readers by kind, people first, then models, tests last: `2 dashboards break, 1 model stops building`."""
    people = {reader.noun for reader in readers if reader.is_people}
    counted = Counter(reader.noun for reader in readers)
    ordered = sorted(
        counted, key=lambda noun: (noun not in people, noun != "model", noun == "test", -counted[noun], noun)
    )
    return ", ".join(
        f"{count(counted[noun], noun)} "
        + (one.get(noun, others[0]) if counted[noun] == 1 else many.get(noun, others[1]))
        for noun in ordered
    )
