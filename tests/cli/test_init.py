"""`contract-gate init` on a repository that is new, and on one that has files already."""

import json
import subprocess
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from contract_gate.cli import installed
from contract_gate.cli.init import _CIS, init
from contract_gate.cli.scaffold import SETUPS, Ci
from contract_gate.core.errors import UsageError
from contract_gate.edge.config_file import parse_config


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty git repository, as the working folder."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


TARGETS = ("contract-gate.toml", ".github/workflows/contract-gate.yml", ".pre-commit-config.yaml")
HERE = ("--from", "https://git.example.com/data/contract-gate@0123abc")


def start(*arguments: str) -> Result:
    return CliRunner().invoke(init, arguments)


def commit(top: Path, files: Mapping[str, str], message: str = "a commit") -> None:
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    who = ["-c", "user.name=Robin", "-c", "user.email=robin@example.com"]
    for command in (["add", "--all"], [*who, "commit", "-q", "-m", message]):
        subprocess.run(["git", *command], cwd=top, check=True)


def test_init_writes_files_that_can_be_read(top: Path) -> None:
    """The configuration parses, the workflow and the hook are YAML, and nothing is left to fill in."""
    result = start("--dialect", "bigquery")
    assert result.exit_code == 0, result.output
    texts = {name: (top / name).read_text() for name in TARGETS}
    config = parse_config(texts["contract-gate.toml"], "contract-gate.toml")
    assert (config.dialect, config.fail_on, config.strict) == ("bigquery", "breaking", False)
    workflow = yaml.safe_load(texts[".github/workflows/contract-gate.yml"])
    assert workflow["permissions"] == {}
    (hook,) = yaml.safe_load(texts[".pre-commit-config.yaml"])["repos"][0]["hooks"]
    assert (hook["always_run"], hook["pass_filenames"]) == (True, False)
    assert not [path for path, text in texts.items() if "@GATE@" in text or "@DIALECT@" in text]


def test_init_without_a_dialect_sets_none(top: Path) -> None:
    """A dialect that nobody named is not guessed."""
    assert start().exit_code == 0
    assert parse_config((top / "contract-gate.toml").read_text(), "contract-gate.toml").dialect is None


def test_init_writes_what_is_to_be_filled_in(top: Path) -> None:
    """A variable without a value is a line to fill in, with the files that hang on it; the file stays one that is read."""
    (top / "dbt_project.yml").write_text("name: shop\nmodels:\n  +database: \"{{ env_var('DWH') }}\"\n")
    assert start().exit_code == 0
    text = (top / "contract-gate.toml").read_text()
    assert '# [env]\n# DWH = "…"' in text
    assert "# env.DWH: dbt_project.yml" in text
    assert parse_config(text, "contract-gate.toml").env == {}
    parse_config(text.replace("# [env]", "[env]").replace("# DWH", "DWH"), "contract-gate.toml")


def test_init_keeps_what_exists(top: Path) -> None:
    """A second run changes nothing, and says what it kept."""
    for name in TARGETS:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text("# mine")
    result = start()
    assert result.exit_code == 0
    assert all((top / name).read_text() == "# mine" for name in TARGETS)
    assert all(f"kept  {name}" in result.output for name in TARGETS)
    assert "- id: contract-gate" in result.output


def test_force_replaces_our_files_and_never_shared_ones(top: Path) -> None:
    """Hooks of other tools survive --force."""
    for name in ("contract-gate.toml", ".pre-commit-config.yaml"):
        (top / name).write_text("mine")
    assert start("--force").exit_code == 0
    assert "fail-on" in (top / "contract-gate.toml").read_text()
    assert (top / ".pre-commit-config.yaml").read_text() == "mine"


