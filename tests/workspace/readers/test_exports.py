"""What BI tools export: Metabase, Superset, Tableau and Power BI."""

import pytest

from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.values import ReaderKind, UnreadableReaderError
from tests.workspace.readers.reading import names, queries, read

NATIVE = """\
    name: Revenue
    type: question
    creator_id: ana@example.com
    entity_id: abcdefghijklmnopqrstu
    dataset_query:
      database: Shop
      type: native
      native:
        query: |-
          select amount
          from shop.orders
          where {{day}} [[and region = {{region}}]]
    """
BUILT = """\
    name: By status
    entity_id: bbbbbbbbbbbbbbbbbbbbb
    dataset_query:
      database: Shop
      type: query
      query:
        source-table:
        - Shop
        - shop
        - orders
        aggregation:
        - - sum
          - - field
            - - Shop
              - shop
              - orders
              - amount
            - null
        joins:
        - source-table: [Shop, null, users]
    """
STAGES = """\
    name: Newer
    entity_id: ccccccccccccccccccccc
    type: model
    dataset_query:
      lib/type: mbql/query
      database: Shop
      stages:
      - lib/type: mbql.stage/native
        native: select id from shop.orders
      - lib/type: mbql.stage/mbql
        source-table: [Shop, shop, orders]
        filters:
        - [=, {}, [field, {}, [Shop, shop, orders, status]], x]
    """


def test_metabase_in_sql() -> None:
    """A question in SQL, with its owner, the dialect of its database, and the dashboards that show it."""
    files = {
        "m/collections/main/revenue.yaml": NATIVE,
        "m/collections/main/sales.yaml": "name: Sales\ndashcards:\n- card_id: abcdefghijklmnopqrstu\n",
        "m/databases/Shop/Shop.yaml": "name: Shop\nengine: bigquery-cloud-sdk\n",
    }
    found = read(kind("metabase"), "m/collections/main/revenue.yaml", files)
    assert names(found) == ["question Revenue", "dashboard Sales"]
    assert (found[0].owners, found[0].dialect) == (("ana@example.com",), "bigquery")
    assert found[0].queries[0].lines == (10, 11, 12)
    assert queries(found)[0] == "select amount from shop.orders where {{day}} and region = {{region}}"
    assert (found[1].path, found[1].queries[0].path) == (
        "m/collections/main/sales.yaml",
        "m/collections/main/revenue.yaml",
    )


def test_metabase_built_by_hand() -> None:
    """Tables and fields by their names, in the older and the newer format."""
    found = read(kind("metabase"), "a.yaml", {"a.yaml": BUILT})
    assert queries(found) == [
        "SELECT read_.amount FROM shop.orders AS read_",
        "SELECT 1 FROM __ph_schema__.users AS read_",
    ]
    assert found[0].queries[0].lines[1] == 14
    newer = read(kind("metabase"), "a.yaml", {"a.yaml": STAGES})
    assert names(newer) == ["model Newer"]
    assert queries(newer) == ["select id from shop.orders", "SELECT read_.status FROM shop.orders AS read_"]


def test_metabase_made_of_questions() -> None:
    """A question that asks another one, and what shows that one, read what it reads, at its lines; other identities are nobody."""
    files = {
        "collections/orders.yaml": BUILT,
        "collections/nested.yaml": "name: Nested\nentity_id: nnnnnnnnnnnnnnnnnnnnn\ntype: metric\ndataset_query:\n  query:\n    source-table: bbbbbbbbbbbbbbbbbbbbb\n",
        "collections/sales.yaml": "name: Sales\ndashcards:\n- card_id: nnnnnnnnnnnnnnnnnnnnn\n",
        "collections/other.yaml": "name: Other\ndashcards:\n- card_id: nnnnnnnnnnnnnnnnnnnnn-2\n",
    }
    found = read(kind("metabase"), "collections/orders.yaml", files)
    assert names(found) == ["question By status", "metric Nested", "dashboard Sales"]
    assert {query.path for reader in found[1:] for query in reader.queries} == {"collections/orders.yaml"}


