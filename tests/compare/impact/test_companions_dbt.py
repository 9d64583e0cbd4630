"""Columns that a dbt project names outside of a SELECT: settings, hooks and snapshots."""

from collections.abc import Mapping

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess, world


def _project(adapter: str, **more: str) -> dict[str, str]:
    return {
        "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\n",
        "profiles.yml": f"shop:\n  target: dev\n  outputs:\n    dev: {{type: {adapter}, schema: mart, dbname: wh, database: wh, project: wh, dataset: mart}}\n",
        **{path.replace("__", "/").replace("_yml", ".yml").replace("_sql", ".sql"): text for path, text in more.items()},
    }  # fmt: skip


def _breaks(found: Assessment) -> set[str]:
    return {
        impact.consumer.name.rpartition(".")[2] for impact in found.impacts if impact.effect is Effect.BREAKS
    }


def _unknown(found: Assessment) -> set[str | None]:
    return {impact.consumer.path for impact in found.impacts if impact.effect is Effect.UNKNOWN}


NAMED = [
    ("redshift", "materialized='table', dist='nm'", True),
    ("redshift", "materialized='table', dist='even', sort=['day']", False),
    ("redshift", "materialized='table', sort=['day', 'NM']", True),
    ("redshift", "materialized='table', sort='nm'", True),
    # A view has no distribution.
    ("redshift", "materialized='view', dist='nm'", False),
    ("postgres", "materialized='table', indexes=[{'columns': ['nm'], 'unique': true}]", True),
    ("postgres", "materialized='table', indexes=[{'columns': ['id']}, {'columns': ['day', 'lower(nm)']}]", True),
    ("postgres", "materialized='table', indexes=[{'columns': ['id', 'day'], 'type': 'nm'}]", False),
    ("bigquery", "materialized='table', partition_by={'field': 'nm', 'data_type': 'date'}", True),
    ("bigquery", "materialized='table', partition_by={'field': 'day', 'data_type': 'date', 'granularity': 'nm'}", False),
    # A column that BigQuery adds, under the name that is given here.
    ("bigquery", "materialized='incremental', partition_by={'field': 'nm', 'time_ingestion_partitioning': true}, on_schema_change='sync_all_columns'", False),
    ("bigquery", "materialized='table', cluster_by=['id', 'nm']", True),
    ("bigquery", "materialized='table', cluster_by='id'", False),
    ("snowflake", "materialized='table', cluster_by=['to_date(nm)', 'id']", True),
    ("snowflake", "materialized='table', cluster_by=[\"to_date(day, 'nm')\"]", False),
    ("snowflake", "materialized='table', unique_key='nm'", False),
    ("databricks", "materialized='table', liquid_clustered_by=['nm']", True),
    ("databricks", "materialized='table', partition_by=['day']", False),
    ("clickhouse", "materialized='table', order_by='(id, nm)'", True),
    ("clickhouse", "materialized='table', order_by='tuple()', primary_key='id'", False),
    ("athena", "materialized='table', partitioned_by=['day(nm)']", True),
    ("snowflake", "materialized='incremental', incremental_strategy='microbatch', begin='2024-01-01', batch_size='day', event_time='nm', full_refresh=true", True),
    ("snowflake", "materialized='table', meta={'event_time': 'nm', 'unique_key': 'nm'}", False),
    ("snowflake", "materialized='incremental', unique_key=['id', 'nm'], on_schema_change='sync_all_columns'", True),
    ("snowflake", "materialized='incremental', unique_key='id', on_schema_change='sync_all_columns'", False),
    ("snowflake", "materialized='incremental', unique_key=\"id || '-' || nm\", on_schema_change='sync_all_columns'", True),
    ("snowflake", "materialized='incremental', unique_key=\"id || 'nm'\", on_schema_change='sync_all_columns'", False),
    ("snowflake", "materialized='incremental', unique_key='id', merge_update_columns=['nm'], on_schema_change='sync_all_columns'", True),
    ("snowflake", "materialized='incremental', unique_key='id', merge_exclude_columns=['nm'], on_schema_change='sync_all_columns'", False),
    ("snowflake", "materialized='incremental', unique_key='id', incremental_predicates=['DBT_INTERNAL_DEST.nm > current_date - 7'], on_schema_change='sync_all_columns'", True),
    # A project's own merge takes the first for a macro and the second for its argument.
    ("snowflake", "materialized='incremental', unique_key='id', incremental_predicates=['range_of', 'nm::date'], on_schema_change='sync_all_columns'", True),
    ("snowflake", "materialized='incremental', unique_key='id', incremental_predicates=['nm', 'day::date'], on_schema_change='sync_all_columns'", False),
    ("snowflake", "materialized='incremental', unique_key='id', incremental_predicates=['DBT_INTERNAL_DEST.day > DBT_INTERNAL_SOURCE.day'], on_schema_change='sync_all_columns'", False),
]  # fmt: skip


