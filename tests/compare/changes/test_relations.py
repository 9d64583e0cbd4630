"""What becomes of a dbt model as a whole: how it is kept, and what it is called."""

import pytest

from contract_gate.compare.changes import composing
from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from tests.comparing import assessed

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, schema: ci, dbname: d}}}\n",
}


def told(base: dict[str, str], head: dict[str, str]) -> list[tuple[Kind, str | None, str | None]]:
    found = assessed(PROJECT | base, PROJECT | head, None)
    return [(change.kind, change.before, change.after) for change in found.changes]


@pytest.mark.parametrize(
    ("before", "after"), [("table", "view"), ("view", "incremental"), ("ephemeral", "table")]
)
def test_a_model_is_kept_in_another_way(before: str, after: str) -> None:
    """A table that becomes a view is told by both words, one that stays is no change."""
    sides = [{"models/orders.sql": f"{{{{ config(materialized='{each}') }}}}\nselect 1 as id"} for each in (before, after)]  # fmt: skip
    assert (Kind.MATERIALIZATION_CHANGED, before, after) in told(sides[0], sides[1])
    assert told(sides[0], {"models/orders.sql": sides[0]["models/orders.sql"] + "\n-- again\n"}) == []


def test_a_model_that_becomes_ephemeral_is_gone_for_who_reads_the_table() -> None:
    """Models and tests that refer to it go on; a script, an exposure or a model that writes its name out finds nothing that is built."""
    base = {
        "models/m.sql": "select 1 as id",
        "models/r.sql": "select id from {{ ref('m') }}",
        "models/w.sql": "select id from ci.m",
        "models/s.yml": "models: [{name: m, columns: [{name: id, data_tests: [unique]}]}]\n"
        "exposures: [{name: e, type: dashboard, owner: {name: x}, depends_on: [ref('m')]}]\n",
        "etl/q.sql": "create table q as select id from ci.m;\n",
    }
    found = assessed(
        PROJECT | base,
        PROJECT | base | {"models/m.sql": "{{ config(materialized='ephemeral') }} select 1 as id"},
        None,
    )
    assert [change.kind for change in found.changes] == [Kind.RELATION_REMOVED]
    assert {impact.consumer.name: impact.effect for impact in found.impacts} == {
        "e": Effect.BREAKS,
        "q": Effect.BREAKS,
        "d.ci.w": Effect.BREAKS,
    }


def test_a_script_that_follows_a_new_alias_goes_on() -> None:
    """It names the table as it is called by now."""
    base = {
        "models/m.sql": "{{ config(alias='a') }} select 1 as id",
        "etl/q.sql": "create table q as select id from ci.a;\n",
    }
    head = {
        "models/m.sql": "{{ config(alias='b') }} select 1 as id",
        "etl/q.sql": "create table q as select id from ci.b;\n",
    }
    assert assessed(PROJECT | base, PROJECT | head, None).impacts == ()


def test_a_variable_that_a_macro_of_a_package_asks_changes_its_models() -> None:
    """No text of the project names it, where the package is not here."""
    base = {
        "models/m.sql": "select {{ dbt_utils.generate_surrogate_key(['id']) }} as k from raw.t",
        "models/n.sql": "select 1 as id",
    }
    setting = {
        "dbt_project.yml": PROJECT["dbt_project.yml"]
        + "vars: {surrogate_key_treat_nulls_as_empty_strings: true}\n"
    }
    found = assessed(PROJECT | base, PROJECT | base | setting, None)
    assert {(change.kind, str(change.relation)) for change in found.changes} == {
        (Kind.COLUMN_VALUES_CHANGED, "d.ci.m")
    }


def test_a_model_of_another_name_is_renamed() -> None:
    """A model that moves to another file with the same meaning is renamed, not lost and made anew."""
    base = {"models/orders.sql": "select id, day from raw.orders where day > 1"}
    head = {"models/sales.sql": "SELECT id, day FROM raw.orders WHERE 1 < day"}
    assert told(base, head) == [(Kind.RELATION_RENAMED, "d.ci.orders", "d.ci.sales")]


def test_a_model_that_is_read_in_part_is_renamed() -> None:
    """Its text says that it is the same, where its meaning is not known."""
    text = "select id from raw.orders;\nfoo bar ((baz"
    assert told({"models/orders.sql": text}, {"models/sales.sql": text})[0] == (
        Kind.RELATION_RENAMED, "d.ci.orders", "d.ci.sales"
    )  # fmt: skip


def test_a_snapshot_is_no_model_of_another_name() -> None:
    """What keeps old rows and what does not can't become each other, in either direction."""
    query = "select id, day from raw.orders"
    snapshot = (
        "{% snapshot orders %}{{ config(target_schema='ci', unique_key='id', strategy='timestamp', updated_at='day') }}"
        + query
        + "{% endsnapshot %}"
    )
    sides = {"snapshots/orders.sql": snapshot}, {"models/sales.sql": query}
    for base, head in (sides, sides[::-1]):
        assert {kind for kind, *_ in told(base, head)} == {Kind.RELATION_REMOVED, Kind.RELATION_ADDED}


