"""What is known of a dbt project that is not opened: its models by name, and which names its texts may reach.

An earlier run that had opened the same project kept it, under a key of all that the project hangs on: what decides that
base and head are alike (`settled`) decides this too.
"""

import json
import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence

from contract_gate.core.facts import read, written
from contract_gate.core.models import Models, Outline, Unmade
from contract_gate.core.paths import ending_of
from contract_gate.core.relation import RelationName
from contract_gate.core.remembering import digest
from contract_gate.core.values import dataclass, fields
from contract_gate.core.world import Model, ModelKind
from contract_gate.workspace.dbt.collect import IGNORE_FILE, READ
from contract_gate.workspace.dbt.packages import Packages
from contract_gate.workspace.dbt.reach import Reach
from contract_gate.workspace.dbt.reading import TextReader
from contract_gate.workspace.dbt.settled import Settled
from contract_gate.workspace.dbt.setup import Options

_APART = ("places", "replies", "elders", "edited")
"""Options that are no part of a key: a project with the first has none, what the elders decide is among the packages."""
_Row = tuple[str, str, str, str, str, list[str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineFacts:
    """What is asked of a project that nothing touches, beside its models. `named` is that of `Settled`, `unread` the files that could
    not be read, each with why."""

    named: frozenset[str]
    reach: Reach
    left_out: Mapping[str, str]
    problems: Mapping[str, str]
    unread: Mapping[str, str]


class Unopened:
    """A model of a project that is not opened; see `contract_gate.core.models.Unmade`."""

    __slots__ = ("_make", "dialect", "key", "kind", "name", "path", "relation")

    def __init__(self, row: _Row, make: Callable[[str], Model]) -> None:
        self.key, kind, self.name, self.path, self.dialect, parts = row
        self.kind, self._make = ModelKind(kind), make
        self.relation = None if parts is None else RelationName(tuple(parts))

    def made(self) -> Model:
        """Open the project for it."""
        return self._make(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOutline:
    """The models of a project, each as far as it is known, and what else is told of it."""

    models: Models
    told: OutlineFacts
    by_name: Mapping[str, Sequence[Outline]]

    def may_name(self, keys: Collection[str]) -> bool:
        """Tell whether a text of the project may name one of these keys."""
        return any(key in self.models for key in keys) or self.told.reach.may_name(keys)

    def may_be(self, name: RelationName) -> bool:
        """Tell whether a name means a relation of the project."""
        return self._has(name, lambda kind: kind is not ModelKind.FUNCTION)

    def may_make(self, name: RelationName) -> bool:
        """Tell whether a name means what the project makes."""
        return self._has(name, lambda kind: kind not in (ModelKind.FUNCTION, ModelKind.SOURCE))

    def may_be_called(self, name: RelationName) -> bool:
        """Tell whether a name calls a function of the project."""
        return self._has(name, lambda kind: kind is ModelKind.FUNCTION)

    def _has(self, name: RelationName, is_one: Callable[[ModelKind], bool]) -> bool:
        alike = self.by_name.get(name.name, ())
        return any(
            one.relation is not None and one.relation.matches(name) and is_one(one.kind) for one in alike
        )


def outline_key(packages: Packages, target: object, options: Options, stamps: Mapping[str, str]) -> bytes:
    """Name all that a project hangs on: `stamps` of what says how it is read, and of the files that it may read."""
    given = [(each.name, getattr(options, each.name)) for each in fields(options) if each.name not in _APART]
    parts = (repr((packages, target, given)), *(f"{path} {stamp}" for path, stamp in stamps.items()))
    return digest(b"outline", *(part.encode("utf-8", "surrogatepass") for part in parts))


def read_paths(packages: Packages, files: TextReader) -> set[str]:
    """Give the files that a project's models may come from."""
    folders = {folder for package in packages.all for each in package.folders.values() for folder in each}
    found = {path for folder in folders for path in files.under(folder) if ending_of(path) in READ}
    return found | {posixpath.join(package.root, IGNORE_FILE) for package in packages.all}


def written_outline(settled: Settled, reach: Reach, named: frozenset[str]) -> bytes:
    """Write the outline of a project that is open."""
    found, assembly = settled.found, settled.assembly
    told = OutlineFacts(
        named=named, reach=reach, left_out=found.left_out,
        problems={**found.problems, **assembly.problems}, unread={**settled.setup.problems, **settled.files.problems},
    )  # fmt: skip
    rows = [
        (one.key, one.kind, one.name, one.path, one.dialect, one.relation.parts if one.relation else None)
        for one in assembly.models.outlines()
    ]
    return json.dumps([written(told), rows], separators=(",", ":")).encode("ascii")


def read_outline(fact: bytes, make: Callable[[str], Model]) -> ProjectOutline:
    """Read an outline; `make` opens the project and gives a model."""
    told, rows = json.loads(fact)
    slots: dict[str, Model | Unmade] = {row[0]: Unopened(row, make) for row in rows}
    by_name: dict[str, list[Outline]] = {}
    for one in slots.values():
        if one.relation is not None:
            by_name.setdefault(one.relation.name, []).append(one)
    return ProjectOutline(models=Models(slots), told=read(OutlineFacts, told), by_name=by_name)
