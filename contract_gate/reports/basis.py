"""What a verdict rests on, in sentences that every format tells: the catalog, the coverage, the limits, what is compared.

Nothing is escaped here: each format does that for where it is read.
"""

import re
from typing import TYPE_CHECKING, assert_never

from contract_gate.core.coverage import CatalogState, CatalogStatus, Coverage

if TYPE_CHECKING:
    from contract_gate.reports.report import Report

UNTOUCHED = "no model changed"
NO_FINDINGS = "no findings"
_SHA = re.compile(r"\b([0-9a-f]{10})[0-9a-f]{30}\b")


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
        f"{count(coverage.files_changed, 'file')} changed, {count(coverage.models_changed, 'model')} changed, "
        f"{coverage.models_analysed} analysed"
    )


def rests_on(report: "Report") -> tuple[tuple[str, str], ...]:
    """Give what the verdict rests on, as labels and sentences."""
    coverage = report.coverage
    return (
        ("catalog", catalog_sentence(report.catalog)),
        *(("not in the catalog", name) for name in report.catalog.not_in_catalog),
        ("compared", compared(report)),
        ("coverage", coverage_sentence(coverage)),
        *(("not analysed", f"{spot}: {reason}") for spot, reason in not_analysed(coverage)),
        *(("limits", note) for note in limits(coverage)),
    )


def limits(coverage: Coverage, *, all_of_them: bool = False) -> tuple[str, ...]:
    """Give each limit that touches what changed once, with revisions as short as people write them."""
    aside = {coverage.how} if all_of_them else {coverage.how, *coverage.aside}
    return tuple(dict.fromkeys(short_revisions(note) for note in coverage.notes if note not in aside))


def compared(report: "Report") -> str:
    """Say which revisions are compared, and why these."""
    return short_revisions(": ".join(filter(None, (f"{report.base} → {report.head}", report.coverage.how))))


def short_revisions(text: str) -> str:
    """Shorten each whole commit id in a text to its first ten digits."""
    return _SHA.sub(r"\1", text)


def not_analysed(coverage: Coverage) -> tuple[tuple[str, str], ...]:
    """Give each file that was not analysed with its line, and the reason."""
    return tuple(
        (f"{entry.path}:{entry.line}" if entry.line else entry.path, entry.reason)
        for entry in coverage.not_analysed
    )


def count(number: int, noun: str) -> str:
    """Write a number with its noun: `1 model`, `2 models`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
