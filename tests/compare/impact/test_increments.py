"""What the next run of an incremental dbt model does with the table that is there. Checked by running dbt with DuckDB."""

import pytest

from contract_gate.compare.bound import BoundWorld
from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess, world

PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: x.duckdb, schema: main}\n",
    "models/src.yml": "sources:\n  - name: raw\n    tables:\n      - name: t\n        columns: [{name: id}, {name: nm}, {name: day}, {name: ts}]\n",
}
WHERE = "{% if is_incremental() %} where ts > (select max(t.COLUMN) from {{ this }} t) {% endif %}"
WHERE_NAKED = (
    "{% if is_incremental() %} where COLUMN > (select coalesce(max(COLUMN), '0') from {{ this }}) {% endif %}"
)


def _failing(found: Assessment) -> dict[str, str]:
    return {
        impact.consumer.name.rpartition(".")[2]: impact.reason or ""
        for impact in found.impacts
        if impact.effect is Effect.BREAKS
    }


NEXT_RUN = [
    # settings, columns at the base, columns at the head, does the next run fail
    ("", "id, nm, ts", "id, ts", True),
    ("unique_key='id'", "id, nm, ts", "id, ts", True),
    ("unique_key='id', on_schema_change='ignore'", "id, nm, ts", "id, nm as label, ts", True),
    ("incremental_strategy='microbatch', event_time='ts', begin='2024-01-01', batch_size='day'", "id, nm, ts", "id, ts", True),
    ("unique_key='id'", "id, ts", "id, ts, nm", False),
    ("unique_key='id'", "id, nm, ts", "ts, nm, id", False),
    ("unique_key='id'", "id, cast(nm as integer) as nm, ts", "id, cast(nm as bigint) as nm, ts", False),
    ("unique_key='id', full_refresh=true", "id, nm, ts", "id, ts", False),
    ("on_schema_change='fail'", "id, ts", "id, ts, nm", True),
    ("on_schema_change='fail'", "id, nm, ts", "id, ts", True),
    ("on_schema_change='fail'", "id, cast(nm as integer) as nm, ts", "id, cast(nm as varchar) as nm, ts", True),
    ("on_schema_change='fail'", "id, nm, ts", "id, upper(nm) as nm, ts", False),
    ("on_schema_change='append_new_columns'", "id, nm, ts", "id, ts, day", False),
    ("on_schema_change='sync_all_columns'", "id, nm, ts", "id, ts, day", False),
    ("on_schema_change='append_new_columns'", "id, ts", f"id, ts, nm from {{{{ source('raw', 't') }}}} {WHERE.replace('COLUMN', 'nm')} --", True),
    ("on_schema_change='sync_all_columns'", "id, ts", f"id, ts, nm from {{{{ source('raw', 't') }}}} {WHERE.replace('COLUMN', 'nm')} --", True),
    ("on_schema_change='sync_all_columns'", "id, nm, ts", f"id, ts from {{{{ source('raw', 't') }}}} {WHERE.replace('COLUMN', 'nm')} --", True),
    ("on_schema_change='sync_all_columns'", "id, ts", f"id, ts, nm from {{{{ source('raw', 't') }}}} {WHERE_NAKED.replace('COLUMN', 'nm')} --", True),
    ("on_schema_change='sync_all_columns'", "id, nm, ts", f"id, ts from {{{{ source('raw', 't') }}}} {WHERE_NAKED.replace('COLUMN', 'nm')} --", True),
    ("on_schema_change='sync_all_columns'", "id, ts", f"id, ts, nm from {{{{ source('raw', 't') }}}} {WHERE_NAKED.replace('COLUMN', 'ts')} --", False),
    ("on_schema_change='sync_all_columns'", "id, nm, ts", f"id, nm, ts, day from {{{{ source('raw', 't') }}}} {WHERE.replace('COLUMN', 'nm')} --", False),
]  # fmt: skip


def test_what_the_next_run_does(assess_project: Assess) -> None:
    """The next run fails where the settings say so, and where it reads a column that the table has not."""
    cases = {f"m{number}": case for number, case in enumerate(NEXT_RUN)}
    sides = [
        {
            f"models/{name}.sql": f"{{{{ config(materialized='incremental', {case[0]}) }}}}\nselect {case[side]} from {{{{ source('raw', 't') }}}}"
            for name, case in cases.items()
        }
        for side in (1, 2)
    ]
    found = _failing(assess_project({**PROJECT, **sides[0]}, {**PROJECT, **sides[1]}))
    assert set(found) == {name for name, case in cases.items() if case[3]}
    assert all("full" in reason or "its own table" in reason for reason in found.values())


