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
        (
            "application.properties",
            "debezium.source.connector.class=x\ndebezium.source.table.include.list=shop.orders\ndebezium.source.name=n\n",
            WHOLE,
            2,
        ),
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


POSTED = """\
curl -X PUT http://connect:8083/connectors/n/config -H 'Content-Type: application/json' -d '{
    "connector.class": "io.debezium.connector.mysql.MySqlConnector",
    "tasks.max": 1,
    "table.whitelist": "shop.orders"
}'
"""


@pytest.mark.parametrize(
    ("name", "path", "text", "line"),
    [
        ("shell", "c.sh", POSTED, 4),
        ("shell", "c.sh", 'curl -d "{\\"connector.class\\": \\"x.JdbcSourceConnector\\", \\"table.whitelist\\": \\"shop.orders\\"}" u\n', 1),
        ("kafka", "docker-compose.yml", f"services:\n  connect:\n    command:\n      - bash\n      - |\n        {POSTED.replace(chr(10), chr(10) + '        ')}\n", 9),
        ("python", "c.py", 'import requests\nrequests.put(u, json={\n  "connector.class": "x",\n  "table.include.list": "shop.orders",\n})\n', 4),
        ("code", "c.tf", 'config_nonsensitive = {\n  "connector.class" = "x"\n  "table.include.list" = "shop.orders"\n}\n', 3),
    ],
)  # fmt: skip
def test_connectors_in_other_files(name: str, path: str, text: str, line: int) -> None:
    """What is posted to Connect is read wherever it is written."""
    found = read(kind(name), path, {path: text})
    assert queries(found) == [WHOLE]
    assert found[0].queries[0].line == line


def test_settings_of_two_connectors() -> None:
    """Each has what stands beside its own class; settings that nobody's class stands beside are no connector's."""
    one = '{"connector.class": "x", "table.whitelist": "shop.orders"}'
    text = f'[{one}, {{"connector.class": "y", "topics": "t"}}, {{"query": "select a from shop.users"}}]'
    assert queries(read(kind("kafka"), "c.json", {"c.json": text})) == [WHOLE]
