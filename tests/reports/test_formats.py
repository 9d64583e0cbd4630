"""What holds for every format: it shows everything, and no name of the pull request gets out of its place."""

import html.parser
import json
import re
import sys
import unicodedata
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from subprocess import run
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from contract_gate.compare.changes.change import Certainty, Witness
from contract_gate.compare.impact import Consumer, Effect, Impact
from contract_gate.core.printable import is_plain, printable, printable_lines
from contract_gate.core.relation import Location
from contract_gate.policy.level import Level
from contract_gate.policy.settings import Verdict
from contract_gate.reports import (
    FORMATS,
    budget,
    github,
    gitlab,
    html_,
    junit,
    markdown,
    render,
    sarif,
    terminal,
)
from contract_gate.reports.report import CatalogStatus, FileTexts, Report
from tests.reports.test_golden import WHOLE_NAMES

RECORD = re.compile(r"<!-- contract-gate-record [^<>-]* -->")
COMMAND = re.compile(r"^\s*::", re.MULTILINE)


def readable(name: str, text: str) -> str:
    """Undo a format's own escapes, so that its words can be looked for."""
    if name in ("json", "sarif", "gitlab"):
        return json.dumps(json.loads(text), ensure_ascii=False)
    if name == "markdown":
        return re.sub(r"\\([\W_])", r"\1", text).replace("\u200b", "")
    return re.sub(r"<[^>]+>", "", text) if name == "html" else text


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_shows_what_the_verdict_rests_on(reports: dict[str, Report], name: str) -> None:
    """Verdict, findings, readers, catalog, what was not analysed and the limits are in every format."""
    text = readable(name, render(name, reports["rich"]))
    for word in (
        "locked",
        "column-removed",
        f"column amount of {'db.shop.' if name in WHOLE_NAMES else ''}orders was removed",
        "Revenue by day",
        "db.shop.revenue" if name in WHOLE_NAMES else "revenue",
        "nobody opens the export any more",
        "1 of 4 questions was answered with 503",
        "db.shop.old",
        "models/pivot.sql",
        "the macro pivot is not known",
        "the configuration was read from the head",
    ):
        assert word in text, word


@pytest.mark.parametrize("name", FORMATS)
def test_the_answers_of_the_catalog_are_kept_apart(reports: dict[str, Report], name: str) -> None:
    """Answered, partial, unavailable and not asked are four different outputs."""
    report = reports["empty"]
    texts = {
        render(name, replace(report, catalog=replace(report.catalog, status=status)))
        for status in CatalogStatus
    }
    assert len(texts) == len(CatalogStatus)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("report", ["rich", "empty", "hostile", "crowded"])
def test_output_is_text_that_ends_with_a_line_feed(
    reports: dict[str, Report], name: str, report: str
) -> None:
    """Output is the same each time, can be encoded, and ends like a text file."""
    text = render(name, reports[report])
    assert text == render(name, reports[report])
    assert text.encode("utf-8")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", FORMATS)
def test_no_name_reaches_the_runner_as_a_command(reports: dict[str, Report], name: str) -> None:
    """Printed in a GitHub log, no format lets a name be obeyed."""
    text = render(name, reports["hostile"])
    assert "##[" not in text
    ours = sum(1 for line in text.splitlines() if line.startswith(("::error ", "::warning ", "::notice ")))
    assert len(COMMAND.findall(text)) == (ours if name == "github" else 0)


