"""One repository with a reader of every kind: who reads the column that goes breaks at its own line, who reads another is silent."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from contract_gate.core.errors import UsageError
from contract_gate.edge.config_file import parse_config
from contract_gate.workspace.readers.kinds import KINDS, kind
from tests.e2e.project import Project
from tests.workspace.readers.reading import read

ORDERS = "create view shop.orders as select id, amount, day from shop.raw;\n"


def notebook(*cells: str) -> str:
    """Write a notebook as Jupyter does: a line of the file for each line of a cell."""
    sources = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps(
        {"cells": sources, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}, indent=1
    )


READERS: dict[str, tuple[str, str, str]] = {
    "python": ("jobs/{}.py", "script", 'TABLE = "shop.orders"\nframe = pandas.read_sql(f"""\nselect\n  {column}\nfrom {{TABLE}}""", c)\n'),
    "notebook": ("work/{}.ipynb", "notebook", notebook("x = 1", "%%sql\nselect\n  {column}\nfrom shop.orders").replace("{", "{{").replace("}", "}}").replace("{{column}}", "{column}")),
    "r": ("work/{}.R", "script", 'orders <- dbGetQuery(con, "\nselect {column}\nfrom shop.orders")\n'),
    "pages": ("work/{}.qmd", "notebook", "# Orders\n```{{sql, connection=con}}\nselect {column} from shop.orders\n```\n"),
    "shell": ("bin/{}.sh", "script", "psql -c \"\n  select {column} from shop.orders\"\n"),
    "soda": ("checks/{}.yml", "check", "checks for orders:\n  - missing_count({column}) = 0\n"),
    "datacontract": ("contracts/{}.yaml", "contract", "kind: DataContract\nname: x\nschema:\n  - name: orders\n    properties:\n      - name: {column}\n"),
    "great-expectations": ("gx/expectations/{}.json", "expectation suite", '{{"name": "{name}", "expectations": [\n{{"type": "expect_column_values_to_not_be_null", "kwargs": {{\n"column": "{column}"}}}}],\n"meta": {{"citations": [{{"batch_request": {{"data_asset_name": "shop.orders"}}}}]}}}}\n'),
    "lookml": ("looker/{}.view.lkml", "view", "view: {name} {{\n  sql_table_name: shop.orders ;;\n  dimension: it {{\n    sql: ${{TABLE}}.{column} ;;\n  }}\n}}\n"),
    "lightdash": ("lightdash/{}.yml", "metric", "models:\n  - name: orders\n    columns:\n      - name: {column}\n        meta:\n          metrics:\n            total_{column}: {{type: sum}}\n"),
    "cube": ("cube/{}.yml", "cube", "cubes:\n  - name: {name}\n    sql_table: shop.orders\n    measures:\n      - name: total\n        type: sum\n        sql: \"{{CUBE}}.{column}\"\n"),
    "metabase": ("collections/main/{}.yaml", "question", "name: {name}\nentity_id: {name}-1234\ndataset_query:\n  type: native\n  native:\n    query: |-\n      select\n        {column}\n      from shop.orders\n"),
    "superset": ("superset/datasets/db/{}.yaml", "dataset", "table_name: orders\nschema: shop\nuuid: {name}-1234\ncolumns:\n- column_name: {column}\n"),
    "grafana": ("grafana/{}.json", "panel", '{{"title": "{name}", "panels": [\n{{"title": "Revenue", "datasource": {{"type": "postgres"}}, "targets": [\n{{"rawSql": "SELECT $__timeGroup(day, 1h), {column} FROM shop.orders WHERE $__timeFilter(day)"}}]}}]}}\n'),
    "tableau": ("tableau/{}.tds", "data source", "<?xml version='1.0' encoding='utf-8' ?>\n<datasource formatted-name='{name}'>\n<connection class='postgres'>\n<relation name='Custom SQL Query' type='text'>select\n{column}\nfrom shop.orders</relation>\n</connection>\n</datasource>\n"),
    "power-bi": ("model/tables/{}.tmdl", "Power BI table", 'table {name}\n\n\tcolumn Value\n\t\tsourceColumn: {column}\n\n\tpartition {name} = m\n\t\tmode: import\n\t\tsource =\n\t\t\t\tlet\n\t\t\t\t\tSource = PostgreSQL.Database("h", "d"),\n\t\t\t\t\tTop = Source{{[Schema="shop",Item="orders"]}}[Data]\n\t\t\t\tin\n\t\t\t\t\tTop\n'),
    "rill": ("rill/metrics/{}.yaml", "metrics view", "type: metrics_view\nmodel: orders\nmeasures:\n  - name: total\n    expression: sum({column})\n"),
    "kafka": ("kafka/{}.properties", "connector", "connector.class=x.JdbcSourceConnector\nquery=select {column} from shop.orders\nname={name}\n"),
    "meltano": ("meltano/{}.yml", "extract", "plugins:\n  extractors:\n  - name: tap-snowflake\n    select:\n    - 'shop-orders.{column}'\n"),
    "sql": ("etl/{}.hql", "script", "SET hive.x = y;\nINSERT OVERWRITE TABLE shop.l SELECT {column} FROM shop.orders;\n"),
    "code": ("app/{}.ts", "script", "export const q = `\n  select {column}\n  from shop.orders where id = ${{id}}`;\n"),
    "keys": ("jobs/{}.yaml", "script", "job:\n  query: |\n    select {column}\n    from shop.orders\n"),
}  # fmt: skip
"""By the kind's name: where the file lies, what the reader is called, and its text over a column; `name` is the file's."""


@pytest.fixture(scope="module")
def impacts(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    repository = Project(tmp_path_factory.mktemp("readers") / "repository").start()
    files = {
        path.format(name): text.format(column=column, name=name)
        for path, _, text in READERS.values()
        for name, column in (("broken", "amount"), ("peace", "id"))
    }
    settings = {"contract-gate.toml": 'dialect = "postgres"\n', "orders.sql": ORDERS}
    repository.commit({**settings, **files}).pull_request({"orders.sql": ORDERS.replace(" amount,", "")})
    found: list[dict[str, object]] = repository.check("--offline", "--no-witness").report["impacts"]
    return found


def test_every_kind_has_one() -> None:
    """A new kind is told here and in the docs, with a reader of its own; what is handed over lies in no file of the repository."""
    assert {kind.name for kind in KINDS} - {"consumers"} == set(READERS)
    page = (Path(__file__).parents[3] / "docs/readers.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE))
    assert listed == {kind.name for kind in KINDS}


@pytest.mark.parametrize("noun", sorted({noun for _, noun, _ in READERS.values()}))
def test_a_rule_knows_what_readers_are_called(noun: str) -> None:
    """A rule of the policy about a kind of reader that is misspelt is refused, with what was meant."""
    rule = f'[[policy]]\nlevel = "note"\nbecause = "x"\nreader.kinds = ["{noun}x"]\n'
    with pytest.raises(UsageError) as caught:
        parse_config(rule, "contract-gate.toml")
    assert f"did you mean {noun}?" in str(caught.value.hint)


def test_a_kind_is_imported_for_a_file_that_needs_it() -> None:
    """The gate itself imports none of them; reading a file imports its own."""
    code = """
