"""One file takes its own time and no more: what has no end is told, and the others are read."""

import pytest

from contract_gate.core.deadline import OutOfTimeError, within
from contract_gate.workspace.readers import project
from contract_gate.workspace.readers.kinds import KINDS
from contract_gate.workspace.readers.project import ReaderFiles, SharedReading
from tests.memory import MemoryFiles

QUERY = "select amount from shop.orders"
FILES = {
    "a.ts": f"run('{QUERY}')",
    "a.sh": f"psql -c '{QUERY}'",
    "a.R": f"dbGetQuery(db, '{QUERY}')",
    "a.py": f"db.execute('{QUERY}')",
}


def _readers() -> ReaderFiles:
    return ReaderFiles(MemoryFiles(FILES), FILES, KINDS, (), "postgres", SharedReading(), tuple)


@pytest.mark.parametrize("path", FILES)
def test_a_file_that_takes_too_long(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told with the reason; one that takes less is not."""
    quick = _readers()
    quick.open([path])
    assert not quick.problems
    monkeypatch.setattr(project, "READER_SECONDS", -1)
    late = _readers()
    late.open(FILES)
    assert late.problems[path] == "it was not read within -1 seconds"


def test_the_time_of_the_run() -> None:
    """Where that is over no file is blamed for it."""
    readers = _readers()
    readers.open([])
    with within(-1, "the run's time is over"), pytest.raises(OutOfTimeError):
        readers.touched(["a.ts"])