def test_a_filter_that_moves_to_a_model_with_one_more_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a model reads lost a filter that it has itself now: its rows are the same in the columns that both sides have.

    Of more models than may be put together nobody says so.
    """
    base = {
        "models/staged.sql": "select id, amount from raw.orders where amount > 0",
        "models/orders.sql": "select id, amount from {{ ref('staged') }}",
    }
    head = {
        "models/staged.sql": "select id, amount from raw.orders",
        "models/orders.sql": "select id, amount, 1 as n from {{ ref('staged') }} where amount > 0",
    }
    assert {kind for kind, *_ in told(base, head)} == {Kind.ROWS_FILTER_CHANGED, Kind.COLUMN_ADDED}
    moved = [(Kind.ROWS_FILTER_CHANGED, "amount > 0", None)]
    assert [each for each in told(base, head) if each[0] is Kind.ROWS_FILTER_CHANGED] == moved
    monkeypatch.setattr(composing, "MAX_INLINED", 1)
    assert [each for each in told(base, head) if each[0] is Kind.ROWS_FILTER_CHANGED] != moved


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("int", "integer", []),
        ("int", "bigint", [(Kind.COLUMN_TYPE_WIDENED, "INT", "BIGINT")]),
        ("int", "text", [(Kind.COLUMN_TYPE_CHANGED, "INT", "TEXT")]),
    ],
)
def test_a_declared_type(before: str, after: str, kinds: list[tuple[Kind, str, str]]) -> None:
    """A type that a contract says of a star's column is compared as one that SQL gives: another spelling is no change, a wider one is told so."""
    contract = "models: [{{name: orders, config: {{contract: {{enforced: true}}, materialized: table}}, columns: [{{name: id, data_type: {}}}]}}]"
    sides = [
        {"models/orders.sql": "select * from raw.orders", "models/x.yml": contract.format(each)}
        for each in (before, after)
    ]
    assert told(sides[0], sides[1]) == kinds


@pytest.mark.parametrize(("value", "is_nullable"), [("1", False), ("nullif(1, 1)", True)])
def test_a_table_that_is_made_by_a_query_now(value: str, is_nullable: bool) -> None:
    """A column that was declared NOT NULL may be NULL only where the query can give that."""
    head = {"t.sql": f"create table s.t as select {value} as id, 2 as v;"}
    found = assessed({"t.sql": "create table s.t (id int not null, v int);"}, head, "postgres")
    assert (Kind.COLUMN_NULLABLE in {change.kind for change in found.changes}) is is_nullable


def test_a_view_that_becomes_a_function_is_not_renamed() -> None:
    """What is called is another thing than what is read, though both say the same."""
    view = {"x.sql": "create view s.v as select id from s.raw;"}
    function = {
        "y.sql": "create function s.f(a int) returns table (id int) as $$ select id from s.raw $$ language sql;"
    }
    for base, head in ((view, function), (function, view)):
        kinds = {change.kind for change in assessed(base, head, "postgres").changes}
        assert kinds == {Kind.RELATION_REMOVED, Kind.RELATION_ADDED}


def test_a_change_of_a_table_that_several_files_write() -> None:
    """It is told in the file that makes the column, not in the last that fills the table."""
    base = {
        "a_table.sql": "create table t (\n  id int,\n  note text\n);\n",
        "b_fill.sql": "-- rows\n\n\n\ninsert into t (id)\nselect id\nfrom s\nwhere id > 1;\n",
    }
    (gone,) = assessed(base, {**base, "a_table.sql": "create table t (\n  id int\n);\n"}, "postgres").changes
    (other,) = assessed(
        base, {**base, "b_fill.sql": base["b_fill.sql"].replace("> 1", "> 2")}, "postgres"
    ).changes
    assert gone.kind is Kind.COLUMN_REMOVED
    assert gone.location is not None
    assert gone.location.path == "a_table.sql"
    assert other.kind is Kind.ROWS_FILTER_CHANGED
    assert other.location is not None
    assert (other.location.path, other.location.line) == ("b_fill.sql", 5)


def test_a_column_of_a_reader_may_be_null_because_what_it_reads_may_be() -> None:
    """It is computed as before, of another join below."""
    base = {
        "a.sql": "create table a (k int);",
        "b.sql": "create table b (id int not null);",
        "t.sql": "create view t as select b.id from a join b on a.k = b.id;",
        "v.sql": "create view v as select id from t;",
    }
    head = {
        **base,
        "t.sql": base["t.sql"].replace("join", "left join"),
        "v.sql": "create view v as select z.id from t as z;",
    }
    found = assessed(base, head, "postgres")
    assert Kind.COLUMN_NULLABLE in {change.kind for change in found.changes if str(change.relation) == "v"}
