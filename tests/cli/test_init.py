"""`contract-gate init` on a repository that is new, and on one that has files already."""

import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from contract_gate.cli.init import TARGETS, init
from contract_gate.core.errors import UsageError
from contract_gate.edge.config import parse_config


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty git repository, as the working folder."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def start(*arguments: str) -> Result:
    return CliRunner().invoke(init, arguments)


def test_init_writes_files_that_can_be_read(top: Path) -> None:
    """The configuration parses, the workflow and the hook are YAML, and nothing is left to fill in."""
    result = start("--dialect", "bigquery")
    assert result.exit_code == 0, result.output
    texts = {target.path: (top / target.path).read_text() for target in TARGETS}
    config = parse_config(texts["contract-gate.toml"], "contract-gate.toml")
    assert (config.dialect, config.fail_on, config.strict) == ("bigquery", "breaking", False)
    workflow = yaml.safe_load(texts[".github/workflows/contract-gate.yml"])
    assert workflow["permissions"] == {"contents": "read"}
    (hook,) = yaml.safe_load(texts[".pre-commit-config.yaml"])["repos"][0]["hooks"]
    assert (hook["always_run"], hook["pass_filenames"]) == (True, False)
    assert not [path for path, text in texts.items() if "@VERSION@" in text or "@DIALECT@" in text]


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
    for target in TARGETS:
        (top / target.path).parent.mkdir(parents=True, exist_ok=True)
        (top / target.path).write_text("mine")
    result = start()
    assert result.exit_code == 0
    assert all((top / target.path).read_text() == "mine" for target in TARGETS)
    assert all(f"kept  {target.path}" in result.output for target in TARGETS)
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
