"""SQL that lies in the folder of a project, beside the folders that the project reads: whoever runs it reads the project's tables."""

from collections.abc import Mapping

import pytest

from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import Assess

_MODEL = "select id, nm from raw.t"
_PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models, more]\nclean-targets: [built]\n",
    "profiles.yml": "shop: {target: ci, outputs: {ci: {type: snowflake, database: shop, schema: marts}}}\n",
    "models/m.sql": _MODEL,
}
_LOST = {"models/m.sql": "select id from raw.t"}
_SCRIPT = "insert into rep.o select nm from shop.marts.m qualify row_number() over (order by id) = 1;\n"


_SQLMESH = {
    "config.yaml": "gateways: {local: {connection: {type: duckdb}}}\nmodel_defaults: {dialect: snowflake}\n",
    "models/m.sql": "MODEL (name marts.m, kind FULL);\nselect id, nm from raw.t;\n",
}
_DATAFORM = {
    "workflow_settings.yaml": "defaultProject: shop\ndefaultDataset: marts\n",
    "definitions/m.sqlx": 'config { type: "table" }\nselect id, nm from raw.t\n',
}


def _broken(assess: Assess, base: Mapping[str, str], head: Mapping[str, str]) -> set[str]:
    found = assess({**_PROJECT, **base}, {**_PROJECT, **base, **head})
    return {each.consumer.path or "" for each in found.impacts if each.effect is Effect.BREAKS}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("etl/load.sql", _SCRIPT),
        ("load.sql", _SCRIPT),
        ("etl/LOAD.SQL", _SCRIPT),
        ("etl/load.sql", "select nm from marts.m;\n"),
        ("dags/sql/load.sql", "delete from rep.o where day = '{{ ds }}';\n" + _SCRIPT),
        ("udfs/first.sql", "create function rep.first() returns varchar as 'select max(nm) from shop.marts.m';\n"),
    ],
)  # fmt: skip
def test_a_script_that_reads_a_model(assess_project: Assess, path: str, text: str) -> None:
    """It breaks with the column, in the dialect of the project around it, and when the model gets another name."""
    assert _broken(assess_project, {path: text}, _LOST) == {path}
    assert (
        _broken(assess_project, {path: text}, {"models/m.sql": "select id, nm, 1 as k from raw.t"}) == set()
    )
    renamed = {"models/m.sql": "{{ config(alias='m2') }}" + _MODEL}
    assert _broken(assess_project, {path: text}, renamed) == {path}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("target/run/shop/models/m.sql", "create table rep.o as select nm from shop.marts.m;\n"),
        ("built/m.sql", _SCRIPT),
        ("dbt_packages/x/y.sql", _SCRIPT),
        (".tool/templates/m.sql", _SCRIPT),
        ("old_models/o.sql", "select nm from {{ ref('m') }}\n"),
        ("old_models/o.sql", "{{ config(tags=['x']) }}" + _SCRIPT),
        ("macros/f.sql", "{% macro f() %}" + _SCRIPT + "{% endmacro %}"),
        ("etl/load.txt", _SCRIPT),
    ],
)
def test_what_dbt_wrote_or_left_is_no_script(assess_project: Assess, path: str, text: str) -> None:
    """Built files, packages, a tool's folder and models that lie outside of the model paths are read by nobody."""
    assert path not in _broken(assess_project, {path: text}, _LOST)


def test_a_project_whose_folders_cannot_be_told(assess_project: Assess) -> None:
    """Where a template names a folder, all that lies below the project is its own."""
    setup = {
        "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [\"{{ env_var('M', 'models') }}\"]\n"
    }
    assert _broken(assess_project, {**setup, "etl/load.sql": _SCRIPT}, _LOST) == set()


def test_a_table_that_a_script_makes(assess_project: Assess) -> None:
    """A column that goes from a script's CREATE TABLE breaks the models that read it."""
    base = {"ddl/t.sql": "create table raw.t (id int, nm text);\n"}
    assert _broken(assess_project, base, {"ddl/t.sql": "create table raw.t (id int);\n"}) == {"models/m.sql"}
    assert (
        _broken(assess_project, base, {"ddl/t.sql": "create table raw.t (id int, nm text, k int);\n"})
        == set()
    )


@pytest.mark.parametrize("table", ["raw.t", "shop.raw.t"])
@pytest.mark.parametrize("test", ["not_null", "unique", "{accepted_values: {values: [a]}}"])
def test_a_test_of_a_source_that_a_script_makes(assess_project: Assess, table: str, test: str) -> None:
    """A test of a source's column breaks when the script that makes the table takes it, by its name with or without the database."""
    tested = f"sources: [{{name: raw, tables: [{{name: t, columns: [{{name: nm, tests: [{test}]}}]}}]}}]\n"
    base = {
        "models/s.yml": tested,
        "models/m.sql": "select 1 as id",
        "ddl/t.sql": f"create table {table} (id int, nm text);\n",
    }
    assert _broken(assess_project, base, {"ddl/t.sql": f"create table {table} (id int);\n"}) == {
        "models/s.yml"
    }
    assert _broken(assess_project, base, {"ddl/t.sql": f"create table {table} (nm text);\n"}) == set()
    elsewhere = {**base, "ddl/t.sql": base["ddl/t.sql"].replace("raw.t", "old.t")}
    assert _broken(assess_project, elsewhere, {"ddl/t.sql": "create table old.t (id int);\n"}) == set()


