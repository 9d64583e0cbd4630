"""What dbt refuses of a whole project: each breaking case was refused by dbt 1.11, each other one was taken."""

from collections.abc import Mapping

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import Assess

_FILES = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\nvars: {rate: 1}\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: x.db, schema: mart}\n",
    "models/a.sql": "select 1 as id",
    "models/b.sql": "select id from {{ ref('a') }}",
}
_GROUPS = "groups:\n  - {name: fin, owner: {name: a}}\n  - {name: ops, owner: {name: b}}\n"
_PRIVATE = f"{_GROUPS}models:\n  - {{name: a, config: {{group: fin, access: private}}}}\n  - {{name: b, config: {{group: fin}}}}\n"
_VERSIONS = "models:\n  - name: m\n    latest_version: LATEST\n    versions: [{v: 1}, {v: 2}]\n"
_VERSIONED = {"models/m_v1.sql": "select 1 as id", "models/m_v2.sql": "select 1 as id"}
_DOCS = "models:\n  - {name: a, description: \"{{ doc('it') }}\"}\n"
_TESTED = "models:\n  - name: a\n    columns: [{name: id, data_tests: [TEST]}]\n"
_TEST = "{% test pos(model, column_name) %}select 1 from {{ model }} where {{ column_name }} < 0{% endtest %}"
_SNAPSHOT = "snapshots:\n  - name: s\n    relation: ref('a')\n    config: {SETTINGS}\n"
_BATCHED = "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='id', begin='2024-01-01'MORE) }}select 1 as id"
_UNIT = "unit_tests:\n  - name: u\n    model: b\n    given: [{input: ref('a'), rows: [{id: 1}]}]\n    expect: {rows: [{id: 1}]}\n"
_OF_VERSION = (
    "unit_tests:\n  - {name: u, model: m, versions: {include: [1]}, given: [], expect: {rows: [{id: 1}]}}\n"
)
_APPENDED = "{{ config(materialized='incremental', on_schema_change='HOW', contract={'enforced': true}) }}select 1 as id"
_INCREMENTAL = "{{ config(materialized='incremental') }}select id from {{ ref('a') }}{% if is_incremental() %} where id > 1{% endif %}"
_METRICS = "semantic_models:\n  - name: sold\n    model: ref('a')\n    defaults: {agg_time_dimension: id}\n    entities: [{name: ent, type: primary, expr: id}]\n    dimensions: [{name: id, type: time, type_params: {time_granularity: day}}]\n    measures: [{name: num, agg: count, expr: id}, {name: made, agg: count, expr: id, create_metric: true}]\nmetrics:\n  - {name: met, label: m, type: simple, type_params: {measure: num}}\n"
_SHARE = (
    "metrics:\n  - {name: rate, label: r, type: ratio, type_params: {numerator: met, denominator: OTHER}}\n"
)
_SPINE = {
    "models/spine.sql": "select 1 as day",
    "models/spine.yml": "models:\n  - name: spine\n    time_spine: {standard_granularity_column: day}\n    columns: [{name: day, granularity: day}]\n",
}
_FUNCTION = "functions:\n  - name: f\n    arguments: [{name: a, data_type: int}, {name: b, data_type: int, default_value: 1}]\n    returns: {data_type: int}\n"
_ENDING = {
    "dbt_project.yml": _FILES["dbt_project.yml"] + "on-run-end: ['{{ f() }}']\n",
    "macros/f.sql": "{% macro f() %}select 1{% endmacro %}",
}
_TYPED = {
    "models/s.yml": "models: [{name: i, columns: [{name: id, data_type: int}]}]",
    "models/i.sql": "{{ config(contract={'enforced': true}) }}select 1 as id",
}
_PYTHON = {
    "models/p.py": "def model(dbt, session):\n    return dbt.ref('a')\n",
    "models/s.yml": "models: [{name: p, columns: [{name: id, data_type: int}]}]",
}
_KEYED = {
    "models/i.sql": "select 1 as id, 2 as k",
    "models/s.yml": "models: [{name: i, config: {contract: {enforced: true}}, columns: [{name: id, data_type: int, constraints: [{type: primary_key}]}, {name: k, data_type: int}]}]",
}
_CHECKED = {"models/s.yml": _SNAPSHOT.replace("SETTINGS", "unique_key: id, strategy: check, check_cols: all")}

