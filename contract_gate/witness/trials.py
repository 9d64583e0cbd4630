"""The search itself: prepare both sides, try tidy rows first, then any that the declared rules allow.

When only untidy rows show the difference, the rules nobody declares are put back one by one: those that can't be
are what the witness assumes.
"""

import time
from collections.abc import Callable
from contextlib import closing
from random import Random

from contract_gate.sql.families import IGNORES_CASE
from contract_gate.witness.database import Database
from contract_gate.witness.display import shown_witness
from contract_gate.witness.preparation import Prepared, prepare, same_text
from contract_gate.witness.question import Answer, Budget, Found, NoDifference, NotPossible, RowQuestion
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.rows import Maker
from contract_gate.witness.rules import Rows, Rule, broken, declared, expected
from contract_gate.witness.shrinking import shrink

_TIDY_FIRST = 24
_TRIALS_A_RULE = 40
_KEPT = 24
_FEWEST = 20


def find_rows(question: RowQuestion, budget: Budget) -> Answer:
    """Search for rows that differ; always an answer, never an exception for what the SQL holds."""
    started = time.monotonic()
    try:
        with closing(Database(budget.memory_mb, ignores_case=question.dialect in IGNORES_CASE)) as database:
            return _find_rows(question, budget, started, database)
    except Refusal as refusal:
        return NotPossible(reason=refusal.reason)


def _find_rows(question: RowQuestion, budget: Budget, started: float, database: Database) -> Answer:
    if same_text(question):
        return NoDifference(trials=0, seconds=0.0, notes=("both sides are the same statement",))
    ready = prepare(question, database)
    search = Search(ready, clock(budget.seconds, started))
    rules = declared(ready.bound, ready.dialect)
    tidy = (*rules, *expected(ready.bound, rules))
    rows, held = search.alternate(tidy, rules, budget.trials)
    if rows is None:
        return _nothing(ready, budget.trials, time.monotonic() - started)
    rows = search.shrunk(rows, held)
    if held is not tidy:
        rows = search.tidied(rows, tidy)
    return _found(question, ready, rows, broken(tidy, rows, ready.columns), time.monotonic() - started)


def clock(seconds: float, started: float) -> Callable[[], bool]:
    """Tell whether there is time: `seconds` of the processor, and no more than twice that on the wall.

    A machine that does much else gets as far as an idle one, if later. `started` is what `time.monotonic` gave.
    """
    used = time.process_time()
    return lambda: time.process_time() - used < seconds and time.monotonic() - started < 2 * seconds


class Search:
    """Trials over one prepared question, within one budget."""

    def __init__(self, ready: Prepared, in_time: Callable[[], bool]) -> None:
        self.ready = ready
        self.in_time = in_time
        self.maker = Maker(ready.columns, ready.types, ready.candidates, Random(ready.seed))  # noqa: S311 - repeatable
        self.interesting: list[Rows] = []

    def alternate(
        self, tidy: tuple[Rule, ...], rules: tuple[Rule, ...], trials: int
    ) -> tuple[Rows | None, tuple[Rule, ...]]:
        """Try tidy rows first, then tidy and untidy in turn; give the first that differ and their rules."""
        for number in range(trials):
            held = tidy if number < _TIDY_FIRST or number % 3 == 0 else rules
            rows = self.once(held)
            if rows is not None:
                return rows, held
            if not self.in_time():
                break
        return None, rules

    def once(self, rules: tuple[Rule, ...]) -> Rows | None:
        """Make one trial under the rules; give the rows when their difference is confirmed."""
        maker = self.maker
        if self.interesting and maker.random.random() < 0.45:
            rows = maker.vary(maker.random.choice(self.interesting), rules)
            if broken(rules, rows, maker.columns):
                rows = maker.make(rules)
        else:
            rows = maker.make(rules)
        difference, productive = self.ready.experiment.attempt(rows)
        if difference and self.ready.experiment.confirm(rows):
            return rows
        if productive and sum(len(held) for held in rows.values()) < 40:
            self.interesting.append(rows)
            del self.interesting[: len(self.interesting) - _KEPT]
        return None

    def shrunk(self, rows: Rows, rules: tuple[Rule, ...]) -> Rows:
        ready = self.ready
        return shrink(ready.experiment, rows, rules, ready.columns, ready.candidates, self.in_time)

    def tidied(self, rows: Rows, tidy: tuple[Rule, ...]) -> Rows:
        """Put undeclared rules back, the most surprising break first, while a difference can still be found."""
        allowed = set(broken(tidy, rows, self.ready.columns))
        for rule in sorted(allowed, key=lambda r: (-r.surprise, str(r))):
            held = tuple(r for r in tidy if r not in allowed or r == rule)
            tidier = self._under(held, rows)
            if tidier is not None:
                rows = self.shrunk(tidier, held)
                allowed = set(broken(tidy, rows, self.ready.columns))
        return rows

    def _under(self, rules: tuple[Rule, ...], start: Rows) -> Rows | None:
        if not broken(rules, start, self.ready.columns):
            return start
        for _ in range(_TRIALS_A_RULE):
            rows = self.once(rules)
            if rows is not None:
                return rows
            if not self.in_time():
                return None
        return None


def _nothing(ready: Prepared, trials: int, seconds: float) -> Answer:
    counts = ready.experiment.counts
    if counts.failed == counts.trials:
        return NotPossible(reason=f"it fails on every generated row: {counts.failure}")
    if not counts.productive:
        return NotPossible(reason=f"neither side gave a row in {counts.trials} trials")
    if counts.trials < min(_FEWEST, trials):
        return NotPossible(reason=f"only {counts.trials} trials fitted into {seconds:.1f} s")
    notes = list(dict.fromkeys((*ready.bound.notes, *ready.assumes, *ready.limits)))
    if counts.failed:
        notes.append(f"{counts.failed} of the trials failed: {counts.failure}")
    return NoDifference(
        trials=counts.trials, seconds=seconds, columns=ready.experiment.shared.names, notes=tuple(notes)
    )


def _found(
    question: RowQuestion, ready: Prepared, rows: Rows, assumed: tuple[Rule, ...], seconds: float
) -> Found:
    difference = ready.experiment.confirm(rows)
    results, assumes = ready.experiment.run(rows), (*ready.assumes, *map(str, assumed))
    return Found(
        question=question,
        witness=shown_witness(rows, ready.inputs, results, ready.outputs, assumes),
        columns=difference.columns,
        rows_differ=difference.rows_differ,
        before_sql=ready.sqls[0],
        after_sql=ready.sqls[1],
        inputs=ready.inputs,
        outputs=ready.outputs,
        relations=tuple((table.local, table.relation) for table in ready.bound.tables.values()),
        trials=ready.experiment.counts.trials,
        seconds=seconds,
        notes=tuple(dict.fromkeys(ready.bound.notes)),
    )