@pytest.mark.parametrize(
    ("base", "head", "fails"),
    [
        ("materialized='table'", "materialized='incremental'", True),
        ("materialized='view'", "materialized='incremental'", False),
        ("materialized='incremental'", "materialized='table'", False),
        ("materialized='incremental'", "materialized='incremental', alias='other'", False),
        ("materialized='incremental', on_schema_change='fail'", "materialized='incremental', on_schema_change='sync_all_columns'", False),
    ],
)  # fmt: skip
def test_what_is_stored_by_now_decides(assess_project: Assess, base: str, head: str, fails: bool) -> None:
    """A table that is there is written into; a view, another name or another materialization is built anew."""
    text = "{{ config(CONFIG) }}\nselect id, ts from {{ source('raw', 't') }}"
    found = assess_project(
        {**PROJECT, "models/m.sql": text.replace("CONFIG", base).replace("id, ts", "id, nm, ts")},
        {**PROJECT, "models/m.sql": text.replace("CONFIG", head)},
    )
    assert bool(_failing(found)) is fails


@pytest.mark.parametrize(
    ("policy", "reader", "fails"),
    [
        ("ignore", "select nm from {{ ref('m') }}", True),
        ("ignore", "select id, (select max(x.nm) from {{ ref('m') }} x) as last from {{ source('raw', 't') }}", True),
        ("ignore", "select id from {{ ref('m') }}", False),
        ("ignore", "select * from {{ ref('m') }}", False),
        ("append_new_columns", "select nm from {{ ref('m') }}", False),
        ("sync_all_columns", "select nm from {{ ref('m') }}", False),
    ],
)  # fmt: skip
def test_a_reader_of_a_column_that_is_never_added(
    assess_project: Assess, policy: str, reader: str, fails: bool
) -> None:
    """Under `ignore` the table that is there does not get a new column, and who names it fails until a full refresh."""
    text = f"{{{{ config(materialized='incremental', on_schema_change='{policy}') }}}}\nselect id, ts from {{{{ source('raw', 't') }}}}"
    base = {**PROJECT, "models/m.sql": text, "models/r.sql": "select id from {{ ref('m') }}"}
    head = {**base, "models/m.sql": text.replace("id, ts", "id, ts, nm"), "models/r.sql": reader}
    found = assess_project(base, head)
    assert set(_failing(found)) == ({"r"} if fails else set())
    added = next(c for c in found.changes if c.kind is Kind.COLUMN_ADDED and str(c.relation).endswith("m"))
    assert "full refresh" in added.message


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        ("partition_by='day'", "partition_by='id'", True),
        ("partitions=['current_date']", "partitions=['current_date', 'current_date - 1']", True),
        ("partition_by='day'", "partition_by='day', unique_key='id'", False),
        ("partition_by='day'", "partition_by=['day']", False),
    ],
)
def test_what_an_overwriting_run_replaces(
    assess_project: Assess, before: str, after: str, is_told: bool
) -> None:
    """`insert_overwrite` replaces partitions, whichever they are, and asks for no key."""
    text = "{{ config(materialized='incremental', incremental_strategy='insert_overwrite', SET) }}\nselect id, day from {{ source('raw', 't') }}"
    base = {**PROJECT, "models/m.sql": text.replace("SET", before)}
    found = assess_project(base, {**base, "models/m.sql": text.replace("SET", after)})
    assert (Kind.ROWS_MERGE_CHANGED in {change.kind for change in found.changes}) is is_told


@pytest.mark.parametrize(("policy", "certainty"), [("append_new_columns", Certainty.POSSIBLE), ("sync_all_columns", Certainty.PROVEN)])  # fmt: skip
@pytest.mark.parametrize("columns", ["id", "id, nm as label"])
def test_a_reader_of_a_column_that_is_kept(
    assess_project: Assess, policy: str, certainty: Certainty, columns: str
) -> None:
    """Where columns are appended alone the table keeps what the query no longer gives: its reader runs until a full refresh."""
    text = f"{{{{ config(materialized='incremental', on_schema_change='{policy}') }}}}\nselect id, nm from {{{{ source('raw', 't') }}}}"
    base = {**PROJECT, "models/m.sql": text, "models/r.sql": "select nm from {{ ref('m') }}"}
    found = assess_project(base, {**base, "models/m.sql": text.replace("id, nm", columns)})
    told = [(i.effect, i.certainty) for i in found.impacts if i.consumer.name.endswith("r")]
    assert told == [(Effect.BREAKS, certainty)]


