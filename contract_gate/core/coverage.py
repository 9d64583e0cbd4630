"""What a run could see: how much of the change was understood, and how far the catalog answered.

Values only. `report` shows them, `policy` weighs them; not knowing is a value here, never an empty list.
"""

from enum import StrEnum
from typing import assert_never

from contract_gate.core.values import dataclass


class CatalogStatus(StrEnum):
    ANSWERED = "answered"
    PARTIAL = "partial"
    UNAVAILABLE = "unavailable"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What the catalog holds of a relation's lineage that is not what its SQL says, in a sentence without the relation."""

    relation: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogState:
    """Which catalog was asked and how far it answered. `as_of` is an ISO 8601 time in UTC.

    `unanswered` are the relations that it said nothing or only a part about, `hint` what to do about it. `drift` is where its
    lineage is another than the SQL's; `limits` are what could not be compared.
    """

    name: str
    status: CatalogStatus
    as_of: str | None = None
    note: str | None = None
    not_in_catalog: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    hint: str | None = None
    drift: tuple[Drift, ...] = ()
    limits: tuple[str, ...] = ()

    def is_silent_about(self, relation: str) -> bool:
        """Tell whether it was asked about the relation and may know of readers that it did not name."""
        match self.status:
            case CatalogStatus.UNAVAILABLE:
                return True
            case CatalogStatus.PARTIAL:
                return not self.unanswered or relation in self.unanswered
            case CatalogStatus.ANSWERED | CatalogStatus.NOT_ASKED:
                return False
            case _:
                assert_never(self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnalysed:
    """A file whose meaning is not known, and why. `line` is in that file."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupChange:
    """What a change does to the gate itself, and by which file: it is judged by the base's setup, later ones are not."""

    path: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedFiles:
    """How far the files of a kind were searched for readers: how many there are, how many name what changed and were read."""

    kind: str
    files: int
    read: int
    not_read: tuple[NotAnalysed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of what changed was understood. `notes` are limits that a reader should know of.

    `how` says what is compared, and `aside` are the notes that nothing which changed has to do with: both are among the notes.
    `searched`: the files of other kinds that readers were looked for in; none where nothing that changed can have readers.

    `cut_short` says that the run's time was over before everything was looked at.
    """

    files_changed: int
    models_changed: int
    models_analysed: int
    not_analysed: tuple[NotAnalysed, ...] = ()
    notes: tuple[str, ...] = ()
    how: str = ""
    aside: tuple[str, ...] = ()
    setup: tuple[SetupChange, ...] = ()
    cut_short: str | None = None
    searched: tuple[SearchedFiles, ...] = ()
