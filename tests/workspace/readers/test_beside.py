"""Readers that name no relation themselves: what stands between them and it lies in another file."""

import io
import zipfile

import pytest

from contract_gate.workspace.readers import tableau
from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.values import UnreadableReaderError
from tests.workspace.readers.reading import names, queries, read

CUBES = """\
cubes:
  - name: orders
    sql_table: shop.orders
    measures:
      - {name: total, type: sum, sql: amount}
      - {name: count, type: count, sql: id}
"""


@pytest.mark.parametrize(
    ("shown", "read_columns"),
    [
        ('includes: "*"', ["amount", "id"]),
        ("includes: [total]", ["amount"]),
        ("includes:\n          - {name: count, alias: orders_count}", ["id"]),
        ('includes: "*"\n        excludes: [total]', ["id"]),
    ],
)
def test_a_view_of_cubes(shown: str, read_columns: list[str]) -> None:
    """It reads the members that it shows, also of a cube of another file, at the cube's lines."""
    view = f"views:\n  - name: sales\n    cubes:\n      - join_path: users.orders\n        {shown}\n"
    files = {"model/cubes/orders.yml": CUBES, "model/views/sales.yml": view}
    own, found = read(kind("cube"), "model/cubes/orders.yml", files)
    assert names((own, found)) == ["cube orders", "view sales"]
    assert found.path == "model/views/sales.yml"
    assert queries((found,)) == [f"SELECT {column} FROM shop.orders AS orders_" for column in read_columns]
    assert {query.path for query in found.queries} == {"model/cubes/orders.yml"}


def test_a_view_of_cubes_in_javascript() -> None:
    """A view in literal JavaScript names its cube as code."""
    files = {
        "model/orders.js": "cube(`orders`, { sql_table: `shop.orders`, measures: { total: { type: `sum`, sql: `amount` } } });",
        "model/sales.js": "view(`sales`, { cubes: [{ join_path: users.orders, includes: [`total`] }] });",
    }
    _, found = read(kind("cube"), "model/orders.js", files)
    assert queries((found,)) == ["SELECT amount FROM shop.orders AS orders_"]


VIEW = "view: orders {\n sql_table_name: shop.orders ;;\n measure: total { type: sum sql: ${TABLE}.amount ;; }\n measure: n { type: count sql: ${TABLE}.id ;; }\n}\n"


@pytest.mark.parametrize(
    ("column", "expected"),
    [("x { field: orders.total }", "amount"), ("n {}", "id"), ("x { field: n }", "id")],
)
def test_a_view_derived_of_an_explore(column: str, expected: str) -> None:
    """It reads what the fields that it takes read, and nothing else of the explore."""
    files = {
        "a.view.lkml": VIEW,
        "b.explore.lkml": "explore: orders {}\n",
        "c.view.lkml": "view: facts {\n derived_table: {\n  explore_source: orders {\n   column: "
        + column
        + "\n  }\n }\n dimension: x {}\n}\n",
    }
    readers = read(kind("lookml"), "a.view.lkml", files)
    (found,) = [reader for reader in readers if reader.noun == "view"]
    assert (found.name, found.path) == ("facts", "c.view.lkml")
    assert queries((found,)) == [f"SELECT (orders_.{expected}) FROM shop.orders AS orders_"]


SHARED = 'expression Orders =\n\t\tlet\n\t\t\tSource = PostgreSQL.Database("h", "d"),\n\t\t\tTop = Source{[Schema="shop",Item="orders"]}[Data]\n\t\tin\n\t\t\tTop\n\tlineageTag: x\n'


@pytest.mark.parametrize(
    ("means", "is_one"), [("Orders", True), ('#"Orders"', True), ("OtherOrders", False), ("x[Orders]", False)]
)
def test_power_bi_tables_of_a_shared_expression(means: str, is_one: bool) -> None:
    """A table whose M names a shared expression reads its columns of the expression's source."""
    table = f"table Sales\n\n\tcolumn Value\n\t\tsourceColumn: amount\n\n\tpartition Sales = m\n\t\tsource =\n\t\t\t\tlet\n\t\t\t\t\tA = {means}\n\t\t\t\tin\n\t\t\t\t\tA\n"
    files = {"m/definition/expressions.tmdl": SHARED, "m/definition/tables/Sales.tmdl": table}
    readers = read(kind("power-bi"), "m/definition/expressions.tmdl", files)
    assert names(readers) == ["Power BI query Orders", *(["Power BI table Sales"] if is_one else [])]
    if is_one:
        assert queries(readers[1:]) == ["SELECT read_.amount FROM shop.orders AS read_"]
        assert (readers[1].path, readers[1].dialect) == ("m/definition/tables/Sales.tmdl", "postgres")


def test_power_bi_schemas_of_a_parameter() -> None:
    """A schema that M takes from a parameter is any schema."""
    (found,) = read(kind("power-bi"), "e.tmdl", {"e.tmdl": SHARED.replace('Schema="shop"', "Schema=Wanted")})
    assert queries((found,))[0].endswith(".orders AS read_")


def packed(**files: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return written.getvalue()


def test_a_packed_workbook() -> None:
    """The document is taken out of the archive, and what is no archive is left as it is."""
    assert tableau.unpack("a.twbx", packed(data_hyper="…", a_twb="<workbook/>")) == b"<workbook/>"
    assert tableau.unpack("a.twb", b"<workbook/>") == b"<workbook/>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<workbook/>", "no archive"),
        (packed(data_hyper="x"), "no document"),
        (packed(a_twb="x" * 10_000_001), "longer than"),
        (packed(a_twb="<workbook/>" * 99)[:-40], "no archive"),
    ],
    ids=["no archive", "no document", "too long", "cut off"],  # an archive holds the time when it was made
)
def test_what_is_no_packed_workbook(content: bytes, reason: str) -> None:
    """It is refused with the reason, a bomb included."""
    with pytest.raises(UnreadableReaderError, match=reason):
        tableau.unpack("a.twbx", content)
