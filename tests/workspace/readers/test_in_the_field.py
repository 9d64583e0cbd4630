"""Spellings that people use and that were read by nobody once: in one repository, each over the column that goes and over one that stays."""

import json
from pathlib import Path

import pytest

from tests.e2e.project import Project

ORDERS = "create view shop.orders as select id, amount, day from shop.raw;\n"
USERS = "create view shop.users as select id from shop.people;\n"
PANEL = {"title": "P", "targets": [{"rawSql": "select $__time(day), @ from shop.orders"}]}
DASHBOARD = json.dumps({"title": "D", "panels": [PANEL]}, indent=1).replace("\n", "\n    ")
TWB = """<?xml version='1.0'?>
<datasource formatted-name='§'><connection class='postgres'>
<relation join='inner' type='join'><clause type='join'><expression op='='>
<expression op='[orders].[@]' /><expression op='[users].[id]' /></expression></clause>
<relation name='orders' table='[shop].[orders]' type='table' /><relation name='users' table='[shop].[users]' type='table' />
</relation></connection></datasource>
"""
M = 'let Source = Odbc.Query("dsn=x", "select @ from shop.orders") in Source'

FILES: dict[str, tuple[str, str, str]] = {
    "a class of SQLModel": ("breaks", "a/§.py", 'class O(SQLModel, table=True):\n    __tablename__ = "orders"\n    __table_args__ = {"schema": "shop"}\n    @: float | None = None\n    buyer: "B" = Relationship()\n'),
    "a table of SQLAlchemy that is asked": ("unknown", "b/§.py", 'o = Table("orders", MetaData(), schema="shop", autoload_with=e)\nprint(o.c.@)\n'),
    "a table of Ibis": ("unknown", "c/§.py", 'o = con.table("orders", database="shop")\nprint(o.@.sum())\n'),
    "columns that Airflow checks": ("breaks", "d/§.py", 'SQLColumnCheckOperator(table="shop.orders", column_mapping={"@": {"null_check": {"equal_to": 0}}})\n'),
    "a condition that Airflow checks": ("breaks", "e/§.py", 'SQLTableCheckOperator(table="shop.orders", checks={"p": {"check_statement": "@ >= 0"}})\n'),
    "a table of a dictionary": ("breaks", "f/§.py", 'T = {"o": "shop.orders", "u": "shop.users"}\nc.execute(f"select @ from {T[\'o\']}")\n'),
    "a table of a class": ("breaks", "g/§.py", 'class T:\n    O = "shop.orders"\nc.execute(f"select @ from {T.O}")\n'),
    "a column by a condition": ("unknown", "h/§.py", 'c.execute(f"select id, {\'@\' if x else \'id\'} as v from shop.orders")\n'),
    "a column that is summed": ("unknown", "i/§.py", 'k = "@" if x else "id"\nc.execute(f"select sum({k}) from shop.orders")\n'),
    "a condition that is filled in": ("unknown", "j/§.py", 'k = "@ > 3" if x else "true"\nc.execute(f"select id from shop.orders where {k}")\n'),
    "psql told something first": ("breaks", "k/§.sh", "psql <<'SQL'\n\\set ON_ERROR_STOP on\n\\timing\nselect @ from shop.orders;\nSQL\n"),
    "DuckDB told something first": ("breaks", "l/§.sh", "duckdb x.db <<'SQL'\n.mode csv\nselect @ from shop.orders;\nSQL\n"),
    "a title before a magic": ("breaks", "m/§.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": ["# @title O\n", "%%bigquery df\n", "select @ from shop.orders"]}], "metadata": {"kernelspec": {"language": "python"}}}, indent=1)),
    "a magic that nobody knows": ("breaks", "n/§.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": ["%%dql -o df\n", "select @ from shop.orders"]}], "metadata": {"kernelspec": {"language": "python"}}}, indent=1)),
    "a variable of knitr": ("breaks", "o/§.qmd", "```{sql}\n#| connection: con\nselect @ from shop.orders where id = ?id\n```\n"),
    "metrics of an exporter": ("breaks", "p/§.yml", "metrics:\n  - metric_name: o\n    query: select id, @ from shop.orders\n"),
    "a query of dbt's own": ("breaks", "q/§.yml", "sources:\n  - name: s\n    tables:\n      - name: t\n        loaded_at_query: select max(@) from shop.orders\n"),
    "a dashboard in a manifest": ("breaks", "r/§.yaml", f"kind: ConfigMap\ndata:\n  d.json: |\n    {DASHBOARD}\n"),
    "a case of LookML": ("breaks", "s/§.view.lkml", "view: § {\n  sql_table_name: shop.orders ;;\n  dimension: size { case: { when: { sql: ${TABLE}.@ > 9 ;; label: \"big\" } else: \"small\" } }\n}\n"),
    "a table by Liquid": ("breaks", "t/§.view.lkml", "view: t_§ {\n  sql_table_name: {% if dev %} dev.orders {% else %} shop.orders {% endif %} ;;\n  dimension: v { sql: ${TABLE}.@ ;; }\n}\n"),
    "a column without its view": ("breaks", "u/§.view.lkml", "view: v_§ {\n  sql_table_name: shop.orders ;;\n  dimension: id {}\n}\nexplore: v_§ { sql_always_where: v_§.@ > 0 ;; }\n"),
    "a case of Cube": ("breaks", "v/§.yml", "cubes:\n  - name: §\n    sql_table: shop.orders\n    dimensions:\n      - name: size\n        type: string\n        case: {when: [{sql: \"{CUBE}.@ > 9\", label: big}], else: {label: small}}\n"),
    "a case of Cube in JavaScript": ("breaks", "w/§.js", "cube('§', { sql_table: 'shop.orders', dimensions: { size: { type: 'string', case: { when: [{ sql: `${CUBE}.@ > 9`, label: 'big' }], else: { label: 'small' } } } } });\n"),
    "a rule of Rill's rows": ("breaks", "x/§.yaml", "type: metrics_view\nmodel: orders\nmeasures: [{name: n, expression: COUNT(*)}]\nsecurity: {access: true, row_filter: \"@ = 1\"}\n"),
    "a dashboard of an older Rill": ("breaks", "y/dashboards/§.yaml", "title: O\nmodel: orders\ntimeseries: day\nmeasures: [{expression: sum(@)}]\n"),
    "what Tableau joins by": ("breaks", "z/§.tds", TWB),
    "a query by ODBC": ("breaks", "aa/§.tmdl", f"table §\n\tpartition § = m\n\t\tmode: import\n\t\tsource =\n\t\t\t\t{M}\n"),
    "a rule of a contract": ("breaks", "ab/§.yaml", "kind: DataContract\nname: §\nschema:\n  - name: orders\n    properties:\n      - name: id\n        quality:\n          - {type: sql, query: \"select count(*) from ${object} where ${property} > @\", mustBe: 0}\n"),
    "what a server calls a model": ("breaks", "ad/§.yaml", "dataContractSpecification: 1.1.0\ninfo: {title: §, version: 1.0.0}\nservers: {production: {type: postgres, schema: shop}}\nmodels:\n  sales:\n    config: {postgresTable: orders}\n    fields: {@: {type: decimal}}\n"),
    "Terraform": ("breaks", "ae/§.tf", 'resource "google_bigquery_table" "v" {\n  view {\n    query = <<-EOT\n      select @ from shop.orders\n    EOT\n  }\n}\n'),
    "a Makefile": ("breaks", "af/§/Makefile", 'daily:\n\tpsql "$(URL)" -c "select @ from shop.orders"\n'),
    "PowerShell": ("breaks", "ag/§.ps1", 'Invoke-Sqlcmd -Query "select @ from shop.orders" -ServerInstance s\n'),
    "Java": ("breaks", "ah/§.java", 'class A { static final String Q = "select @ " + x;\n  /* select */ static final String R = """\n    select @\n    from shop.orders\n    """; }\n'),
    "a query within a query's placeholder": ("breaks", "at/§.ts", "q(`select @ from shop.orders where ${x ? `id = 1` : 'true'}`)\n"),
    "clauses that are filled in": ("breaks", "au/§.ts", "q(`\n  select @\n  from shop.orders\n  ${joins}\n  where id = {{id}}\n    and ${c} ${operator} {{value}}\n    ${filters}\n  group by @\n  ${more}\n`)\n"),
    "a clause behind a name": ("unknown", "av/§.java", 'q("select @ from shop.orders" + where);\n'),
    "a clause behind a name in Python": ("unknown", "aw/§.py", "c.execute('select @ from shop.orders' + where)\n"),
    "lines that are joined": ("breaks", "ax/§.java", 'q("select @, id "\n  + "from shop.orders "\n  + "where id = 1");\n'),
    "a heredoc of Ruby": ("breaks", "ay/§.rb", "execute <<~SQL\n  select @ from shop.orders\nSQL\n"),
    "clauses on one line": ("breaks", "az/§.ts", "q(`select @\n  from shop.orders\n  ${x} ${y} ${z}`)\n"),
    "a variable of PHP's": ("unknown", "bb/§.php", "<?php $t = 'shop.orders';\n$q = \"select @ from $t where id = 1\";\n"),
    "lines with a margin": ("breaks", "bc/§.scala", 'spark.sql(s"""select @\n  |from shop.orders\n  |where id = $i""".stripMargin)\n'),
    "a query of BigQuery's": ("breaks", "ba/§.bq", "SELECT @ FROM `shop.orders`;\n"),
    "an export of Hive's": ("breaks", "ba/§.hql", "INSERT OVERWRITE DIRECTORY '/x' USING csv OPTIONS ('sep' = ',')\nSELECT @ FROM shop.orders;\n"),
    "tables with one schema": ("breaks", "ar/§.py", 'meta = MetaData(schema="shop")\norders = Table("orders", meta, Column("@", Numeric))\n'),
    "a schema that is replaced": ("breaks", "as/§.py", 'c.execute("select @ from SCHEMA.orders".replace("SCHEMA", "shop"))\n'),
    "a reference of dbt's": ("breaks", "ai/§.sh", "dbt show --inline \"select @ from {{ ref('orders') }}\"\n"),
    "a table of an object": ("unknown", "aj/§.py", "class J:\n    def __init__(self):\n        self.t = 'shop.orders'\n    def f(self, c):\n        c.execute(f'select @ from {self.t}')\n"),
    "a cell of Databricks": ("breaks", "ak/§.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": ["%sql\n", "create temp view t as select @ from shop.orders"]}], "metadata": {"kernelspec": {"language": "python"}}}, indent=1)),
    "an UNLOAD": ("breaks", "al/§.py", "c.execute(\"unload ('select @ from shop.orders') to 's3://x' iam_role 'r'\")\n"),
    "a trigger of LookML": ("breaks", "am/§.model.lkml", "connection: \"c\"\ndatagroup: § { sql_trigger: select max(@) from shop.orders ;; }\n"),
    "a trigger of a view": ("breaks", "an/§.view.lkml", "view: an_§ {\n  derived_table: { sql: select id from shop.orders ;; sql_trigger_value: select max(@) from shop.orders ;; }\n  dimension: id {}\n}\n"),
    "Power BI's item first": ("breaks", "ao/§.tmdl", 'table §\n\tcolumn V\n\t\tsourceColumn: @\n\n\tpartition § = m\n\t\tmode: import\n\t\tsource =\n\t\t\t\tlet S = PostgreSQL.Database("h", "d"), T = S{[Item="orders",Schema="shop"]}[Data] in T\n'),
    "a native query of Databricks": ("breaks", "ap/§.tmdl", 'table §\n\tpartition § = m\n\t\tmode: import\n\t\tsource =\n\t\t\t\tlet S = Value.NativeQuery(Databricks.Catalogs("h", "/s", [Catalog=null]){[Name="w",Kind="Database"]}[Data], "select @ from shop.orders", null) in S\n'),
    "a project of BigQuery in Tableau": ("breaks", "aq/§.tds", TWB.replace("table='[shop].[orders]'", "table='[p.shop].[orders]'")),
    "a rule of the older contract": ("breaks", "ac/§.yaml", "dataContractSpecification: 1.1.0\ninfo: {title: §, version: 1.0.0}\nservers: {production: {type: postgres, schema: shop}}\nmodels:\n  orders:\n    fields: {id: {type: integer}}\n    quality: [{type: sql, query: SELECT COUNT(*) FROM orders WHERE @ < 0, mustBe: 0}]\n"),
}  # fmt: skip
"""By what it is: what becomes of the reader, where the file lies (`§`: its name), and its text over a column (`@`)."""


