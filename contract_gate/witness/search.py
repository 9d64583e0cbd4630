"""Ask for a witness: the functions that the rest of the program calls. The search runs in a child process."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from types import TracebackType

from contract_gate.witness.process import Child
from contract_gate.witness.question import (
    Answer,
    Budget,
    Found,
    NotPossible,
    Reader,
    Replayed,
    RowQuestion,
    WitnessEffect,
)
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.wire import pack, unpack, unpack_answer

_GRACE = 1.0
"""Seconds on the wall for what a search does beside its trials."""
_NO_DUCKDB = "DuckDB is not installed (pip install 'contract-gate[witness]')"


class Searcher:
    """One searching process for many questions; use it in a `with` block. Costs nothing until it is asked."""

    def __init__(self) -> None:
        self._child = Child()

    def __enter__(self) -> "Searcher":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.__exit__(kind, error, trace)

    @property
    def used(self) -> float:
        """Give the seconds of the processor that its answers cost so far."""
        return self._child.used

    def search(self, question: RowQuestion, budget: Budget) -> Answer:
        """Look for rows that the two statements treat differently. Never raises for what the SQL holds."""
        reason = missing()
        if reason is not None:
            return NotPossible(reason=reason)
        request = {"ask": "search", "question": pack(question), "budget": pack(budget)}
        try:
            return unpack_answer(self._child.ask(request, budget.seconds * 2 + _GRACE), question)
        except (Refusal, ValueError) as error:
            return NotPossible(reason=_why(error))

    def replay(self, found: Found, readers: tuple[Reader, ...], budget: Budget) -> tuple[Replayed, ...]:
        """Push a witness through consumers; see `replay`. The budget is a reader's."""
        request = {
            "ask": "replay",
            "question": pack(found.question),
            "found": pack(found),
            "readers": pack(readers),
            "budget": pack(budget),
        }
        try:
            answer = self._child.ask(request, (budget.seconds * 2 + _GRACE) * max(len(readers), 1))
            if "replayed" not in answer:
                raise Refusal(str(answer.get("reason", "the searching process gave no answer")))
            return tuple(unpack(Replayed, wire) for wire in answer["replayed"])
        except (Refusal, ValueError) as error:
            return tuple(
                Replayed(name=r.name, reach=WitnessEffect.NOT_RUNNABLE, reason=_why(error)) for r in readers
            )


def missing() -> str | None:
    """Say what is missing for a search on this machine, None where nothing is."""
    return _NO_DUCKDB if find_spec("duckdb") is None else None


def search(question: RowQuestion, budget: Budget | None = None) -> Answer:
    """Look for rows that the two statements treat differently. Never raises for what the SQL holds."""
    return next(search_all([question], budget))


def search_all(questions: Iterable[RowQuestion], budget: Budget | None = None) -> Iterator[Answer]:
    """Answer each question in turn, each within the budget; cheaper than one by one: one process for all."""
    with Searcher() as searcher:
        for question in questions:
            yield searcher.search(question, budget or Budget())


def replay(found: Found, readers: tuple[Reader, ...], budget: Budget | None = None) -> tuple[Replayed, ...]:
    """Push a witness through consumers, nearest first: a reader of a reader sees what the first one makes.

    Rows of tables that the witness doesn't have are generated, within the budget a reader.
    """
    with Searcher() as searcher:
        return searcher.replay(found, readers, budget or Budget(seconds=2.0, trials=120))


def _why(error: Refusal | ValueError) -> str:
    return error.reason if isinstance(error, Refusal) else "the answer could not be read"
