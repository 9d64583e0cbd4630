"""Columns that a Dataform project names outside of a SELECT: assertions, keys, partitions, operations."""

import pytest

from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess

PROJECT = {"workflow_settings.yaml": "defaultProject: wh\ndefaultDataset: mart\ndataformCoreVersion: 3.0.0\n"}


def _breaks(found: Assessment) -> set[str | None]:
    return {impact.consumer.path for impact in found.impacts if impact.effect is Effect.BREAKS}


NAMED = [
    ("type: 'table', assertions: { uniqueKey: ['nm'] }", True),
    ("type: 'table', assertions: { uniqueKey: 'nm' }", True),
    ("type: 'view', assertions: { uniqueKeys: [['id'], ['day', 'nm']] }", True),
    ("type: 'table', assertions: { nonNull: ['id', 'nm'] }", True),
    ("type: 'table', assertions: { nonNull: 'nm' }", True),
    ("type: 'table', assertions: { rowConditions: [\"nm like 'a%'\"] }", True),
    ("type: 'table', assertions: { uniqueKey: ['id'], nonNull: ['day'], rowConditions: [\"day <> 'nm'\"] }", False),
    ("type: 'incremental', uniqueKey: ['id', 'nm']", True),
    ("type: 'incremental', onSchemaChange: 'SYNCHRONIZE', uniqueKey: ['id'], description: 'nm', tags: ['nm']", False),
    ("type: 'table', bigquery: { partitionBy: 'DATE(nm)' }", True),
    ("type: 'table', bigquery: { partitionBy: 'DATE(day)', clusterBy: ['nm'] }", True),
    ("type: 'table', bigquery: { partitionBy: 'DATE(day)', clusterBy: ['id'], labels: { nm: 'nm' } }", False),
    ("type: 'incremental', uniqueKey: ['id'], bigquery: { updatePartitionFilter: 'nm >= 1' }", True),
    ("type: 'table', columns: { id: 'the nm' }", False),
]  # fmt: skip


def test_a_setting_that_names_a_column_that_goes(assess_project: Assess) -> None:
    """An action whose settings name a column that it gives no longer fails, or an assertion of it; the others don't."""
    texts = {
        f"definitions/a{number}.sqlx": f"config {{ {settings} }}\nSELECT id, nm, day FROM raw.t"
        for number, (settings, _) in enumerate(NAMED)
    }
    heads = {path: text.replace("id, nm, day", "id, day") for path, text in texts.items()}
    found = assess_project({**PROJECT, **texts}, {**PROJECT, **heads})
    assert _breaks(found) == {
        f"definitions/a{number}.sqlx" for number, (_, fails) in enumerate(NAMED) if fails
    }
    assert not [impact for impact in found.impacts if impact.effect is Effect.UNKNOWN]


@pytest.mark.parametrize(
    ("operation", "fails"),
    [
        ("post_operations {\n  DELETE FROM ${self()} WHERE nm IS NULL\n}", True),
        ("post_operations {\n  DELETE FROM ${self()} WHERE day = 'nm'\n}", False),
        ("post_operations { SELECT 1\n---\nUPDATE ${self()} SET nm = 'x' WHERE TRUE }", True),
        ("pre_operations {\n  INSERT INTO wh.mart.log SELECT MAX(nm) FROM ${self()}\n}", True),
        ("pre_operations {\n  INSERT INTO wh.mart.log SELECT nm FROM ${ref('other')}\n}", False),
        ("post_operations {\n  GRANT `roles/bigquery.dataViewer` ON TABLE ${self()} TO 'user:nm@example.org'\n}", False),
    ],
)  # fmt: skip
def test_operations_beside_the_query(assess_project: Assess, operation: str, fails: bool) -> None:
    """Operations run beside the table that the query makes, and fail with its columns."""
    text = f"config {{ type: 'table' }}\nSELECT id, nm, day FROM raw.t\n{operation}\n"
    base = {
        **PROJECT,
        "definitions/a.sqlx": text,
        "definitions/other.sqlx": "config { type: 'view' }\nSELECT 1 AS nm",
    }
    found = assess_project(base, {**base, "definitions/a.sqlx": text.replace("id, nm, day", "id, day")})
    assert bool(_breaks(found)) is fails