@pytest.mark.parametrize("adapter", sorted({adapter for adapter, _, _ in NAMED}))
def test_a_setting_that_names_a_column_that_goes(assess_project: Assess, adapter: str) -> None:
    """A model whose setting names a column that it gives no longer does not build; one that names others does."""
    cases = {f"m{number}": case for number, case in enumerate(NAMED) if case[0] == adapter}
    texts = {
        f"models/{name}.sql": f"{{{{ config({settings}) }}}}\nselect id, nm, day from raw.t"
        for name, (_, settings, _) in cases.items()
    }
    heads = {path: text.replace(" nm, day from", " day from") for path, text in texts.items()}
    found = assess_project({**_project(adapter), **texts}, {**_project(adapter), **heads})
    assert _breaks(found) == {name for name, (_, _, fails) in cases.items() if fails}
    assert _unknown(found) == set()


HOOKS = [
        ("post_hook=\"delete from {{ this }} where nm = 'x'\"", True),
        ("post_hook=[\"delete from {{ this }} where id = 1\", {'sql': 'update {{ this }} set nm = 1'}]", True),
        ("pre_hook=\"insert into log select max(nm) from {{ this }}\"", True),
        ("post_hook=\"delete from {{ this }} where id = 'nm'\"", False),
        ("post_hook=\"insert into {{ this.schema }}.nm select id from {{ this }}\"", False),
        ("post_hook=\"{{ purge('nm') }}\"", True),
        ("post_hook=\"{{ purge('day') }}\"", False),
        ("post_hook=\"delete from other where nm = 1\"", False),
]  # fmt: skip


def test_a_hook_that_reads_a_column_that_goes(assess_project: Assess) -> None:
    """A hook runs after the model is there, and fails with a column that it has no longer."""
    files = _project("snowflake")
    files["macros/p.sql"] = "{% macro purge(c) %}delete from {{ this }} where {{ c }} is null{% endmacro %}"
    cases = {f"m{number}": case for number, case in enumerate(HOOKS)}
    texts = {
        f"models/{name}.sql": f"{{{{ config(materialized='table', {settings}) }}}}\nselect id, nm, day from raw.t"
        for name, (settings, _) in cases.items()
    }
    heads = {path: text.replace(" nm, day from", " day from") for path, text in texts.items()}
    assert _breaks(assess_project({**files, **texts}, {**files, **heads})) == {
        name for name, (_, fails) in cases.items() if fails
    }


def test_hooks_that_failed_before_and_that_fail_by_their_models_edit(assess_project: Assess) -> None:
    """A ref that nothing ever had is old news; a column that the model's own edit takes is no doing of what arrives."""
    hook = "{{{{ config(post_hook=\"delete from {} where nm = 1\") }}}}\nselect {} from {{{{ ref('up') }}}}"
    files = _project("postgres", models__up_sql="select id, day, nm from raw.t")
    for relation, names, broken in (("{{ ref('no') }}", "*", []), ("{{ this }}", "id, day", ["mid"])):
        base = {**files, "models/mid.sql": hook.format(relation, names.replace("day", "day, nm"))}
        up = files["models/up.sql"].replace("day", "day + 1 as day")
        found = assess_project(
            base, {**base, "models/mid.sql": hook.format(relation, names), "models/up.sql": up}
        )
        by_id = {change.id: str(change.relation).rpartition(".")[2] for change in found.changes}
        assert [by_id[i.change] for i in found.impacts if i.effect is Effect.BREAKS] == broken


