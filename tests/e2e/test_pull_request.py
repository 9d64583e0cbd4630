"""The gate on pull requests: who is named, what passes, which configuration counts, what is written where."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.e2e.project import DBT, PLAIN, Project, edited

ORDERS = "warehouse/orders.sql"
RENAMED = edited(PLAIN, ORDERS, "as amount", "as revenue")
SCHEMA = Path(__file__).parents[2] / "docs/report.schema.json"


def test_a_renamed_column(plain: Project) -> None:
    """The reader that still uses the old name breaks, with its line; the one that does not is left in peace."""
    ran = plain.pull_request(RENAMED).check()
    assert ran.code == 1
    assert ran.broken == {"shop.marts.weekly": "warehouse/weekly.sql:4"}
    assert [change["kind"] for change in ran.report["changes"] if change["caused_by"] is None] == [
        "column-renamed"
    ]


def test_a_reader_mended_in_the_same_pull_request(plain: Project) -> None:
    """It binds again and is not listed as broken: nothing blocks."""
    mended = edited(PLAIN, "warehouse/weekly.sql", "sum(amount)", "sum(revenue)")
    ran = plain.pull_request(RENAMED | mended).check()
    assert (ran.code, ran.broken) == (0, {})


def test_a_dbt_project(dbt: Project) -> None:
    """The same through templates: the line is that of the file, not of the rendered text."""
    ran = dbt.pull_request(edited(DBT, "models/orders.sql", "amount", "total")).check()
    assert ran.code == 1
    assert ran.broken == {"shop.marts.weekly": "models/weekly.sql:2"}


def test_a_removed_model(plain: Project) -> None:
    """Everything that reads it breaks."""
    ran = plain.pull_request({ORDERS: None}).check()
    assert ran.code == 1
    assert set(ran.broken) == {"shop.marts.weekly", "shop.marts.dates"}


def test_a_staged_deletion(plain: Project) -> None:
    """The index is judged, before there is a commit, and stays as it is."""
    plain.write({ORDERS: None})
    before = plain.git("status", "--porcelain")
    ran = plain.run("check", "--staged", "--offline", "--format", "json")
    assert ran.code == 1
    assert "shop.marts.weekly" in ran.broken
    assert plain.git("status", "--porcelain") == before == f"D  {ORDERS}\n"


def test_a_harmless_pull_request(plain: Project) -> None:
    """Another layout, a comment and another alias change nothing: no finding at all."""
    rewritten = (
        "-- one row an order\ncreate or replace view shop.marts.orders as\n"
        "select r.id as order_id, r.placed as order_date, (r.cents / 100.0) as amount\nfrom shop.raw.raw_orders as r;\n"
    )
    ran = plain.pull_request({ORDERS: rewritten}).check()
    assert (ran.code, ran.report["findings"], ran.report["changes"]) == (0, [], [])
    assert ran.report["coverage"]["models_changed"] == 1


def test_no_model(plain: Project) -> None:
    """A pull request without a model passes, and the report says why."""
    ran = plain.pull_request({"notes.md": "hello\n"}).check()
    assert ran.code == 0
    assert "no model changed" in ran.report["coverage"]["notes"]


def test_the_first_commit(plain: Project) -> None:
    """It is compared with no files: everything is new, nothing breaks."""
    ran = plain.run("check", "--format", "json")
    assert ran.code == 0
    assert {change["kind"] for change in ran.report["changes"]} == {"relation-added"}


def test_the_base_is_found(plain: Project) -> None:
    """Without flags the branch is compared with its merge base, though main moved on."""
    plain.pull_request(RENAMED)
    plain.git("checkout", "--quiet", "main")
    plain.commit({"warehouse/dates.sql": None})
    plain.git("checkout", "--quiet", "change")
    ran = plain.run("check", "--format", "json")
    assert ran.code == 1
    assert {change["relation"] for change in ran.report["changes"]} == {"shop.marts.orders"}


def test_the_pull_request_can_not_loosen_the_policy(plain: Project) -> None:
    """The configuration is the base's: one that never blocks counts from the next pull request on."""
    loose = {"contract-gate.toml": 'dialect = "postgres"\nfail-on = "never"\n'}
    ran = plain.pull_request(RENAMED | loose).check()
    assert (ran.code, ran.report["verdict"]) == (1, "blocked")


def test_a_repository_without_a_configuration(empty: Project) -> None:
    """Where the base has none, the pull request's own may be stricter and no looser, and the report says so."""
    files = {name: text for name, text in PLAIN.items() if name != "contract-gate.toml"}
    empty.commit(files).pull_request(RENAMED | {"contract-gate.toml": 'fail-on = "never"\n'})
    ran = empty.check()
    assert ran.code == 1
    assert any("fail-on is not used" in note for note in ran.report["coverage"]["notes"])
    assert any("pull request's own" in note for note in ran.report["coverage"]["notes"])
    empty.pull_request(
        {"contract-gate.toml": 'fail-on = "impact"\n', **edited(PLAIN, ORDERS, "100.0", "1000.0")}
    )
    assert empty.check().code == 1


