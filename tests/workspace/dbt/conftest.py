"""Small dbt projects in memory, read as at a revision."""

from collections.abc import Callable, Collection, Iterator, Mapping
from textwrap import dedent

import pytest

from contract_gate.workspace.dbt.project import DbtProject, Options, read_dbt

Project = Callable[..., DbtProject]

PROJECT = "name: shop\nprofile: shop\nversion: '1.0'\n"
PROFILES = """
shop:
  target: dev
  outputs:
    dev: {type: duckdb, database: lake, schema: dev}
    prod: {type: duckdb, database: lake, schema: main}
"""


class MemoryFiles:
    """Files of a revision, from a dict; a text stands for bytes, an error for a file that can't be read."""

    def __init__(self, files: Mapping[str, str | bytes | OSError]) -> None:
        self._files = files

    def paths(self) -> frozenset[str]:
        return frozenset(self._files)

    def read(self, paths: Collection[str]) -> dict[str, bytes | str]:
        found: dict[str, bytes | str] = {}
        for path in paths:
            content = self._files[path]
            if isinstance(content, OSError):
                found[path] = str(content)
            else:
                found[path] = dedent(content).lstrip("\n").encode() if isinstance(content, str) else content
        return found

    def stamps(self) -> dict[str, str]:
        return {}


@pytest.fixture
def memory_files() -> type[MemoryFiles]:
    return MemoryFiles


@pytest.fixture
def dbt_project() -> Iterator[Project]:
    """Read a project: `files` are added to a minimal one; its child process is ended after the test."""
    opened: list[DbtProject] = []

    def make(
        files: Mapping[str, str | bytes | OSError], options: Options | None = None, root: str = ""
    ) -> DbtProject:
        prefix = f"{root}/" if root else ""
        content = {f"{prefix}dbt_project.yml": PROJECT, f"{prefix}profiles.yml": PROFILES, **files}
        project = read_dbt(MemoryFiles(content), root, options)
        assert isinstance(project, DbtProject), project
        opened.append(project)
        return project

    yield make
    for project in opened:
        project.close()
