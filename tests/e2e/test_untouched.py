"""A pull request that touches no model: it is decided from git's list of files, before anything that reads SQL is loaded."""

import re
import subprocess
import sys

import pytest

from contract_gate.cli.chosen import chosen_catalog
from contract_gate.core.coverage import CatalogState, CatalogStatus, Coverage, NotAnalysed
from contract_gate.edge.config import Config
from contract_gate.edge.git import INDEX, Repository
from contract_gate.policy.settings import Verdict
from contract_gate.reports import terminal
from contract_gate.reports.report import Report
from contract_gate.reports.sheet import render_untouched
from tests.e2e.project import Project, Ran

HOOK = ("check", "--staged", "--offline", "--no-witness", "--quiet", "--cache=user")
LATE = (
    "sqlglot", "httpx", "yaml", "duckdb", "rich.text", "jinja2", "hashlib", "contract_gate.sql", "contract_gate.compare", "contract_gate.witness",
    "contract_gate.workspace", "contract_gate.catalogs.catalog", "contract_gate.policy.judge", "contract_gate.app.gate", "contract_gate.edge.git.choice",
)  # fmt: skip


def loaded(ran: Ran, late: tuple[str, ...] = LATE) -> list[str]:
    """Give the modules that came too early, of a run that told what it imported."""
    names = re.findall(r"^import time:.*\| +(\S+)$", ran.err, re.MULTILINE)
    assert "contract_gate.cli" in names
    return [name for name in names if any(name == one or name.startswith(f"{one}.") for one in late)]


@pytest.mark.parametrize("arguments", [HOOK, ("check", "--base", "main"), ("--version",), ("--help",)])
@pytest.mark.parametrize("configured", [False, True])
def test_what_is_loaded(empty: Project, arguments: tuple[str, ...], configured: bool) -> None:
    """A hook is waited for at every commit: neither SQL, nor the catalog, nor the policy is loaded, configured or not."""
    setup = {"contract-gate.toml": 'dialect = "postgres"\nstrict = true\n'} if configured else {}
    empty.commit({"a.sql": "create view a as select 1 as x", **setup})
    empty.pull_request({"README.md": "one\n"}).write({"README.md": "two\n"})
    ran = empty.run(*arguments, PYTHONPROFILEIMPORTTIME="1")
    assert (ran.code, loaded(ran)) == (0, [])
    assert arguments[0] != "check" or "passed: no model changed" in ran.out


def test_a_model_loads_the_gate(empty: Project) -> None:
    """What the test above looks for is there where a model changed."""
    empty.commit({"a.sql": "create view a as select 1 as x"}).write(
        {"a.sql": "create view a as select 2 as x"}
    )
    assert "contract_gate.app.gate" in loaded(empty.run(*HOOK, PYTHONPROFILEIMPORTTIME="1"))


def test_what_a_hook_loads(dbt: Project) -> None:
    """A model of a dbt project that is edited loads no other kind of project, no witness, no HTTP and no layout of tables."""
    dbt.write({"models/orders.sql": "select 1 as order_id, 3 as amount\n"})
    ran = dbt.run(*HOOK, PYTHONPROFILEIMPORTTIME="1")
    others = ("contract_gate.workspace.sqlmesh.project", "contract_gate.workspace.dataform.project", "lkml", "httpx", "contract_gate.witness", "rich.text", "duckdb")  # fmt: skip
    assert "1 model changes" in ran.out
    assert "contract_gate.app.gate" in loaded(ran)
    assert loaded(ran, others) == []


