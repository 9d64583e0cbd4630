"""What was announced may go after its day, and not before; only the base announces."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.project import DBT, PLAIN, Project

TODAY = datetime.now(UTC).date()
SOON, PAST = TODAY + timedelta(days=40), TODAY - timedelta(days=40)
NOBODY = {"warehouse/weekly.sql": None}
"""Nobody in the repository reads `amount` without it."""
BASE = {name: text for name, text in PLAIN.items() if name not in NOBODY}
GONE = {"warehouse/orders.sql": PLAIN["warehouse/orders.sql"].replace(",\n    cents / 100.0 as amount", "")}
SQL = PLAIN["warehouse/orders.sql"]


def announced(how: str, day: object) -> dict[str, str]:
    """Give the base with `amount` deprecated until a day."""
    if how == "configuration":
        entry = f'[[deprecated]]\nrelation = "marts.orders"\ncolumns = ["amount"]\nuntil = {day}\nbecause = "use cents"\n'
        return BASE | {"contract-gate.toml": BASE["contract-gate.toml"] + entry}
    return BASE | {
        "warehouse/orders.sql": f"-- contract-gate: deprecated amount until {day} because use cents\n{SQL}"
    }


@pytest.mark.parametrize("how", ["configuration", "comment"])
def test_too_early_is_an_error_though_nobody_reads_it(empty: Project, how: str) -> None:
    """Before the day has passed the removal is blocked, with the day and the place that says it."""
    ran = empty.commit(announced(how, SOON)).pull_request(GONE).check()
    assert ran.code == 1
    (finding,) = ran.report["findings"]
    assert finding["level"] == "error"
    assert f"`amount` is deprecated and promised until {SOON}" in finding["message"]
    assert "use cents" in finding["message"]
    (change,) = (one for one in ran.report["changes"] if one["kind"] == "column-removed")
    assert change["window"]["until"] == str(SOON)
    assert change["window"]["is_over"] is False
    assert change["window"]["said_at"] == (
        "contract-gate.toml" if how == "configuration" else "warehouse/orders.sql:1"
    )


@pytest.mark.parametrize("day", [PAST, None])
def test_after_its_day_and_without_an_announcement_it_may_go(empty: Project, day: object) -> None:
    """Nobody reads it: it is a note."""
    base = announced("comment", day) if day else BASE
    ran = empty.commit(base).pull_request(GONE).check()
    assert (ran.code, [one["level"] for one in ran.report["findings"]]) == (0, ["note"])
    assert ("was deprecated and promised until" in ran.report["findings"][0]["message"]) is (day is not None)


def test_the_last_day_itself_is_promised(empty: Project) -> None:
    """`until` is the last day on which readers may count on it."""
    assert empty.commit(announced("comment", TODAY)).pull_request(GONE).check().code == 1


def test_a_reader_that_breaks_is_an_error_after_the_day_too(empty: Project) -> None:
    """The repository's own models are read whatever was announced."""
    base = PLAIN | {"warehouse/orders.sql": announced("comment", PAST)["warehouse/orders.sql"]}
    ran = empty.commit(base).pull_request(GONE).check()
    assert ran.code == 1
    assert list(ran.broken) == ["shop.marts.weekly"]


def test_a_change_neither_announces_nor_recants_for_itself(empty: Project) -> None:
    """The comment of the base counts, also where the change takes it away or dates it back."""
    project = empty.commit(announced("comment", SOON))
    dated_back = f"-- contract-gate: deprecated amount until {PAST}\n{GONE['warehouse/orders.sql']}"
    assert project.pull_request({"warehouse/orders.sql": dated_back}).check().code == 1


def test_the_longest_promise_counts(empty: Project) -> None:
    """Two marks of one column keep both."""
    both = announced("configuration", SOON) | {
        "warehouse/orders.sql": announced("comment", PAST)["warehouse/orders.sql"]
    }
    assert empty.commit(both).pull_request(GONE).check().code == 1


def test_a_whole_relation_and_one_that_is_not_understood(empty: Project) -> None:
    """Without a column all of it is promised, its columns too; a comment without a day is told and promises nothing."""
    whole = BASE | {"warehouse/orders.sql": f"-- contract-gate: deprecated until {SOON}\n{SQL}"}
    project = empty.commit(whole)
    assert project.pull_request(GONE).check().code == 1
    project.git("checkout", "--quiet", "main")
    removed = project.pull_request({"warehouse/orders.sql": None, "warehouse/dates.sql": None}).check()
    assert removed.code == 1
    project.git("checkout", "--quiet", "main")
    project.commit({"warehouse/orders.sql": f"-- contract-gate: deprecated amount\n{SQL}"})
    ran = project.pull_request(GONE).check()
    assert ran.code == 0
    assert any(
        "deprecation at warehouse/orders.sql:1 is not understood" in one
        for one in ran.report["coverage"]["notes"]
    )


@pytest.mark.parametrize(
    ("yaml", "code"),
    [
        (f"models:\n  - name: orders\n    deprecation_date: {SOON}\n", 1),
        (f"models:\n  - name: orders\n    deprecation_date: '{SOON} 00:00:00+00:00'\n", 1),
        (f"models:\n  - name: orders\n    deprecation_date: {PAST}\n", 0),
        (
            f"models:\n  - name: orders\n    columns: [{{name: amount, meta: {{deprecation_date: {SOON}}}}}]\n",
            1,
        ),
        (
            f"models:\n  - name: orders\n    columns: [{{name: amount, config: {{meta: {{deprecation_date: {SOON}}}}}}}]\n",
            1,
        ),
        (
            f"models:\n  - name: orders\n    columns: [{{name: order_id, meta: {{deprecation_date: {SOON}}}}}]\n",
            0,
        ),
        ("models:\n  - name: orders\n    deprecation_date: soon\n", 0),
    ],
)
def test_dbts_dates(empty: Project, yaml: str, code: int) -> None:
    """Of a model and of a column; the column's YAML goes with the column."""
    base = {name: text for name, text in DBT.items() if name != "models/weekly.sql"}
    project = empty.commit(base | {"models/schema.yml": yaml})
    ran = project.pull_request(
        {"models/orders.sql": "select 1 as order_id\n", "models/schema.yml": "models: [{name: orders}]\n"}
    ).check()
    assert ran.code == code, ran.out