@pytest.mark.parametrize(
    ("mark", "effect"), [("-- {{ ref('m') }}\n", Effect.BREAKS), ("-- {% macro f() %}\n", Effect.UNKNOWN)]
)
def test_a_script_that_is_marked_as_a_template(assess_project: Assess, mark: str, effect: Effect) -> None:
    """A pull request that makes a script look like a model that dbt does not read takes it out of nobody's sight."""
    base = {**_PROJECT, "etl/load.sql": _SCRIPT}
    found = assess_project(base, {**base, **_LOST, "etl/load.sql": mark + _SCRIPT})
    assert {(each.consumer.path, each.effect) for each in found.impacts} == {("etl/load.sql", effect)}


def test_a_setup_that_claims_the_folder_hides_nothing(assess_project: Assess) -> None:
    """A pull request that makes the script's folder one of the project's still breaks the script."""
    more = {"dbt_project.yml": _PROJECT["dbt_project.yml"].replace("[built]", "[built, etl]")}
    assert _broken(assess_project, {"etl/load.sql": _SCRIPT}, {**more, **_LOST}) == {"etl/load.sql"}


@pytest.mark.parametrize(
    ("project", "model", "left"),
    [
        (_SQLMESH, "models/m.sql", "MODEL (name marts.o);\nselect nm from marts.m\n"),
        (_DATAFORM, "definitions/m.sqlx", "{{ config() }} select nm from marts.m\n"),
    ],
)
def test_a_script_beside_another_kind_of_project(
    assess_project: Assess, project: Mapping[str, str], model: str, left: str
) -> None:
    """A script in the folder of a SQLMesh or Dataform project breaks with a model's column; a model that lies there unread does not."""
    base = {**project, "etl/load.sql": _SCRIPT.replace("shop.", ""), "old/o.sql": left}
    found = assess_project(base, {**base, model: project[model].replace(", nm", "")})
    assert {i.consumer.path for i in found.impacts if i.effect is Effect.BREAKS} == {"etl/load.sql"}
    more = assess_project(base, {**base, model: project[model].replace(", nm", ", nm, 1 as k")})
    assert not [i for i in more.impacts if i.effect is Effect.BREAKS]


_SOURCE = "sources:\n- name: marts\n  schema: marts\n  tables: [name: m]\n"
_BY_SOURCE = "select nm from {{ source('marts', 'm') }}"


@pytest.mark.parametrize("folder", ["", "bi/"])
def test_a_source_that_is_declared_of_a_model(assess_project: Assess, folder: str) -> None:
    """Who reads it reads the model, in its project and in another: when a column goes, and when the model goes or gets another name."""
    reader = f"{folder}models/r.sql"
    base = {f"{folder}models/s.yml": _SOURCE, reader: _BY_SOURCE}
    if folder:
        base["bi/dbt_project.yml"] = "name: bi\nprofile: bi\n"
        base["bi/profiles.yml"] = (
            _PROJECT["profiles.yml"].replace("shop: {", "bi: {", 1).replace("marts", "bi")
        )
    assert _broken(assess_project, base, _LOST) == {reader}
    assert _broken(assess_project, base, {"models/m.sql": "{{ config(alias='m2') }}" + _MODEL}) == {reader}
    assert _broken(assess_project, base, {"models/m.sql": "{{ config(enabled=false) }}" + _MODEL}) == {reader}
    assert _broken(assess_project, base, {"models/m.sql": _MODEL + " where id > 0"}) == set()


def test_a_model_that_others_make_by_now(assess_project: Assess) -> None:
    """A source that the same pull request declares says so: who reads it in the model's place does not break."""
    base = {"models/r.sql": "select nm from {{ ref('m') }}"}
    off = {"models/m.sql": "{{ config(enabled=false) }}" + _MODEL}
    assert (
        _broken(assess_project, base, {**off, "models/s.yml": _SOURCE, "models/r.sql": _BY_SOURCE}) == set()
    )


def _unknown(assess: Assess, base: Mapping[str, str], head: Mapping[str, str]) -> set[str]:
    found = assess({**_PROJECT, **base}, {**_PROJECT, **base, **head})
    return {each.consumer.path or "" for each in found.impacts if each.effect is Effect.UNKNOWN}


@pytest.mark.parametrize("schema", ["", "{{ schema }}."])
def test_a_script_that_names_no_schema(assess_project: Assess, schema: str) -> None:
    """It may read the project's model, in whatever connection it is run: said where it names what goes, and only there."""
    base = {
        "etl/load.sql": f"insert into rep.o select nm from {schema}m;\n",
        "etl/ids.sql": f"select id from {schema}m;\n",
    }
    assert _unknown(assess_project, base, _LOST) == {"etl/load.sql"}
    assert (
        _unknown(assess_project, base, {"models/m.sql": "{{ config(alias='m2') }}" + _MODEL}) == base.keys()
    )
    assert _unknown(assess_project, base, {"models/m.sql": _MODEL + " where id > 0"}) == set()
    own = {"etl/own.sql": "create table m (nm text);\nselect nm from m;\n"}
    assert _unknown(assess_project, own, _LOST) == set()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("models/r.sql", "select nm from m"),
        ("analyses/r.sql", "select nm from m"),
        ("checks/r.yml", "checks for m:\n  - missing_count(nm) = 0\n"),
    ],
)
def test_a_model_that_moves_to_another_schema(assess_project: Assess, path: str, text: str) -> None:
    """Who names it without a schema finds it there or not: where it looks decides. Who refers to it follows."""
    moved = {"models/m.sql": "{{ config(schema='new') }}" + _MODEL}
    assert _unknown(assess_project, {path: text}, moved) == {path}
    assert _unknown(assess_project, {"models/r.sql": "select nm from {{ ref('m') }}"}, moved) == set()