def test_an_operation_that_reads_another_action(assess_project: Assess) -> None:
    """The reader of another action's column is the operation, wherever it stands."""
    base = {
        **PROJECT,
        "definitions/a.sqlx": "config { type: 'table' }\nSELECT 1 AS id\npost_operations { INSERT INTO wh.mart.log SELECT nm FROM ${ref('other')} }",
        "definitions/other.sqlx": "config { type: 'view' }\nSELECT 1 AS id, 2 AS nm",
    }
    found = assess_project(
        base, {**base, "definitions/other.sqlx": "config { type: 'view' }\nSELECT 1 AS id"}
    )
    assert _breaks(found) == {"definitions/a.sqlx"}


def test_assertions_in_yaml_and_scripts(assess_project: Assess) -> None:
    """`actions.yaml` and `publish` make the same assertions."""
    base = {
        **PROJECT,
        "definitions/actions.yaml": (
            "actions:\n- table:\n    filename: a.sql\n    assertions: {uniqueKeys: [{uniqueKey: [nm]}]}\n"
            "- table:\n    filename: b.sql\n    clusterBy: [day]\n"
        ),
        "definitions/a.sql": "SELECT id, nm, day FROM raw.t",
        "definitions/b.sql": "SELECT id, nm, day FROM raw.t",
        "definitions/c.js": "publish('c', { type: 'table', assertions: { nonNull: ['nm'] } }).query('SELECT id, nm, day FROM raw.t');",
    }
    head = {path: text.replace("id, nm, day", "id, day") for path, text in base.items()}
    assert _breaks(assess_project(base, head)) == {"definitions/a.sql", "definitions/c.js"}


@pytest.mark.parametrize(
    ("settings", "before", "after", "fails"),
    [
        ("type: 'incremental'", "id, nm, day", "id, day", True),
        ("type: 'incremental', uniqueKey: ['id']", "id, nm, day", "id, day", True),
        ("type: 'incremental'", "id, day", "id, nm, day", False),
        ("type: 'incremental', onSchemaChange: 'FAIL'", "id, day", "id, nm, day", True),
        ("type: 'incremental', onSchemaChange: 'SYNCHRONIZE'", "id, nm, day", "id, day", False),
        ("type: 'table'", "id, nm, day", "id, day", False),
    ],
)
def test_the_next_run_of_an_incremental_table(
    assess_project: Assess, settings: str, before: str, after: str, fails: bool
) -> None:
    """Dataform inserts into the columns that the table has: a query that lacks one of them fails."""
    text = f"config {{ {settings} }}\nSELECT COLUMNS FROM raw.t"
    sides = [
        {**PROJECT, "definitions/a.sqlx": text.replace("COLUMNS", columns)} for columns in (before, after)
    ]
    assert bool(_breaks(assess_project(*sides))) is fails


def _depending(on: str) -> dict[str, str]:
    return {
        **PROJECT,
        "definitions/a.sqlx": "config { type: 'table' }\nSELECT 1 AS x",
        "definitions/c.sqlx": "config { type: 'table' }\nSELECT 1 AS x",
        "definitions/b.sqlx": f"config {{ type: 'table', dependencies: {on} }}\nSELECT 2 AS y",
    }


@pytest.mark.parametrize(
    ("on", "edit", "broken"),
    [
        ("['a']", {"definitions/a.sqlx": ""}, {"definitions/b.sqlx"}),
        ("[{ name: 'a', schema: 'mart' }]", {"definitions/a.sqlx": ""}, {"definitions/b.sqlx"}),
        (
            "'a'",
            {"definitions/a.sqlx": "config { type: 'table', name: 'z' }\nSELECT 1 AS x"},
            {"definitions/b.sqlx"},
        ),
        (
            "['a']",
            {"definitions/b.sqlx": "config { type: 'table', dependencies: ['zz'] }\nSELECT 2 AS y"},
            {"definitions/b.sqlx"},
        ),
        ("['a']", {"definitions/c.sqlx": ""}, set()),
        ("['a']", {"definitions/a.sqlx": "config { type: 'view' }\nSELECT 3 AS x"}, set()),
        (
            "['a']",
            {"definitions/a.sqlx": "config { type: 'table', disabled: true }\nSELECT 1 AS x"},
            set(),
        ),
    ],
)
def test_a_dependency_must_be_there(
    assess_project: Assess, on: str, edit: dict[str, str], broken: set[str]
) -> None:
    """Dataform compiles nothing whose settings depend on an action that the project does not have."""
    base = _depending(on)
    head = {path: text for path, text in {**base, **edit}.items() if text}
    assert _breaks(assess_project(base, head)) == broken


