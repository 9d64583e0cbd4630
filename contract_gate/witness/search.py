"""Ask for a witness: the functions that the rest of the program calls. The search runs in a child process."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec

from contract_gate.witness.process import Child
from contract_gate.witness.question import (
    Answer,
    Budget,
    Found,
    NotPossible,
    Question,
    Reach,
    Reader,
    Replayed,
)
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.wire import (
    pack_budget,
    pack_found,
    pack_question,
    pack_reader,
    unpack_answer,
    unpack_replayed,
)

_NO_DUCKDB = "DuckDB is not installed (pip install 'contract-gate[witness]')"


def search(question: Question, budget: Budget | None = None) -> Answer:
    """Look for rows that the two statements treat differently. Never raises for what the SQL holds."""
    return next(search_all([question], budget))


def search_all(questions: Iterable[Question], budget: Budget | None = None) -> Iterator[Answer]:
    """Answer each question in turn, each within the budget; cheaper than one by one: one process for all."""
    budget = budget or Budget()
    if find_spec("duckdb") is None:
        yield from (NotPossible(reason=_NO_DUCKDB) for _ in questions)
        return
    with Child() as child:
        for question in questions:
            yield _ask(child, question, budget)


def replay(found: Found, readers: tuple[Reader, ...], budget: Budget | None = None) -> tuple[Replayed, ...]:
    """Push a witness through consumers, nearest first: a reader of a reader sees what the first one makes.

    Rows of tables that the witness doesn't have are generated, within the budget a reader.
    """
    budget = budget or Budget(seconds=2.0, trials=120)
    request = {
        "ask": "replay",
        "question": pack_question(found.question),
        "found": pack_found(found),
        "readers": [pack_reader(reader) for reader in readers],
        "budget": pack_budget(budget),
    }
    try:
        with Child() as child:
            answer = child.ask(request, (budget.seconds + 1) * max(len(readers), 1))
        if "replayed" not in answer:
            raise Refusal(str(answer.get("reason", "the searching process gave no answer")))
        return tuple(unpack_replayed(wire) for wire in answer["replayed"])
    except Refusal as refusal:
        return tuple(Replayed(name=r.name, reach=Reach.NOT_RUNNABLE, reason=refusal.reason) for r in readers)


def _ask(child: Child, question: Question, budget: Budget) -> Answer:
    request = {"ask": "search", "question": pack_question(question), "budget": pack_budget(budget)}
    try:
        return unpack_answer(child.ask(request, budget.seconds * 2 + 3), question)
    except (Refusal, ValueError, KeyError, TypeError) as error:
        return NotPossible(
            reason=error.reason if isinstance(error, Refusal) else "the answer could not be read"
        )