@pytest.mark.parametrize("name", FORMATS)
def test_no_control_character_reaches_the_screen(reports: dict[str, Report], name: str) -> None:
    """Nothing moves the cursor, turns the direction of text or hides a part of it."""
    text = (
        render(name, reports["hostile"]).replace("\u200b", "")
        if name == "markdown"
        else render(name, reports["hostile"]).replace(html_.library(), "")
    )
    hidden = {character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")}
    assert hidden <= {"\n"}


@pytest.mark.parametrize("width", [1, 40, 80, 300])
def test_the_terminal_never_starts_a_line_with_a_name(reports: dict[str, Report], width: int) -> None:
    """However text is wrapped, a line starts with words or a bar of ours."""
    for line in terminal.render(reports["hostile"], width=width).splitlines():
        assert re.match(
            r"│|error |warning |note |approve |catalog |compared |coverage |limits |blocked:|$", line
        ), line


def test_the_terminal_keeps_to_one_screen(reports: dict[str, Report]) -> None:
    """What has no room is counted; `verbose` has it all."""
    report = reports["crowded"]
    shown = terminal.render(report)
    assert len(shown.splitlines()) <= budget.BLOCKED_LINES
    assert re.search(r"error +\+\d+ more in \d+ files: --verbose shows them", shown)
    assert "column amount of t119 was removed" in terminal.render(report, verbose=True)


def test_a_passing_terminal_has_forty_lines_at_most(reports: dict[str, Report]) -> None:
    """However much is told of, nothing but errors makes the page longer."""
    assert len(terminal.render(reports["unread"]).splitlines()) <= 40
    assert len(terminal.render_quiet(reports["unread"]).splitlines()) <= 10


def test_the_quiet_terminal_is_whole_where_it_blocks(reports: dict[str, Report]) -> None:
    """Few lines are for a run that passes: one that blocks says why."""
    assert terminal.render_quiet(reports["rich"]) == terminal.render(reports["rich"])


def test_the_terminal_keeps_to_its_width(reports: dict[str, Report]) -> None:
    """Prose is wrapped to the width asked for."""
    lines = terminal.render(reports["rich"], width=70).splitlines()
    code = re.compile(r"│ {5}\S")
    assert all(len(line) <= 70 for line in lines if not code.match(line)), max(lines, key=len)


def test_colour_adds_nothing_but_colour(reports: dict[str, Report]) -> None:
    """Without its colours the coloured output is the plain one."""
    coloured = terminal.render(reports["rich"], colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == terminal.render(reports["rich"])


def test_github_shows_ten_of_a_level_and_counts_the_rest(reports: dict[str, Report]) -> None:
    """No annotation is dropped by the runner in silence."""
    report = reports["crowded"]
    lines = github.render(report).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    per_level = {
        name: sum(line.startswith(f"::{name} ") for line in commands) for name in ("error", "notice")
    }
    assert per_level == {"error": 10, "notice": 10}
    assert f"+{120 - 10 - 9} more findings" in commands[-1]
    assert commands[0].startswith("::error file=models/t000.sql")
    messages = [line.split("::", 2)[2].replace("%0A", "\n").replace("%25", "%") for line in commands]
    assert max(map(len, messages)) <= github.MESSAGE


def test_github_cuts_a_long_message_aloud(reports: dict[str, Report]) -> None:
    """A message longer than the runner shows says that it was cut."""
    report = reports["rich"]
    finding = replace(report.findings[0], headline="x" * 9000)
    text = github.render(replace(report, findings=(finding, *report.findings[1:])))
    message = text.splitlines()[0].split("::", 2)[2]
    assert len(message) == github.MESSAGE
    assert "cut; the JSON report has the rest" in message


def test_github_leaves_columns_out_of_places_of_many_lines(reports: dict[str, Report]) -> None:
    """GitHub drops columns where a place ends on another line, so they are not given."""
    commands = {line.split(",")[0]: line for line in github.render(reports["rich"]).splitlines()}
    assert ",endLine=9,title" in commands["::warning file=models/customers.sql"]
    assert ",endLine=4,col=3,endColumn=9," in commands["::error file=models/orders.sql"]


def test_markdown_stays_under_the_limit_and_says_what_it_cut(reports: dict[str, Report]) -> None:
    """A page that is too long counts what has no room, folds what has some, and keeps the verdict and the catalog."""
    text = markdown.render(reports["crowded"])
    assert len(text) <= markdown.SIZE
    shown = text.count("\n#### ")
    assert f"**+{80 - shown} more errors** are folded below" in text
    assert re.search(r"\*\*Cut:\*\* \d+ of \d+ have no room here; the JSON report has all", text)
    assert 0 < shown < 120
    assert "no catalog was asked" in text
    assert "contract-gate: blocked" in text


def test_markdown_bounds_the_list_of_what_was_not_analysed(reports: dict[str, Report]) -> None:
    """Ten thousand files that can't be read do not push the verdict out."""
    report = reports["rich"]
    coverage = replace(report.coverage, not_analysed=report.coverage.not_analysed * 10_000)
    text = markdown.render(replace(report, coverage=coverage))
    assert len(text) <= markdown.SIZE
    assert re.search(r"\*\*Cut:\*\* \d+ more lines", text)


def test_markdown_is_free_of_what_names_bring_along(reports: dict[str, Report]) -> None:
    """Rendered, a hostile name is text: no HTML, link, code, mention, or cell too many."""
    page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(markdown.render(reports["hostile"]))
    ours = {
        "<details><summary>rows that show it</summary>",
        "<details><summary>a way out</summary>",
        "<details><summary>we mean it: how to allow it</summary>",
        "<details><summary>what the verdict rests on</summary>",
        "</details>",
    }
    allowed = {"text", "strong_open", "strong_close", "code_inline", "text_special", "softbreak"}
    for token in page:
        if token.type == "html_block":
            assert token.content.strip() in ours or RECORD.fullmatch(token.content.strip())
        for child in token.children or ():
            assert child.type in allowed, child
            assert child.type != "code_inline" or child.content in (
                "contract-gate check --snapshot FILE",
                'catalog-unavailable = "warn"',
                "contract-gate-waivers.toml",
                "contract-gate baseline",
                "contract-gate rules column-removed",
            )
            assert not re.search(r"@\w", child.content)
    rows = [line for line in markdown.render(reports["hostile"]).splitlines() if line.startswith("| ")]
    assert len(rows) == 3
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows)


class Page(html.parser.HTMLParser):
    """Gather the tags, the attributes and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_lets_no_name_be_a_tag(reports: dict[str, Report]) -> None:
    """A hostile name is text in the page; only addresses of the catalog are links."""
    text = html_.render(reports["hostile"])
    page = Page(text)
    assert page.tags.count("script") == 3
    assert page.tags.count("a") == 1
    assert "<script>alert(1)</script>" in page.text
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    (told,) = re.findall(r'<script type="application/json" id="lineage-data">(.*?)</script>', text, re.DOTALL)
    assert len(json.loads(told)["nodes"]) >= 2


def test_html_runs_only_its_own_scripts(reports: dict[str, Report]) -> None:
    """The page's policy names the digest of each script in it, and allows nothing from elsewhere."""
    text = html_.render(reports["rich"])
    page = Page(text)
    policy = next(
        value for name, value in page.attributes if name == "content" and "default-src" in (value or "")
    )
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digests = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    assert len(digests) == 2
    assert all(f"'sha256-{digest}'" in (policy or "") for digest in digests)
    assert "default-src 'none'" in (policy or "")
    assert "Permission is hereby granted, free of charge" in scripts[0]


def test_the_graph_library_is_the_one_that_is_known() -> None:
    """What is in the tree is what npm gave for that version."""
    script = Path(__file__).parents[2] / "scripts" / "vendor_graph.py"
    assert run([sys.executable, str(script), "--check"], check=False).returncode == 0


def test_html_marks_the_edited_lines(reports: dict[str, Report]) -> None:
    """Both sides of an edited file are there, with the line that a finding stands on."""
    files = (FileTexts(path="models/orders.sql", before="a\nb\nc\nold\n", after="a\nb\nc\n<new>\n"),)
    text = html_.render(replace(reports["rich"], texts=files))
    assert (
        '<tr class="gone"><td class="number">4</td><td class="number"></td><td>-</td><td>old</td></tr>'
        in text
    )
    assert (
        '<tr class="new marked"><td class="number"></td><td class="number">4</td><td>+</td><td>&lt;new&gt;</td></tr>'
        in text
    )


def test_html_links_the_catalogs_pages(reports: dict[str, Report]) -> None:
    """A dashboard's page is one click away, and the page itself loads nothing."""
    page = Page(html_.render(reports["rich"]))
    links = [value for name, value in page.attributes if name == "href"]
    assert "https://catalog.example.com/dashboard/7" in links
    assert not [name for name, _ in page.attributes if name == "src"]


def test_sarif_places_findings_on_the_change_and_readers_beside(reports: dict[str, Report]) -> None:
    """An alert stands on the producer's line, what breaks is related, a waived one is suppressed."""
    (run_,) = json.loads(sarif.render(reports["rich"]))["runs"]
    first, *_, waived = run_["results"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "models/orders.sql"
    assert place["region"] == {"startLine": 4, "startColumn": 3, "endLine": 4, "endColumn": 9}
    related = first["relatedLocations"][0]["physicalLocation"]
    assert (related["artifactLocation"]["uri"], related["region"]["startLine"]) == ("models/revenue.sql", 9)
    assert waived["suppressions"][0]["status"] == "accepted"
    rules = run_["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {result["ruleId"] for result in run_["results"]}
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run_["results"])


def test_sarif_counts_what_github_would_drop(
    reports: dict[str, Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Findings beyond what code scanning shows are counted, and an end without a column stays one."""
    monkeypatch.setattr(sarif, "RESULTS", 1)
    report = reports["rich"]
    at = Location(path="models/orders.sql", line=4, end_line=6)
    findings = tuple(replace(finding, location=at) for finding in report.findings)
    (run_,) = json.loads(sarif.render(replace(report, findings=findings)))["runs"]
    region = run_["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 4, "startColumn": 1, "endLine": 6}
    told = [note["message"]["text"] for note in run_["invocations"][0]["toolExecutionNotifications"]]
    assert f"{len(findings) - 1} more findings have no room here; the JSON report has all." in told


def test_html_counts_what_has_no_room(reports: dict[str, Report], monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers beyond a list's and a drawing's room, and rows beyond a table's, are counted where they would stand."""
    report = reports["rich"]
    monkeypatch.setattr(html_, "READERS", 3)
    monkeypatch.setattr("contract_gate.reports.graph.NODES", 6)
    row = {"id": 1}
    witness = Witness(tables=(("raw", (row,) * 9), ("none", ())), before=(row,) * 9, after=(row,) * 8)
    changes = tuple(replace(change, witness=change.witness and witness) for change in report.changes)
    changing = Impact(
        change="c1", consumer=Consumer(kind="model", name="db.shop.other"), effect=Effect.CHANGES,
        certainty=Certainty.POSSIBLE,
    )  # fmt: skip
    text = html_.render(replace(report, changes=changes, impacts=(*report.impacts, changing)))
    assert re.search(r"<li>\+\d+ more: the JSON report has all</li>", text)
    assert re.search(r"<p>\+\d+ readers have no room here; the JSON report has all", text)
    assert re.search(r"<p>\+\d+ more rows?</p>", text)
    assert "<strong>with none</strong>: no rows" in text
    assert "1 reader that changes</summary>" in text


def test_no_part_of_a_message_is_a_link(reports: dict[str, Report]) -> None:
    """SARIF has links of its own in plain text, and GitHub makes one of an issue's old name."""
    report = reports["rich"]
    finding = replace(
        report.findings[0], message="[GH-1](https://evil.test)", headline="[GH-1](https://evil.test)"
    )
    hostile = replace(report, findings=(finding,))
    (run_,) = json.loads(sarif.render(hostile))["runs"]
    assert run_["results"][0]["message"]["text"] == "[GH-1]\u200b(https://evil.test)."
    assert not re.search(r"GH-\d", markdown.render(hostile))


def test_sarif_addresses_are_quoted(reports: dict[str, Report]) -> None:
    """A path with a blank, a percent sign or bytes that are no UTF-8 becomes an address."""
    report = reports["rich"]
    finding = replace(report.findings[0], location=Location(path="a b/100%\udcff.sql", line=1))
    (run_,) = json.loads(sarif.render(replace(report, findings=(finding,))))["runs"]
    uri = run_["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/100%25%FF.sql"


def test_gitlab_points_at_no_file_that_is_gone(reports: dict[str, Report]) -> None:
    """What is told of a deleted file stands where a reader misses it, else beside what is of the run."""
    report = reports["rich"]
    gone = replace(report, deleted=frozenset({"models/orders.sql", "models/customers.sql"}))
    paths = [entry["location"]["path"] for entry in json.loads(gitlab.render(gone))]
    assert paths[0] == "models/revenue.sql"
    assert ".gitlab-ci.yml" in paths
    assert not {"models/orders.sql", "models/customers.sql"} & set(paths)


def test_junit_is_xml_whose_failures_are_the_errors(reports: dict[str, Report]) -> None:
    """A waived finding is skipped, a warning passes, and what could not be decided is an error."""
    suite = ElementTree.fromstring(junit.render(reports["rich"]).encode())[0]
    assert (suite.get("failures"), suite.get("errors"), len(suite.findall("testcase"))) == ("1", "0", 6)
    assert len(suite.findall("testcase/failure")) == len(suite.findall("testcase/skipped")) == 1
    undecided = replace(reports["rich"], verdict=Verdict.UNDECIDED)
    assert len(ElementTree.fromstring(junit.render(undecided).encode()).findall(".//error")) == 1
    assert ElementTree.fromstring(junit.render(reports["hostile"]).encode()).tag == "testsuites"


def test_gitlab_fingerprints_are_unique(reports: dict[str, Report]) -> None:
    """GitLab drops entries that share a fingerprint."""
    entries = json.loads(gitlab.render(reports["crowded"]))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 121
    assert {entry["severity"] for entry in entries} <= {"info", "minor", "major", "critical", "blocker"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain_name.sql", "plain_name.sql"),
        ("größe 表", "größe 表"),
        ("a\n b", "a b"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u202e", "\\u202e"),
        ("\U000e0041", "\\U000e0041"),
        ("###[x]", "#\\x23#[x]"),
        ("##\x00[x]", "##\\x00[x]"),
        ("\udcff", "\\udcff"),
    ],
)
def test_printable_shows_what_hides(text: str, shown: str) -> None:
    """Letters of all scripts stay; what can't be seen becomes an escape that can."""
    assert printable(text) == shown
    assert is_plain(text) is (text == shown)


def test_printable_lines_keep_the_indentation() -> None:
    """Code keeps its shape."""
    assert printable_lines("select\n\tid,\x07\n  1") == ["select", "    id,\\x07", "  1"]


def test_a_format_is_imported_when_it_is_asked_for() -> None:
    """Naming the formats costs no import of them."""
    code = (
        "import sys, contract_gate.reports as r; r.FORMATS['html'];"
        "sys.exit(any(module in sys.modules for module in r.FORMATS.values()))"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_levels_are_told_apart_without_colour(reports: dict[str, Report]) -> None:
    """A reader who sees no colour reads the level."""
    text = terminal.render(reports["rich"])
    assert all(f"{level} " in text for level in (Level.ERROR, Level.WARNING))
