"""What every format tells, in words: a finding with its readers, and the sentences about the run.

Nothing is escaped here: each format does that for where it is read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from contract_gate.changes.change import Change
from contract_gate.impact import Impact, Witnessed
from contract_gate.policy import Finding, Level, Verdict, causes, hit, worst_first
from contract_gate.relation import Location
from contract_gate.report import CatalogState, CatalogStatus, Coverage, Report

_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9._:-]*(/[A-Za-z0-9._~/?=&%#:,;+-]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A consumer under a finding. `hit` is a verb; `place` is where it reads what changed."""

    impact: Impact
    hit: str
    place: str

    @property
    def link(self) -> str | None:
        """Give the page of a consumer that the catalog knows; an address from the pull request is no link."""
        url = self.impact.consumer.url
        known = self.impact.by.from_catalog
        return url if known and url and _URL.fullmatch(url) else None

    @property
    def title(self) -> str:
        """Name the consumer with its kind."""
        return f"{self.impact.consumer.kind} {self.impact.consumer.name}"

    @property
    def details(self) -> tuple[str, ...]:
        """Give what else is known: certainty, the way there, column, owners, usage, the reason."""
        impact, consumer = self.impact, self.impact.consumer
        return tuple(
            detail
            for detail in (
                impact.certainty.value,
                f"its column {impact.column}" if impact.column else "",
                f"via {' → '.join(impact.via)}" if impact.distance > 1 and impact.via else "",
                f"owned by {', '.join(consumer.owners)}" if consumer.owners else "",
                f"{consumer.usage} views" if consumer.usage is not None else "",
                "left as it is by the rows shown" if impact.witnessed is Witnessed.NOT_AFFECTED else "",
                impact.reason or "",
            )
            if detail
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A finding with its change (none where it is about the run) and its readers, worst first."""

    finding: Finding
    change: Change | None
    readers: tuple[Reader, ...]

    @property
    def headline(self) -> str:
        """Say what happened; the readers are listed apart, unless there are none to list."""
        return self.change.message if self.change and self.readers else self.finding.message

    @property
    def instead(self) -> str | None:
        """Give the way out, where there is something to get out of."""
        return None if self.finding.level is Level.NOTE else self.finding.instead


def entries(report: Report) -> tuple[Entry, ...]:
    """Join each finding with its change and readers, in the report's order."""
    by_root = {cause.root.id: cause for cause in causes(report.changes, report.impacts)}
    return tuple(
        Entry(
            finding=finding,
            change=cause.root if cause else None,
            readers=tuple(_reader(*felt) for felt in worst_first(cause)) if cause else (),
        )
        for finding in report.findings
        for cause in (by_root.get(finding.change or ""),)
    )


def place(location: Location | None) -> str:
    """Write a location as `path:line:column`, as editors and terminals open it."""
    if location is None or location.path is None:
        return ""
    return f"{location.path}:{location.line}:{location.column}"


def tally(report: Report) -> str:
    """Count the findings: `1 error, 2 warnings, 3 notes`; waived ones are counted apart."""
    counts: Mapping[str, int] = {
        level: sum(1 for finding in report.findings if finding.level is level and not finding.waiver)
        for level in Level
    }
    parts = [f"{count} {level}{'s' if count > 1 else ''}" for level, count in counts.items() if count]
    waived = sum(1 for finding in report.findings if finding.waiver)
    return ", ".join(parts + ([f"{waived} waived"] if waived else [])) or "no findings"


def verdict_sentence(report: Report) -> str:
    """Say the verdict and what it rests on."""
    match report.verdict:
        case Verdict.BLOCKED:
            return f"blocked: {tally(report)}"
        case Verdict.UNDECIDED:
            return f"undecided: {tally(report)}; what could not be decided has to be looked at by a person"
        case Verdict.PASSED:
            return f"passed: {tally(report)}"
        case _:
            assert_never(report.verdict)


def catalog_sentence(state: CatalogState) -> str:
    """Say how far the catalog answered; the four answers are four different sentences."""
    as_of = f" (as of {state.as_of})" if state.as_of else ""
    note = f": {state.note}" if state.note else ""
    match state.status:
        case CatalogStatus.ANSWERED:
            return f"{state.name} answered{as_of}{note}"
        case CatalogStatus.PARTIAL:
            return f"{state.name} answered only in part{as_of}{note}; readers may be missing"
        case CatalogStatus.UNAVAILABLE:
            return f"{state.name} did not answer{note}; who reads the changes outside of the repository is not known"
        case CatalogStatus.NOT_ASKED:
            return f"no catalog was asked{note}; only the repository's own readers are known"
        case _:
            assert_never(state.status)


def coverage_sentence(coverage: Coverage) -> str:
    """Count what changed and how much of it was understood."""
    return (
        f"{_count(coverage.files_changed, 'file')} changed, {_count(coverage.models_changed, 'model')} changed, "
        f"{coverage.models_analysed} analysed"
    )


def not_analysed(coverage: Coverage) -> tuple[tuple[str, str], ...]:
    """Give each file that was not analysed with its line, and the reason."""
    return tuple(
        (f"{entry.path}:{entry.line}" if entry.line else entry.path, entry.reason)
        for entry in coverage.not_analysed
    )


def _reader(change: Change, impact: Impact) -> Reader:
    spot = place(impact.location) or impact.consumer.path or impact.consumer.url or ""
    return Reader(impact=impact, hit=hit(change, impact), place=spot)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