def test_a_column_that_a_star_loses(assess_project: Assess) -> None:
    """A column that goes upstream of an incremental model's star fails its next run too."""
    base = {
        **PROJECT,
        "models/stg.sql": "select id, nm from {{ source('raw', 't') }}",
        "models/m.sql": "{{ config(materialized='incremental') }}\nselect * from {{ ref('stg') }}",
    }
    found = assess_project(base, {**base, "models/stg.sql": "select id from {{ source('raw', 't') }}"})
    assert set(_failing(found)) == {"m"}


@pytest.mark.parametrize("gains", [True, False])
@pytest.mark.parametrize("materialized", ["incremental", "table"])
def test_a_branch_of_incremental_runs_on_one_side_only(
    assess_project: Assess, gains: bool, materialized: str
) -> None:
    """An `is_incremental` branch that comes or goes changes the rows of incremental runs, where there are such runs."""
    text = f"{{{{ config(materialized='{materialized}') }}}}\nselect id, ts from {{{{ source('raw', 't') }}}}"
    branch = "\n{% if is_incremental() %} where ts > (select max(ts) from {{ this }}) {% endif %}"
    sides = [text, text + branch] if gains else [text + branch, text]
    base, head = (
        {**PROJECT, "models/m.sql": side, "models/r.sql": "select id from {{ ref('m') }}"} for side in sides
    )
    found = assess_project(base, head)
    told = [change for change in found.changes if change.increment]
    assert [change.kind for change in told] == (
        [Kind.ROWS_FILTER_CHANGED] if materialized == "incremental" else []
    )
    assert bool(found.impacts) is bool(told)


@pytest.mark.parametrize("breaks", [True, False])
def test_a_branch_of_incremental_runs_that_no_parser_reads(assess_project: Assess, breaks: bool) -> None:
    """Where the text of incremental runs alone can't be read, on either side, what they build is undecided."""
    text = (
        "{{ config(materialized='incremental') }}\nselect id, ts from {{ source('raw', 't') }}"
        "\n{% if is_incremental() %} where ts > (select max(ts) from {{ this }}) {% endif %}"
    )
    broken = text.replace("{{ this }})", "{{ this }}")
    sides = [text, broken] if breaks else [broken, text]
    base, head = (
        {**PROJECT, "models/m.sql": side, "models/r.sql": "select id from {{ ref('m') }}"} for side in sides
    )
    found = assess_project(base, head)
    assert [change.kind for change in found.changes if change.increment] == [Kind.UNDECIDED]
    formatted = {**head, "models/m.sql": sides[1].replace("where", "\n  where -- newer\n ")}
    assert not assess_project(head, formatted).changes


def test_an_incremental_run_that_asks_for_the_columns_of_its_own_table() -> None:
    """It is told those of the full build, which needs no incremental run to be known."""
    text = (
        "{{ config(materialized='incremental') }}\n{% set names = [] %}{% if is_incremental() %}"
        "{% for column in adapter.get_columns_in_relation(this) %}{% do names.append(column.name) %}{% endfor %}{% endif %}"
        "select id, nm from {{ source('raw', 't') }}{% if is_incremental() %} where {{ names | join(' > ') }}{% endif %}"
    )
    with world({**PROJECT, "models/m.sql": text}, "head", None) as head:
        bound, asked = BoundWorld(head), list[str]()
        head.watch_columns(lambda key: asked.append(key) or bound.columns(key))  # type: ignore[func-returns-value]
        increment = bound.worded("model.shop.m").increment
        assert increment is not None
        assert (increment.rendered.sql or "").endswith("where id > nm")
        assert len(asked) == 1


@pytest.mark.parametrize(("base", "head", "said"), [("((", "ts > 1", " at the base:"), ("ts > 1", "((", ":")])
def test_the_side_whose_incremental_runs_are_not_read(
    assess_project: Assess, base: str, head: str, said: str
) -> None:
    """It is told which side it is, and why."""
    text = "{{{{ config(materialized='incremental') }}}}\nselect id, ts from raw.t {{% if is_incremental() %}} where {} {{% endif %}}"
    sides = [PROJECT | {"models/m.sql": text.format(each)} for each in (base, head)]
    found = assess_project(*sides)
    (change,) = [each for each in found.changes if each.increment]
    assert f"is not analysed{said} not readable as duckdb" in change.message