REFUSED: list[tuple[str, Mapping[str, str], Mapping[str, str]]] = [
    ("a group that nothing declares", {"models/s.yml": _PRIVATE}, {"models/s.yml": _PRIVATE.replace("{name: fin, o", "{name: fin2, o")}),
    ("described twice", {"models/s.yml": "models: [{name: a}]"}, {"models/t.yml": "models: [{name: a}]"}),
    ("described twice in one file", {"models/s.yml": "models: [{name: a}]"}, {"models/s.yml": "models: [{name: a}, {name: a}]"}),
    ("a source table twice", {"models/s.yml": "sources: [{name: raw, tables: [{name: t}]}]"}, {"models/t.yml": "sources: [{name: raw, schema: other, tables: [{name: t}]}]"}),
    ("one relation", {}, {"models/b.sql": "{{ config(alias='a') }}select 1 as id"}),
    ("two exposures", {"models/s.yml": "exposures: [{name: e, type: dashboard, owner: {name: a}}]"}, {"models/t.yml": "exposures: [{name: e, type: ml, owner: {name: a}}]"}),
    ("two macros", {"macros/a.sql": "{% macro f() %}1{% endmacro %}"}, {"macros/b.sql": "{% macro f() %}1{% endmacro %}"}),
    ("a circle", {}, {"models/a.sql": "select 1 as id union all select id from {{ ref('b') }}"}),
    ("itself", {}, {"models/a.sql": "select 1 as id union all select id from {{ ref('a') }}"}),
    ("no such latest version", {**_VERSIONED, "models/s.yml": _VERSIONS.replace("LATEST", "1")}, {"models/s.yml": _VERSIONS.replace("LATEST", "3")}),
    ("two of a version", {**_VERSIONED, "models/s.yml": _VERSIONS.replace("LATEST", "1")}, {"models/s.yml": _VERSIONS.replace("LATEST", "1").replace("{v: 2}", "{v: 2}, {v: 2}")}),
    ("a docs block that goes", {"models/s.yml": _DOCS, "models/d.md": "{% docs it %}x{% enddocs %}"}, {"models/d.md": "nothing"}),
    ("a docs block that never was", {"models/s.yml": "models: [{name: a}]"}, {"models/s.yml": _DOCS}),
    ("a generic test that goes", {"models/s.yml": _TESTED.replace("TEST", "pos"), "tests/generic/t.sql": _TEST}, {"tests/generic/t.sql": ""}),
    ("a generic test that never was", {}, {"models/s.yml": _TESTED.replace("TEST", "uniqe")}),
    ("a way to build that goes", {"macros/m.sql": "{% materialization lake, default %}{% endmaterialization %}", "models/l.sql": "{{ config(materialized='lake') }}select 1 as id"}, {"macros/m.sql": ""}),
    ("a way to build that never was", {}, {"models/a.sql": "{{ config(materialized='tabel') }}select 1 as id"}),
    ("a variable that goes", {"models/v.sql": "select {{ var('rate') }} as id"}, {"dbt_project.yml": _FILES["dbt_project.yml"].replace("vars: {rate: 1}", "")}),
    ("a private model of an exposure", {"models/s.yml": _PRIVATE}, {"models/t.yml": "exposures: [{name: e, type: ml, owner: {name: a}, depends_on: [ref('a')]}]"}),
    ("a private model of another's test", {"models/s.yml": _PRIVATE, "models/c.sql": "select 1 as id"}, {"models/t.yml": "models: [{name: c, columns: [{name: id, data_tests: [{relationships: {to: ref('a'), field: id}}]}]}]"}),
    ("a private model without a group", {"models/s.yml": "models: [{name: a}]"}, {"models/s.yml": "models: [{name: a, config: {access: private}}]"}),
    ("access that is no word", {"models/s.yml": "models: [{name: a}]"}, {"models/s.yml": "models: [{name: a, config: {access: internal}}]"}),
    ("a contract without columns", {"models/s.yml": "models: [{name: a}]"}, {"models/s.yml": "models: [{name: a, config: {contract: {enforced: true}}}]"}),
    ("a snapshot by time without a time", {"models/s.yml": _SNAPSHOT.replace("SETTINGS", "unique_key: id, strategy: timestamp, updated_at: id")}, {"models/s.yml": _SNAPSHOT.replace("SETTINGS", "unique_key: id, strategy: timestamp")}),
    ("a snapshot that checks nothing", {"models/s.yml": _SNAPSHOT.replace("SETTINGS", "unique_key: id, strategy: check, check_cols: all")}, {"models/s.yml": _SNAPSHOT.replace("SETTINGS", "unique_key: id, strategy: check")}),
    ("a unit test without its model", {"models/s.yml": _UNIT}, {"models/s.yml": _UNIT.replace("model: b", "model: c")}),
    ("a unit test without its rows", {"models/s.yml": _UNIT.replace("rows: [{id: 1}]}]", "format: csv, fixture: f}]"), "tests/fixtures/f.csv": "id\n1\n"}, {"models/s.yml": _UNIT.replace("rows: [{id: 1}]}]", "format: csv, fixture: g}]")}),
    ("a unit test of a version that goes", {**_VERSIONED, "models/s.yml": _VERSIONS.replace("LATEST", "2") + _OF_VERSION}, {"models/m_v1.sql": "", "models/s.yml": _VERSIONS.replace("LATEST", "2").replace("{v: 1}, ", "") + _OF_VERSION}),
    ("a unit test that does not say which run", {"models/s.yml": _UNIT}, {"models/b.sql": _INCREMENTAL}),
    ("a contract that columns may leave", {"models/s.yml": "models: [{name: i, columns: [{name: id, data_type: int}]}]", "models/i.sql": _APPENDED.replace("HOW", "fail")}, {"models/i.sql": _APPENDED.replace("HOW", "sync_all_columns")}),
    ("a measure that nothing declares", {**_SPINE, "models/s.yml": _METRICS}, {"models/s.yml": _METRICS.replace("measure: num", "measure: other")}),
    ("a metric that nothing declares", {**_SPINE, "models/s.yml": _METRICS}, {"models/t.yml": _SHARE.replace("OTHER", "nope")}),
    ("a contract without a type", _TYPED, {"models/s.yml": "models: [{name: i, columns: [{name: id}]}]"}),
    ("a default before none", {"functions/f.sql": "a + b", "functions/f.yml": _FUNCTION}, {"functions/f.yml": _FUNCTION.replace("data_type: int}, {", "data_type: int, default_value: 1}, {").replace("data_type: int, default_value: 1}]", "data_type: int}]")}),
    ("a hook of the run whose macro goes", _ENDING, {"macros/f.sql": ""}),
    ("YAML that is none", {"models/s.yml": "models:\n  - name: a\n    tags: []\n"}, {"models/s.yml": "models:\n  - name: a\n   tags: []\n"}),
    ("a template that does not end", {}, {"models/a.sql": "{% if true %}select 1 as id"}),
    ("a template with a wrong bracket", {}, {"models/b.sql": "select id from {{ ref('a') }"}),
    ("public and not there", {"models/s.yml": "models: [{name: a, config: {access: public}}]"}, {"models/a.sql": "{{ config(materialized='ephemeral') }}select 1 as id"}),
    ("a contract of Python", _PYTHON, {"models/s.yml": _PYTHON["models/s.yml"].replace("p,", "p, config: {contract: {enforced: true}},")}),
    ("two columns that are each a key", _KEYED, {"models/s.yml": _KEYED["models/s.yml"].replace("name: k, data_type: int", "name: k, data_type: int, constraints: [{type: primary_key}]")}),
    ("batches of a size that there is not", {"models/i.sql": _BATCHED.replace("MORE", ", batch_size='day'")}, {"models/i.sql": _BATCHED.replace("MORE", ", batch_size='week'")}),
    ("a snapshot without a key", _CHECKED, {"models/s.yml": _CHECKED["models/s.yml"].replace("unique_key: id, ", "")}),
    ("a snapshot that checks a text", _CHECKED, {"models/s.yml": _CHECKED["models/s.yml"].replace("check_cols: all", "check_cols: id")}),
    ("a snapshot by time that checks columns", {"models/s.yml": _SNAPSHOT.replace("SETTINGS", "unique_key: id, strategy: timestamp, updated_at: id")}, {"models/s.yml": _SNAPSHOT.replace("SETTINGS", "unique_key: id, strategy: timestamp, updated_at: id, check_cols: [id]")}),
    ("batches of no size", {"models/i.sql": _BATCHED.replace("MORE", ", batch_size='day'")}, {"models/i.sql": _BATCHED.replace("MORE", "")}),
]  # fmt: skip

