"""Files that have a reader's words and another shape: what is there is read, and what is not hides none of it."""

import json

import pytest

from contract_gate.workspace.readers import consumers
from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.values import UnreadableReaderError
from tests.workspace.readers.reading import queries, read

SODA = """checks for orders:
  - my metric > 1:
      my metric expression: sum(amount)
  - schema:
      fail:
        when required column missing: ["$x", id]
        when wrong column index: {}
configurations for orders: {}
"""
KAFKA = {
    "connector.class": "x.JdbcSourceConnector",
    "table.include.list": "shop.orders",
    "column.include.list": "amount,shop.orders.id,shop.items.sku",
}
LOOKML = """view: orders {
  sql_table_name: shop.orders ;;
  dimension: state { sql: ${TABLE}.state ;; }
  measure: paid { type: sum sql: ${TABLE}.amount ;; filters: { field: state value: "paid" } filters: { value: "x" } }
}"""
CUBE = """cubes:
  - {name: orders, sql_table: shop.orders, dimensions: [{name: id, sql: id, type: number}, {sql: x}]}
  - {sql_table: shop.other}
views:
  - name: seen
    cubes: [{join_path: elsewhere, includes: [x]}, {join_path: orders, includes: [id]}]
"""
RILL = "type: metrics_view\nmodel: orders\ndimensions:\n  - {name: odd}\n  - {name: id, column: id}\n"


@pytest.mark.parametrize(
    ("of", "path", "text", "asked"),
    [
        ("soda", "checks/a.yml", SODA,
         ["SELECT 1 FROM ${schema}.orders", "SELECT sum(amount) FROM ${schema}.orders", "SELECT id FROM ${schema}.orders"]),
        ("kafka", "c.json", json.dumps({"name": "c", "config": KAFKA}),
         ["SELECT read_.id FROM shop.orders AS read_", "SELECT read_.sku FROM shop.items AS read_"]),
        ("lookml", "v.view.lkml", LOOKML,
         ["SELECT orders_.state FROM shop.orders AS orders_", "SELECT orders_.amount, (orders_.state) FROM shop.orders AS orders_"]),
        ("cube", "model/c.yml", CUBE,
         ["SELECT id FROM shop.orders AS orders_", "SELECT x FROM shop.orders AS orders_", "SELECT id FROM shop.orders AS orders_"]),
        ("rill", "metrics/o.yaml", RILL, ["SELECT id FROM __ph_schema__.orders AS o_"]),
    ],
)  # fmt: skip
def test_what_else_stands_there_is_passed_over(of: str, path: str, text: str, asked: list[str]) -> None:
    """Names without a table, lists without names and settings of other things read nothing; the rest is read."""
    assert queries(read(kind(of), path, {path: text})) == asked


@pytest.mark.parametrize(
    ("of", "path", "text"),
    [
        ("metabase", "cards/a.yaml", "name: x\n"),
        ("metabase", "cards/a.yaml", ""),
        ("notebook", "a.ipynb", "[]"),
        ("notebook", "a.ipynb", '{"cells": "none"}'),
    ],
)
def test_what_asks_nothing_has_no_reader(of: str, path: str, text: str) -> None:
    """A file that is no question, and a notebook without cells, read nothing."""
    assert read(kind(of), path, {path: text}) == ()


def test_a_json_of_other_things_is_no_manifest() -> None:
    """What is no manifest of dbt is said to be none, not taken for one that reads nothing."""
    for text in (
        "{}",
        '{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}}',
    ):
        with pytest.raises(UnreadableReaderError, match="no manifest"):
            consumers.read("m.json", text, None)  # type: ignore[arg-type]
