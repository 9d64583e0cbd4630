"""Connectors of Kafka: which tables they read, and what they read of them."""

import json

import pytest

from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.values import FileReader
from tests.workspace.readers.reading import names, queries, read

JDBC = {"connector.class": "io.confluent.connect.jdbc.JdbcSourceConnector"}
WHOLE = "SELECT * FROM shop.orders"


def connector(**settings: str) -> tuple[FileReader, ...]:
    text = json.dumps(
        {
            "name": "n",
            "config": {**JDBC, **{key.replace("__", "."): value for key, value in settings.items()}},
        }
    )
    return read(kind("kafka"), "c.json", {"c.json": text})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"table__whitelist": "shop.orders"}, [WHOLE]),
        ({"table__include__list": "shop.orders, shop.users"}, [WHOLE, "SELECT * FROM shop.users"]),
        ({"table__include__list": r"shop\.orders"}, [WHOLE]),
        ({"table__include__list": "^shop.(orders|users)$"}, [WHOLE, "SELECT * FROM shop.users"]),
        ({"table__whitelist": "orders"}, ["SELECT * FROM orders"]),
        ({"query": "select a from shop.orders"}, ["select a from shop.orders"]),
        ({"table__whitelist": "shop.orders", "incrementing__column__name": "id", "timestamp__column__name": "at, made"}, [WHOLE, "SELECT read_.id, read_.at, read_.made FROM shop.orders AS read_"]),
        ({"table__include__list": "shop.orders", "column__include__list": "shop.orders.a,shop.orders.b"}, ["SELECT read_.a, read_.b FROM shop.orders AS read_"]),
        ({"table__include__list": "shop.*"}, []),
        ({"table__exclude__list": "shop.orders", "table__blacklist": "shop.orders", "column__exclude__list": "shop.orders.a"}, []),
        ({"topics": "shop.orders"}, []),
    ],
)  # fmt: skip
def test_what_a_connector_reads(settings: dict[str, str], expected: list[str]) -> None:
    """Tables are read whole unless columns are chosen; what is left out, and what any name may match, is not read."""
    found = connector(**settings)
    assert queries(found) == expected
    assert names(found) == (["connector n"] if expected else [])


STRIMZI = """\
kind: KafkaConnector
metadata:
  name: n
spec:
  class: io.debezium.connector.postgresql.PostgresConnector
  config:
    table.include.list: shop.orders
"""
PROPERTIES = """\
# of production
name=n
connector.class=io.confluent.connect.jdbc.JdbcSourceConnector
mode = bulk
query: select a \\
    from shop.orders
"""


@pytest.mark.parametrize(
    ("path", "text", "sql", "line"),
    [
        ("c.yaml", STRIMZI, WHOLE, 7),
        ("c.yml", "---\n" + STRIMZI + "---\nkind: Other\n", WHOLE, 8),
        ("c.properties", PROPERTIES, "select a from shop.orders", 5),
        ("c.json", json.dumps([{"name": "n", **JDBC, "table.whitelist": "shop.orders"}], indent=1), WHOLE, 5),
    ],
)
def test_where_connectors_are_written(path: str, text: str, sql: str, line: int) -> None:
    """In a manifest, as properties or as JSON, at their lines."""
    found = read(kind("kafka"), path, {path: text})
    assert (names(found), queries(found)) == (["connector n"], [sql])
    assert found[0].queries[0].line == line


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("c.properties", "query=select a from shop.orders\n"),
        ("c.json", '{"query": "select a from shop.orders", "x": "connector.class"}'),
        ("c.yaml", "a: &x {b: connector.class}\nc: [*x, *x]\n"),
    ],
)
def test_no_connector(path: str, text: str) -> None:
    """A query is another kind's where nothing says that it is a connector's."""
    assert read(kind("kafka"), path, {path: text}) == ()