TAKEN: list[tuple[str, Mapping[str, str], Mapping[str, str]]] = [
    ("a group under another name", {"models/s.yml": _PRIVATE}, {"models/s.yml": _PRIVATE.replace("fin", "fin2")}),
    ("described elsewhere", {"models/s.yml": "models: [{name: a}]"}, {"models/s.yml": "models: []", "models/t.yml": "models: [{name: a}]"}),
    ("what nothing makes, described twice", {"models/s.yml": "models: [{name: x}]"}, {"models/t.yml": "models: [{name: x}]"}),
    ("another table of the source", {"models/s.yml": "sources: [{name: raw, tables: [{name: t}]}]"}, {"models/t.yml": "sources: [{name: raw, tables: [{name: u}]}]"}),
    ("one alias in two schemas", {"models/c.sql": "{{ config(schema='x') }}select 1 as id"}, {"models/c.sql": "{{ config(schema='x') }}select 1 as id -- same", "models/d.sql": "{{ config(alias='c') }}select 1 as id"}),
    ("one alias for each target", {"models/c.sql": "{{ config(enabled=target.name == 'dev') }}select 1 as id"}, {"models/d.sql": "{{ config(alias='c', enabled=target.name == 'prod') }}select 1 as id"}),
    ("two exposures of which one is off", {"models/s.yml": "exposures: [{name: e, type: ml, owner: {name: a}}]"}, {"models/t.yml": "exposures: [{name: e, type: ml, owner: {name: a}, config: {enabled: false}}]"}),
    ("a macro in a comment", {"macros/a.sql": "{% macro f() %}1{% endmacro %}"}, {"macros/b.sql": "{# {% macro f() %}1{% endmacro %} #}"}),
    ("its own table", {"models/i.sql": "{{ config(materialized='incremental') }}select 1 as id"}, {"models/i.sql": "{{ config(materialized='incremental') }}select 1 as id{% if is_incremental() %} where 1 > (select max(id) from {{ this }}){% endif %}"}),
    ("a docs block in another file", {"models/s.yml": _DOCS, "models/d.md": "{% docs it %}x{% enddocs %}"}, {"models/d.md": "", "models/e.md": "{% docs it %}x{% enddocs %}"}),
    ("a docs block and its use", {"models/s.yml": _DOCS, "models/d.md": "{% docs it %}x{% enddocs %}"}, {"models/s.yml": "models: [{name: a}]", "models/d.md": ""}),
    ("a generic test and its use", {"models/s.yml": _TESTED.replace("TEST", "pos"), "tests/generic/t.sql": _TEST}, {"tests/generic/t.sql": "", "models/s.yml": _TESTED.replace("TEST", "unique")}),
    ("a generic test that is a macro", {"tests/generic/t.sql": _TEST}, {"models/s.yml": _TESTED.replace("TEST", "pos")}),
    ("a test of a package", {"packages.yml": "packages: [{package: dbt-labs/dbt_utils, version: 1.0.0}]"}, {"models/s.yml": _TESTED.replace("TEST", "{dbt_utils.at_least_one: {}}")}),
    ("a way to build that a package may have", {"packages.yml": "packages: [{package: x/vault, version: 1.0.0}]"}, {"models/a.sql": "{{ config(materialized='vault_load') }}select 1 as id"}),
    ("a variable with a default", {"models/v.sql": "select {{ var('rate', 1) }} as id"}, {"dbt_project.yml": _FILES["dbt_project.yml"].replace("vars: {rate: 1}", "")}),
    ("a private model of a test in its group", {"models/s.yml": _PRIVATE}, {"models/s.yml": _PRIVATE.replace("{name: b, ", "{name: b, columns: [{name: id, data_tests: [{relationships: {to: ref('a'), field: id}}]}], ")}),
    ("a metric that a measure makes", {**_SPINE, "models/s.yml": _METRICS}, {"models/t.yml": _SHARE.replace("OTHER", "made")}),
    ("another type in YAML with a comment", _TYPED, {"models/s.yml": "# said anew\nmodels: [{name: i, columns: [{name: id, data_type: int}]}]"}),
    ("a default behind another", {"functions/f.sql": "a + b", "functions/f.yml": _FUNCTION}, {"functions/f.yml": _FUNCTION.replace("data_type: int}, {", "data_type: int, default_value: 1}, {")}),
    ("a hook of the run whose macro moves", _ENDING, {"macros/f.sql": "", "macros/g.sql": "{% macro f() %}select 1{% endmacro %}"}),
    ("a raw bracket", {}, {"models/b.sql": "select id, '{% raw %}{{{% endraw %}' as x from {{ ref('a') }}"}),
    ("batches from a date of the project", {"dbt_project.yml": _FILES["dbt_project.yml"].replace("rate: 1", "since: 2024-01-01"), "models/i.sql": _BATCHED.replace("MORE", ", batch_size='day'")}, {"models/i.sql": _BATCHED.replace("MORE", ", batch_size='day'").replace("'2024-01-01'", "var('since')")}),
    ("a unit test that says which run", {"models/s.yml": _UNIT + "    overrides: {macros: {is_incremental: false}}\n"}, {"models/b.sql": _INCREMENTAL}),
    ("a unit test of a model that is off", {"models/s.yml": _UNIT}, {"models/b.sql": "{{ config(enabled=false) }}select id from {{ ref('a') }}"}),
    ("Python with types and no contract", {**_PYTHON, "models/s.yml": "models: [{name: p}]"}, _PYTHON),
    ("another column is the key", _KEYED, {"models/s.yml": _KEYED["models/s.yml"].replace("id, data", "id_, data").replace("name: k,", "name: id,").replace("id_,", "k,")}),
    ("a snapshot that checks some columns", _CHECKED, {"models/s.yml": _CHECKED["models/s.yml"].replace("check_cols: all", "check_cols: [id]")}),
    ("a contract that columns are added to", {"models/s.yml": "models: [{name: i, columns: [{name: id, data_type: int}]}]", "models/i.sql": _APPENDED.replace("HOW", "fail")}, {"models/i.sql": _APPENDED.replace("HOW", "append_new_columns")}),
    ("a test of a private model", {"models/s.yml": _PRIVATE}, {"models/s.yml": _PRIVATE.replace("{name: a, config", "{name: a, columns: [{name: id, data_tests: [unique]}], config")}),
]  # fmt: skip


