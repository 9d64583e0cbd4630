"""What a repository or a command line can hold that no one can use: one line, the documented exit code, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.project import DBT, PLAIN, Project, Ran, edited

LARGE = b"select 1 as a -- " + b"x" * 50_000_000


def one_line(ran: Ran) -> str:
    """Give the error of a run that is told as one `error:` line, and at most one `hint:`."""
    lines = ran.err.splitlines()
    assert lines[0].startswith("error: ")
    assert [line.split(":")[0] for line in lines] == ["error", "hint"][: len(lines)]
    assert ran.out == ""
    return lines[0]


def not_analysed(ran: Ran) -> dict[str, str]:
    return {entry["path"]: entry["reason"] for entry in ran.report["coverage"]["not_analysed"]}


def test_no_repository(tmp_path: Path) -> None:
    """Without a git repository nothing can be compared: exit 3."""
    place = Project(tmp_path / "nothing")
    ran = place.run("check", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert ran.code == 3
    assert "git repository" in one_line(ran)


def test_an_empty_repository(empty: Project) -> None:
    """Without a commit there is no base: exit 3, and the hint names the way."""
    ran = empty.run("check")
    assert ran.code == 3
    assert "no commit" in one_line(ran)
    assert "--staged" in ran.err


def test_an_empty_repository_with_something_staged(empty: Project) -> None:
    """The index of a repository without a commit can be judged."""
    ran = empty.write(PLAIN).run("check", "--staged", "--format", "json")
    assert (ran.code, ran.report["coverage"]["models_changed"]) == (0, 4)


@pytest.mark.parametrize("ref", ["gone", "main~99", "0" * 40, "a..b", "--all", "main\n"])
def test_an_unknown_revision(plain: Project, ref: str) -> None:
    """A base that is not there, or is no revision, is never an empty comparison."""
    ran = plain.run("check", f"--base={ref}")
    assert ran.code in (2, 3)
    assert "revision" in one_line(ran) or "commit" in one_line(ran) or "range" in one_line(ran)


def test_a_binary_file(plain: Project) -> None:
    """It is no SQL: not analysed, with the reason, and the others are judged."""
    binary = {"warehouse/dates.sql": b"\x89PNG\x00\x00\x01" + bytes(range(256)) * 20}
    ran = plain.pull_request(
        binary | edited(PLAIN, "warehouse/orders.sql", "as amount", "as revenue")
    ).check()
    assert ran.code == 1
    assert "shop.marts.weekly" in ran.broken
    assert "warehouse/dates.sql" in not_analysed(ran)


def test_a_file_of_50_megabytes(plain: Project) -> None:
    """It is too large to read: not analysed, with the reason."""
    ran = plain.pull_request({"warehouse/dates.sql": LARGE}).check()
    assert ran.code == 0
    assert "warehouse/dates.sql" in not_analysed(ran)


def test_bytes_that_are_no_utf_8(plain: Project) -> None:
    """Text in another encoding is read as far as it can be: the column is found."""
    latin = PLAIN["warehouse/dates.sql"].encode() + "-- Übersicht für Zürich\n".encode("latin-1")
    ran = plain.commit({"warehouse/dates.sql": latin}).pull_request({"warehouse/orders.sql": None}).check()
    assert "shop.marts.dates" in ran.broken


def test_no_sql_at_all(plain: Project) -> None:
    """A changed file that is not SQL is not analysed, and says where it stops being understood."""
    ran = plain.pull_request({"warehouse/dates.sql": "create view shop.marts.dates as selekt (((\n"}).check()
    assert ran.code == 0
    assert "warehouse/dates.sql" in not_analysed(ran)


def test_broken_yaml(dbt: Project) -> None:
    """Properties that are no YAML are not analysed; the models are judged without them."""
    broken = {"models/schema.yml": "models:\n  - name: [orders\n  }"}
    ran = dbt.pull_request(broken | edited(DBT, "models/orders.sql", "amount", "total")).check()
    assert ran.code == 1
    assert "models/schema.yml" in not_analysed(ran)


def test_a_project_file_that_is_no_yaml(dbt: Project) -> None:
    """The project can't be read any more: said, and not taken for a removal without readers."""
    ran = dbt.pull_request({"dbt_project.yml": "name: [shop\n"}).check()
    assert "dbt_project.yml" in not_analysed(ran)
    assert ran.report["findings"]


def test_models_in_a_circle(dbt: Project) -> None:
    """dbt refuses a cyclic ref, and that blocks; the run ends."""
    circle = {
        "models/a.sql": "select x from {{ ref('b') }}\n",
        "models/b.sql": "select x from {{ ref('a') }}\n",
    }
    ran = dbt.pull_request(circle).check()
    assert ran.code == 1
    assert "circle" in ran.out


def test_a_reference_to_nothing(dbt: Project) -> None:
    """A ref that no model answers is told, and does not end the run: the others are judged."""
    lost = {"models/new.sql": "select x from {{ ref('nowhere') }}\n"}
    ran = dbt.pull_request(lost | edited(DBT, "models/orders.sql", "amount", "total")).check()
    assert ran.code == 1
    assert "shop.marts.weekly" in ran.broken
    assert any(finding["rule"] == "does-not-bind" for finding in ran.report["findings"])


def test_a_template_that_never_ends(dbt: Project) -> None:
    """It is stopped, and told as not analysed."""
    endless = {"models/new.sql": "select {% for i in range(100000000) %}{{ i }},{% endfor %} 1 as a\n"}
    ran = dbt.pull_request(endless).check()
    assert ran.code == 0
    assert "models/new.sql" in not_analysed(ran)


