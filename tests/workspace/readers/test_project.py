"""Readers in other files, from the change to the report: who breaks, who may, and who is left in peace."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.e2e.project import Project

SQL = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "orders.sql": "create view shop.orders as select id, amount, day from shop.raw;\n",
}
DBT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "models/orders.sql": "select id, amount, day from raw.orders_src\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository").start()


def without_amount(files: dict[str, str]) -> dict[str, str]:
    """Give the change that takes `amount` away."""
    return {name: text.replace(" amount,", "") for name, text in files.items() if "amount" in text}


def judged(repository: Project, files: dict[str, str], base: dict[str, str] = SQL) -> dict[str, str]:
    """Give what becomes of each consumer: name → effect."""
    repository.commit({**base, **files}).pull_request(without_amount(base))
    ran = repository.check("--offline", "--no-witness")
    return {one["consumer"]["name"]: one["effect"] for one in ran.report["impacts"]}


def script(sql: str, more: str = "") -> str:
    return f'import db\n{more}\ndb.execute("""\n{sql}\n""")\n'


def test_who_reads_what_goes_breaks(repository: Project) -> None:
    """A script whose query reads the column breaks at the query's own line; one that reads others is left in peace."""
    repository.commit({
        **SQL, "a.py": script("select id,\n amount\nfrom shop.orders"), "b.py": script("select id from shop.orders"),
    }).pull_request(without_amount(SQL))  # fmt: skip
    ran = repository.check("--offline")
    assert ran.code == 1
    (impact,) = ran.report["impacts"]
    assert (impact["consumer"]["kind"], impact["consumer"]["name"], impact["effect"]) == (
        "script",
        "a.py",
        "breaks",
    )
    assert impact["location"] == impact["location"] | {"path": "a.py", "line": 5}


def test_recorded_answers_are_no_readers(repository: Project) -> None:
    """What a test of HTTP recorded is left out; the same text elsewhere is a reader."""
    recorded = "request:\n  body:\n    query: select amount from shop.orders\n"
    assert judged(repository, {"tests/cassettes/x/a.yaml": recorded, "jobs/cassettes.yaml": recorded}) == {
        "jobs/cassettes.yaml": "breaks"
    }


def test_who_is_mended_in_the_same_change(repository: Project) -> None:
    """A script that the pull request mends is left in peace."""
    repository.commit({**SQL, "a.py": script("select id, amount from shop.orders")})
    repository.pull_request({**without_amount(SQL), "a.py": script("select id from shop.orders")})
    ran = repository.check("--offline")
    assert (ran.code, ran.report["impacts"]) == (0, [])


def test_a_relation_that_goes(repository: Project) -> None:
    """Who reads a relation that is gone, or the old name of one that was renamed, breaks."""
    repository.commit({**SQL, "a.py": script("select id from shop.orders")})
    repository.pull_request({"orders.sql": None, "sales.sql": "create view shop.sales as select 1 as x;\n"})
    ran = repository.check("--offline")
    assert ran.code == 1
    assert [one["effect"] for one in ran.report["impacts"]] == ["breaks"]


@pytest.mark.parametrize(
    ("listed", "effects"), [("['orders', 'fees']", ["unknown"]), ("['order', 'fees']", [])]
)
def test_a_table_of_a_list(repository: Project, listed: str, effects: list[str]) -> None:
    """Who reads each table of a list may read the one that goes: nobody knows what the list is for."""
    copy = f"def copy(tables):\n    for t in tables:\n        db.execute(f'select * from shop.{{t}}')\ncopy({listed})\n"
    repository.commit({**SQL, "a.py": copy})
    repository.pull_request({"orders.sql": None})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [one["effect"] for one in impacts] == effects


@pytest.mark.parametrize(
    ("name", "effect"),
    [("shop.orders", "breaks"), ("db.shop.orders", "breaks"), ("{SCHEMA}.orders", "breaks"), ("other.orders", None),
     ("orders", None), ("shop.orders_old", None)],
)  # fmt: skip
def test_which_relation_a_name_means(repository: Project, name: str, effect: str | None) -> None:
    """The name with its schema, or a part that Python fills in; another schema's and a bare one are something else."""
    text = f'db.execute(f"select amount from {name}")\n'
    assert judged(repository, {"a.py": text}).get("a.py") == effect


