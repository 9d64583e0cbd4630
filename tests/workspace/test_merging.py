"""How new rows are merged into old ones, as SQLMesh and Dataform say it."""

import pytest

from contract_gate.workspace.reading import Reading, read_repository
from contract_gate.workspace.repository import RepositoryWorld
from tests.memory import MemoryFiles


def merging(files: dict[str, str]) -> list[str | None]:
    with read_repository(MemoryFiles(files), "head", Reading(dialect="bigquery")) as world:
        return [model.merging for model in world.models.values()]


@pytest.mark.parametrize(
    ("kind", "merged"),
    [
        ("FULL", None),
        ("VIEW", None),
        (
            "INCREMENTAL_BY_UNIQUE_KEY (unique_key id, batch_size 3)",
            "incremental_by_unique_key unique_key id",
        ),
        ("INCREMENTAL_BY_TIME_RANGE (time_column day)", "incremental_by_time_range time_column day"),
        (
            "SCD_TYPE_2_BY_COLUMN (unique_key id, columns [a])",
            "scd_type_2_by_column unique_key id columns [a]",
        ),
    ],
)
def test_sqlmesh(kind: str, merged: str | None) -> None:
    """The kind with what decides which rows are replaced; how a run is cut into batches is left out."""
    files = {
        "config.yaml": "model_defaults: {dialect: bigquery}\n",
        "models/m.sql": f"MODEL (name shop.m, kind {kind});\nSELECT 1 AS id, 2 AS a, 3 AS day\n",
    }
    assert merging(files) == [merged]


@pytest.mark.parametrize(
    ("config", "merged"),
    [
        ("type: 'table'", None),
        ("type: 'incremental'", "append"),
        ("type: 'incremental', uniqueKey: ['id', 'day']", "merge by id, day"),
    ],
)
def test_dataform(config: str, merged: str | None) -> None:
    """Rows with the same key are replaced; without one they are only added."""
    files = {
        "workflow_settings.yaml": "defaultProject: p\ndefaultDataset: d\n",
        "definitions/m.sqlx": f"config {{ {config} }}\nselect 1 as id, 2 as day\n",
    }
    assert merging(files) == [merged]


def sqlmesh(more: dict[str, str]) -> RepositoryWorld:
    files = {"config.yaml": "model_defaults: {dialect: bigquery}\n", **more}
    return read_repository(MemoryFiles(files), "head", Reading(dialect="bigquery"))


def test_statements_beside_a_sqlmesh_query() -> None:
    """Those that write are kept; they may change rows after the query has run."""
    text = "MODEL (name shop.m);\nSELECT 1 AS id;\nDELETE FROM shop.m WHERE id < 0;\nGRANT SELECT ON shop.m TO x\n"
    with sqlmesh({"models/m.sql": text}) as world:
        assert [model.hooks for model in world.models.values()] == [("DELETE FROM shop.m WHERE id < 0",)]


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        ({"models/m.sql": "MODEL (name shop.m\nSELECT 1 AS id"}, {"models/m.sql"}),
        ({"models/m.sql": "MODEL (name shop.m, enabled false);\nSELECT 1 AS id"}, set()),
        (
            {f"models/{n}.sql": "MODEL (name shop.m);\nSELECT 1 AS id" for n in "ab"},
            {"models/a.sql", "models/b.sql"},
        ),
        ({"config.yaml": "model_defaults: [\n"}, {"config.yaml"}),
    ],
    ids=["no name", "switched off", "one name twice", "no YAML"],
)
def test_what_sqlmesh_refuses(files: dict[str, str], problems: set[str]) -> None:
    """A file that says nothing, or what another says too, is a problem of that file."""
    with sqlmesh(files) as world:
        assert set(world.problems) == problems


def dataform(more: dict[str, str]) -> RepositoryWorld:
    files = {"workflow_settings.yaml": "defaultProject: p\ndefaultDataset: d\n", **more}
    return read_repository(MemoryFiles(files), "head", Reading(dialect="bigquery"))


LISTED = "actions:\n- table:\n    filename: m.sql\n    "


@pytest.mark.parametrize(
    ("files", "hook"),
    [
        ({"m.sqlx": "config { type: 'table' }\nselect 1 as id\npost_operations { delete from ${self()} where id < 0 }\n"}, "delete from ${self()} where id < 0"),
        ({"m.sqlx": "config { type: 'table', preOps: ['delete from z'] }\nselect 1 as id"}, "delete from z"),
        ({"m.js": "publish('m', {postOps: 'delete from z'}).query('select 1 as id');"}, "delete from z"),
        ({"m.js": "publish('m').query('select 1 as id').preOps(['delete from z']);"}, "delete from z"),
        ({"m.js": "publish('m').query('select 1 as id').postOps(c => `delete from ${c.self()}`);"}, "delete from `p.d.m`"),
        ({"m.sql": "select 1 as id", "actions.yaml": LISTED + "postOperations: [delete from z]"}, "delete from z"),
        ({"m.js": "publish('m').query('select 1 as id').postOps('grant select on z to y');"}, None),
    ],
)  # fmt: skip
def test_operations_beside_a_dataform_query(files: dict[str, str], hook: str | None) -> None:
    """Those that write are kept, wherever they are written: in a block of the file, a setting, or by a function."""
    with dataform({f"definitions/{name}": text for name, text in files.items()}) as world:
        assert [model.hooks for model in world.models.values()] == [(hook,) if hook else ()]


def test_keys_of_a_dataform_table() -> None:
    """A key that YAML puts under a name of its own is one."""
    listed = LISTED + "assertions: {uniqueKeys: [{uniqueKey: [Id, day]}], nonNull: [nm]}"
    with dataform({"definitions/m.sql": "select 1 as id", "definitions/actions.yaml": listed}) as world:
        (model,) = [model for model in world.models.values() if model.constraints]
        assert [each.columns for each in model.constraints] == [("id", "day"), ("nm",)]


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        (
            {f"definitions/{n}.sqlx": "config { type: 'table', name: 'm' }\nselect 1 as id" for n in "ab"},
            {"definitions/a.sqlx", "definitions/b.sqlx"},
        ),
        ({"includes/c.js": "module.exports = doubled };\n"}, {"includes/c.js"}),
        ({"workflow_settings.yaml": "vars: [\n"}, {"workflow_settings.yaml"}),
        ({"definitions/m.sqlx": "config { type: 'table', name: 'm' }\nselect 1 as id"}, set()),
    ],
    ids=["one name twice", "no script", "no YAML", "nothing"],
)
def test_what_dataform_refuses(files: dict[str, str], problems: set[str]) -> None:
    """A file that can't be read, or that another contradicts, is a problem of that file."""
    with dataform(files) as world:
        assert set(world.problems) == problems
