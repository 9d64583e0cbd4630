"""Two small worlds of plain SQL, compared as the gate does with a search for witnesses."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from contract_gate.app.comparison import bind
from contract_gate.app.confirmation import SearchLimits, confirm
from contract_gate.compare.bound import BoundWorld
from contract_gate.compare.changes.change import Change, Kind
from contract_gate.compare.changes.head import HeadWorld
from contract_gate.compare.changes.relations import Pairing
from contract_gate.compare.impact import Impact
from contract_gate.compare.impact.assess import Assessment, assess
from contract_gate.edge.git import ChangedFile, FileStatus
from contract_gate.workspace.reading import Reading, read_repository
from tests.memory import MemoryFiles

Files = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What a run told."""

    assessment: Assessment
    notes: tuple[str, ...]

    def change(self, kind: Kind, name: str | None = None) -> Change:
        """Give the one change of this kind (of the relation of this name)."""
        found = [
            change
            for change in self.assessment.changes
            if change.kind is kind and (name is None or (change.relation and change.relation.name == name))
        ]
        assert len(found) == 1, self.assessment.changes
        return found[0]

    def impact(self, name: str) -> Impact:
        """Give the one impact on the consumer of this name."""
        found = [impact for impact in self.assessment.impacts if impact.consumer.name.endswith(name)]
        assert len(found) == 1, self.assessment.impacts
        return found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worlds:
    """Both sides, bound and compared, before any search."""

    before: BoundWorld
    after: HeadWorld
    pairing: Pairing

    def confirm(self, limits: SearchLimits | None = None) -> Confirmed:
        """Search, and run what was found through the readers."""
        plain = assess(self.before, self.after, self.pairing)
        assessment, notes = confirm(self.before, self.after, self.pairing, plain, limits)
        return Confirmed(assessment=assessment, notes=notes)


Build = Callable[[Files, Files], Worlds]


@pytest.fixture
def build() -> Iterator[Build]:
    """Make both worlds from texts: path → SQL."""
    with ExitStack() as stack:

        def make(base: Files, head: Files) -> Worlds:
            paths = {path for path in {*base, *head} if base.get(path) != head.get(path)}
            changed = [ChangedFile(path=path, status=FileStatus.MODIFIED, old_path=path) for path in paths]
            reading = Reading(dialect="postgres")
            one = stack.enter_context(read_repository(MemoryFiles(base), "base", reading))
            other = stack.enter_context(read_repository(MemoryFiles(head), "head", reading))
            before, after, pairing = bind(one, other, changed)
            return Worlds(before=before, after=after, pairing=pairing)

        yield make
