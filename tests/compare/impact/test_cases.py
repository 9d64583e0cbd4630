"""Cases of what a reader `r` feels when what it reads changes: `cases/*.toml`, one kind a file.

`tables` (or the file's own) are there before and after, `before` and `after` make what changes, `reader` makes `r`; without
it they make `r` themselves. `effect` is the worst that `r` feels, `silent` where it feels nothing. What engines in
reach say of it is asked of them: DuckDB and SQLite run the base, and refuse the head exactly where `r` breaks.
"""

import sqlite3
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from contract_gate.compare.changes.change import Certainty
from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import AssessIn

FOLDER = Path(__file__).parent / "cases"
EFFECTS = {*Effect, "silent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One change and one reader. `truth` is `read` where an engine in reach is not the judge; `note` says who is."""

    name: str
    dialect: str
    tables: str
    before: str
    after: str
    reader: str
    effect: str
    certainty: str
    truth: str
    note: str

    def files(self, changing: str) -> dict[str, str]:
        files = {"raw.sql": self.tables, "up.sql": changing, "reader.sql": self.reader}
        return {path: text for path, text in files.items() if text}


def _load() -> Iterator[Case]:
    for file in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        shared = {"tables": data.get("tables", ""), "dialect": data.get("dialect", "duckdb"), "reader": ""}
        shared |= {"certainty": "", "truth": "run", "note": ""}
        for raw in data["case"]:
            name = f"{file.stem}/{raw.pop('id')}"
            case = Case(name=name, **{**shared, **raw})
            assert case.effect in EFFECTS, name
            yield case


CASES = tuple(_load())
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_what_the_reader_feels(case: Case, assess_in: AssessIn) -> None:
    """The reader breaks where it can't run, changes where it gives something else, and is left in peace otherwise."""
    found = assess_in(case.dialect, case.files(case.before), case.files(case.after))
    felt = [i for i in found.impacts if i.consumer.name == "r"]
    worst = min((i.effect for i in felt), key=lambda effect: effect.rank, default="silent")
    assert worst == case.effect, [(i.effect, i.reason) for i in felt] or found.changes
    if worst is Effect.BREAKS:
        wanted = Certainty(case.certainty or "proven")
        assert wanted in {i.certainty for i in felt if i.effect is Effect.BREAKS}


ENGINES = {"duckdb", "sqlite"}


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.dialect in ENGINES and case.truth == "run"],
    ids=lambda case: case.name,
)
def test_the_engine_agrees(case: Case) -> None:
    """The engine runs the base, and what it refuses at the head is exactly what is told as broken."""
    assert _refusal(case, case.before) is None
    refused = _refusal(case, case.after)
    assert (refused is not None) == (case.effect == Effect.BREAKS), refused


def _refusal(case: Case, changing: str) -> str | None:
    script = ";\n".join((case.tables, changing, case.reader, "select * from r"))
    if case.dialect == "sqlite":
        with sqlite3.connect(":memory:") as lite:
            try:
                lite.executescript(script)
            except sqlite3.Error as error:
                return str(error)
        return None
    with duckdb.connect() as duck:
        try:
            duck.execute(script)
        except duckdb.Error as error:
            return str(error)
    return None
