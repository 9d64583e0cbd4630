"""What a run could see: how much of the change was understood, and how far the catalog answered.

Values only. `report` shows them, `policy` weighs them; not knowing is a value here, never an empty list.
"""

from dataclasses import dataclass
from enum import StrEnum


class CatalogStatus(StrEnum):
    ANSWERED = "answered"
    PARTIAL = "partial"
    UNAVAILABLE = "unavailable"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogState:
    """Which catalog was asked and how far it answered. `as_of` is an ISO 8601 time in UTC."""

    name: str
    status: CatalogStatus
    as_of: str | None = None
    note: str | None = None
    not_in_catalog: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnalysed:
    """A file whose meaning is not known, and why. `line` is in that file."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of what changed was understood. `notes` are limits that a reader should know of."""

    files_changed: int
    models_changed: int
    models_analysed: int
    not_analysed: tuple[NotAnalysed, ...] = ()
    notes: tuple[str, ...] = ()
