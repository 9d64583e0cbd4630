from collections.abc import Callable, Mapping

import pytest

from contract_gate.compare.bound import BoundModel, BoundWorld
from contract_gate.sql.algebra import Shape
from contract_gate.sql.stack import deep_stack
from contract_gate.workspace.repository import RepositoryWorld
from tests.memory import MemoryFiles


class Bench:
    """Binds one project's models and tells what a reader of the tests asks: columns, uses, problems."""

    def __init__(self, project) -> None:
        self.project = project
        self._world = BoundWorld(RepositoryWorld("test", (project,), {}))

    def key(self, name: str) -> str:
        found = [key for key, model in self.project.models.items() if model.name == name]
        assert len(found) == 1, f"{name}: {found} of {sorted(self.project.models)}"
        return found[0]

    def bound(self, name: str) -> BoundModel:
        return deep_stack(lambda: self._world.bound(self.key(name)))

    def shape(self, name: str) -> Shape | None:
        return deep_stack(lambda: self._world.shape(self.key(name)))

    def columns(self, name: str) -> list[str]:
        shape = self.shape(name)
        assert shape is not None
        return [column.name for column in shape.columns]

    def uses(self, name: str) -> set[str]:
        return {self.project.models[key].name for key in self.bound(name).uses}

    def problems(self, name: str) -> list[str]:
        return [problem.message for problem in self.bound(name).problems]


@pytest.fixture
def memory() -> Callable[[Mapping[str, str | bytes]], MemoryFiles]:
    return MemoryFiles


@pytest.fixture
def bench() -> Callable[..., Bench]:
    return Bench