def test_a_dbt_model_whose_schema_nobody_knows(repository: Project) -> None:
    """Without a profile any schema may be the model's, where no other relation has its name; a source keeps its own."""
    source = {"models/raw.yml": "sources: [{name: raw, tables: [{name: orders_src}]}]\n"}
    files = {
        "a.py": script("select amount from analytics.orders"),
        "b.py": script("select amount from raw.orders_src"),
    }
    assert judged(repository, files, {**DBT, **source}) == {"a.py": "breaks"}


@pytest.mark.parametrize(("now", "effects"), [("orders", ["unknown"]), ("sales", [])])
def test_who_follows_a_relation_that_may_be_meant(repository: Project, now: str, effects: list[str]) -> None:
    """A name without a schema may have meant the model that is renamed: who names it no longer is left in peace."""
    repository.commit({**DBT, **PROFILE, "a.py": script("select id from orders")})
    renamed = {"models/orders.sql": None, "models/sales.sql": DBT["models/orders.sql"]}
    repository.pull_request({**renamed, "a.py": script(f"select id from {now}")})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [one["effect"] for one in impacts] == effects


def test_a_source_that_is_declared_no_longer(repository: Project) -> None:
    """The declaration goes, not the table: who reads it by its own name is left in peace, a model that asks for the source is not."""
    source = {"models/raw.yml": "sources: [{name: raw, tables: [{name: orders_src}]}]\n"}
    asking = {"models/orders.sql": "select id, amount from {{ source('raw', 'orders_src') }}\n"}
    repository.commit({**DBT, **source, **asking, "a.py": script("select amount from raw.orders_src")})
    repository.pull_request({"models/raw.yml": None})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert {one["consumer"]["kind"] for one in impacts} == {"model"}


def test_a_file_that_is_no_python(repository: Project) -> None:
    """A file that can't be read is told, and the others are read."""
    repository.commit({
        **SQL, "a.py": "def ( shop.orders select", "b.py": script("select amount from shop.orders"),
    }).pull_request(without_amount(SQL))  # fmt: skip
    ran = repository.check("--offline")
    assert ran.code == 1
    assert any("readers in a.py are not known" in note for note in ran.report["coverage"]["notes"])


PROFILE = {
    "profiles.yml": "shop: {target: p, outputs: {p: {type: postgres, database: \"{{ env_var('DB') }}\", schema: gold}}}\n"
}


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("warehouse.gold.orders", "breaks"),
        ("gold.orders", "breaks"),
        ("{S}.orders", "breaks"),
        ("gold_{S}.orders", "unknown"),
        ("orders", "unknown"),
        ("silver.orders", "unknown"),
        ("raw.orders", None),
    ],
)
def test_a_dbt_model_whose_database_is_the_environments(
    repository: Project, name: str, effect: str | None
) -> None:
    """Any database may be meant. A bare name may be the model's in the schema of a connection, and one in a schema that nothing here
    stands in may be its where another target builds it: both are said. A schema that something stands in is that one's."""
    source = {"models/raw.yml": "sources: [{name: raw, tables: [{name: payments}]}]\n"}
    text = f'db.execute(f"select amount from {name}")\n'
    assert judged(repository, {"a.py": text}, {**DBT, **PROFILE, **source}).get("a.py") == effect


@pytest.mark.parametrize(
    ("name", "effect"), [("gold.orders", "breaks"), ("orders", "unknown"), ("raw.orders", None)]
)
def test_an_action_of_dataform(repository: Project, name: str, effect: str | None) -> None:
    """The settings give its schema: a bare name may mean it in the schema of a connection, as a model of dbt."""
    base = {
        "workflow_settings.yaml": "defaultProject: shop\ndefaultDataset: gold\n",
        "definitions/orders.sqlx": 'config { type: "table" }\nselect id, amount, day from raw.payments\n',
    }
    assert judged(repository, {"a.py": script(f"select amount from {name}")}, base).get("a.py") == effect