@pytest.mark.parametrize(("edit", "of"), [("", "up"), (", 1 as y, 2 as z", "mid")])
def test_a_hook_that_counts_columns_fails_by_who_changed_their_number(
    assess_project: Assess, edit: str, of: str
) -> None:
    """Its model was not edited, so the change upstream did it; else it may be the model's own edit."""
    hook = "{{ config(post_hook='insert into log (a, b) select * from {{ this }}') }}\n"
    mid = f"{hook}select *{{edit}} from {{{{ ref('up') }}}}"
    files = _project("postgres", models__up_sql="select id, nm from raw.t")
    files["models/mid.sql"] = mid.replace("{edit}", "")
    head = {
        **files,
        "models/up.sql": "select id from raw.t",
        "models/mid.sql": mid.replace("{edit}", edit),
    }
    found = assess_project(files, head)
    by_id = {change.id: str(change.relation) for change in found.changes}
    assert {
        by_id[impact.change].rpartition(".")[2] for impact in found.impacts if impact.effect is Effect.BREAKS
    } == {of}


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("models/s.yml", "models:\n  - name: m\n    config: {post_hook: ['delete from {{ this }} where nm = 1']}\n"),
        ("models/s.yml", "models:\n  - name: m\n    config: {indexes: [{columns: [nm]}], materialized: table}\n"),
        ("dbt_project.yml", "models:\n  shop:\n    +post-hook: 'delete from {{ this }} where nm = 1'\n"),
        ("dbt_project.yml", "models:\n  +materialized: table\n  +indexes: [{columns: [nm]}]\n"),
        ("dbt_project.yml", "on-run-end: \"insert into log select nm from {{ ref('m') }}\"\n"),
        ("dbt_project.yml", "on-run-end: insert into log select nm from mart.m\n"),
        ("models/o.sql", "{{ config(post_hook='insert into log select nm from mart.m') }} select 1 as a"),
        ("dbt_project.yml", "on-run-start:\n  - select 1\n  - \"{{ count_of(ref('m'), 'nm') }}\"\n"),
    ],
)  # fmt: skip
def test_columns_are_named_in_yaml_too(assess_project: Assess, where: str, text: str) -> None:
    """A hook or index that YAML declares is told at its own line, and is silent where another column goes."""
    files = _project("postgres", models__m_sql="select id, nm, day from raw.t")
    files["macros/c.sql"] = "{% macro count_of(r, c) %}select count({{ c }}) from {{ r }}{% endmacro %}"
    files[where] = files.get(where, "") + text
    broken = assess_project(files, {**files, "models/m.sql": "select id, day from raw.t"})
    assert len(_breaks(broken)) == 1
    places = {
        impact.location.path
        for impact in broken.impacts
        if impact.location and impact.effect is Effect.BREAKS
    }
    assert places == {where} or "indexes" in text or "+post-hook" in text
    assert _breaks(assess_project(files, {**files, "models/m.sql": "select id, nm from raw.t"})) == set()


BLOCK = "{% snapshot sn %}{{ config(target_schema='s', SETTINGS) }}\nselect * from {{ ref('stg') }}\n{% endsnapshot %}"
YAML = "snapshots:\n  - name: sn\n    relation: ref('stg')\n    config: {schema: s, SETTINGS}\n"