@pytest.fixture(scope="module")
def effects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give what becomes of each file's readers."""
    repository = Project(tmp_path_factory.mktemp("field") / "repository").start()
    files = {
        path.replace("§", name): text.replace("§", name).replace("@", column)
        if not path.endswith(".ipynb")
        else text.replace(" @ ", f" {column} ")
        for _, path, text in FILES.values()
        for name, column in (("broken", "amount"), ("peace", "id"))
    }
    settings = {"contract-gate.toml": 'dialect = "postgres"\n', "orders.sql": ORDERS, "users.sql": USERS}
    repository.commit({**settings, **files}).pull_request({"orders.sql": ORDERS.replace(" amount,", "")})
    ran = repository.check("--offline", "--no-witness")
    return {one["consumer"]["path"]: one["effect"] for one in ran.report["impacts"]}


@pytest.mark.parametrize("what", FILES)
def test_a_spelling(effects: dict[str, str], what: str) -> None:
    """It breaks, or is told as undecided, where it reads the column that goes; over another column nothing is broken by it."""
    effect, path, _ = FILES[what]
    assert effects.get(path.replace("§", "broken")) == effect
    assert effects.get(path.replace("§", "peace")) in (None, "changes")


@pytest.mark.parametrize(
    ("place", "column", "effect"),
    [
        ("shop/top.sql", "amount", "unknown"),
        ("shop/top.sql", "id", "changes"),
        ("shop/other.sql", "amount", None),
    ],
)
def test_a_page_shows_a_query_of_a_file(tmp_path: Path, place: str, column: str, effect: str | None) -> None:
    """What its components name may be gone, of the file that its head lists alone."""
    page = f"---\ntitle: T\nqueries:\n  - best: {place}\n---\n<BarChart data={{best}} y={column}/>\n<!-- shop top -->\n"
    query = "select id, amount, day from shop.orders\n"
    repository = Project(tmp_path / "repository").start()
    evidence = {"evidence.config.yaml": "x: 1\n", "queries/shop/other.sql": "select id from shop.orders\n"}
    repository.commit({**evidence, "queries/shop/top.sql": query, "pages/index.md": page})
    repository.pull_request({"queries/shop/top.sql": query.replace(" amount,", "")})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [one["effect"] for one in impacts] == ([] if effect is None else [effect])


