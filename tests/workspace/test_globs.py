"""Ignore files mean what they mean to git, and no pattern takes long."""

import subprocess
from pathlib import Path

import pytest

from contract_gate.workspace.globs import IgnoreFile

PATHS = (
    "a.sql", "models/a.sql", "models/a/b.sql", "models/x/a/b.sql", "x/models/a.sql", "models/.hidden.sql", "mod/els/a.sql",
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "a.sql", "/a.sql", "models", "models/", "/models/", "a", "a/", "models/*", "models/*.sql", "models/**", "**/a", "**/a/",
        "models/**/b.sql", "**", "*", "*.sql\n!a.sql", "!a.sql\n*.sql", "# a.sql", "\\#x", "", "/", "a.sq?", "[am].sql", "[!a].sql",
        "mod*/a.sql", "models/a.sql/", "  a.sql", "a.sql   ", "/**/b.sql", "models/x/**/b.sql", "[",
    ],
)  # fmt: skip
def test_lines_of_an_ignore_file(text: str, tmp_path: Path) -> None:
    """Each form of a line leaves out what git leaves out."""
    (tmp_path / ".gitignore").write_text(text)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    ran = subprocess.run(
        ["git", "check-ignore", "--no-index", *PATHS],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert [path for path in PATHS if IgnoreFile.parse(text).leaves_out(path)] == ran.stdout.split()


def test_an_exception_below_a_folder() -> None:
    """The last line that matches decides, also below a folder that is left out: dbt reads that file, git would not."""
    found = IgnoreFile.parse("models/\n!models/a.sql\n")
    assert [path for path in PATHS if found.leaves_out(path)] == [
        "models/a/b.sql", "models/x/a/b.sql", "x/models/a.sql", "models/.hidden.sql",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "pattern", ["*a" * 500 + "b", "**/" * 2_000 + "b", "[" * 5_000, "?" * 5_000 + "*" * 5_000]
)
def test_a_pattern_that_is_made_to_take_long(pattern: str) -> None:
    """A hostile pattern matches nothing, in time that a test can wait for."""
    found = IgnoreFile.parse("\n".join([pattern] * 20))
    assert not found.leaves_out("/".join(["a" * 250] * 100))