METABASE = [
    ("dataset_query:\n  query:\n    breakout: [[field, [Shop, shop, users, name], {source-field: [Shop, shop, orders, user_id]}]]",
     "question a", ["SELECT read_.name FROM shop.users AS read_", "SELECT read_.user_id FROM shop.orders AS read_"]),
    ("dataset_query:\n  native:\n    query: select 1\n    template-tags: {x: {dimension: [field, [Shop, shop, orders, day], null]}}",
     "question a", ["select 1", "SELECT read_.day FROM shop.orders AS read_"]),
    ("source:\n  type: query\n  query:\n    query:\n      source-table: [Shop, shop, orders]\ntarget: {name: t}",
     "transform a", ["SELECT 1 FROM shop.orders AS read_"]),
    ("source:\n  type: query\n  query:\n    native:\n      query: select amount from shop.orders",
     "transform a", ["select amount from shop.orders"]),
    ("definition:\n  filter: [=, [field, [Shop, shop, orders, status], null], x]\nserdes/meta: [{model: Segment}]",
     "segment a", ["SELECT read_.status FROM shop.orders AS read_"]),
    ("dashcards:\n- card_id: b\n  parameter_mappings:\n  - target: [dimension, [field, [Shop, shop, orders, day], null]]",
     "dashboard a", ["SELECT read_.day FROM shop.orders AS read_"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "sql"), METABASE)
def test_metabase_in_other_places(text: str, name: str, sql: list[str]) -> None:
    """Joins over a column, filters of SQL and of dashboards, transforms and segments name columns too."""
    found = read(kind("metabase"), "a.yaml", {"a.yaml": f"name: a\n{text}\n"})
    assert names(found) == [name]
    assert queries(found) == sql


DATASET = """\
    table_name: orders
    schema: shop
    sql: ''
    uuid: aaaaaaaa-0000
    database_uuid: dddddddd-0000
    metrics:
    - metric_name: revenue
      expression: SUM(amount)
    columns:
    - column_name: status
      expression: null
    - column_name: day
      expression: date(at)
    """
CHART = """\
    slice_name: Revenue
    certified_by: Ana
    uuid: cccccccc-0000
    dataset_uuid: aaaaaaaa-0000
    params:
      metrics:
      - revenue
      - expressionType: SQL
        sqlExpression: max(tax)
      groupby: [day]
      viz_type: status
    """


def test_superset() -> None:
    """A dataset reads its columns and expressions; a chart what it names of them; a dashboard what its charts read."""
    files = {
        "s/datasets/db/orders.yaml": DATASET,
        "s/databases/db.yaml": "uuid: dddddddd-0000\nsqlalchemy_uri: snowflake://x\n",
        "s/charts/revenue.yaml": CHART,
        "s/charts/other.yaml": CHART.replace("aaaaaaaa", "ffffffff"),
        "s/dashboards/sales.yaml": "dashboard_title: Sales\nposition:\n  CHART: {meta: {uuid: cccccccc-0000}}\n",
    }
    found = read(kind("superset"), "s/datasets/db/orders.yaml", files)
    assert names(found) == ["dataset orders", "chart Revenue", "dashboard Sales"]
    assert {reader.dialect for reader in found} == {"snowflake"}
    assert queries(found[:1]) == [
        f"SELECT {each} FROM shop.orders AS dataset_" for each in ("status", "date(at)", "SUM(amount)")
    ]
    assert queries(found[1:2]) == [
        f"SELECT {each} FROM shop.orders AS dataset_" for each in ("SUM(amount)", "max(tax)", "date(at)")
    ]
    assert [query.line for query in found[1].queries] == [7, 9, 10]
    assert found[1].owners == ("Ana",)


def test_the_same_export_twice() -> None:
    """Two exports with the same ids, one a language: a dataset is read by the charts of its own export."""
    export = {"datasets/o.yaml": DATASET, "charts/c.yaml": CHART}
    files = {f"{place}/{path}": text for place in ("da", "de") for path, text in export.items()}
    found = read(kind("superset"), "da/datasets/o.yaml", files)
    assert [reader.path for reader in found] == ["", "da/charts/c.yaml"]


def test_a_virtual_dataset() -> None:
    """Its query is read as it stands, and its charts read over it."""
    virtual = DATASET.replace("sql: ''", "sql: |-\n      select status, at\n      from shop.raw")
    files = {"datasets/db/o.yaml": virtual, "charts/c.yaml": CHART}
    found = read(kind("superset"), "datasets/db/o.yaml", files)
    assert queries(found)[0] == "select status, at from shop.raw"
    assert queries(found)[1] == "SELECT SUM(amount) FROM (select status, at from shop.raw) AS dataset_"


WORKBOOK = """\
    <?xml version='1.0' encoding='utf-8' ?>
    <workbook>
    <datasources>
    <datasource caption='Orders' name='federated.1'>
    <connection class='federated'>
    <named-connections><named-connection><connection class='snowflake' /></named-connection></named-connections>
    <_.fcp.ObjectModelEncapsulateLegacy.false...relation name='orders' table='[SHOP].[ORDERS]' type='table' />
    <_.fcp.ObjectModelEncapsulateLegacy.true...relation name='orders' table='[SHOP].[ORDERS]' type='table' />
    <relation name='Custom SQL Query' type='text'>select a
    from shop.t where x &lt;&lt; 3 and y = &lt;Parameters.[P]&gt;</relation>
    <metadata-records>
    <metadata-record class='column'><remote-name>AMOUNT</remote-name><local-name>[AMOUNT]</local-name>
    <parent-name>[orders]</parent-name></metadata-record>
    <metadata-record class='column'><remote-name>UNUSED</remote-name><local-name>[UNUSED]</local-name>
    <parent-name>[orders]</parent-name></metadata-record>
    </metadata-records>
    </connection>
    </datasource>
    </datasources>
    <worksheets><worksheet name='Revenue'><table><view>
    <datasource-dependencies datasource='federated.1'>
    <column name='[Calc]'><calculation class='tableau' formula='SUM([AMOUNT])' /></column>
    </datasource-dependencies>
    </view></table></worksheet></worksheets>
    </workbook>
    """


def test_tableau() -> None:
    """Custom SQL, and of a table the columns that worksheets take, also in formulas; each once, in the newer spelling too."""
    (found,) = read(kind("tableau"), "w.twb", {"w.twb": WORKBOOK})
    assert (found.noun, found.name, found.dialect) == (
        "data source",
        "Orders (worksheets `Revenue`)",
        "snowflake",
    )
    assert queries((found,)) == [
        "SELECT read_.AMOUNT FROM SHOP.ORDERS AS read_",
        "select a from shop.t where x < 3 and y = {{ P }}",
    ]
    assert [query.line for query in found.queries] == [7, 9]


def tmdl(source: str, column: str = "Amount") -> str:
    lines = "".join(f"\t\t\t\t{line}\n" for line in source.split("\n"))
    return (
        f"table 'Order Lines'\n\n\tcolumn A\n\t\tsourceColumn: {column}\n\n"
        f'\tpartition P = m\n\t\tmode: import\n\t\tsource =\n{lines}\n\tannotation X = Query = "select 1 from nobody"\n'
    )


@pytest.mark.parametrize(
    ("source", "dialect", "sql"),
    [
        ('Source = Sql.Database("s", "d"),\nT = Source{[Schema="dbo",Item="Orders"]}[Data]', "tsql", 'SELECT read_."Amount" FROM dbo."Orders" AS read_'),
        ('S = Sql.Database("s", "d", [Query="select a#(lf)from ""dbo"".t"])', "tsql", 'select a from "dbo".t'),
        ('S = Value.NativeQuery(PostgreSQL.Database("h","d"), "select a from s.t", null, [EnableFolding=true])', "postgres", "select a from s.t"),
        ('S = Value.NativeQuery(Snowflake.Databases("h","w"){[Name="D"]}[Data], "select a from s.t")', "snowflake", "select a from s.t"),
        ('S = Snowflake.Databases("h","w"),\nA = S{[Name="D",Kind="Database"]}[Data],\nB = A{[Name="S",Kind="Schema"]}[Data],\nC = B{[Name="T",Kind="Table"]}[Data]', "snowflake", 'SELECT read_."Amount" FROM D.S.T AS read_'),
        ('S = Sql.Databases("h"),\nA = S{[Name="D"]}[Data],\nB = A{[Schema="S"]}[Data],\nC = B{[Name="T"]}[Data]', "tsql", 'SELECT read_."Amount" FROM D.S.T AS read_'),
        ('T = Source{[Schema="dbo",Item="O"]}[Data],\nR = Table.RenameColumns(T,{{"amt", "Amount"}})', None, "SELECT read_.amt FROM dbo.O AS read_"),
    ],
)  # fmt: skip
def test_power_bi(source: str, dialect: str | None, sql: str) -> None:
    """What names a relation or runs SQL in M, with the columns that the table takes under the source's own names."""
    (found,) = read(kind("power-bi"), "t.tmdl", {"t.tmdl": tmdl(source)})
    assert (found.noun, found.name, found.dialect) == ("Power BI table", "Order Lines", dialect)
    assert queries((found,)) == [sql]


@pytest.mark.parametrize(
    ("kind", "path", "text"),
    [
        (kind("metabase"), "a.yaml", "dataset_query: x\nname: y"),
        (kind("metabase"), "a.yaml", "dataset_query: {native: x, stages: [1, {native: [y]}]}\nname: y"),
        (kind("superset"), "datasets/a.yaml", "table_name: a\nuuid: [b]"),
        (kind("superset"), "datasets/a.yaml", "- table_name"),
        (kind("tableau"), "a.tds", "<datasource><relation type='table' table='[Sheet1$]'/></datasource>"),
        (
            kind("tableau"),
            "a.tds",
            "<datasource><relation type='table' table='[Extract].[Extract]'/></datasource>",
        ),
        (kind("tableau"), "a.tds", "<datasource><relation type='table' table='[orders#csv]'/></datasource>"),
        (kind("power-bi"), "a.tmdl", "model Model\n\tculture: en-US"),
        (kind("power-bi"), "a.tmdl", tmdl('S = Csv.Document(File.Contents("a.csv"))')),
    ],
)
def test_other_shapes(kind: ReaderKind, path: str, text: str) -> None:
    """Other files of the same suffix and words have no queries."""
    assert queries(read(kind, path, {path: text})) == []


@pytest.mark.parametrize(
    ("kind", "path", "text"),
    [
        (kind("metabase"), "a.yaml", "dataset_query: {a"),
        (kind("metabase"), "a.yaml", "name: a\ndataset_query:\n  query: " + "[" * 90 + "]" * 90),
        (kind("superset"), "datasets/a.yaml", "table_name: {a"),
        (kind("tableau"), "a.twb", "<workbook>"),
        (kind("tableau"), "a.twb", "<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><a>&d;</a>"),
        (kind("tableau"), "a.twb", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'),
        (kind("tableau"), "a.twb", "<a>&b;</a>"),
        (kind("tableau"), "a.twb", "<a>" * 100_000),
        (kind("tableau"), "a.twb", "<a b='" + "c" * 10_000_001 + "'/>"),
    ],
)  # fmt: skip
def test_hostile_files(kind: ReaderKind, path: str, text: str) -> None:
    """A broken, deep, huge or declaring file is refused with a reason."""
    with pytest.raises(UnreadableReaderError, match=r"\w"):
        read(kind, path, {path: text})


def test_tmdl_script() -> None:
    """A script that is run over a model holds its tables one step further in, any number of them."""
    table = tmdl('Source = Sql.Database("h", "d"), T = Source{[Schema="shop",Item="orders"]}[Data]')
    script = "createOrReplace\n\n" + "".join(
        f"\t{line}\n" for line in (table + table.replace("orders", "users")).split("\n")
    )
    found = read(kind("power-bi"), "s.tmdl", {"s.tmdl": script})
    assert [sql.rpartition("FROM ")[2] for sql in queries(found)] == [
        "shop.orders AS read_",
        "shop.users AS read_",
    ]
    lines = script.split("\n")
    assert all("table" in lines[reader.line - 1] for reader in found)


def test_direct_lake() -> None:
    """A table that is named without M."""
    text = "table Orders\n\n\tcolumn A\n\t\tsourceColumn: amount\n\n\tpartition Orders = entity\n\t\tmode: directLake\n\t\tsource\n\t\t\tentityName: orders\n\t\t\tschemaName: dbo\n"
    assert queries(read(kind("power-bi"), "t.tmdl", {"t.tmdl": text})) == [
        "SELECT read_.amount FROM dbo.orders AS read_"
    ]


def test_a_long_m_expression() -> None:
    """Quotes and parentheses without an end cost no more than the text is long."""
    text = tmdl("Value.NativeQuery(" + '("a", ' * 20_000)
    assert read(kind("power-bi"), "a.tmdl", {"a.tmdl": text}) == ()
