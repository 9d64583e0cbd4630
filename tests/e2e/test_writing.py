"""What a run does to rows that are there already: settings that no SQL shows."""

import pytest

from tests.e2e.project import DBT, Project

MODEL = "{{ config(materialized='incremental', SETTINGS) }}\nselect 1 as order_id, 2 as amount, 3 as day\n"
SNAPSHOT = (
    "{% snapshot kept %}{{ config(strategy='check', check_cols=['amount'], SETTINGS) }}"
    "select * from {{ ref('weekly') }}{% endsnapshot %}"
)


def told(project: Project, path: str, text: str, before: str, after: str) -> list[tuple[str, str, str]]:
    project.commit({**DBT, path: text.replace("SETTINGS", before)})
    ran = project.pull_request({path: text.replace("SETTINGS", after)}).check()
    assert ran.code == 0
    return [
        (change["kind"], change["before"], change["after"])
        for change in ran.report["changes"]
        if not change["caused_by"]
    ]


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("unique_key='order_id'", "unique_key=['order_id', 'day']", "delete+insert by order_id", "delete+insert by order_id, day"),
        ("unique_key='order_id'", "incremental_strategy='append'", "delete+insert by order_id", "append"),
    ],
)  # fmt: skip
def test_an_incremental_model_is_merged_in_another_way(
    dbt: Project, before: str, after: str, old: str, new: str
) -> None:
    """The same query and another key, or another strategy: other rows."""
    changes = told(dbt, "models/orders.sql", MODEL, before, after)
    assert changes == [("rows-merge-changed", old, new)]


def test_the_default_written_out(dbt: Project) -> None:
    """Nothing changes."""
    explicit = "unique_key='order_id', incremental_strategy='delete+insert'"
    assert told(dbt, "models/orders.sql", MODEL, "unique_key='order_id'", explicit) == []


def test_a_snapshot_by_another_key(dbt: Project) -> None:
    """What is one row of its history changes."""
    changes = told(dbt, "snapshots/kept.sql", SNAPSHOT, "unique_key='week'", "unique_key='revenue'")
    assert [kind for kind, _, _ in changes] == ["rows-merge-changed"]


@pytest.mark.parametrize(
    ("hook", "kinds"),
    [
        ("delete from {{ this }} where amount < 0", ["undecided"]),
        ("grant select on {{ this }} to role reader", []),
    ],
)
def test_a_hook_that_writes(dbt: Project, hook: str, kinds: list[str]) -> None:
    """What it does is not read, and that is said; rights are nobody's rows."""
    changes = told(
        dbt, "models/orders.sql", MODEL, "unique_key='day'", f"unique_key='day', post_hook='{hook}'"
    )
    assert [kind for kind, _, _ in changes] == kinds


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("delete from {{ this }} where c = 'a  b'", "delete from {{ this }} where c = 'a b'", ["undecided"]),
        ("delete from {{ this }} where c = '-- a'", "delete from {{ this }} where c = '-- b'", ["undecided"]),
        ("delete from {{ this }}  where c = 'a'", "delete from {{ this }} where c = 'a' -- all", []),
    ],
)
def test_the_text_of_a_hook(dbt: Project, before: str, after: str, kinds: list[str]) -> None:
    """Blanks and dashes in its strings are values, between its words they are layout."""
    settings = [f'unique_key="day", post_hook="{hook}"' for hook in (before, after)]
    changes = told(dbt, "models/orders.sql", MODEL, *settings)
    assert [kind for kind, _, _ in changes] == kinds


SEED = {
    "seeds/countries.csv": "code,name\nNL,Netherlands\nBE,Belgium\n",
    "models/named.sql": "select name from {{ ref('countries') }}\n",
}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("code,name\nNL,Nederland\nBE,Belgium\n", ["the rows of `countries` were edited"]),
        ("code,name\r\nBE,Belgium\r\nNL,Netherlands\r\n", []),
    ],
)
def test_the_rows_of_a_seed(dbt: Project, rows: str, told: list[str]) -> None:
    """They are data that readers see; their order and line ends are not."""
    dbt.commit({**DBT, **SEED})
    report = dbt.pull_request({"seeds/countries.csv": rows}).check().report
    assert [change["message"] for change in report["changes"] if not change["caused_by"]] == told
    assert {impact["consumer"]["name"] for impact in report["impacts"]} == (
        {"shop.marts.named"} if told else set()
    )


@pytest.mark.parametrize(
    ("code", "kinds"),
    [("return dbt.ref('orders').mean()", ["undecided"]), ("return dbt.ref('orders')  # all", [])],
)
def test_the_code_of_a_python_model(dbt: Project, code: str, kinds: list[str]) -> None:
    """What it gives is not read: an edit can't be judged, a comment is no edit."""
    python = "def model(dbt, session):\n    "
    dbt.commit({**DBT, "models/daily.py": f"{python}return dbt.ref('orders')\n"})
    report = dbt.pull_request({"models/daily.py": f"{python}{code}\n"}).check().report
    assert [change["kind"] for change in report["changes"]] == kinds


def test_two_models_of_one_name(dbt: Project) -> None:
    """dbt refuses both; the one that is new says so."""
    report = dbt.pull_request({"models/again/orders.sql": "select 3 as other\n"}).check().report
    assert [entry["path"] for entry in report["coverage"]["not_analysed"]] == ["models/again/orders.sql"]


def test_a_project_that_can_not_be_read(dbt: Project) -> None:
    """Its models are read as the base sets them up, none is removed, and that is said once."""
    ran = dbt.pull_request({"dbt_project.yml": "name: [shop\n"}).check("--strict")
    assert ran.code == 3
    assert [finding["level"] for finding in ran.report["findings"]] == ["warning"]
    assert "the project is read as the base sets it up" in ran.report["findings"][0]["message"]
