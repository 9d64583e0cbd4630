"""Where reports go, and where the addresses in them lead; what can't be meant is refused."""

import json
from email.message import Message
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from contract_gate.cli import installed, outputs, syncreport
from contract_gate.cli.inputs import read_schema
from contract_gate.core.errors import UsageError
from contract_gate.reports.report import Report
from tests.reports.conftest import empty, rich


def test_the_formats_of_a_sync(tmp_path: Path) -> None:
    """One format goes to standard output, others to files of their own."""
    file = tmp_path / "report.md"
    shown, written = syncreport.targets(["json", f"markdown={file}"])
    assert (shown.format, shown.file, written.format, written.file) == ("json", None, "markdown", file)


@pytest.mark.parametrize(
    ("formats", "says"),
    [(["sarif"], "no format `sarif`"), (["json", "terminal"], "would mix on standard output")],
)
def test_formats_of_a_sync_that_can_not_be_meant(formats: list[str], says: str) -> None:
    """What no sync writes, and two reports in one stream, are refused before anything is written."""
    with pytest.raises(UsageError, match=says):
        syncreport.targets(formats)


def test_output_is_the_last_format_without_a_file(tmp_path: Path) -> None:
    """`--output` gives the one that went to standard output its file, and is refused where there is none."""
    file = tmp_path / "out"
    found = outputs.destinations(("terminal", "json", "sarif=x"), file)
    assert [(one.format, one.file) for one in found] == [
        ("terminal", None),
        ("json", file),
        ("sarif", Path("x")),
    ]
    with pytest.raises(UsageError, match="--output was not used"):
        outputs.destinations(("sarif=x",), file)


def test_two_reports_in_one_file() -> None:
    """The second would take the place of the first in silence: both are refused, wherever one of them was named."""
    for formats, output in ((("json=r", "markdown=r"), None), (("json=r", "markdown"), Path("r"))):
        with pytest.raises(UsageError, match="json and markdown would mix in r"):
            outputs.destinations(formats, output)


@pytest.mark.parametrize(
    ("report", "environment", "link"),
    [
        (rich(), {"GITHUB_SERVER_URL": "https://h", "GITHUB_REPOSITORY": "o/r"}, "https://h/o/r/blob/"),
        (rich(), {"CI_PROJECT_URL": "https://g/o/r"}, "https://g/o/r/-/blob/"),
        (empty(), {"GITHUB_SERVER_URL": "https://h", "GITHUB_REPOSITORY": "o/r"}, None),
        (rich(), {}, None),
    ],
)  # fmt: skip
def test_places_lead_to_the_head(
    report: Report, environment: dict[str, str], link: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On GitHub and GitLab a place is linked at the commit that was judged; an index and a machine have no address."""
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "CI_PROJECT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert outputs._blob(report) == (f"{link}{report.head}" if link else "")


@pytest.mark.parametrize("content", ["[", "[]", '{"t": ["a"]}', '{"t": "a"}', '{"t": {"a": null}}'])
def test_a_schema_of_another_shape(tmp_path: Path, content: str) -> None:
    """Columns without types are refused: taken for none, every table would be open."""
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(UsageError, match="the schema was not read"):
        read_schema(tmp_path / "s.json")


class _Distribution:
    metadata = Message()

    def __init__(self, told: dict[str, object]) -> None:
        self._told = told

    def read_text(self, _: str) -> str:
        return json.dumps(self._told)


@pytest.mark.parametrize(
    ("told", "doubt"),
    [
        ({"url": "https://h/x.whl", "archive_info": {}}, "it was installed from a file, https://h/x.whl"),
        ({"url": "file:///nowhere/at/all", "dir_info": {}}, "a folder that is no clone"),
        (None, "not installed by pip"),
    ],
)
def test_where_this_program_is_from(
    told: dict[str, object] | None, doubt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be had from where it was installed is told with the reason."""

    def known(_: str) -> _Distribution:
        if told is None:
            raise PackageNotFoundError("contract-gate")
        return _Distribution(told)

    monkeypatch.setattr(installed, "distribution", known)
    assert doubt in str(installed.origin().doubt)