def test_fail_on(plain: Project) -> None:
    """`impact` blocks for a reader of changed values too, `never` for nothing; the flag goes before the file."""
    plain.pull_request(edited(PLAIN, ORDERS, "100.0", "1000.0"))
    assert [plain.check("--fail-on", each).code for each in ("breaking", "impact", "never")] == [0, 1, 0]


def test_every_format_in_one_run(plain: Project, tmp_path: Path) -> None:
    """Each goes to its own file, the terminal's to the screen; the JSON is what its schema says."""
    plain.pull_request(RENAMED)
    names = ("github", "markdown", "sarif", "json", "html", "gitlab")
    targets = [part for name in names for part in ("--format", f"{name}={tmp_path / name}")]
    ran = plain.run("check", "--base", "main", "--format", "terminal", *targets)
    assert (ran.code, ran.err) == (1, "")
    assert "warehouse/weekly.sql:4" in ran.out
    assert all("weekly" in (tmp_path / name).read_text() for name in names)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(json.loads((tmp_path / "json").read_text()))
    assert json.loads((tmp_path / "sarif").read_text())["runs"][0]["results"]


def test_nothing_of_the_repository_is_touched(plain: Project) -> None:
    """A run leaves the tree, the index and the refs as they were, with uncommitted work in them."""
    plain.pull_request(RENAMED)
    (plain.directory / "warehouse/weekly.sql").write_text("in the middle of something")
    before = plain.git("status", "--porcelain"), plain.git("for-each-ref"), plain.git("stash", "list")
    plain.check()
    assert before == (
        plain.git("status", "--porcelain"),
        plain.git("for-each-ref"),
        plain.git("stash", "list"),
    )


def test_names_that_are_hard_to_write(plain: Project) -> None:
    """Blanks, quotes, umlauts and line feeds in names of files are names of files."""
    text = "create view shop.marts.monthly as select sum(amount) as revenue from shop.marts.orders;\n"
    hard = 'warehouse/mo nat\n"ä".sql'
    plain.commit({hard: text}).pull_request(RENAMED)
    ran = plain.check()
    assert ran.broken["shop.marts.monthly"] == f"{hard}:1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "--unknown"), "No such option"),
        (("check", "--format", "nope"), "no format `nope`"),
        (("check", "--fail-on", "nope"), "nope"),
        (("check", "--dialect", "nope"), "nope"),
        (("check", "--format", "json", "--format", "sarif"), "would mix"),
        (("check", "--base=--upload-pack=x"), "no name of a revision"),
        (("check", "--config", "gone.toml"), "gone.toml"),
        (("nope",), "No such command"),
    ],
)
def test_what_is_not_understood(plain: Project, arguments: tuple[str, ...], said: str) -> None:
    """A wrong flag, value or command ends with 2 and names itself."""
    ran = plain.run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_help(empty: Project) -> None:
    """Every command explains itself."""
    listed = empty.run("--help")
    assert listed.code == 0
    for name in (
        "check",
        "diff",
        "lineage",
        "sync",
        "downstream",
        "snapshot",
        "rules",
        "doctor",
        "init",
        "emulator",
        "demo",
    ):
        assert f"  {name}" in listed.out
        assert empty.run(name, "--help").out.startswith("Usage: ")


def test_columns_of_an_absent_package_are_any(dbt: Project) -> None:
    """What a macro that is not there would list may be what a reader reads: nothing is proven, and it is said."""
    hole = {"models/orders.sql": "select 1 as order_id, {{ lib.columns('x') }} from raw.orders\n"}
    ran = dbt.pull_request(hole).check()
    assert (ran.code, ran.broken) == (0, {})
    assert {change["kind"] for change in ran.report["changes"]} >= {"undecided"}


def test_a_warehouse_that_is_moved_whole(plain: Project) -> None:
    """Each removed model is paired with the one that means the same, among many that look alike."""
    names = [f"m{i}" for i in range(60)]
    old = {
        f"old/{name}.sql": f"create view a.b.{name} as\nselect *, {i} as n from raw.x.{name}\n"
        for i, name in enumerate(names)
    }
    new = {f"new/{name}.sql": old[f"old/{name}.sql"].replace("a.b.", "a.c.new_") for name in names}
    plain.commit(old)
    ran = plain.pull_request({**dict.fromkeys(old), **new}).check()
    kinds = [change["kind"] for change in ran.report["changes"]]
    assert kinds == ["relation-renamed"] * len(names)
