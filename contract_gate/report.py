"""The report: what one run of `check` found, before any format renders it."""

from dataclasses import dataclass
from enum import StrEnum

from contract_gate.changes.change import Change
from contract_gate.impact import Impact
from contract_gate.policy import Finding, Verdict


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run of `check`. `base` and `head` are commit SHAs, or `index` / `working-tree`."""

    verdict: Verdict
    base: str
    head: str
    catalog: CatalogState
    coverage: Coverage
    changes: tuple[Change, ...]
    impacts: tuple[Impact, ...]
    findings: tuple[Finding, ...]
