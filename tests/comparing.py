"""Two sets of files, compared as the gate does, without git and without a catalog."""

from collections.abc import Mapping
from dataclasses import replace

from contract_gate.app.gate import compare
from contract_gate.compare.impact.assess import Assessment
from contract_gate.core.coverage import Coverage
from contract_gate.edge.git import ChangedFile, FileStatus
from contract_gate.workspace.reading import Reading, read_repository
from tests.memory import MemoryFiles


def assessed(base: Mapping[str, str], head: Mapping[str, str], dialect: str | None) -> Assessment:
    """Compare them in this dialect; in the one that their project says where it is None."""
    return covered(base, head, dialect)[0]


def covered(
    base: Mapping[str, str], head: Mapping[str, str], dialect: str | None
) -> tuple[Assessment, Coverage]:
    """Give what could not be decided too."""
    paths = {path for path in {*base, *head} if base.get(path) != head.get(path)}
    changed = [ChangedFile(path=path, status=FileStatus.MODIFIED, old_path=path) for path in paths]
    reading = Reading(dialect=dialect)
    with (
        read_repository(MemoryFiles(base), "base", reading) as before,
        read_repository(MemoryFiles(head), "head", replace(reading, base=before.read_as)) as after,
    ):
        return compare(before, after, changed)
