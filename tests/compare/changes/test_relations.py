"""What becomes of a dbt model as a whole: how it is kept, and what it is called."""

import pytest

from contract_gate.compare.changes.change import Kind
from tests.comparing import assessed

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, schema: ci, dbname: d}}}\n",
}


def told(base: dict[str, str], head: dict[str, str]) -> list[tuple[Kind, str | None, str | None]]:
    found = assessed(PROJECT | base, PROJECT | head, None)
    return [(change.kind, change.before, change.after) for change in found.changes]


@pytest.mark.parametrize(
    ("before", "after"), [("table", "view"), ("view", "incremental"), ("table", "ephemeral")]
)
def test_a_model_is_kept_in_another_way(before: str, after: str) -> None:
    """A table that becomes a view is told by both words, one that stays is no change."""
    sides = [{"models/orders.sql": f"{{{{ config(materialized='{each}') }}}}\nselect 1 as id"} for each in (before, after)]  # fmt: skip
    assert (Kind.MATERIALIZATION_CHANGED, before, after) in told(sides[0], sides[1])
    assert told(sides[0], {"models/orders.sql": sides[0]["models/orders.sql"] + "\n-- again\n"}) == []


def test_a_model_of_another_name_is_renamed() -> None:
    """A model that moves to another file with the same meaning is renamed, not lost and made anew."""
    base = {"models/orders.sql": "select id, day from raw.orders where day > 1"}
    head = {"models/sales.sql": "SELECT id, day FROM raw.orders WHERE 1 < day"}
    assert told(base, head) == [(Kind.RELATION_RENAMED, "d.ci.orders", "d.ci.sales")]


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("int", "integer", []),
        ("int", "bigint", [(Kind.COLUMN_TYPE_WIDENED, "INT", "BIGINT")]),
        ("int", "text", [(Kind.COLUMN_TYPE_CHANGED, "INT", "TEXT")]),
    ],
)
def test_a_declared_type(before: str, after: str, kinds: list[tuple[Kind, str, str]]) -> None:
    """A type that a contract says of a star's column is compared as one that SQL gives: another spelling is no change, a wider one is told so."""
    contract = "models: [{{name: orders, config: {{contract: {{enforced: true}}, materialized: table}}, columns: [{{name: id, data_type: {}}}]}}]"
    sides = [
        {"models/orders.sql": "select * from raw.orders", "models/x.yml": contract.format(each)}
        for each in (before, after)
    ]
    assert told(sides[0], sides[1]) == kinds
