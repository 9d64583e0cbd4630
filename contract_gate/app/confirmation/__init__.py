"""Hold what was found against rows: the witness meets the changes of a pull request and their readers.

Rows that differ raise a change to *witnessed*, and overrule "no change"; a long search that finds none lets a mere
suspicion fall to a note. What can't be run is said, never taken for "the same". The searches run in a child process.
"""

from collections.abc import Sequence

from contract_gate.app.confirmation.marking import marked, open_columns, untold
from contract_gate.app.confirmation.notes import limits_of, not_searched, refuted
from contract_gate.app.confirmation.questions import Subject, question_of, subjects
from contract_gate.app.confirmation.replaying import readers_of, replayed
from contract_gate.app.confirmation.spending import TimeBudget, cost_clock
from contract_gate.compare.bound import BoundWorld
from contract_gate.compare.changes.head import HeadWorld
from contract_gate.compare.changes.relations import Pairing
from contract_gate.compare.impact.assess import Assessment, assess
from contract_gate.core.progress import step
from contract_gate.core.values import dataclass, field, replace
from contract_gate.witness import Answer, Budget, Found, NotPossible, Searcher, missing

__all__ = ["SearchLimits", "confirm", "search_model"]

_MODEL = Budget(seconds=4.0, trials=400)
_UNCHANGED = Budget(seconds=1.0, trials=120)
_READER = Budget(seconds=0.5, trials=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLimits:
    """What a run may cost. `model`, `unchanged` and `reader` bound one search, the seconds all of them together.

    Readers have what the searches leave, too.
    """

    model: Budget = _MODEL
    unchanged: Budget = _UNCHANGED
    reader: Budget = _READER
    search_seconds: float = 20.0
    replay_seconds: float = 10.0

    @classmethod
    def within(cls, seconds: float) -> "SearchLimits":
        """Bound the whole run: a sixth of it is kept for the readers."""
        return cls(search_seconds=seconds * 5 / 6, replay_seconds=seconds / 6)


def confirm(
    before: BoundWorld,
    after: HeadWorld,
    pairing: Pairing,
    assessment: Assessment,
    limits: SearchLimits | None = None,
) -> tuple[Assessment, tuple[str, ...]]:
    """Look for rows that show each change of rows or values: the assessment with them, and what limits it, in words."""
    asked = tuple(
        subject
        for subject in subjects(before, after, pairing, assessment.changes)
        if subject.new not in assessment.undone  # with what lies upstream held still, its edit shows
    )
    suspected = [subject for subject in asked if subject.targets]
    lacking = missing()
    if not asked or lacking is not None:
        return assessment, not_searched(lacking) if suspected else ()
    with Searcher() as searcher:
        run = _SearchRun(before, after, limits or SearchLimits(), searcher)
        for done, subject in enumerate(_affecting_readers_first(asked, assessment), 1):
            step("looking for rows that show the changes", done, len(asked))
            run.search(subject, len(asked) - done + 1)
        told = _overruled(before, after, pairing, assessment, run)
        confirmed = run.marked(told, subjects(before, after, pairing, told.changes))
        confirmed = run.replayed(confirmed)
    return confirmed, (*refuted(run.overruled), *limits_of(run.answers, run.time_budget, run.unplayed))


def _affecting_readers_first(asked: Sequence[Subject], assessment: Assessment) -> list[Subject]:
    """Order by what rows can still change: what a reader feels, then other changes, then what is called unchanged."""
    reaching = {impact.change for impact in assessment.impacts}
    return sorted(
        asked, key=lambda one: (not one.targets, reaching.isdisjoint(each.id for each in one.targets))
    )


def search_model(
    before: BoundWorld, after: HeadWorld, pairing: Pairing, assessment: Assessment, key: str, budget: Budget
) -> Answer | None:
    """Look for a witness of one model, by its key at the head; None where its SQL is the same on both sides."""
    for subject in subjects(before, after, pairing, assessment.changes, every=True):
        if subject.new == key:
            asked = question_of(before, after, subject)
            if isinstance(asked, NotPossible):
                return asked
            with Searcher() as searcher:
                return searcher.search(asked, budget)
    return None


@dataclass(slots=True)
class _SearchRun:
    """One run's searches: the answers so far, and what is left to spend."""

    before: BoundWorld
    after: HeadWorld
    limits: SearchLimits
    searcher: Searcher
    answers: dict[Subject, tuple[Answer, ...]] = field(default_factory=dict)
    found: list[tuple[Subject, Found, frozenset[str]]] = field(default_factory=list)
    overruled: list[Subject] = field(default_factory=list)
    unplayed: int = 0
    time_budget: TimeBudget = field(init=False)

    def __post_init__(self) -> None:
        self.time_budget = TimeBudget(self.limits.search_seconds, cost_clock(lambda: self.searcher.used))

    def search(self, subject: Subject, waiting: int) -> None:
        """Ask about one model, and again about the columns that the rows found do not show; so many wait, it among them."""
        asked = question_of(self.before, self.after, subject)
        if isinstance(asked, NotPossible):
            self.answers[subject] = (asked,)
            return
        budget = self.limits.model if subject.targets else self.limits.unchanged
        answers: list[Answer] = []
        columns: tuple[str, ...] = ()
        while not answers or columns:
            affordable = self.time_budget.share(budget, waiting)
            if affordable is None:
                if not answers:
                    self.time_budget.cut(subject)
                break
            answers.append(self.searcher.search(replace(asked, columns=columns), affordable))
            columns = open_columns(subject, answers)
        if answers:
            self.answers[subject] = tuple(answers)

    def marked(self, assessment: Assessment, asked: tuple[Subject, ...]) -> Assessment:
        """Put the answers on the changes; which changes each witness shows is kept for the replay."""
        changes = {change.id: change for change in assessment.changes}
        by_model = {subject.model: answers for subject, answers in self.answers.items()}
        for subject in asked:
            for answer in by_model.get(subject.model, ()):
                shown = marked(subject, answer)
                changes |= {change.id: change for change in shown}
                if isinstance(answer, Found) and shown:
                    ids = frozenset(change.id for change in shown)
                    self.found.append((subject, answer, ids))
                    subject = subject.without(ids)
        return replace(assessment, changes=tuple(changes.values()))

    def replayed(self, assessment: Assessment) -> Assessment:
        """Run each witness through the readers of its model."""
        self.time_budget.refill(self.limits.replay_seconds)
        impacts = assessment.impacts
        for subject, found, ids in self.found:
            replays = readers_of(self.after, subject.new, ids, impacts)
            number, budget = self.time_budget.of_readers(len(replays.readers), self.limits.reader)
            kept = replays.first(number)
            self.unplayed += len(replays.readers) - len(kept.readers)
            if kept.readers:
                played = self.searcher.replay(found, kept.readers, budget)
                impacts = replayed(self.after, kept, played, ids, impacts)
        return replace(assessment, impacts=impacts)


def _overruled(
    before: BoundWorld, after: HeadWorld, pairing: Pairing, assessment: Assessment, run: _SearchRun
) -> Assessment:
    """Tell the readers, too, of differences that the comparison had not seen."""
    also = {}
    for subject, answers in run.answers.items():
        extra = untold(subject, after.world.models[subject.new], assessment.changes, answers)
        if extra:
            also[subject.new] = extra
            run.overruled.append(subject)
    return assess(before, after, pairing, also) if also else assessment
