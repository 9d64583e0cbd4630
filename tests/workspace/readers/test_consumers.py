"""Projects of other repositories: who reads this one, by the manifest that they publish."""

import json
from pathlib import Path

import pytest

from tests.e2e.project import DBT, Project

ID = "model.shop.orders"


def manifest(**nodes: dict[str, object]) -> str:
    """Write a consumer's manifest: it knows the producer's model by its relation."""
    document = {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "project_name": "finance",
        },
        "nodes": {
            ID: {"resource_type": "model", "package_name": "shop", "name": "orders", "relation_name": '"prod"."marts"."orders"'},
            **{f"model.finance.{name}": {
                "resource_type": "model", "package_name": "finance", "name": name,
                "original_file_path": f"models/{name}.sql", "depends_on": {"nodes": [ID]}, **node,
            } for name, node in nodes.items()},
        },
        "exposures": {"exposure.finance.board": {
            "name": "board", "label": "The board", "url": "https://bi.example.com/1", "owner": {"name": "Ada"},
            "depends_on": {"nodes": [ID]},
        }},
    }  # fmt: skip
    return json.dumps(document)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository").start().commit(DBT)


def test_who_reads_what_goes(project: Project) -> None:
    """Compiled or only parsed, who reads the column breaks, with the other project's name; who reads another is left in peace."""
    text = manifest(
        compiled={"compiled_code": 'select amount from "prod"."marts"."orders"'},
        parsed={"raw_code": "select amount from {{ ref('shop', 'orders') }}"},
        quiet={"compiled_code": 'select order_id from "prod"."marts"."orders"'},
    )
    (project.directory.parent / "finance.json").write_text(text)
    project.pull_request({"models/orders.sql": "select 1 as order_id\n", "models/weekly.sql": None})
    ran = project.check("--offline", "--no-witness", "--consumers", "../finance.json")
    broken = {one["consumer"]["name"] for one in ran.report["impacts"] if one["effect"] == "breaks"}
    assert ran.code == 1
    assert broken == {"finance.compiled (models/compiled.sql)", "finance.parsed (models/parsed.sql)"}


def test_an_exposure_elsewhere(project: Project) -> None:
    """A dashboard of the other project breaks with the relation, with its owner and address."""
    (project.directory.parent / "finance.json").write_text(manifest())
    project.pull_request({"models/orders.sql": None, "models/weekly.sql": None})
    ran = project.check("--offline", "--no-witness", "--consumers", "../finance.json")
    (impact,) = ran.report["impacts"]
    assert ran.code == 1
    assert impact["consumer"] == impact["consumer"] | {
        "kind": "exposure", "name": "finance.The board", "owners": ["Ada"], "url": "https://bi.example.com/1",
    }  # fmt: skip


def test_an_exposure_over_models_of_its_own(project: Project) -> None:
    """A dashboard breaks with the column that a model above it reads, over any number of steps; one over other models does not."""
    document = json.loads(
        manifest(
            paid={"compiled_code": 'select amount from "prod"."marts"."orders"'},
            weekly={"compiled_code": "select 1", "depends_on": {"nodes": ["model.finance.paid"]}},
            quiet={"compiled_code": 'select order_id from "prod"."marts"."orders"'},
        )
    )
    document["exposures"] = {
        f"exposure.finance.{name}": {"name": name, "depends_on": {"nodes": [f"model.finance.{name}"]}}
        for name in ("weekly", "quiet")
    }
    (project.directory.parent / "finance.json").write_text(json.dumps(document))
    project.pull_request({"models/orders.sql": "select 1 as order_id\n", "models/weekly.sql": None})
    impacts = project.check("--offline", "--no-witness", "--consumers", "../finance.json").report["impacts"]
    told = {one["consumer"]["name"] for one in impacts if one["consumer"]["kind"] == "exposure"}
    assert told == {"finance.weekly"}


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_what_is_no_manifest(project: Project, text: str) -> None:
    """A file that is none is told."""
    (project.directory.parent / "finance.json").write_text(text + " orders")
    project.pull_request({"models/orders.sql": "select 1 as order_id\n"})
    ran = project.check("--offline", "--no-witness", "--consumers", "../finance.json")
    assert any("finance.json are not known" in note for note in ran.report["coverage"]["notes"])


def test_a_manifest_that_is_not_there(project: Project) -> None:
    """A name without a file is an error."""
    project.pull_request({"models/orders.sql": "select 1 as order_id\n"})
    assert project.check("--consumers", "nowhere.json").code == 2
