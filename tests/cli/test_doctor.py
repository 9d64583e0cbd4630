"""`contract-gate doctor`: each thing that a run needs, well and not well, with the way to mend it."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contract_gate.cli.doctor import doctor
from contract_gate.core.errors import ContractGateError
from contract_gate.emulator.seed import SHOP, load
from contract_gate.emulator.server import running
from tests.e2e.project import DBT, PLAIN


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to stand in, with nothing of the machine's Secoda, CI or git around it."""
    monkeypatch.chdir(tmp_path)
    for name in ("SECODA_API_KEY", "SECODA_API_URL", "GITHUB_EVENT_NAME", "CI"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def shop(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    with running(load(SHOP)) as server:
        monkeypatch.setenv("SECODA_API_KEY", "emulator-admin")
        monkeypatch.setenv("SECODA_API_URL", server.url)
        yield server


def commit(top: Path, files: Mapping[str, str]) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(top)], check=True)
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    who = ["-c", "user.name=Robin", "-c", "user.email=robin@example.com"]
    for command in (["add", "--all"], [*who, "commit", "-q", "-m", "a commit"]):
        subprocess.run(["git", *command], cwd=top, check=True)


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(doctor, arguments)


def test_all_is_well(shop: object, here: Path) -> None:
    """Each thing has a line, in the order of a run; no credentials are shown."""
    commit(here, PLAIN)
    commit(here, {"warehouse/dates.sql": PLAIN["warehouse/dates.sql"] + "-- days\n"})
    result = ask()
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.split()[1] for line in lines] == [
        "git", "branch", "base", "models", "dialect", "parser", "witness", "run", "config", "service", "key", "sources"
    ]  # fmt: skip
    assert [line.split()[1] for line in lines if not line.startswith("ok ")] == ["key"]
    assert "plain SQL: postgres" in result.output
    assert "is judged in" in result.output
    assert "2026-11-20T04:00:00Z" in result.output
    assert re.search(r"warehouse \([0-9a-f-]{36}\) read", result.output)
    assert "not-a-real-password" not in result.output


def test_what_has_no_value_is_listed(here: Path) -> None:
    """A variable that names hang on and that nobody set is told with the lines that would set it."""
    commit(
        here,
        DBT
        | {"dbt_project.yml": DBT["dbt_project.yml"] + "models:\n  +database: \"{{ env_var('DWH') }}\"\n"},
    )
    result = ask("--no-trial")
    assert result.exit_code == 0, result.output
    assert "DWH has no value; on it hang dbt_project.yml" in result.output
    assert '[env] DWH = "…"' in result.output
    assert "is judged in" not in result.output


def test_a_target_without_names_is_listed(here: Path) -> None:
    """Where no profile says the target's database or schema, what hangs on it is told; what the configuration says is not."""
    commit(here, DBT | {"profiles.yml": ""})
    assert '[target] schema = "…"' in ask("--no-trial").output
    commit(here, {"contract-gate.toml": '[target]\nschema = "marts"\ndatabase = "shop"\n'})
    assert "[target]" not in ask("--no-trial").output


def test_a_wrong_key(shop: object, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is refused fails the check; a healthy service does not prove it."""
    monkeypatch.setenv("SECODA_API_KEY", "wrong-key-do-not-show")
    commit(here, PLAIN)
    result = ask("--no-trial")
    assert isinstance(result.exception, ContractGateError)
    assert "401" in result.output
    assert "ok     service" in result.output
    assert "do-not-show" not in result.output + str(result.exception)


def test_no_key(here: Path) -> None:
    """No key is a note: the gate runs without."""
    commit(here, PLAIN)
    result = ask("--no-trial")
    assert (result.exit_code, "note   key" in result.output) == (0, True)


def test_a_broken_configuration_and_no_repository(here: Path) -> None:
    """What can't be read is told, with what else is wrong."""
    (here / "contract-gate.toml").write_text("fail-on = 'sometimes'")
    result = ask()
    assert isinstance(result.exception, ContractGateError)
    assert result.exception.exit_code == 3
    assert "failed config" in result.output
    assert "failed git" in result.output


def test_a_configuration_that_is_being_written(here: Path) -> None:
    """What holds is the base's; that the one on disk could not be read once it is merged is told with the nearest key."""
    commit(here, PLAIN)
    (here / "contract-gate.toml").write_text('dialcet = "postgres"\n')
    result = ask("--no-trial")
    assert isinstance(result.exception, ContractGateError)
    assert "failed config" in result.output
    assert "did you mean dialect?" in result.output


def test_a_repository_without_models(here: Path) -> None:
    """Where every change would pass, nothing is well."""
    commit(here, {"readme.md": "x"})
    result = ask()
    assert "failed models" in result.output
    assert "every change would pass" in result.output
    assert isinstance(result.exception, ContractGateError)


def test_a_shallow_clone_without_a_default_branch(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a CI's checkout left out is told with the commands that bring it."""
    commit(here / "origin", PLAIN)
    commit(here / "origin", {"warehouse/dates.sql": "select 1 as a\n"})
    work = here / "work"
    for command in (
        ["init", "-q", str(work)],
        ["-C", str(work), "remote", "add", "origin", f"file://{here}/origin"],
        ["-C", str(work), "fetch", "-q", "--depth=1", f"file://{here}/origin", "main"],
        ["-C", str(work), "checkout", "-q", "--detach", "FETCH_HEAD"],
    ):
        subprocess.run(["git", *command], check=True, capture_output=True)
    monkeypatch.chdir(work)
    output = ask("--no-trial").output
    assert "note   git      the clone's history is cut short" in output
    assert "note   branch" in output
    assert "git remote set-head origin --auto" in output
    assert "failed base" in output


def test_a_file_that_is_not_read_and_a_dialect_that_nobody_knows(here: Path) -> None:
    """Both are named, with the key of the configuration that mends them."""
    commit(here, DBT | {"profiles.yml": "shop: {}\n", "models/schema.yml": "models: [\n"})
    output = ask("--no-trial").output
    assert "models/schema.yml is not read" in output
    assert "note   dialect" in output
    assert 'dialect = "snowflake"' in output


def test_a_manifest_of_other_files(here: Path) -> None:
    """What dbt left of another state of the files is told; without any there is no line."""
    commit(here, DBT | {".gitignore": "target/\n"})
    assert " manifest " not in ask("--no-trial").output
    (here / "target").mkdir()
    (here / "target/manifest.json").write_text('{"metadata": {"dbt_schema_version": "x"}}')
    assert "note   manifest target/manifest.json was left aside" in ask("--no-trial").output
