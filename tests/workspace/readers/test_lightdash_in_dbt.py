"""Lightdash in a dbt project: the models are named as dbt names them, whatever schema they are built in."""

from pathlib import Path

import pytest

from tests.e2e.project import Project

DBT = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodels:\n  shop:\n    +schema: marts\n",
    "models/orders.sql": "select id, amount, status from {{ source('raw', 'orders') }}\n",
    "models/raw.yml": "sources:\n- name: raw\n  tables:\n  - name: orders\n    meta: {owner: x}\n",
}
YAML = """\
models:
- name: orders
  columns:
  - name: id
    meta:
      metrics:
        orders: {type: count_distinct}
  - name: amount
    config:
      meta:
        metrics:
          revenue:
            type: sum
"""


@pytest.mark.parametrize("is_mended", [False, True])
def test_a_metric_of_a_column_that_goes(tmp_path: Path, is_mended: bool) -> None:
    """Its metric breaks, at its own line; nothing is told of one that the change takes along, nor of the others."""
    repository = Project(tmp_path / "repository").start()
    repository.commit({**DBT, "models/orders.yml": YAML})
    change = {"models/orders.sql": DBT["models/orders.sql"].replace(" amount,", "")}
    if is_mended:
        change["models/orders.yml"] = YAML.partition("  - name: amount")[0]
    repository.pull_request(change)
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    told = [
        (one["consumer"]["kind"], one["consumer"]["name"], one["effect"], one["location"]["line"])
        for one in impacts
    ]
    assert told == ([] if is_mended else [("metric", "orders.revenue", "breaks", 13)])


def test_a_model_with_an_alias(tmp_path: Path) -> None:
    """Lightdash calls a model by dbt's name: its metrics break with the column, and not where the alias alone becomes another."""
    repository = Project(tmp_path / "repository").start()
    aliased = "{{ config(alias='fct_orders') }}\n" + DBT["models/orders.sql"]
    repository.commit({**DBT, "models/orders.sql": aliased, "models/orders.yml": YAML})
    repository.pull_request({"models/orders.sql": aliased.replace("fct_orders", "all_orders")})
    moved = repository.check("--offline", "--no-witness").report["impacts"]
    assert [one["effect"] for one in moved if one["consumer"]["kind"] == "metric"] == []
    repository.pull_request({"models/orders.sql": aliased.replace(" amount,", "")})
    gone = repository.check("--offline", "--no-witness").report["impacts"]
    assert [(one["consumer"]["name"], one["effect"]) for one in gone] == [("orders.revenue", "breaks")]


def test_two_projects_with_a_model_of_one_name(tmp_path: Path) -> None:
    """The YAML speaks of its own project's model."""
    repository = Project(tmp_path / "repository").start()
    both = {
        f"{root}/{path}": text.replace("name: shop", f"name: {root}")
        for root in ("one", "two")
        for path, text in {**DBT, "models/orders.yml": YAML}.items()
    }
    repository.commit(both)
    repository.pull_request({"two/models/orders.sql": DBT["models/orders.sql"].replace(" amount,", "")})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [one["location"]["path"] for one in impacts] == ["two/models/orders.yml"]
