"""Meltano's extractors: what those of a warehouse select is read, and nothing of what others do."""

import pytest

from contract_gate.workspace.readers.kinds import kind
from tests.memory import MemoryFiles
from tests.workspace.readers.reading import names, queries, read

_SCHEMA = "__ph_schema__"


def extractors(*selected: str, name: str = "tap-snowflake", more: str = "") -> dict[str, str]:
    """Write a project with one extractor that selects these patterns."""
    listed = "".join(f"    - '{each}'\n" for each in selected)
    return {"meltano.yml": f"plugins:\n  extractors:\n  - name: {name}\n{more}    select:\n{listed}"}


@pytest.mark.parametrize(
    ("selected", "sql"),
    [
        (("shop-orders.id", "shop-orders.amount"), "SELECT read_.id, read_.amount FROM shop.orders AS read_"),
        (("*orders.id",), f"SELECT read_.id FROM {_SCHEMA}.orders AS read_"),
        (("shop-orders.*",), "SELECT 1 FROM shop.orders AS read_"),
        (("shop-orders.am*",), "SELECT 1 FROM shop.orders AS read_"),
        (("shop-orders.address.city",), "SELECT read_.address FROM shop.orders AS read_"),
        (("shop-orders.id", "!shop-orders.amount"), "SELECT read_.id FROM shop.orders AS read_"),
    ],
)
def test_what_is_selected(selected: tuple[str, ...], sql: str) -> None:
    """A stream is a relation, an attribute its column; a glob names no column, and what is left out is not read."""
    assert queries(read(kind("meltano"), "meltano.yml", extractors(*selected))) == [sql]


def test_what_is_inherited() -> None:
    """A tap is of a warehouse where what it inherits from is."""
    found = read(
        kind("meltano"),
        "meltano.yml",
        extractors("*a.b", name="daily", more="    inherit_from: tap-athena\n"),
    )
    assert names(found) == ["extract daily"]


def test_tables_of_an_environment() -> None:
    """A tap may be told which relations to look for, in an environment too; the settings of another tap are its own."""
    text = """\
        environments:
        - name: prod
          config:
            plugins:
              extractors:
              - name: tap-snowflake-daily
                config:
                  tables: [SHOP.ORDERS, "${T}", "${B}_SHOP.USERS"]
              - name: tap-github
                config:
                  tables: [SHOP.USERS]
        """
    found = read(kind("meltano"), "prod.meltano.yml", {"prod.meltano.yml": text})
    assert queries(found) == ["SELECT 1 FROM SHOP.ORDERS AS read_", f"SELECT 1 FROM {_SCHEMA}.USERS AS read_"]


SETTINGS = [
    ("metadata:\n  shop-orders:\n    replication-key: day\n    key-properties: [id, day]\n    replication-method: INCREMENTAL", "day, read_.id FROM shop.orders"),
    ("metadata:\n  shop-orders:\n    amount:\n      is-replication-key: true", "amount FROM shop.orders"),
    ("metadata:\n  '*orders':\n    table-key-properties: [id]", f"id FROM {_SCHEMA}.orders"),
    ("config:\n  stream_maps:\n    shop-orders:\n      d: str(record.get('day')[:10]) if record[\"id\"] else None", "day, read_.id FROM shop.orders"),
    ("config:\n  stream_maps:\n    ${B}_shop-orders:\n      d: record['day']", f"day FROM {_SCHEMA}.orders"),
    ("config:\n  streams:\n  - name: o\n    table: '`p.shop.orders`'\n    columns: [id]\n    datetime_key: day", "id, read_.day FROM p.shop.orders"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "read_"), SETTINGS)
def test_columns_of_settings(settings: str, read_: str) -> None:
    """Keys, attributes, stream maps and tap-bigquery's own streams name columns."""
    below = settings.replace("\n", "\n    ")
    text = f"plugins:\n  extractors:\n  - name: tap-bigquery\n    {below}\n"
    assert queries(kind("meltano").read("meltano.yml", text, MemoryFiles({}))) == [
        f"SELECT read_.{read_} AS read_"
    ]


@pytest.mark.parametrize(
    "settings",
    [
        "metadata:\n      '*':\n        replication-key: day",
        "metadata:\n      shop-orders:\n        replication-method: FULL_TABLE",
        "config:\n      stream_maps:\n        shop-orders:\n          d: md5(x)",
        "config:\n      streams:\n      - table: ${T}\n        columns: [id]",
        "config:\n      streams: [orders]",
    ],
)
def test_settings_that_name_no_column(settings: str) -> None:
    """All streams, how they are read, and what nobody knows."""
    text = f"plugins:\n  extractors:\n  - name: tap-bigquery\n    {settings}\n"
    assert kind("meltano").read("meltano.yml", text, MemoryFiles({})) == ()


@pytest.mark.parametrize(
    "files",
    [
        extractors("orders.id", name="tap-shopify"),
        extractors("orders.id", name="tap-snowflakes"),
        extractors("orders.id", name="a", more="    inherit_from: a\n"),
        extractors("*.*"),
        extractors("*ord*.id"),
        {"meltano.yml": "plugins: [extractors]\n"},
        {"meltano.yml": "extractors:\n- select: ['a.b']\n"},
        {"meltano.yml": ""},
    ],
)
def test_what_names_no_relation(files: dict[str, str]) -> None:
    """Streams of an application, globs over relations and files of another shape name nothing that is made here."""
    assert read(kind("meltano"), "meltano.yml", files) == ()
