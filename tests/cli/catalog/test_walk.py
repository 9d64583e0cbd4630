"""`downstream` and `catalog upstream`: of the catalog, of a column, so many hops far, and of the repository's own models."""

import json
import subprocess
from pathlib import Path

import pytest

from contract_gate.core.errors import CatalogError, UsageError
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.seed import store_from_json
from contract_gate.emulator.server import Server, running
from contract_gate.emulator.switches import read_switches
from tests.cli.catalog.invoking import invoke

MODELS = {
    "raw/orders.sql": "create view stg.orders as select id, amount, status from raw.orders where not deleted;",
    "marts/daily.sql": """create table marts.daily as
        select day, sum(amount) as revenue from stg.orders where status = 'paid' group by day;""",
    "marts/deep/weekly.sql": "create table marts.weekly as select sum(revenue) as revenue from marts.daily;",
    "marts/ids.sql": "create table marts.ids as select id from stg.orders;",
}


ADMIN = [{"email": "ada@example.com", "role": "admin", "key": "emulator-admin"}]


def reached(*arguments: str) -> dict[str, int]:
    result = invoke(*arguments, "--format", "json")
    assert result.exit_code == 0, (result.output, result.exception)
    return {one["asset"]["name"].lower(): one["distance"] for one in json.loads(result.stdout)["reached"]}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of four models, stood in a folder of it, with no key in the environment."""
    for name in ("SECODA_API_KEY", "SECODA_API_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, sql in MODELS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(sql)
    (tmp_path / "contract-gate.toml").write_text('dialect = "postgres"')
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path / "marts")
    return tmp_path


@pytest.mark.parametrize(
    "switches", [[], ["row_shape=old"], ["mirrored_rows=off"], ["filters=in-only"], ["page_size=5"]]
)
def test_both_ways(shop: Server, switches: list[str]) -> None:
    """What is upstream of a relation has it downstream, whatever the rows look like."""
    shop.control.switches = read_switches(switches)
    assert reached("upstream", "shop.marts.orders") == {
        "shop.staging.stg_orders": 1, "shop.staging.stg_payments": 1, "shop.raw.raw_orders": 2, "shop.raw.raw_payments": 2,
    }  # fmt: skip
    assert reached("downstream", "raw_payments")["shop.marts.orders"] == 2


def test_a_column(shop: Server) -> None:
    """With a column's name behind it, only that column's way is told; ids and addresses are shown."""
    assert set(reached("upstream", "marts.orders.amount")) == {
        "shop.staging.stg_payments",
        "shop.raw.raw_payments",
    }
    text = invoke("downstream", "shop.marts.orders.amount").output
    chart = shop.store.named("chart", "revenue by week")
    assert (
        f"chart Revenue by week in Weekly revenue  reads amount  owned by dana@example.com  198 views  {chart.id}  https://"
        in text
    )
    assert "order_id" not in text


def test_an_unknown_column(shop: Server) -> None:
    """A column that the table does not have is a usage error, and no empty answer."""
    result = invoke("downstream", "shop.marts.orders.amuont")
    assert isinstance(result.exception, UsageError)
    assert "amuont" in result.exception.message


def test_so_many_hops(shop: Server) -> None:
    """Past the depth nothing is asked, and that is said; what is nearer is whole."""
    assert set(reached("upstream", "shop.marts.orders", "--depth", "1")) == {
        "shop.staging.stg_orders", "shop.staging.stg_payments",
    }  # fmt: skip
    seen = [request.path for request in shop.control.requests]
    assert "more than 1 hops" in invoke("downstream", "raw_payments", "--depth", "1").stderr
    assert len(seen) < 40


def test_a_lost_page_is_no_whole_answer(shop: Server) -> None:
    """What is known is shown, and the command fails."""
    shop.control.switches = read_switches(["page_size=5", "later_pages=404"])
    result = invoke("upstream", "shop.marts.orders")
    assert isinstance(result.exception, CatalogError)
    assert "there may be more sources" in result.output


def test_an_outage(shop: Server) -> None:
    """A catalog that does not answer is an error, never "nothing"."""
    shop.control.inject(Fault(kind=FaultKind.HTML))
    assert isinstance(invoke("upstream", "shop.marts.orders").exception, CatalogError)


def test_own_models(models: Path) -> None:
    """The repository's models answer without a key: who reads what, and by which column."""
    assert reached("downstream", "stg.orders", "--offline") == {
        "marts.daily": 1,
        "marts.ids": 1,
        "marts.weekly": 2,
    }
    assert set(reached("downstream", "stg.orders.amount", "--offline")) == {"marts.daily", "marts.weekly"}
    assert set(reached("upstream", "weekly.revenue", "--offline")) >= {
        "marts.daily",
        "stg.orders",
        "raw.orders",
    }
    assert (
        "marts.daily in marts/daily.sql  reads status"
        in invoke("downstream", "orders.status", "--offline").output
    )


@pytest.mark.parametrize(
    "name", ["daily.sql", "marts/daily.sql", "../marts/daily.sql", "daily", "marts.daily", "MARTS.DAILY"]
)
def test_a_model_from_a_subfolder(models: Path, name: str) -> None:
    """A model is what its path means, from here or from the top, or its name."""
    assert reached("downstream", name, "--offline") == {"marts.weekly": 1}
    assert reached("upstream", "deep/weekly.sql", "--offline", "--depth", "1") == {"marts.daily": 1}


