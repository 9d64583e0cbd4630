"""What a page shows for one finding, for a run that passes, and to whom it says how to mean it."""

from dataclasses import replace

import pytest

from contract_gate.compare.changes.change import Witness
from contract_gate.policy.level import Level
from contract_gate.policy.settings import Verdict
from contract_gate.reports import FORMATS, markdown, render, terminal, view
from contract_gate.reports.report import Report
from contract_gate.reports.sheet import render_untouched
from contract_gate.sql.edits.edit import Edit, EditKind


def entry_of(report: Report, rule: str) -> view.FindingView:
    return next(entry for entry in view.entries(report) if entry.finding.rule == rule)


def test_one_finding_is_explained_whole(reports: dict[str, Report]) -> None:
    """Its fingerprint, each change with its edit and place, and the whole way to each reader stand on the page."""
    report = reports["rich"]
    edit = Edit(kind=EditKind.COLUMNS_REMOVED, text="o.amount was taken out", line=4)
    report = replace(report, changes=(replace(report.changes[0], edit=edit), *report.changes[1:]))
    entry = entry_of(report, "column-removed")
    page = terminal.explain(report, entry)
    assert f"fingerprint: {entry.finding.fingerprint}" in page
    assert "edit: o.amount was taken out, line 4" in page
    assert "at models/orders.sql:4" in page
    assert "db.shop.orders → model db.shop.revenue: breaks (proven)" in " ".join(
        page.replace("│", " ").split()
    )


def test_rows_and_waivers_are_explained(reports: dict[str, Report]) -> None:
    """A witness is shown with all of its tables, and a waiver with who gave it."""
    report = reports["rich"]
    assert "raw_customers" in terminal.explain(report, entry_of(report, "rows-filter-changed"))
    assert "waived: ana@example.com" in terminal.explain(report, entry_of(report, "relation-removed"))


def test_a_wide_difference_says_what_it_leaves_out(reports: dict[str, Report]) -> None:
    """Columns and rows beyond the room of a comment are counted, and a side without rows says so where all is told."""
    report = reports["rich"]
    row: dict[str, object] = {f"c{number}": number for number in range(9)}
    witness = Witness(tables=(("raw", (row,)),), before=(row,), after=())
    at = report.changes[2]
    shown = replace(report, changes=(*report.changes[:2], replace(at, witness=witness), *report.changes[3:]))
    assert "more columns" in markdown.render(shown)
    assert "after: no rows" in terminal.explain(shown, entry_of(shown, "rows-filter-changed"))


def test_a_change_without_a_place_is_explained_without_one(reports: dict[str, Report]) -> None:
    """What lies in no file of the head is told with its readers, and at no made-up line."""
    report = reports["rich"]
    changes = tuple(replace(change, location=None) for change in report.changes)
    page = terminal.explain(replace(report, changes=changes), entry_of(report, "column-removed"))
    assert "at models/orders.sql" not in page
    assert "breaks (proven)" in page


@pytest.mark.parametrize(
    ("name", "told"), [("one", "column amount of t000 was removed"), ("thirty", "more in")]
)
def test_a_quiet_page_of_warnings(reports: dict[str, Report], name: str, told: str) -> None:
    """Few warnings are shown, of many the rest is counted, and never more than ten lines."""
    report = reports[name]
    warned = tuple(replace(finding, level=Level.WARNING) for finding in report.findings)
    page = terminal.render_quiet(replace(report, verdict=Verdict.PASSED, findings=warned))
    assert told in page
    assert len(page.splitlines()) <= 10


def test_a_run_without_models_is_one_line_where_it_is_quiet(reports: dict[str, Report]) -> None:
    """`--quiet` leaves the verdict alone, and otherwise the run is told."""
    quiet, loud = (render_untouched(reports["empty"], loudness=loudness) for loudness in ("quiet", "verbose"))
    assert len(quiet.splitlines()) == 1
    assert loud.startswith(quiet.strip())
    assert len(loud.splitlines()) > 2


def test_a_comment_says_how_it_can_be_allowed(reports: dict[str, Report]) -> None:
    """Where comments are heard an owner comments, else a waiver is merged; owners are called where the base asks for it."""
    report = reports["rich"]
    heard = markdown.render(replace(report, hears_comments=True, mentions=("@ana", "@shop/data", "no name")))
    assert "/contract-gate allow" in heard
    assert "**Owners of what breaks:** @ana @shop/data" in heard
    assert "/contract-gate allow" not in markdown.render(report)
    assert "contract-gate-waivers.toml" in markdown.render(report)
    assert "Owners of what breaks" not in markdown.render(replace(reports["empty"], mentions=("@ana",)))


def test_places_are_links_where_the_repository_has_an_address(reports: dict[str, Report]) -> None:
    """A path is linked at the head, unless it could leave its link."""
    blob = "https://example.com/o/r/blob/abc"
    assert f"]({blob}/models/orders.sql" in markdown.render(reports["rich"], blob=blob)
    assert blob not in markdown.render(reports["hostile"], blob=blob)
    assert blob not in markdown.render(reports["rich"], blob=blob + ") [x](y")


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"terminal", "json"}))
def test_what_stands_in_no_file_is_about_the_run(reports: dict[str, Report], name: str) -> None:
    """A finding without a place is shown, with no link and no line."""
    report = reports["rich"]
    findings = tuple(replace(finding, location=None) for finding in report.findings)
    changes = tuple(replace(change, location=None) for change in report.changes)
    text = render(name, replace(report, findings=findings, changes=changes))
    assert "column-removed" in text
    assert "models/orders.sql:4" not in text