def test_a_chart_of_lightdash(tmp_path: Path) -> None:
    """A chart as code breaks with the column that it shows, also by a unit of time; metrics and other columns are left in peace."""
    chart = "name: {0}\ntableName: orders\nmetricQuery:\n  dimensions: [orders_{0}]\n  metrics: [orders_total]\n  filters: {{and: [{{target: {{fieldId: orders_id}}}}]}}\n"
    repository = Project(tmp_path / "repository").start()
    model = "select id, amount, day from {{ source('raw', 'orders') }}\n"
    files = {f"lightdash/{name}.yml": chart.format(name) for name in ("amount", "day_week", "id")}
    repository.commit({"dbt_project.yml": "name: shop\nprofile: shop\n", "models/orders.sql": model, **files})
    for column, broken in (("amount", ["amount"]), ("day", ["day_week"])):
        repository.pull_request({"models/orders.sql": model.replace(f", {column}", "")})
        impacts = repository.check("--offline", "--no-witness").report["impacts"]
        assert [(one["consumer"]["name"], one["effect"]) for one in impacts] == [
            (name, "breaks") for name in broken
        ]


@pytest.mark.parametrize(
    "code",
    [
        'c.execute("select id from shop.orders")\nc.execute(f"select sum({k}) from shop.users")\nx = "amount"\n',
        'c.execute(f"select id from shop.orders where id in ({i}, {j}) or day > date_add(day, {n})")\nx = "amount"\n',
        'c.execute(f"select id from shop.orders where id = {i} limit {n}")\nx = "amount"\n',
        'c.execute("with orders as (select 1 as amount) select amount from orders")\n',
    ],
)
def test_what_is_filled_in_elsewhere(tmp_path: Path, code: str) -> None:
    """A column that is filled in is one of its own query, a value is none, and a name of the query's own is no relation."""
    repository = Project(tmp_path / "repository").start()
    settings = {"contract-gate.toml": 'dialect = "postgres"\n', "orders.sql": ORDERS, "users.sql": USERS}
    repository.commit({**settings, "a.py": code}).pull_request({"orders.sql": ORDERS.replace(" amount,", "")})
    assert repository.check("--offline", "--no-witness").report["impacts"] == []


