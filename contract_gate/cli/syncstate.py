"""The file in which `sync` remembers what was synced. It is written whole, after each model: a run that is killed is taken up again."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from contract_gate.core.values import dataclass, replace
from contract_gate.edge.disk import held, read_regular, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from contract_gate.app.sync.state import SyncState
    from contract_gate.app.sync.values import ExposureLink, MadeLink, SyncEntry, SyncReport
    from contract_gate.core.relation import RelationName
    from contract_gate.edge.git import Revisions

_WHAT = "the state of the last sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a range: what an interrupted one has `settled` already, and where to `note` what this one does.

    `made` is the lineage of exposures that is ours.
    """

    settled: "frozenset[RelationName]"
    note: "Callable[[Sequence[SyncEntry]], None]"
    made: "tuple[MadeLink, ...]"
    note_links: "Callable[[Sequence[ExposureLink]], None]"


class StateFile:
    """The state as it is `now`; without a `path` it is not kept."""

    def __init__(self, path: Path | None, now: "SyncState") -> None:
        self._path = path
        self.now = now

    @staticmethod
    def read(path: Path | None) -> "SyncState":
        """Read the file; before the first sync there is none. UsageError for a file that is no state."""
        from contract_gate.app.sync.state import SyncState, loads

        if path is None or not path.exists():
            return SyncState()
        return loads(read_regular(path, _WHAT), str(path))

    @staticmethod
    def lock(path: Path | None) -> "AbstractContextManager[None]":
        """Wait until no other run works with the file, and keep the others waiting."""
        if path is None:
            return nullcontext()

        def waits() -> None:
            from contract_gate.cli.connection import tell

            tell(f"another sync works with {path}: this one goes on when it has ended")

        return held(path, _WHAT, waits)

    def begin(self, revisions: "Revisions", *, everything: bool) -> Run:
        """Begin, or take up, the run of a range."""
        range_ = f"{revisions.base.id}..{revisions.head.id}{' all' if everything else ''}"

        def note(entries: "Sequence[SyncEntry]") -> None:
            self._keep(self.now.noted(range_, entries))

        def note_links(links: "Sequence[ExposureLink]") -> None:
            from contract_gate.app.sync.exposures import remembered

            self._keep(replace(self.now, made=remembered(self.now.made, links)))

        settled = self.now.settled(range_)
        return Run(settled=settled, note=note, made=self.now.made, note_links=note_links)

    def finish(self, commit: str, report: "SyncReport") -> None:
        """Remember that the range was synced, and what of it is left to do."""
        self._keep(self.now.finished(commit, report.entries))

    def _keep(self, state: "SyncState") -> None:
        self.now = state
        if self._path is not None:
            from contract_gate.app.sync.state import dumps

            write_whole(self._path, dumps(state), _WHAT)
