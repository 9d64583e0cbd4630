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