STRUCTS = [
    # dialect, settings, the struct at the base and at the head, does the next run fail
    ("bigquery", "", "struct(1 as a)", "struct(1 as a, 2 as b)", True),
    ("bigquery", "", "struct(1 as a, 2 as b)", "struct(1 as a)", True),
    ("bigquery", "", "struct(1 as a, 2 as b)", "struct(3 as a, 4 as b)", False),
    ("bigquery", "on_schema_change='append_new_columns'", "struct(1 as a)", "struct(1 as a, 2 as b)", False),
    ("bigquery", "on_schema_change='append_new_columns'", "struct(1 as a, 2 as b)", "struct(1 as a)", True),
    ("bigquery", "on_schema_change='sync_all_columns'", "struct(1 as a, 2 as b)", "struct(1 as a)", True),
    ("bigquery", "on_schema_change='fail'", "struct(1 as a)", "struct(1 as a, 2 as b)", True),
    ("trino", "on_schema_change='append_new_columns'", "cast(row(1) as row(a int))", "cast(row(1, 2) as row(a int, b int))", True),
    ("trino", "on_schema_change='sync_all_columns'", "cast(row(1) as row(a int))", "cast(row(1, 2) as row(a int, b int))", False),
    ("snowflake", "", "object_construct('a', 1, 'b', 2)", "object_construct('a', 1)", False),
    ("snowflake", "on_schema_change='fail'", "object_construct('a', 1, 'b', 2)", "object_construct('a', 1)", False),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "settings", "old", "new", "fails"), STRUCTS)
def test_a_struct_of_other_fields_in_the_table_that_is_there(
    assess_project: Assess, dialect: str, settings: str, old: str, new: str, fails: bool
) -> None:
    """BigQuery and Trino take no struct of other fields; dbt-bigquery adds fields where columns are appended (dbt-adapters#1385)."""
    profiles = PROJECT["profiles.yml"].replace("duckdb", dialect, 1)
    config = f"{{{{ config(materialized='incremental', {settings}) }}}}\n"
    sides = [
        {**PROJECT, "profiles.yml": profiles, "models/inc.sql": f"{config}select 1 as id, {struct} as s"}
        for struct in (old, new)
    ]
    assert ("inc" in _failing(assess_project(*sides))) == fails


@pytest.mark.parametrize(
    ("materialized", "page", "effect"),
    [
        ("incremental", "select id from main.b", Effect.CHANGES),
        ("table", "select id from main.b", Effect.BREAKS),
        ("view", "select id from main.b", Effect.BREAKS),
        ("incremental", "select nm from main.b", Effect.BREAKS),
        ("incremental", "select id, 1 from main.b", Effect.CHANGES),
        ("table", "select id, 1 from main.b", Effect.BREAKS),
    ],
)
def test_readers_of_what_is_not_built(
    assess_project: Assess, materialized: str, page: str, effect: Effect
) -> None:
    """A page over an incremental model whose next run fails finds the rows of the last one, if they have all that the page reads."""

    def side(columns: str, page: str) -> dict[str, str]:
        return {
            **PROJECT,
            "models/a.sql": f"{{{{ config(materialized='incremental') }}}} select {columns} from {{{{ source('raw', 't') }}}}",
            "models/b.sql": f"{{{{ config(materialized='{materialized}') }}}} select {columns} from {{{{ ref('a') }}}}",
            "page.py": f'db.execute("{page}")\n',
        }

    found = assess_project(side("id", "select id, 1 from main.b"), side("id, nm", page))
    assert {each.effect for each in found.impacts if each.consumer.path == "models/b.sql"} == {Effect.BREAKS}
    assert {each.effect for each in found.impacts if each.consumer.path == "page.py"} == {effect}


SNAPSHOT = "{% snapshot m %}\n{{ config(target_schema='main', unique_key='id', strategy='timestamp', updated_at='ts') }}\nselect * from {{ ref('up') }}\n{% endsnapshot %}\n"


@pytest.mark.parametrize(
    ("keeping", "certainty"),
    [
        ({"snapshots/m.sql": SNAPSHOT}, Certainty.POSSIBLE),
        ({"models/m.sql": "{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}\nselect * from {{ ref('up') }}"}, Certainty.POSSIBLE),
        ({"models/m.sql": "{{ config(materialized='table') }}\nselect * from {{ ref('up') }}"}, Certainty.PROVEN),
    ],
)  # fmt: skip
def test_a_column_that_goes_upstream_stays_in_what_is_there(
    assess_project: Assess, keeping: dict[str, str], certainty: Certainty
) -> None:
    """A snapshot and a table that only gets columns keep it, without a value in new rows: dbt 1.11 with DuckDB builds who reads it."""
    base = {
        **PROJECT, **keeping, "models/up.sql": "select id, nm, ts from {{ source('raw', 't') }}",
        "models/r.sql": "select id, nm from {{ ref('m') }}", "models/q.sql": "select id from {{ ref('m') }}",
    }  # fmt: skip
    found = assess_project(base, {**base, "models/up.sql": "select id, ts from {{ source('raw', 't') }}"})
    broken = {i.consumer.path: i.certainty for i in found.impacts if i.effect is Effect.BREAKS}
    assert broken == {"models/r.sql": certainty}
