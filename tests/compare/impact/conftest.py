"""Two small worlds of plain SQL, from texts."""

from collections.abc import Callable, Mapping

import pytest

from contract_gate.compare.impact.assess import Assessment
from contract_gate.workspace.reading import Reading, read_repository
from contract_gate.workspace.repository import RepositoryWorld
from tests.comparing import assessed
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

    return lambda dialect, base, head: assessed(base, head, dialect)