def test_a_configuration_that_is_wrong(plain: Project) -> None:
    """A misspelt key is exit 2 and names the nearest one."""
    plain.commit({"contract-gate.toml": 'fail-onn = "never"\n'}).pull_request({"warehouse/dates.sql": None})
    ran = plain.check()
    assert ran.code == 2
    assert "fail-on" in one_line(ran) + ran.err


def test_deeply_nested_sql(plain: Project) -> None:
    """Thousands of parentheses don't crash the process."""
    deep = f"create view shop.marts.dates as select {'(' * 20_000}1{')' * 20_000} as order_date;"
    ran = plain.pull_request({"warehouse/dates.sql": deep}).check()
    assert ran.code == 0
    assert "warehouse/dates.sql" in not_analysed(ran)


def test_a_reader_that_goes_away(plain: Project) -> None:
    """A pipe that closes early (`| head -1`) is no crash with a traceback."""
    plain.pull_request(edited(PLAIN, "warehouse/orders.sql", "as amount", "as revenue"))
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "contract_gate", "check", "--base", "main"],
        cwd=plain.directory, env=plain.environment, stdout=write, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(write)
    assert ran.returncode in (1, 3)
    assert b"Traceback" not in ran.stderr


def test_a_terminal_that_has_no_unicode(plain: Project) -> None:
    """An ASCII terminal gets question marks, not a crash."""
    plain.pull_request(edited(PLAIN, "warehouse/orders.sql", "as amount", "as revenue"))
    ran = plain.run("check", "--base", "main", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ran.code == 1
    assert "weekly" in ran.out


@pytest.mark.parametrize("path", ["wharehouse", "orders.sql", "warehouse/gone.sql"])
def test_a_path_without_a_file(plain: Project, path: str) -> None:
    """A misspelt PATH would judge nothing and pass: exit 2, and it is named."""
    ran = plain.pull_request({"warehouse/orders.sql": None}).run("check", path)
    assert ran.code == 2
    assert path in one_line(ran)
    assert "top of the repository" in ran.err


@pytest.mark.parametrize("path", [".", "./warehouse", "warehouse/", "warehouse/*.sql"])
def test_a_path_with_files(plain: Project, path: str) -> None:
    """Each way to write a folder reads what is in it."""
    ran = plain.pull_request({"warehouse/orders.sql": None}).run("check", path, "--format", "json")
    assert (ran.code, "shop.marts.weekly" in ran.broken) == (1, True)


def test_a_path_in_a_dbt_project(dbt: Project) -> None:
    """The project's own models are not read once more as plain SQL."""
    dbt.pull_request(edited(DBT, "models/orders.sql", "as amount", "as revenue"))
    whole, part = (dbt.run("check", *path, "--format", "json") for path in ((), ("models",)))
    assert whole.report["findings"]
    assert part.report == whole.report


@pytest.mark.parametrize("side", ["plain", "dbt"])
def test_an_unknown_dialect(side: str, request: pytest.FixtureRequest) -> None:
    """It is wrong usage in every kind of project, not a crash."""
    project: Project = request.getfixturevalue(side)
    folder = "warehouse" if side == "plain" else "models"
    project.pull_request({f"{folder}/one_more.sql": "create view shop.marts.more as select 1 as a"})
    ran = project.run("check", "--dialect", "klingon")
    assert (ran.code, "klingon" in one_line(ran)) == (2, True)


def test_the_usual_name_of_a_dialect_in_a_dbt_project(dbt: Project) -> None:
    """`postgresql` is postgres there, too."""
    dbt.pull_request(edited(DBT, "models/orders.sql", "as amount", "as revenue"))
    usual, own = (dbt.run("check", "--dialect", name) for name in ("postgresql", "postgres"))
    assert usual.out == own.out
    assert usual.code in (0, 1)


def test_a_broken_configuration_on_the_base(plain: Project) -> None:
    """The pull request that mends it is told how to pass meanwhile."""
    plain.commit({"contract-gate.toml": 'dialect = "'})
    ran = plain.pull_request({"contract-gate.toml": 'dialect = "postgres"\n'}).run("check")
    assert ran.code == 2
    assert "contract-gate.toml is not TOML" in one_line(ran)
    assert "--config FILE" in ran.err
    assert plain.run("check", "--config", "contract-gate.toml").code == 2
    (plain.directory / "mended.toml").write_text('dialect = "postgres"\n', encoding="utf-8")
    assert plain.run("check", "--config", "mended.toml").code == 0


@pytest.mark.parametrize("option", ["--snapshot", "--config"])
def test_a_file_that_is_not_there(plain: Project, option: str) -> None:
    """The message names the file once, in words."""
    line = one_line(plain.run("check", option, "gone.json"))
    assert line.count("gone.json") == 1
    assert line.endswith("No such file or directory")


def test_configured_paths_that_match_nothing_are_told(plain: Project) -> None:
    """They may be those of another branch, so the run goes on; that nothing is read there is said."""
    plain.commit({"contract-gate.toml": 'paths = ["wharehouse"]\n'}).pull_request(
        {"other/x.sql": "create view x as select 1 as a;\n"}
    )
    ran = plain.check()
    assert ran.code == 0
    assert any("wharehouse, where no file is" in note for note in ran.report["coverage"]["notes"])