@pytest.mark.parametrize(("base", "head"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_project_that_dbt_refuses(
    assess_project: Assess, base: Mapping[str, str], head: Mapping[str, str]
) -> None:
    """What dbt refuses to parse is told where it was edited, and something breaks by it."""
    found = assess_project({**_FILES, **base}, {**_FILES, **base, **head})
    broken = {impact.change for impact in found.impacts if impact.effect is Effect.BREAKS}
    refused = [change for change in found.changes if change.kind is Kind.DOES_NOT_BIND]
    assert broken
    assert broken >= {change.id for change in refused}
    assert all(change.location is not None for change in refused)


@pytest.mark.parametrize(("base", "head"), [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN])
def test_a_project_that_dbt_takes(
    assess_project: Assess, base: Mapping[str, str], head: Mapping[str, str]
) -> None:
    """What dbt parses breaks nothing, however near it is to what dbt refuses."""
    found = assess_project({**_FILES, **base}, {**_FILES, **base, **head})
    assert [impact for impact in found.impacts if impact.effect is Effect.BREAKS] == []


def test_what_was_refused_before_is_not_told(assess_project: Assess) -> None:
    """A project that dbt refused at the base is the base's matter."""
    twice = {**_FILES, "macros/a.sql": "{% macro f() %}1{% endmacro %}", "macros/b.sql": "{% macro f() %}1{% endmacro %}"}  # fmt: skip
    found = assess_project(twice, {**twice, "models/b.sql": "select id from {{ ref('a') }} -- again"})
    assert found.changes == ()