import sys
import contract_gate.app.gate
from contract_gate.workspace.readers.kinds import KINDS, kind

modules = {f"contract_gate.workspace.readers.{each.module}": each.name for each in KINDS}
loaded = lambda: {modules[each] for each in sys.modules if each in modules} - {"datacontract"}
assert loaded() == set(), loaded()
kind("tableau").read("a.twb", "<workbook/>", None)
assert loaded() == {"tableau"}, loaded()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("kind", READERS)
def test_a_reader_that_breaks(kind: str, impacts: list[dict[str, object]]) -> None:
    """It is named as what it is, at the line of its column."""
    path, noun, text = READERS[kind]
    (found,) = [one for one in impacts if one["location"]["path"] == path.format("broken")]
    assert (found["effect"], found["certainty"], found["consumer"]["kind"]) == ("breaks", "proven", noun)
    lines = text.format(column="amount", name="broken").split("\n")
    assert "amount" in lines[found["location"]["line"] - 1]


@pytest.mark.parametrize("kind", READERS)
def test_a_reader_that_is_left_in_peace(kind: str, impacts: list[dict[str, object]]) -> None:
    """It reads another column of the same relation."""
    path = READERS[kind][0].format("peace")
    assert [one for one in impacts if one["location"]["path"] == path] == []


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("python", "a.py", 'spark.read.format("jdbc").option("dbtable", "shop.orders").load()'),
        ("python", "a.py", 'spark.read.format("bigquery").option("table", "shop.orders").load()'),
        ("python", "a.py", 'frame = spark.read.jdbc(url, "shop.orders", properties=p)'),
        ("python", "a.py", 'RedshiftToS3Operator(schema="shop", table="orders", s3_bucket="b")'),
        ("python", "a.py", 'Copy(dataset = "shop", table = "orders")'),
        ("python", "a.py", 'os.system("bq extract shop.orders gs://x")'),
        ("python", "a.py", 'subprocess.run("/usr/bin/pg_dump -t shop.orders db", shell=True)'),
        ("notebook", "a.ipynb", notebook('frame = spark.read.jdbc(url, "shop.orders")')),
        ("r", "a.R", 'fields <- dbListFields(con, Id("shop", "orders"))'),
        ("shell", "a.sh", "rows=$(bq head shop.orders)"),
        ("keys", "ci.yml", "job:\n  script:\n  - bq extract shop.orders gs://x\n"),
        ("soda", "a.yml", "discover columns for orders:\n  - a\n"),
        ("grafana", "a.json", '{"title": "t", "panels": [{"datasource": {"type": "postgres"}, "targets": [{"query": "select a from o"}]}]}'),
        ("grafana", "a.json", '{"title": "t", "templating": {"list": [{"datasource": {"type": "mysql"}, "definition": "select a from o"}]}}'),
    ],
)  # fmt: skip
def test_what_a_kind_reads_is_opened(name: str, path: str, text: str) -> None:
    """A file in which its module finds a reader holds one of the words that it is opened for."""
    assert read(kind(name), path, {path: text})
    assert any(mark in text.lower().encode() for mark in kind(name).marks)


@pytest.mark.parametrize(
    "text", ['log("see bq show shop.orders")', 'x = "pg_dumpall -t shop.orders"', 'x = "bq query"']
)
def test_what_only_tells_of_a_command_is_none(text: str) -> None:
    """A text is a command line where it begins as one."""
    assert read(kind("python"), "a.py", {"a.py": text}) == ()
