"""`lineage`, of files and of the models of a repository."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contract_gate.cli.lineage import lineage
from contract_gate.core.errors import UsageError

FILES = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: postgres, dbname: wh, schema: public, host: h}}}\n",
    "models/stg.sql": "select id, amount from {{ source('raw', 'orders') }}\n",
    "models/src.yml": "version: 2\nsources: [{name: raw, database: wh, tables: [{name: orders}]}]\n",
    "models/marts/daily.sql": "{% set kept = 'paid' %}\nselect sum(amount) as revenue from {{ ref('stg') }}\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path / "models")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(lineage, [*arguments, "--format", "json"])


@pytest.mark.parametrize("name", ["daily", "marts/daily.sql", "models/marts/daily.sql", "wh.public.daily"])
def test_a_model(project: Path, name: str) -> None:
    """A model is rendered, whether it is called by its name, its relation or its path; its relation is what is made."""
    (file,) = json.loads(run(name).stdout)["files"]
    assert (file["path"], file["targets"], file["sources"]) == (
        "models/marts/daily.sql", ["wh.public.daily"], ["wh.public.stg"],
    )  # fmt: skip
    (column,) = file["statements"][0]["columns"]
    assert column["upstream"] == [{"relation": "wh.public.stg", "column": "amount"}]


@pytest.mark.parametrize("name", ["Orders", 's."Orders"', "S.ORDERS"])
def test_a_name_in_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A relation with capitals is meant by its name as it is written in SQL and without quotes."""
    (tmp_path / "o.sql").write_text('create view s."Orders" as select 1 as id')
    (tmp_path / "contract-gate.toml").write_text('dialect = "postgres"')
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    (file,) = json.loads(run(name).stdout)["files"]
    assert file["targets"] == ["s.Orders"]


def test_a_file_of_dataform_is_a_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a block of settings too: its references are no columns."""
    (tmp_path / "workflow_settings.yaml").write_text("defaultProject: p\ndefaultDataset: d\n")
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "orders.sqlx").write_text('config { type: "table" }\nselect 1 as id')
    (tmp_path / "definitions" / "seen.sqlx").write_text('select id as seen from ${ref("orders")}')
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    (file,) = json.loads(run("definitions/seen.sqlx").stdout)["files"]
    (column,) = (each for each in file["statements"][0]["columns"] if each["column"] == "seen")
    assert column["upstream"] == [{"relation": "p.d.orders", "column": "id"}]


def test_a_file_without_templates_is_read_as_it_is(project: Path) -> None:
    """A file that is plain SQL needs no repository."""
    (project / "x.sql").write_text("create table a as select b from c")
    (file,) = json.loads(run(str(project / "x.sql")).stdout)["files"]
    assert (file["targets"], file["sources"]) == (["a"], ["c"])


def test_neither_a_file_nor_a_model(project: Path) -> None:
    """A name of nothing is a usage error."""
    assert isinstance(run("nothing.sql").exception, UsageError)
