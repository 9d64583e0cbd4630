"""Repositories to run the command line in."""

from pathlib import Path

import pytest

from tests.e2e.project import DBT, PLAIN, Project


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository").start().commit(PLAIN)


@pytest.fixture
def dbt(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository").start().commit(DBT)


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository").start()