@pytest.mark.parametrize(
    ("on", "broken"),
    [
        ("[{name: b2}]", True), ("[{name: c}]", False),
        ("[{name: a, project: wh, dataset: mart}]", True), ("[{name: a, project: other, dataset: mart}]", False),
    ],
)  # fmt: skip
def test_a_dependency_of_a_list_must_be_there(assess_project: Assess, on: str, broken: bool) -> None:
    """What `actions.yaml` calls `dependencyTargets` is one, with its project."""
    base = {
        **PROJECT,
        "definitions/actions.yaml": f"actions:\n  - table: {{filename: b.sql, dependencyTargets: {on}}}\n",
        "definitions/b.sql": "SELECT 2 AS y",
        "definitions/a.sqlx": "config { type: 'table' }\nSELECT 1 AS x",
        "definitions/c.sqlx": "config { type: 'table' }\nSELECT 1 AS x",
        "definitions/b2.sqlx": "config { type: 'table' }\nSELECT 1 AS x",
        "definitions/d.sqlx": "config { type: 'declaration', database: 'other', schema: 'mart', name: 'a' }",
    }
    gone = ("definitions/a.sqlx", "definitions/b2.sqlx")
    head = {path: text for path, text in base.items() if path not in gone}
    assert bool(_breaks(assess_project(base, head))) is broken


OPERATION = 'config { type: "operations", name: "op" }\nselect 1\n'


@pytest.mark.parametrize(
    ("path", "text", "edit", "broken"),
    [
        ("definitions/op.sqlx", OPERATION, "", True),
        ("definitions/op.sqlx", OPERATION, OPERATION.replace('"op"', '"other"'), True),
        ("definitions/op.sqlx", OPERATION, OPERATION.replace("1", "2"), False),
        ("definitions/op.sqlx", OPERATION.replace("operations", "assertion"), "", True),
        ("definitions/op.js", 'operate("op", "select 1");\n', "// none\n", True),
    ],
)
def test_an_operation_that_others_depend_on_must_be_there(
    assess_project: Assess, path: str, text: str, edit: str, broken: bool
) -> None:
    """What makes no relation is a dependency too: without it the project does not compile."""
    base = {**_depending("['op']"), path: text}
    head = {name: each for name, each in {**base, path: edit}.items() if each}
    assert ("definitions/b.sqlx" in _breaks(assess_project(base, head))) is broken


@pytest.mark.parametrize(
    ("operation", "fails"),
    [
        ("DELETE FROM ${ref('a')} WHERE nm < 0", True),
        ("UPDATE ${ref('a')} SET day = 1 WHERE nm < 0", True),
        ("DELETE FROM ${ref('a')} WHERE day < 0", False),
        ("EXPORT DATA OPTIONS (uri = 'gs://b/*', format = 'CSV') AS SELECT nm FROM ${ref('a')}", True),
        ("INSERT INTO wh.mart.log SELECT nm FROM ${ref('a')}", True),
        ("CALL wh.mart.refresh()", False),
    ],
)
def test_operations_alone(assess_project: Assess, operation: str, fails: bool) -> None:
    """An action that runs statements is a reader of what they name, though it makes no relation."""
    files = {
        **PROJECT,
        "definitions/a.sqlx": "config { type: 'table' }\nSELECT id, nm, day FROM raw.t",
        "definitions/o.sqlx": f"config {{ type: 'operations' }}\n{operation}\n",
    }
    head = files["definitions/a.sqlx"].replace("id, nm, day", "id, day")
    found = assess_project(files, {**files, "definitions/a.sqlx": head})
    assert _breaks(found) == ({"definitions/o.sqlx"} if fails else set())


@pytest.mark.parametrize(
    ("declared", "named", "is_broken"),
    [
        ("declare chk int64 default (select max(id) from ${self()});", "chk", False),
        ("${when(incremental(), `declare low, chk int64; set chk = 1`)}", "chk", False),
        ("declare other int64;", "chk", True),
    ],
)
def test_a_query_may_name_what_its_pre_operations_declare(
    assess_project: Assess, declared: str, named: str, is_broken: bool
) -> None:
    """A variable of the operations before a query is no lost column of it."""
    base = {
        "workflow_settings.yaml": "defaultProject: p\ndefaultDataset: d\n",
        "definitions/t.sqlx": "config { type: 'table' }\nselect 1 as id",
    }
    text = f"config {{ type: 'incremental' }}\npre_operations {{ {declared} }}\nselect id from ${{ref('t')}} where id > {named}"
    found = assess_project(base, {**base, "definitions/v.sqlx": text})
    assert any(i.effect is Effect.BREAKS for i in found.impacts) == is_broken
