"""Two small worlds of plain SQL, from texts."""

from collections.abc import Callable, Mapping

import pytest

from contract_gate.app.gate import compare
from contract_gate.compare.impact.assess import Assessment
from contract_gate.edge.git import ChangedFile, FileStatus
from contract_gate.workspace.repository import Reading, RepositoryWorld, read_repository
from tests.memory import MemoryFiles

Assess = Callable[[Mapping[str, str], Mapping[str, str]], Assessment]
AssessIn = Callable[[str | None, Mapping[str, str], Mapping[str, str]], Assessment]


def world(texts: Mapping[str, str], name: str, dialect: str | None = "postgres") -> RepositoryWorld:
    return read_repository(MemoryFiles(texts), name, Reading(dialect=dialect))


@pytest.fixture
def assess(assess_in: AssessIn) -> Assess:
    """Compare two sets of files as the gate does, in PostgreSQL."""
    return lambda base, head: assess_in("postgres", base, head)


@pytest.fixture
def assess_project(assess_in: AssessIn) -> Assess:
    """Compare two sets of files as the gate does, in the dialect that their project says."""
    return lambda base, head: assess_in(None, base, head)


@pytest.fixture
def assess_in() -> AssessIn:
    """Compare two sets of files as the gate does, in a dialect."""

    def run(dialect: str | None, base: Mapping[str, str], head: Mapping[str, str]) -> Assessment:
        paths = {path for path in {*base, *head} if base.get(path) != head.get(path)}
        changed = [ChangedFile(path=path, status=FileStatus.MODIFIED, old_path=path) for path in paths]
        with world(base, "base", dialect) as before, world(head, "head", dialect) as after:
            return compare(before, after, changed)[0]

    return run