@pytest.mark.parametrize(
    ("settings", "fails"),
    [
        ("unique_key='id', strategy='timestamp', updated_at='nm'", True),
        ("unique_key='id', strategy='check', check_cols=['day', 'nm']", True),
        ("unique_key='nm', strategy='check', check_cols='all'", True),
        ("unique_key=['id', 'nm'], strategy='check', check_cols='all'", True),
        ("unique_key=\"id || nm\", strategy='check', check_cols='all'", True),
        ("unique_key='id', strategy='check', check_cols='all'", False),
        ("unique_key='id', strategy='timestamp', updated_at='day'", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["block", "yaml"])
def test_a_snapshot_that_names_a_column_that_goes_upstream(
    assess_project: Assess, form: str, settings: str, fails: bool
) -> None:
    """A snapshot fails without its key, its date or a column that it checks, in both of its forms."""
    files = _project(
        "duckdb",
        models__stg_sql="select id, nm, day from raw.t",
        models__hist_sql="select id, dbt_valid_from from {{ ref('sn') }}",
    )
    if form == "block":
        files["snapshots/sn.sql"] = BLOCK.replace("SETTINGS", settings)
    else:
        yaml = settings.replace("=", ": ")
        files["snapshots/sn.yml"] = YAML.replace("SETTINGS", yaml)
    found = assess_project(files, {**files, "models/stg.sql": "select id, day from raw.t"})
    assert ("sn" in _breaks(found)) is fails


def test_a_column_that_a_star_may_bring_is_not_proven_to_be_missing(assess_project: Assess) -> None:
    """Where the model gives whatever its source has, a key that goes from the source's declaration may still be there."""
    files = _project(
        "snowflake",
        models__m_sql="{{ config(materialized='table', cluster_by=['nm']) }}\nselect * from {{ source('raw', 't') }}",
    )
    files["models/src.yml"] = (
        "sources:\n  - name: raw\n    tables:\n      - name: t\n        columns: [{name: id}, {name: nm}]\n"
    )
    head = {**files, "models/src.yml": files["models/src.yml"].replace(", {name: nm}", "")}
    assert _breaks(assess_project(files, head)) == set()


def test_a_statement_that_is_not_followed_and_names_the_column_is_told(assess_project: Assess) -> None:
    """An index in a hook is no query; it names the column that goes, so nobody can say that it still works."""
    hook = "create index if not exists i on {{ this }} using brin (nm)"
    files = _project(
        "postgres",
        models__m_sql=f"{{{{ config(materialized='table', post_hook='{hook}') }}}}\nselect id, nm, day from raw.t",
    )
    found = assess_project(
        files, {**files, "models/m.sql": files["models/m.sql"].replace(" nm, day from", " day from")}
    )
    assert _unknown(found) | _breaks(found) & {"m"}
    other = assess_project(
        files, {**files, "models/m.sql": files["models/m.sql"].replace(", day from", " from")}
    )
    assert _unknown(other) == set()


def test_what_a_template_computes_for_a_setting_counts(assess_project: Assess) -> None:
    """A key that a macro gives is known when the template has run."""
    files = _project(
        "snowflake",
        models__m_sql="{{ config(materialized='table', cluster_by=keys()) }}\nselect id, nm, day from raw.t",
    )
    files["macros/k.sql"] = "{% macro keys() %}{{ return(['nm']) }}{% endmacro %}"
    found = assess_project(
        files, {**files, "models/m.sql": files["models/m.sql"].replace(" nm, day from", " day from")}
    )
    assert _breaks(found) == {"m"}


def test_companions_are_of_both_sides(assess_project: Assess) -> None:
    """A key that was wrong before is not this pull request's, and one that it makes wrong is."""
    files = _project(
        "snowflake",
        models__m_sql="{{ config(materialized='table', cluster_by=['gone']) }}\nselect id, nm from raw.t",
    )
    head: Mapping[str, str] = {**files, "models/m.sql": files["models/m.sql"].replace(", nm", "")}
    assert _breaks(assess_project(files, head)) == set()
    good = {**files, "models/m.sql": files["models/m.sql"].replace("gone", "id")}
    assert _breaks(assess_project(good, files)) == {"m"}
    with world(files, "one") as one:
        assert [companion.what for companion in one.companions("model.shop.m")] == ["its cluster_by"]


@pytest.mark.parametrize(
    ("constraint", "materialized", "fails"),
    [
        ("{type: primary_key, columns: [id, nm]}", "table", True),
        ("{type: unique, columns: [id]}", "table", False),
        ("{type: check, expression: \"nm <> 'x'\"}", "table", True),
        ("{type: check, expression: \"day <> 'nm'\"}", "incremental", False),
        ("{type: foreign_key, columns: [id], to: \"ref('p')\", to_columns: [nm]}", "table", True),
        ("{type: foreign_key, columns: [id], to: \"ref('p')\", to_columns: [id]}", "table", False),
        # A view has no constraints.
        ("{type: primary_key, columns: [id, nm]}", "view", False),
    ],
)  # fmt: skip
def test_a_constraint_of_a_contract(
    assess_project: Assess, constraint: str, materialized: str, fails: bool
) -> None:
    """The table is made with the constraints of its contract: what they name, here and on the other side, must be there."""
    columns = "[{name: id, data_type: int}, {name: nm, data_type: text}, {name: day, data_type: date}]"
    files = _project(
        "postgres",
        models__m_sql=f"{{{{ config(materialized='{materialized}', full_refresh=true) }}}}\nselect id, nm, day from raw.t",
        models__p_sql="select id, nm from raw.p",
    )
    files["models/s.yml"] = (
        f"models:\n  - name: m\n    config: {{contract: {{enforced: true}}}}\n    constraints: [{constraint}]\n    columns: {columns}\n"
    )
    head = {
        **files,
        "models/m.sql": files["models/m.sql"].replace("nm, day", "day"),
        "models/p.sql": "select id from raw.p",
        "models/s.yml": files["models/s.yml"].replace("{name: nm, data_type: text}, ", ""),
    }
    assert ("m" in _breaks(assess_project(files, head))) is fails


def test_the_column_of_a_time_spine(assess_project: Assess) -> None:
    """The model is built without it; that MetricFlow joins by it is told."""
    files = _project("duckdb", models__spine_sql="select id, day from raw.t")
    files["models/s.yml"] = "models:\n  - name: spine\n    time_spine: {standard_granularity_column: day}\n"
    found = assess_project(files, {**files, "models/spine.sql": "select id from raw.t"})
    assert (_breaks(found), _unknown(found)) == (set(), {"models/spine.sql"})
    assert not assess_project(files, {**files, "models/spine.sql": "select day from raw.t"}).impacts


@pytest.mark.parametrize("strategy", ["microbatch", "append"])
def test_the_event_time_of_what_a_microbatch_model_reads(assess_project: Assess, strategy: str) -> None:
    """dbt filters what a microbatch model reads by its `event_time`; a model is built without its own (run with dbt)."""
    files = _project(
        "snowflake", models__up_sql="{{ config(event_time='nm') }}\nselect id, nm, day from raw.t"
    )
    files["models/m.sql"] = (
        f"{{{{ config(materialized='incremental', incremental_strategy='{strategy}', begin='2024-01-01', batch_size='day', event_time='day') }}}}\n"
        "select id, day from {{ ref('up') }}"
    )
    found = assess_project(
        files, {**files, "models/up.sql": files["models/up.sql"].replace("nm, day", "day")}
    )
    assert _breaks(found) == ({"m"} if strategy == "microbatch" else set())
    assert _unknown(found) == {"models/up.sql"}


GONE = {
    "a hook's model": ("models/gone.sql", "post_hook=\"insert into log select id from {{ ref('gone') }}\""),
    "a hook's function": ("functions/f.sql", "post_hook=\"select {{ function('f') }}(1)\""),
    "a hook's macro": ("macros/audit.sql", "post_hook='{{ audit() }}'"),
    "another model": ("models/gone.sql", "post_hook=\"insert into log select id from {{ ref('p') }}\""),
    "a macro of an absent package": ("models/gone.sql", "post_hook='{{ money.audit() }}'"),
}


def test_what_a_hook_names_and_nothing_makes_any_more(assess_project: Assess) -> None:
    """dbt refuses a hook that names a model, function or macro which is gone; what it never had is not known."""
    files = _project("snowflake", models__gone_sql="select 1 as id", models__p_sql="select 1 as id")
    files["functions/f.sql"] = "x + 1"
    files["functions/f.yml"] = (
        "functions:\n  - name: f\n    arguments: [{name: x, data_type: float}]\n    returns: {data_type: float}\n"
    )
    files["macros/audit.sql"] = "{% macro audit() %}insert into log select 1{% endmacro %}"
    for number, (_, settings) in enumerate(GONE.values()):
        files[f"models/m{number}.sql"] = f"{{{{ config(materialized='table', {settings}) }}}}\nselect 1 as id"
    gone = {path for path, _ in GONE.values()}
    found = assess_project(files, {path: text for path, text in files.items() if path not in gone})
    assert _breaks(found) == {"m0", "m1", "m2"}


@pytest.mark.parametrize(
    ("condition", "certainty"),
    [
        ("gone = 'a'", Certainty.POSSIBLE),
        ("u.gone = 'a'", Certainty.PROVEN),
        ("{{ this }}.gone = 'a'", None),
        ("u.id = 1", None),
    ],
)
def test_a_hook_in_which_a_lost_name_means_a_column_of_its_own_model(
    assess_project: Assess, condition: str, certainty: Certainty | None
) -> None:
    """A name inside a subquery means the column of the table around it once its own source has lost it: the hook runs on."""
    hook = f"delete from {{{{ this }}}} where exists (select 1 from {{{{ ref('up') }}}} u where {condition})"
    before = _project(
        "postgres",
        models__up_sql="select id, status as gone from raw.t",
        models__m_sql=f'{{{{ config(post_hook="{hook}") }}}}\nselect id, gone from raw.t',
    )
    found = assess_project(before, {**before, "models/up.sql": "select id, status from raw.t"})
    assert [(i.effect, i.certainty) for i in found.impacts] == (
        [(Effect.BREAKS, certainty)] if certainty is not None else []
    )


WRITTEN_OUT = [
    ("insert into mart.up select 1", True),
    ("insert into up select 1", True),
    ("update mart.up set nm = 1", True),
    ("merge into mart.other o using mart.up u on o.id = u.id when matched then update set id = 1", True),
    ("insert into mart.other select id from mart.up", True),
    ("truncate table mart.up", True),
    ("create table if not exists mart.up (id int); insert into mart.up select 1", False),
    ("drop table if exists mart.up", False),
    ("insert into mart.other select 1", False),
]


@pytest.mark.parametrize(("hook", "fails"), WRITTEN_OUT)
@pytest.mark.parametrize("of_run", [False, True])
def test_a_hook_fails_without_the_table_that_it_writes_out(
    assess_project: Assess, hook: str, fails: bool, of_run: bool
) -> None:
    """A model that goes takes the hooks along that read or fill its table without a `ref`, but for one that makes the table."""
    files = _project(
        "postgres", models__up_sql="select 1 as id, 2 as nm\n", models__other_sql="select 1 as id\n"
    )
    files["models/m.sql"] = "select 1 as id\n"
    if of_run:
        files["dbt_project.yml"] += f'on-run-end: "{hook}"\n'
    else:
        files["models/m.sql"] = f'{{{{ config(post_hook="{hook}") }}}}\n{files["models/m.sql"]}'
    head = {path: text for path, text in files.items() if path != "models/up.sql"}
    found = assess_project(files, head)
    assert (Effect.BREAKS in {each.effect for each in found.impacts}) is fails


def test_a_join_without_an_alias_reads(assess_project: Assess) -> None:
    """`from a join b`: both tables are read, though no `ref` says so."""
    files = _project(
        "postgres", models__up_sql="select 1 as id, 2 as nm\n", models__other_sql="select 1 as id\n"
    )
    files["models/m.sql"] = "select up.nm from mart.other join mart.up on other.id = up.id\n"
    found = assess_project(files, {**files, "models/up.sql": "select 1 as id\n"})
    assert _breaks(found) == {"m"}


RUN = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodels: {shop: {+materialized: table}}\n",
    "models/a.sql": "select id, amount from raw.orders\n",
    "models/b.sql": "select id, amount from {{ ref('a') }}\n",
}


@pytest.mark.parametrize(
    ("hook", "told"),
    [
        ("alter table {{ ref('a') }} drop column amount", Kind.UNDECIDED),
        ("alter table shop.a rename to c", Kind.UNDECIDED),
        ("drop table if exists {{ ref('a') }}", Kind.UNDECIDED),
        ("update {{ ref('a') }} set amount = 0", Kind.ROWS_SOURCE_CHANGED),
        ("delete from {{ ref('a') }} where id = 1", Kind.ROWS_SOURCE_CHANGED),
        ("{{ emptied('a') }}", Kind.ROWS_SOURCE_CHANGED),
        ("grant select on {{ ref('a') }} to x", None),
        ("insert into audit.log select count(*) from {{ ref('a') }}", None),
    ],
)
def test_a_hook_of_the_run_takes_or_changes_what_a_model_makes(
    assess_project: Assess, hook: str, told: Kind | None
) -> None:
    """It was passed over; one that was there before is no change, and one that goes by now is told as well where it wrote rows."""
    macro = {"macros/m.sql": "{% macro emptied(name) %}delete from {{ ref(name) }}{% endmacro %}\n"}
    base = {**RUN, **macro}
    head = {**base, "dbt_project.yml": f'{RUN["dbt_project.yml"]}on-run-end: ["{hook}"]\n'}
    kinds = {
        change.kind for change in assess_project(base, head).changes if str(change.relation).endswith("a")
    }
    assert kinds == ({told} if told is not None else set())
    edited = {**head, "models/b.sql": "select id from {{ ref('a') }}\n"}
    assert not any(
        change.relation is not None and str(change.relation).endswith("a")
        for change in assess_project(head, edited).changes
    )


def test_a_macro_that_a_hook_of_the_run_calls_is_edited(assess_project: Assess) -> None:
    hook = f'{RUN["dbt_project.yml"]}on-run-end: ["{{{{ done() }}}}"]\n'
    base = {**RUN, "dbt_project.yml": hook, "macros/m.sql": "{% macro done() %}select 1{% endmacro %}\n"}
    head = {
        **base,
        "macros/m.sql": "{% macro done() %}delete from {{ ref('a') }} where id = 1{% endmacro %}\n",
    }
    assert Kind.ROWS_SOURCE_CHANGED in {change.kind for change in assess_project(base, head).changes}
