"""Which catalog a run asks: chosen before anything is known of the change, and opened when there is something to ask."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from contract_gate.cli.configuration import given_file
from contract_gate.core.coverage import CatalogState, CatalogStatus
from contract_gate.core.values import dataclass
from contract_gate.edge.config import Config
from contract_gate.edge.git import Repository, Revisions

if TYPE_CHECKING:
    from contract_gate.catalogs.catalog import Catalog
    from contract_gate.catalogs.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenCatalog:
    """A catalog that may be asked. `idle` is its state until then; `note` says whose snapshot it is."""

    idle: CatalogState
    open: "Callable[[], Catalog]"
    note: str | None = None

    @property
    def is_somebody(self) -> bool:
        """Tell whether there is somebody to ask: of nobody the state says why."""
        return self.idle.note is None


def catalog_of_change(
    repository: Repository, revisions: Revisions, config: Config, snapshot: Path | None, offline: bool
) -> ChosenCatalog:
    """Choose the catalog for a change: never a snapshot that the change itself brings."""
    if offline:
        return _nobody("the run is offline")
    chosen = snapshot or (repository.root / config.snapshot if config.snapshot else None)
    if chosen is None:
        return chosen_catalog(config)
    # A snapshot that is configured is for runs in which the catalog can't be asked.
    if snapshot is None and ((live := chosen_catalog(config)).is_somebody or config.catalog == "none"):
        return live
    from contract_gate.catalogs.snapshot import HINT, loads

    given = given_file(repository, revisions, chosen, "the snapshot", HINT)
    if given.is_proposed:
        return _nobody(f"not used: {given.note}", "snapshot", CatalogStatus.UNAVAILABLE)
    read = loads(given.content, str(snapshot or config.snapshot))
    return chosen_catalog(config, read, given.note)


def chosen_catalog(
    config: Config, snapshot: "Snapshot | None" = None, note: str | None = None
) -> ChosenCatalog:
    """Choose the snapshot where there is one, else Secoda where there is a key, else none."""
    if snapshot is not None:
        from contract_gate.catalogs.snapshot import SnapshotCatalog

        catalog = SnapshotCatalog(snapshot, config.snapshot_max_age)
        return ChosenCatalog(idle=catalog.state(), open=lambda: catalog, note=note)
    if config.catalog == "none":
        return _nobody("the configuration says catalog = none")
    from contract_gate.cli.secoda import UnvouchedError, secoda_settings

    try:
        settings = secoda_settings(config)
    except UnvouchedError as error:
        return _nobody(f"{error.message} ({error.hint})", config.catalog, CatalogStatus.UNAVAILABLE)
    if settings is None:
        return _nobody("no key and no snapshot were given")

    def opened() -> "Catalog":
        from contract_gate.catalogs.secoda.downstream import SecodaCatalog

        return SecodaCatalog(settings)

    return ChosenCatalog(idle=CatalogState(name="secoda", status=CatalogStatus.NOT_ASKED), open=opened)


def _nobody(
    reason: str, name: str = "none", status: CatalogStatus = CatalogStatus.NOT_ASKED
) -> ChosenCatalog:
    def opened() -> "Catalog":
        from contract_gate.catalogs.catalog import NoCatalog

        return NoCatalog(reason, name, status)

    return ChosenCatalog(idle=CatalogState(name=name, status=status, note=reason), open=opened)