def test_nothing_is_looked_through_at_the_end() -> None:
    """A process that ends leaves its memory to the system: Python looks for no circles in what a run has read."""
    code = (
        "import atexit, gc\natexit.register(lambda: print(gc.get_freeze_count() > 0))\n"
        "from contract_gate.cli import main\nmain(['--version'])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "True"


def test_a_base_that_cant_be_read(empty: Project) -> None:
    """A configuration with a misspelt key is an error in every pull request, also in one without a model."""
    empty.commit({"contract-gate.toml": 'fial-on = "never"\n'}).pull_request({"README.md": "one\n"})
    ran = empty.check()
    assert ran.code == 2
    assert "fail-on" in ran.err


@pytest.mark.parametrize(
    "line", ['[[policy]]\nlevel = "note"\nbecause = "x"\nchange = {kinds = ["gone"]}\n', "[[deprecated]]\n"]
)
def test_rules_that_cant_be_read(empty: Project, line: str) -> None:
    """So are rules and dates of the base, though nothing is there to judge by them."""
    empty.commit({"contract-gate.toml": line}).pull_request({"README.md": "one\n"})
    assert empty.check().code == 2


@pytest.mark.parametrize("file", ["contract-gate.toml", "pyproject.toml"])
def test_a_first_configuration_is_seen(empty: Project, file: str) -> None:
    """A configuration that only the change brings is read where git lists it, and proposed."""
    text = (
        "catalog = 'none'\n" if file == "contract-gate.toml" else "[tool.contract-gate]\ncatalog = 'none'\n"
    )
    empty.commit({"a.sql": "create view a as select 1 as x", "README.md": "one\n"}).pull_request({file: text})
    assert any("the pull request's own" in note for note in empty.check().report["coverage"]["notes"])


def test_a_program_of_statements_without_an_end(empty: Project) -> None:
    """What is looked through for writes is looked through once, whatever a stranger writes: this held the check for a minute."""
    empty.commit({"a.sql": "create view a as select 1 as x"}).pull_request({"a.go": "copy x (" * 40_000})
    told = empty.check()
    assert told.code == 0
    assert told.report["coverage"]["models_changed"] == 0


@pytest.mark.parametrize("loudness", [None, "quiet", "verbose"])
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", [30, 41, 80, 140])
def test_the_terminal_shows_the_same(loudness: str | None, colour: bool, width: int) -> None:
    """The short way to the terminal's report of an untouched run writes what the long one writes."""
    how = f"{'a' * 40} as given, against HEAD ({'b' * 10}); 店舗 are left out"
    report = Report(
        verdict=Verdict.PASSED, base="a" * 40, head="index",
        catalog=CatalogState(name="none", status=CatalogStatus.NOT_ASKED, note="the run is offline"),
        coverage=Coverage(files_changed=2, models_changed=0, models_analysed=0, notes=(how, "1", "2", "3", "4", "no model changed"), how=how,
                          aside=("no model changed",)),
        changes=(), impacts=(), findings=(),
    )  # fmt: skip
    assert report.is_untouched
    if loudness == "quiet":
        expected = terminal.render_quiet(report, colour=colour, width=width)
    else:
        expected = terminal.render(report, colour=colour, width=width, verbose=loudness == "verbose")
    assert render_untouched(report, colour=colour, width=width, loudness=loudness) == expected


def test_what_is_no_untouched_run() -> None:
    """A file that was not analysed may hold a model."""
    coverage = Coverage(
        files_changed=1,
        models_changed=0,
        models_analysed=0,
        not_analysed=(NotAnalysed(path="a.sql", reason="it is too large"),),
    )
    state = CatalogState(name="none", status=CatalogStatus.NOT_ASKED)
    report = Report(
        verdict=Verdict.PASSED, base="a", head="b", catalog=state, coverage=coverage, changes=(), impacts=(), findings=()
    )  # fmt: skip
    assert not report.is_untouched


@pytest.mark.parametrize("key", ["", "k" * 20])
@pytest.mark.parametrize(
    "config", [Config(), Config(catalog="none"), Config(proposed_url="https://elsewhere.test")]
)
def test_a_catalog_that_was_not_asked(key: str, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told of it without opening it is what it says itself."""
    monkeypatch.setenv("SECODA_API_KEY", key)
    monkeypatch.delenv("SECODA_API_URL", raising=False)
    asked = chosen_catalog(config)
    assert asked.idle == asked.open().state()


def test_few_files_are_read_as_all_are(empty: Project) -> None:
    """A folder, a link and a file that is not there are told apart without a list of all files."""
    empty.write({"a/b.toml": "x", "c.toml": "y", "[c].toml": "z"})
    (empty.directory / "d.toml").symlink_to("c.toml")
    empty.commit({})
    names = ("a", "a/b.toml", "c.toml", "[c].toml", "d.toml", "e.toml", "*.toml")
    with Repository.open(empty.directory, empty.environment) as few, Repository.open(empty.directory) as all_:
        for one in (few.resolve("HEAD"), INDEX):
            assert few.read_few(one, names) == all_.read(one, names)