@pytest.mark.parametrize(
    ("name", "effect"),
    [("gold_marts.orders", "breaks"), ("prod_marts.orders", "unknown"), ("marts.orders", "unknown"), ("prod.orders", None)],
)  # fmt: skip
def test_a_dbt_model_with_a_schema_of_its_own(repository: Project, name: str, effect: str | None) -> None:
    """Another target puts it into that schema, after its own or alone; where it is not named the name is something else's."""
    base = {**DBT, **PROFILE, "dbt_project.yml": "name: shop\nprofile: shop\nmodels: {+schema: marts}\n"}
    text = f'db.execute("select amount from {name}")\n'
    assert judged(repository, {"a.py": text}, base).get("a.py") == effect


@pytest.mark.parametrize(
    ("before", "effect"), [("select id from orders", None), ("select fee from orders, fees", "unknown")]
)
def test_a_column_that_comes(repository: Project, before: str, effect: str | None) -> None:
    """Who may read the relation, and names the new column with the change, means it; who named it before may have meant another."""
    repository.commit({**DBT, **PROFILE, "a.py": script(before)})
    added = {"models/orders.sql": "select id, amount, day, fee from raw.orders_src\n"}
    repository.pull_request({**added, "a.py": script("select fee from orders, fees")})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [one["effect"] for one in impacts] == ([effect] if effect else [])


@pytest.mark.parametrize(
    ("query", "code", "effect"),
    [
        ("select * from shop.orders", "frame['amount']", "unknown"),
        ("select * from shop.orders", "frame['id']", "changes"),
        ("select {columns} from shop.orders", "", "unknown"),
        ("select amount from shop.orders {% for x in y %} where {% endfor %}", "", "unknown"),
        ("select id from shop.orders {% for x in y %} where {% endfor %}", "", None),
        ("select amount from shop.orders where ) = '", "", "unknown"),
        ("select the amount from the orders that you want", "", None),
    ],
)
def test_what_is_not_known_of_a_query(repository: Project, query: str, code: str, effect: str | None) -> None:
    """A star whose columns the code names, columns that are filled in and SQL that can't be read are said; prose is not."""
    text = f'frame = db.execute(f"""{query.replace("{%", "{{%").replace("%}", "%}}")}""")\n{code}\n'
    assert judged(repository, {"a.py": text}).get("a.py") == effect


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("", {"a.py", "b/c.py"}),
        ('off = ["python"]', set()),
        ('paths = ["b"]', {"b/c.py"}),
        ('ignore = ["b/*"]', {"a.py"}),
    ],
)
def test_settings(repository: Project, settings: str, told: set[str]) -> None:
    """Kinds can be left out, and so can files; the configuration is the base's."""
    text = script("select amount from shop.orders")
    configured = {**SQL, "contract-gate.toml": f'dialect = "postgres"\n[readers]\n{settings}\n'}
    assert set(judged(repository, {"a.py": text, "b/c.py": text}, configured)) == told


def test_a_kind_that_there_is_not(repository: Project) -> None:
    """A kind that is misspelt is an error of the configuration."""
    settings = {**SQL, "contract-gate.toml": '[readers]\noff = ["pyhton"]\n'}
    repository.commit(settings).pull_request(without_amount(SQL))
    ran = repository.check("--offline", "--no-witness")
    assert ran.code == 2
    assert "pyhton" in ran.err


def test_coverage(repository: Project) -> None:
    """Each kind is counted: files that may hold a query, those that were read, those that could not be, with the reason."""
    files = {
        "a.py": script("select id from shop.orders"),
        "b.py": script("select 1 from x"),
        "c.py": "select shop.orders",
    }
    repository.commit({**SQL, **files}).pull_request(without_amount(SQL))
    (searched,) = repository.check("--offline", "--no-witness").report["coverage"]["searched"]
    assert (searched["kind"], searched["files"], searched["read"]) == ("python", 3, 1)
    assert [one["path"] for one in searched["not_read"]] == ["c.py"]