def test_a_name_of_nothing(models: Path) -> None:
    """A name that nothing has is a usage error with what is like it; so is one that two have."""
    error = invoke("downstream", "weekl", "--offline").exception
    assert isinstance(error, UsageError)
    assert "marts.weekly" in (error.hint or "")


def test_what_cannot_be_read(models: Path) -> None:
    """A model that can't be read is told, and reads what its text names."""
    (models / "marts/odd.sql").write_text("create table marts.odd as select ((( from marts.daily;")
    subprocess.run(["git", "add", "--all"], cwd=models, check=True)
    result = invoke("downstream", "daily", "--offline")
    assert "marts/odd.sql" in result.stderr
    assert "marts.odd" in result.stdout


READERS = {
    "report.py": 'a = read_sql("select id, status from stg.orders", con)\nb = read_sql("select * from marts.daily", con)',
    "raw.py": 'a = read_sql("select deleted from raw.orders", con)',
    "hole.py": 'a = read_sql(f"select {columns} from stg.orders", con)',
    "odd.py": 'a = read_sql("select ((( from stg.orders", con)',
    "orders.view.lkml": "view: orders { sql_table_name: stg.orders ;; dimension: amount { sql: ${TABLE}.amount ;; } }",
}


def test_readers_in_other_files(models: Path) -> None:
    """Scripts and dashboards in the repository read as models do, by column; one that can't be read may read all."""
    for name, text in READERS.items():
        (models / name).write_text(text)
    subprocess.run(["git", "add", "--all"], cwd=models, check=True)
    unsure = {"hole.py": 1, "odd.py": 1}
    assert reached("downstream", "stg.orders.status", "--offline") == unsure | {
        "report.py": 1,
        "marts.daily": 1,
        "marts.weekly": 2,
    }
    by_amount = reached("downstream", "stg.orders.amount", "--offline")
    assert by_amount == unsure | {"orders": 1, "marts.daily": 1, "marts.weekly": 2, "report.py": 2}
    assert reached("downstream", "marts.daily.day", "--offline") == {"report.py": 1}
    assert reached("downstream", "raw.orders", "--offline", "--depth", "1") == {"raw.py": 1, "stg.orders": 1}
    assert reached("upstream", "report.py", "--offline", "--depth", "1") == {
        "stg.orders": 1,
        "marts.daily": 1,
    }
    assert "odd.py: not readable as postgres" in invoke("downstream", "stg.orders", "--offline").stderr


def test_the_file_of_a_relation_that_the_catalog_knows(shop: Server, tmp_path: Path) -> None:
    """A model's file is asked for by the name of what it makes."""
    (tmp_path / "pay.sql").write_text("create view shop.staging.stg_payments as select 1 as amount;")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True)
    assert reached("downstream", "pay.sql")["shop.marts.orders"] == 1


def test_several_tables_of_a_name(shop: Server) -> None:
    """Which is meant is not guessed: the candidates and the key to set are told, and the exit code is 3."""
    twins = [
        {"name": name, "integration": name, "schemas": [{"name": "s", "tables": ["a"]}]}
        for name in ("one", "two")
    ]
    sources = [{"name": name, "type": "postgres"} for name in ("one", "two")]
    seed = {"users": ADMIN, "integrations": sources, "databases": twins}
    with running(store_from_json(json.dumps(seed))) as server:
        result = invoke("downstream", "s.a", env={"SECODA_API_URL": server.url})
    assert isinstance(result.exception, CatalogError)
    assert result.exception.exit_code == 3
    assert "secoda.integration" in str(result.exception.hint)
    assert ["one.s.a" in result.output, "two.s.a" in result.output] == [True, True]


def test_a_name_as_reports_show_it(shop: Server, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `catalog-names` translates in reports is translated where it is typed, and that is told."""
    monkeypatch.setenv("SECODA_API_KEY", "emulator-admin")
    monkeypatch.setenv("SECODA_API_URL", shop.url)
    (models / "contract-gate.toml").write_text('[catalog-names]\n"dev.orders" = "shop.marts.orders"\n')
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *who, "commit", "-qam", "names"], cwd=models, check=True)
    assert reached("downstream", "dev.orders") == reached("downstream", "shop.marts.orders")
    told = "dev.orders is asked for as shop.marts.orders (catalog-names)"
    assert told in invoke("downstream", "dev.orders").stderr


def test_an_ephemeral_model(shop: Server, tmp_path: Path) -> None:
    """That the catalog has none of it is told with the reason."""
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    (tmp_path / "models/e.sql").write_text("{{ config(materialized='ephemeral') }} select 1 as id")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert "models/e.sql is ephemeral" in invoke("downstream", "models/e.sql").stderr


def test_a_name_that_is_almost_one(models: Path) -> None:
    """The nearest names are offered, in whatever case they are typed."""
    result = invoke("downstream", "--offline", "MARTS.DAILI")
    assert isinstance(result.exception, UsageError)
    assert (result.exception.hint or "").startswith("did you mean marts.daily")
