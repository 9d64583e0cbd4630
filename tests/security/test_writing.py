"""Reports are written whole, where the person says, and nowhere else; inputs are regular files."""

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from contract_gate.core.errors import ContractGateError, UsageError
from contract_gate.edge.disk import read_regular, write_whole
from tests.e2e.project import Project
from tests.security.conftest import BREAK


@pytest.mark.parametrize("link", ["report.json", "out/report.json"], ids=["a link", "behind a link"])
def test_a_committed_link(plain: Project, link: str) -> None:
    """A report does not follow a link that the pull request commits."""
    plain.pull_request(BREAK)
    (plain.directory.parent / "elsewhere").mkdir()
    precious = plain.directory.parent / "elsewhere/report.json"
    precious.write_text("precious")
    name = link.partition("/")[0]
    (plain.directory / name).symlink_to(precious if name == link else precious.parent)
    plain.commit({})
    ran = plain.run("check", "--format", f"gitlab={link}")
    assert ran.code == 2
    assert "symbolic link" in ran.err
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("name", ["contract-gate.toml", ".pre-commit-config.yaml", ".github"])
def test_init_behind_a_link(repository: Project, name: str) -> None:
    """`init --force` does not write through a link either, nor makes a folder behind one."""
    target = repository.directory.parent / "target"
    target.mkdir()
    (repository.directory / name).symlink_to(target if name == ".github" else target / "file")
    repository.run("init", "--force")
    assert not list(target.iterdir())


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes no more leaves what was there, no half report, and is told as what it is."""
    monkeypatch.chdir(tmp_path)
    report = tmp_path / "report.json"
    report.write_text("before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ContractGateError, match="No space left") as told:
        write_whole(report, "x" * 100_000, "the report")
    assert not isinstance(told.value, UsageError)
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]
    assert report.read_text() == "before"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "command", [("check", "--base", "main"), ("check", "--base", "main", "--format", "json"), ("rules",)]
)
def test_output_on_a_full_disk(plain: Project, command: tuple[str, ...]) -> None:
    """Standard output that takes no more is told, and is no fault of the gate; the verdict is not "passed"."""
    plain.pull_request(BREAK)
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [sys.executable, "-P", "-m", "contract_gate", *command], cwd=plain.directory, env=plain.environment,
            stdout=full, stderr=subprocess.PIPE, check=False, timeout=120,
        )  # fmt: skip
    assert ran.returncode == 3
    assert b"No space left" in ran.stderr
    assert b"fault of contract-gate" not in ran.stderr


@pytest.mark.parametrize(
    ("streams", "arguments", "code"),
    [
        ("2>/dev/full >/dev/null", "--base main", 1),
        ("2>/dev/full >/dev/null", "--base main --fail-on never", 0),
        ("2>/dev/full", "--base nowhere", 3),
        ("2>/dev/full", "--no-such-flag", 2),
        (">/dev/full 2>/dev/full", "--base main --fail-on never", 3),
        (">&- 2>&-", "--base main", 1),
        (">&-", "--base main --fail-on never", 0),
        ("2>&-", "--base nowhere", 3),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_nobody_hears_it(plain: Project, streams: str, arguments: str, code: int) -> None:
    """The exit code says the same where a stream takes no more or is closed: Python's own for that is 1, a verdict."""
    plain.pull_request(BREAK)
    gate = f"{shlex.quote(sys.executable)} -P -m contract_gate check {arguments} {streams}"
    ran = subprocess.run(
        ["sh", "-c", gate], cwd=plain.directory, env=plain.environment, capture_output=True, check=False
    )
    assert (ran.returncode, b"fault of contract-gate" in ran.stderr) == (code, False), ran.stderr


def test_the_mode_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is replaced keeps its permissions; a new one has those that the person's umask gives."""
    monkeypatch.chdir(tmp_path)
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch(mode=0o600)
    for each in (old, new):
        write_whole(each, "text", "the report")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert stat.S_IMODE(new.stat().st_mode) == 0o666 & ~umask


def test_standard_output_by_its_name(plain: Project) -> None:
    """`/dev/stdout` is a link that a person may name."""
    ran = plain.pull_request(BREAK).run("check", "--format", "json=/dev/stdout")
    assert ran.report["verdict"] == "blocked"


@pytest.mark.skipif(not Path("/dev/stdout").is_symlink(), reason="/dev/stdout is no link here")
def test_standard_output_by_its_name_is_a_file(plain: Project, tmp_path: Path) -> None:
    """Where it leads to a file, that is written to: put in the link's place, a report would be every program's standard output."""
    plain.pull_request(BREAK)
    with (tmp_path / "out").open("wb") as out:
        subprocess.run(
            [sys.executable, "-P", "-m", "contract_gate", "check", "--base", "main", "--format", "json=/dev/stdout"],
            cwd=plain.directory, env=plain.environment, stdout=out, check=False, timeout=120,
        )  # fmt: skip
    assert Path("/dev/stdout").is_symlink()
    assert json.loads((tmp_path / "out").read_text())["verdict"] == "blocked"


@pytest.mark.parametrize(
    "command",
    [
        ("diff", "PIPE", "PIPE"),
        ("lineage", "PIPE"),
        ("lineage", "a.sql", "--schema", "PIPE"),
        ("check", "--config", "PIPE"),
        ("check", "--snapshot", "PIPE"),
        ("check", "--manifest", "head=PIPE"),
        ("downstream", "s.a", "--snapshot", "PIPE"),
        ("lineage", "/dev/zero"),
    ],
    ids=" ".join,
)
def test_a_pipe_or_device_for_an_input(plain: Project, command: tuple[str, ...]) -> None:
    """An input that is no regular file is refused, wherever it lies: it might never end."""
    plain.pull_request(BREAK)
    for place in (plain.directory / "pipe", plain.directory.parent / "pipe"):
        os.mkfifo(place)
        ran = plain.run(*(word.replace("PIPE", str(place)) for word in command))
        assert ran.code == 2, ran
        assert "was not read" in ran.err


def test_a_pipe_in_the_working_tree(plain: Project) -> None:
    """A pipe in the place of a model is not analysed, and waits for nobody."""
    plain.pull_request(BREAK)
    (plain.directory / "b.sql").unlink()
    os.mkfifo(plain.directory / "b.sql")
    assert plain.run("check", "--base", "main", "--head", "working-tree", "--format", "json").code in (
        0,
        1,
        3,
    )


def test_a_regular_file(tmp_path: Path) -> None:
    """A file within the limit is read; one over it is refused with its size."""
    file = tmp_path / "x"
    file.write_bytes(b"ab")
    assert read_regular(file, "it") == b"ab"
    with pytest.raises(UsageError, match="larger"):
        read_regular(file, "it", limit=1)
