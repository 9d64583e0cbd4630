"""A plain repository whose pull request is hostile, and the servers that it would like to be told things by."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_gate.emulator.seed import SHOP, load
from contract_gate.emulator.server import Server, running
from tests.compare.impact.conftest import assess_in
from tests.e2e.project import Project

__all__ = ["assess_in"]

BASE = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "a.sql": "create view s.a as select id, amount from s.raw;\n",
    "b.sql": "create view s.b as select id, amount from s.a;\n",
}
BREAK = {"a.sql": "create view s.a as select id from s.raw;\n"}
"""The change that has to be blocked, whatever else the pull request brings."""


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository").start()


@pytest.fixture
def plain(repository: Project) -> Project:
    return repository.commit(BASE)


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    """A server that no key may reach."""
    with running(load(SHOP)) as server:
        yield server