def test_a_star_is_the_place(tmp_path: Path) -> None:
    """Of several queries the one that reads all columns is where a column that goes is missed."""
    page = 'a = run("select id from shop.orders")\nb = run("select * from shop.orders")\nprint(b["amount"])\n'
    repository = Project(tmp_path / "repository").start()
    settings = {"contract-gate.toml": 'dialect = "postgres"\n', "orders.sql": ORDERS}
    repository.commit({**settings, "a.py": page}).pull_request({"orders.sql": ORDERS.replace(" amount,", "")})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [(one["effect"], one["location"]["line"]) for one in impacts] == [("unknown", 2)]


def test_cells_of_databricks_are_statements(tmp_path: Path) -> None:
    """A notebook that is kept as SQL has no semicolons: each cell is bound by itself."""
    cells = "-- Databricks notebook source\nselect {} from shop.orders\n\n-- COMMAND ----------\n\nselect 1\n"
    repository = Project(tmp_path / "repository").start()
    files = {"broken.sql": cells.format("amount"), "peace.sql": cells.format("id")}
    settings = {"contract-gate.toml": 'dialect = "databricks"\n', "orders.sql": ORDERS}
    repository.commit({**settings, **files}).pull_request({"orders.sql": ORDERS.replace(" amount,", "")})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [(one["consumer"]["path"], one["effect"], one["location"]["line"]) for one in impacts] == [
        ("broken.sql", "breaks", 2)
    ]


def test_a_namesake_takes_no_place(tmp_path: Path) -> None:
    """A contract may name production's schema; the relation that has just this name at the base is no other one at the head."""
    contract = "kind: DataContract\nname: o\nservers: [{server: production, type: postgres, schema: shop}]\nschema: [{name: orders}]\n"
    repository = Project(tmp_path / "repository").start()
    settings = {
        "contract-gate.toml": 'dialect = "postgres"\n',
        "raw.sql": "create table raw.orders (id int);\n",
    }
    repository.commit({**settings, "orders.sql": ORDERS, "contract.yaml": contract})
    repository.pull_request({"orders.sql": None})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [(one["consumer"]["path"], one["effect"]) for one in impacts] == [("contract.yaml", "breaks")]