def test_a_packed_workbook(repository: Project) -> None:
    """Its document breaks like one that is not packed; what is no archive is told as not read."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "sales.twb",
            "<workbook><datasources><datasource caption='Sales'><connection class='postgres'>"
            "<relation type='text'>select amount from shop.orders</relation></connection></datasource></datasources></workbook>",
        )
    repository.commit({**SQL, "sales.twbx": written.getvalue(), "other.twbx": b"PK"})
    repository.pull_request(without_amount(SQL))
    report = repository.check("--offline", "--no-witness").report
    assert [(one["consumer"]["name"], one["effect"]) for one in report["impacts"]] == [("Sales", "breaks")]
    (searched,) = report["coverage"]["searched"]
    assert [one["path"] for one in searched["not_read"]] == ["other.twbx"]


PAGE = "```sql shown\nselect sum(amount) as total from {}\n```\n"


@pytest.mark.parametrize(
    ("source", "name", "effects"),
    [
        (None, "orders", {"breaks"}),
        ("select * from shop.orders", "orders", {"breaks"}),
        ("select * from shop.orders", "wh.orders", {"breaks"}),
        ("select id, amount from read_csv('a/orders.csv')", "orders", {"unknown"}),
        ("select * from 'https://a.b/orders.parquet'", "wh.orders", {"unknown"}),
        ("select id, amount from shop.raw", "orders", set()),
    ],
)
def test_pages_of_evidence_read_its_sources(
    repository: Project, source: str | None, name: str, effects: set[str]
) -> None:
    """A page reads what a source gives under the name of its file, no table of the warehouse that is called so."""
    files = {"evidence.config.yaml": "appearance: {}\n", "pages/index.md": PAGE.format(name)}
    if source is not None:
        files |= {"sources/wh/orders.sql": source, "sources/wh/connection.yaml": "name: wh\ntype: duckdb\n"}
    base = {
        "contract-gate.toml": 'dialect = "duckdb"\n',
        "orders.sql": "create view {}.orders as select id, amount, day from shop.raw;\n".format(
            "shop" if source and "shop.orders" in source else "main"
        ),
    }
    found = judged(repository, files, base)
    assert {effect for reader, effect in found.items() if reader == "pages/index.md"} == effects


def test_a_source_of_evidence_loses_a_column(repository: Project) -> None:
    """What the source itself gives no longer breaks the page."""
    base = {**SQL, "sources/wh/sums.sql": "select id, amount, day from 'a.parquet'"}
    files = {"evidence.config.yaml": "appearance: {}\n", "pages/index.md": PAGE.format("sums")}
    assert judged(repository, files, base) == {"pages/index.md": "breaks"}


@pytest.mark.parametrize(
    ("dialect", "step", "told"),
    [
        ("postgres", "drop materialized view shop.orders", True),
        ("postgres", "alter view shop.orders rename to old_orders", True),
        ("mysql", "rename table shop.orders to shop.old_orders", True),
        ("postgres", "drop materialized view other.orders", False),
        ("postgres", "alter view shop.lines rename to old_lines", False),
    ],
)
def test_a_script_that_takes_a_relation_away(
    repository: Project, dialect: str, step: str, told: bool
) -> None:
    """Whatever kind of relation it is called: the file has no other word of SQL that would have it read."""
    view = "create view shop.late as select amount from shop.orders;\n"
    repository.commit({**SQL, "contract-gate.toml": f'dialect = "{dialect}"\n', "late.sql": view})
    repository.pull_request({"a.py": f'db.execute("{step}")\n'})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [one["effect"] for one in impacts] == (["unknown"] if told else [])


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("job.ts", 'db.query("drop table shop.orders");\n', True),
        ("job.go", 'db.Exec("drop table shop.orders")\n', True),
        ("Makefile", 'clean:\n\tpsql -c "drop table shop.orders"\n', True),
        ("clean.psql", "drop table shop.orders;\n", True),
        ("main.tf", 'query = "alter table shop.orders rename to old_orders"\n', True),
        ("view.ts", 'const text = "drop the orders into a view of the shop"; // update the set\n', False),
        ("job.rb", 'db.query("select amount from shop.orders")\n', False),
    ],
)
def test_a_program_that_is_edited_alone(repository: Project, path: str, text: str, told: bool) -> None:
    """A pull request without a model is looked at where a file that it edits may write to one, in whatever language."""
    made = {"orders.sql": "create table shop.orders (id int, amount int);\n"}
    view = {"late.sql": "create view shop.late as select amount from shop.orders;\n"}
    repository.commit({**SQL, **made, **view}).pull_request({path: text})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [one["effect"] for one in impacts] == (["unknown"] if told else [])