def test_init_needs_the_top_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere nothing is written."""
    monkeypatch.chdir(tmp_path)
    result = start()
    assert isinstance(result.exception, UsageError)
    assert not list(tmp_path.iterdir())


def test_a_dialect_is_a_name(top: Path) -> None:
    """Text that would be TOML of its own is refused, and nothing is written."""
    result = start("--dialect", 'x"\nfail-on = "never')
    assert isinstance(result.exception, UsageError)
    assert not (top / "contract-gate.toml").exists()


def test_it_says_what_it_sees(top: Path) -> None:
    """Projects with their models and dialect, packages that are not here, the CI in use and the default branch."""
    commit(
        top,
        {
            "wh/dbt_project.yml": "name: shop\nprofile: shop\n",
            "wh/profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: duckdb}\n",
            "wh/packages.yml": "packages:\n  - package: acme/strange\n    version: 1.0.0\n",
            "wh/models/orders.sql": "select 1 as id\n",
            "Jenkinsfile": "pipeline {}\n",
        },
    )
    said = start(*HERE).output
    assert "dbt project in wh/: 1 models, duckdb" in said
    assert "packages of wh that are not in the repository: strange" in said
    assert "CI: Jenkins" in said
    assert "default branch: main" in said
    assert (
        '# dialect = "duckdb"  # what the gate reads it as without this line'
        in (top / "contract-gate.toml").read_text()
    )
    assert (top / "Jenkinsfile").read_text() == "pipeline {}\n"
    assert "changeRequest()" in said, "the job is shown where the file holds others"
    assert not (top / ".github").exists()


def test_a_repository_without_models_is_told(top: Path) -> None:
    """Nothing to judge is no good news."""
    assert "no SQL model was found" in start(*HERE).output


def test_it_shows_what_the_gate_would_have_said(top: Path) -> None:
    """Of the last merged changes, newest first, with what would have blocked; one that touches no model is left out."""
    orders = "create view shop.orders as select id, amount from shop.raw;\n"
    commit(
        top,
        {
            "orders.sql": orders,
            "sums.sql": "create view shop.sums as select sum(amount) as s from shop.orders;\n",
        },
    )
    commit(top, {"orders.sql": orders.replace(", amount", "")}, "Drop amount")
    commit(top, {"readme.md": "x"}, "Words")
    shown = start(*HERE).output.partition("last merged changes")[2]
    assert "blocked  Drop amount" in shown
    assert "sums breaks (sums.sql:1)" in shown
    assert "Words" not in shown
    assert "last merged changes" not in start(*HERE, "--preview", "0").output


@pytest.mark.parametrize("ci", Ci)
def test_each_ci_has_a_job_that_installs_from_one_address(top: Path, ci: Ci) -> None:
    """The address stands once in a file, and in the hook."""
    assert tuple(Ci) == _CIS
    assert start(*HERE, "--ci", ci.value).exit_code == 0
    text = (top / SETUPS[ci].path).read_text()
    assert (
        text.count("contract-gate[fast,witness] @ git+https://git.example.com/data/contract-gate@0123abc")
        == 1
    )
    hooks = yaml.safe_load((top / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert hooks[0]["additional_dependencies"] == [
        "contract-gate[fast] @ git+https://git.example.com/data/contract-gate@0123abc"
    ]


@pytest.mark.parametrize(
    "address", ["contract-gate", "https://git.example.com/x", "https://x.example/y@$(id)", "/tmp/x@1"]
)
def test_only_a_git_address_with_a_revision_is_written(top: Path, address: str) -> None:
    """What could be no address never gets into a file that a shell reads."""
    result = start("--from", address)
    assert isinstance(result.exception, UsageError)
    assert not (top / "contract-gate.toml").exists()


def told_by_pip(monkeypatch: pytest.MonkeyPatch, text: str | None) -> installed.Installation:
    class Installed:
        metadata = distribution("contract-gate").metadata

        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return text

    monkeypatch.setattr(installed, "distribution", lambda _: Installed())
    return installed.origin()


def test_it_installs_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A git address comes with its commit and without the token that fetched it; a release of an index by its version."""
    url = "https://ci:s3cret@git.example.com/data/contract-gate"
    told = json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": "0123abc"}})
    found = told_by_pip(monkeypatch, told)
    assert (
        found.requirement("fast")
        == "contract-gate[fast] @ git+https://git.example.com/data/contract-gate@0123abc"
    )
    assert told_by_pip(monkeypatch, None).requirement() == f"contract-gate=={installed.__version__}"


def test_a_clone_is_asked_where_it_is_from(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that it was installed from names its remote and commit; without a remote the doubt is told."""
    commit(top, {"x.sql": "select 1\n"})
    told = json.dumps({"url": top.as_uri(), "dir_info": {"editable": True}})
    assert "without a remote" in (told_by_pip(monkeypatch, told).doubt or "")
    subprocess.run(
        ["git", "remote", "add", "origin", "git@git.example.com:data/contract-gate.git"], cwd=top, check=True
    )
    found = told_by_pip(monkeypatch, told)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=top, check=True, capture_output=True, text=True
    ).stdout.strip()
    assert (found.address, found.revision, found.doubt) == (
        "https://git.example.com/data/contract-gate.git",
        head,
        None,
    )
