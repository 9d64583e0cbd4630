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
