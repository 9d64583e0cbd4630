"""Who feels a change, in small dbt projects."""

from collections.abc import Mapping

import pytest

from contract_gate.compare.bound import BoundModel, BoundWorld
from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.comparing import assessed

PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\nmacro-paths: [macros]\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: postgres, schema: app, database: shop}\n",
    "models/sources.yml": """
version: 2
sources:
  - name: raw
    tables:
      - name: orders
        columns: [{name: id}, {name: customer_id}, {name: amount}]
""",
    "models/stg_orders.sql": "select id, customer_id, amount from {{ source('raw', 'orders') }}",
    "models/orders.sql": "select\n  customer_id,\n  {{ cents('amount') }} as total\nfrom {{ ref('stg_orders') }}",
    "macros/cents.sql": "{% macro cents(c) %}{{ c }} / 100{% endmacro %}",
    "models/report.sql": "select customer_id, total from {{ ref('orders') }}",
    "models/models.yml": """
version: 2
models:
  - name: stg_orders
    columns:
      - name: id
        tests: [unique, not_null]
      - name: amount
        tests: [not_null]
exposures:
  - name: weekly
    type: dashboard
    owner: {name: Dana, email: dana@example.com}
    depends_on: [ref('orders')]
""",
}


def edited(**files: str | None) -> dict[str, str]:
    """Give the project with models replaced, or removed where the text is None; `__` stands for a folder."""
    texts: dict[str, str | None] = dict(PROJECT)
    for name, text in files.items():
        texts[f"models/{name}.sql"] = text
    return {path: text for path, text in texts.items() if text is not None}


def effects(found: Assessment) -> Mapping[str, tuple[Effect, Certainty]]:
    return {
        impact.consumer.name.rpartition(".")[2]: (impact.effect, impact.certainty) for impact in found.impacts
    }


def test_a_removed_column_breaks_models_and_tests(assess) -> None:
    """The reader breaks at the template's line; the test that names the column breaks too."""
    found = assess(PROJECT, edited(stg_orders="select id, customer_id from {{ source('raw', 'orders') }}"))
    felt = effects(found)
    assert felt["orders"] == (Effect.BREAKS, Certainty.PROVEN)
    assert felt["report"] == (Effect.BREAKS, Certainty.PROVEN)
    assert any(impact.consumer.kind == "test" and impact.effect is Effect.BREAKS for impact in found.impacts)
    (broken,) = [
        impact
        for impact in found.impacts
        if impact.consumer.name.endswith("orders") and impact.consumer.kind == "model"
    ]
    assert broken.location is not None
    assert (broken.location.path, broken.location.line) == ("models/orders.sql", 3)


@pytest.mark.parametrize(
    ("column", "unknown"), [("amount", {"not_null_stg_orders_amount", "orders"}), ("customer_id", {"orders"})]
)
def test_a_script_takes_a_column_that_a_test_names(assess, column: str, unknown: set[str]) -> None:
    """When it runs is not known, and whether the test fails then neither; tests of other columns are left in peace."""
    found = assess(PROJECT, {**PROJECT, "jobs/x.sql": f"alter table app.stg_orders drop column {column};"})
    felt = effects(found)
    assert unknown <= felt.keys() <= unknown | {"report", "weekly"}
    assert {effect for effect, _ in felt.values()} == {Effect.UNKNOWN}


@pytest.mark.parametrize(
    ("joined", "on", "is_told"),
    [
        ("select id, amount from stg order by amount limit 9", "q.id = r.customer_id", False),
        ("select id, amount from stg order by amount limit 9", "q.amount = r.customer_id", True),
        ("select amount from stg order by amount limit 9", "q.amount = r.customer_id", True),
        ("select id + 1 as id from stg order by amount limit 9", "q.id = r.customer_id", True),
    ],
)  # fmt: skip
def test_an_unread_join_by_a_key_that_is_tested(assess, joined: str, on: str, is_told: bool) -> None:
    """Some rows of a model have its unique column for a key too: a join by it that nothing reads adds no row, any other may."""
    query = joined.replace("from stg", "from {{ ref('stg_orders') }}")
    base = {
        **PROJECT,
        "models/j.sql": f"select r.total from {{{{ ref('report') }}}} r left join ({query}) q on {on}",
    }
    found = assess(base, {**base, "models/j.sql": "select r.total from {{ ref('report') }} r"})
    assert bool(found.changes) is is_told


def test_a_model_with_two_columns_of_one_name(assess) -> None:
    """No view can be made of it, and its readers go with it."""
    star = "select a.*, b.* from {{ ref('stg_orders') }} a join {{ ref('orders') }} b on b.customer_id = a.id"
    base = {
        **PROJECT,
        "models/j.sql": star.replace("b.*", "b.total"),
        "models/k.sql": "select id from {{ ref('j') }}",
    }
    found = assess(base, {**base, "models/j.sql": star})
    assert effects(found) == dict.fromkeys(("j", "k"), (Effect.BREAKS, Certainty.PROVEN))


@pytest.mark.parametrize(
    ("schema", "lost"),
    [("raw", set()), ("app", {"shop.app.stg_orders", "shop.app.orders", "shop.app.report"})],
)
def test_a_script_takes_a_schema_of_models_or_sources(assess, schema: str, lost: set[str]) -> None:
    """What is only declared is nobody's to make: a script that drops its schema says nothing of it."""
    found = assess(PROJECT, {**PROJECT, "jobs/x.sql": f"drop schema {schema} cascade;"})
    assert {str(change.relation) for change in found.changes} == lost


def test_columns_that_are_asked_for_in_a_circle(assess) -> None:
    """A macro that asks for the columns of a model which reads its own model gets none, and the check goes on."""
    asks = "select {% for c in adapter.get_columns_in_relation(ref('a_z')) %}{{ c.name }},{% endfor %} 1 as e from {{ ref('stg_orders') }}"
    base = {**PROJECT, "models/m.sql": asks, "models/a_z.sql": "select * from {{ ref('m') }}"}
    found = assess(base, {**base, "models/a_z.sql": "select * from {{ ref('m') }} where e > 0"})
    assert [(change.kind, str(change.relation)) for change in found.changes] == [
        (Kind.ROWS_FILTER_CHANGED, "shop.app.a_z")
    ]


def test_a_removed_model_breaks_its_ref(assess) -> None:
    """A ref to a model that is gone does not compile."""
    found = assess(PROJECT, edited(orders=None))
    assert effects(found)["report"] == (Effect.BREAKS, Certainty.PROVEN)
    assert effects(found)["weekly"][0] is Effect.BREAKS


def test_a_changed_macro_changes_the_models_that_call_it(assess) -> None:
    """No model's file changed; one renders otherwise."""
    head = {**PROJECT, "macros/cents.sql": "{% macro cents(c) %}{{ c }} / 1000{% endmacro %}"}
    found = assess(PROJECT, head)
    roots = [change for change in found.changes if change.caused_by is None]
    assert [(change.kind, change.column) for change in roots] == [(Kind.COLUMN_VALUES_CHANGED, "total")]
    assert effects(found)["report"] == (Effect.CHANGES, Certainty.POSSIBLE)
    assert effects(found)["weekly"][0] is Effect.CHANGES


def test_a_macro_that_writes_the_same_otherwise_changes_nothing(assess) -> None:
    """A refactored macro renders to the same meaning."""
    head = {**PROJECT, "macros/cents.sql": "{% macro cents(c) %}\n  ({{ c }} / 100)\n{% endmacro %}"}
    found = assess(PROJECT, head)
    assert found.changes == ()


def test_a_model_that_moves_schema_is_told_once(assess) -> None:
    """Refs follow a moved model: it is one change, and no reader breaks."""
    head = edited(orders="{{ config(schema='marts') }}\n" + PROJECT["models/orders.sql"])
    found = assess(PROJECT, head)
    assert [change.kind for change in found.changes] == [Kind.RELATION_MOVED]
    assert " moves to " in found.changes[0].message
    assert not any(impact.effect is Effect.BREAKS for impact in found.impacts)


def test_a_renamed_model_whose_readers_follow_is_told_once(assess) -> None:
    """The model and its ref were renamed together."""
    head = edited(orders=None, report="select customer_id, total from {{ ref('fct_orders') }}")
    head["models/fct_orders.sql"] = PROJECT["models/orders.sql"]
    head["models/models.yml"] = PROJECT["models/models.yml"].replace("ref('orders')", "ref('fct_orders')")
    found = assess(PROJECT, head)
    assert [change.kind for change in found.changes] == [Kind.RELATION_RENAMED]
    assert not any(impact.effect is Effect.BREAKS for impact in found.impacts)


def test_a_column_added_to_a_source_in_yaml_is_no_finding(assess) -> None:
    """Declared columns of a source are a hint, not a contract."""
    head = {
        **PROJECT,
        "models/sources.yml": PROJECT["models/sources.yml"].replace(
            "{name: amount}", "{name: amount}, {name: note}"
        ),
    }
    found = assess(PROJECT, head)
    assert not any(impact.effect is Effect.BREAKS for impact in found.impacts)


def test_a_disabled_model_is_a_removed_one(assess) -> None:
    """To switch a model off removes its relation for its readers."""
    head = edited(orders="{{ config(enabled=false) }}\n" + PROJECT["models/orders.sql"])
    assert effects(assess(PROJECT, head))["report"] == (Effect.BREAKS, Certainty.PROVEN)


def test_the_incremental_branch_counts_too(assess) -> None:
    """A change in the branch that only incremental runs take is a change."""
    incremental = (
        "{{ config(materialized='incremental') }}\nselect id, customer_id, amount from {{ source('raw', 'orders') }}\n"
        "{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}"
    )
    base = edited(stg_orders=incremental)
    head = edited(stg_orders=incremental.replace("id > (", "id >= ("))
    found = assess(base, head)
    assert Kind.ROWS_FILTER_CHANGED in {change.kind for change in found.changes}


def test_another_profile_moves_nothing(assess) -> None:
    """Where a project is deployed is not the project's change: no relation is told as moved."""
    head = {**PROJECT, "profiles.yml": PROJECT["profiles.yml"].replace("schema: app", "schema: prod")}
    assert assess(PROJECT, head).changes == ()


def test_a_removed_model_is_one_finding(assess) -> None:
    """Its readers are told with it, not as changes of their own."""
    found = assess(PROJECT, edited(orders=None))
    assert [change.kind for change in found.changes if change.caused_by is None] == [Kind.RELATION_REMOVED]


def test_a_macro_that_is_gone_and_still_called_does_not_compile(assess) -> None:
    """dbt refuses a call of a macro that the project had; the same macro in another file is none that is gone."""
    head = {path: text for path, text in PROJECT.items() if path != "macros/cents.sql"}
    found = assess(PROJECT, head)
    assert {change.kind for change in found.changes if change.caused_by is None} == {Kind.DOES_NOT_BIND}
    assert effects(found)["report"] == (Effect.BREAKS, Certainty.PROVEN)
    assert not assess(PROJECT, {**head, "macros/money.sql": PROJECT["macros/cents.sql"]}).changes


def test_a_new_model_that_calls_a_macro_that_is_gone_does_not_compile(assess) -> None:
    """It has no base to be held against; its project had the macro."""
    new = {"models/late.sql": "select {{ cents('1') }} as a"}
    head = {path: text for path, text in PROJECT.items() if path != "macros/cents.sql"}
    found = assess(PROJECT, {**head, **new})
    assert "late" in {c.relation.name for c in found.changes if c.kind is Kind.DOES_NOT_BIND and c.relation}
    assert Kind.DOES_NOT_BIND not in {change.kind for change in assess(PROJECT, {**PROJECT, **new}).changes}


def test_a_macro_that_a_package_may_have_is_undecided(assess) -> None:
    """What stands in for a macro that nobody here defines is no value to compare."""
    packages = {"packages.yml": "packages:\n  - {package: acme/money, version: 1.0.0}\n"}
    call = PROJECT["models/orders.sql"].replace("cents(", "money.cents(")
    found = assess({**PROJECT, **packages}, {**PROJECT, **packages, "models/orders.sql": call})
    assert {change.kind for change in found.changes if change.caused_by is None} == {Kind.UNDECIDED}
    assert effects(found)["report"][0] is Effect.UNKNOWN


def test_a_source_that_is_no_longer_declared_does_not_compile(assess) -> None:
    """dbt refuses a source() that no YAML declares."""
    head = {**PROJECT, "models/sources.yml": PROJECT["models/sources.yml"].replace("name: raw", "name: ecom")}
    found = assess(PROJECT, head)
    assert Kind.DOES_NOT_BIND in {change.kind for change in found.changes}
    assert effects(found)["report"] == (Effect.BREAKS, Certainty.PROVEN)


def test_a_source_that_is_another_table_by_now_reaches_all_readers(assess) -> None:
    """Nothing undoes that rows come from elsewhere, though no text below the source differs; nor other rows of a seed."""
    moved = PROJECT["models/sources.yml"].replace("- name: raw\n", "- name: raw\n    schema: raw_eu\n")
    found = effects(assess(PROJECT, {**PROJECT, "models/sources.yml": moved}))
    assert {name: felt[0] for name, felt in found.items()} == dict.fromkeys(
        ("stg_orders", "orders", "report", "weekly"), Effect.CHANGES
    )
    seeded = {
        **PROJECT,
        "seeds/rates.csv": "id,rate\n1,2\n",
        "models/r.sql": "select id, rate from {{ ref('rates') }}",
        "models/top.sql": "select max(rate) as rate from {{ ref('r') }}",
    }
    found = effects(assess(seeded, {**seeded, "seeds/rates.csv": "id,rate\n1,3\n"}))
    assert {name: felt[0] for name, felt in found.items()} == dict.fromkeys(("r", "top"), Effect.CHANGES)


def test_a_ref_that_writes_nothing_still_needs_its_model(assess) -> None:
    """dbt refuses a template that names a model which is gone, though the name stands in a comment or is never printed."""
    base = {
        **PROJECT,
        "models/lone.sql": "select 1 as id",
        "models/c.sql": "-- depends_on: {{ ref('lone') }}\nselect 1 as id",
        "models/s.sql": "{% set r = ref('lone') %}select 1 as id",
    }
    found = effects(assess(base, {path: text for path, text in base.items() if path != "models/lone.sql"}))
    assert {name: felt[0] for name, felt in found.items()} == dict.fromkeys(("c", "s"), Effect.BREAKS)
    assert not effects(assess(base, {**base, "models/lone.sql": "select 2 as id"}))


def test_the_file_that_is_said_to_be_another_version(assess) -> None:
    """`defined_in` decides which version a file holds, also where the file has the model's bare name."""
    base = {
        **PROJECT,
        "models/v.yml": "models:\n  - name: keep\n    latest_version: 2\n    versions: [{v: 1, defined_in: keep}, {v: 2}]\n",
        "models/keep.sql": "select 1 as id",
        "models/keep_v2.sql": "select 1 as id",
        "models/one.sql": "select id from {{ ref('keep', v=1) }}",
        "models/two.sql": "select id from {{ ref('keep') }}",
    }
    found = effects(assess(base, {**base, "models/keep.sql": "select 1 as other"}))
    assert {name: felt[0] for name, felt in found.items()} == {"one": Effect.BREAKS}


def test_what_says_the_same_is_not_bound(monkeypatch) -> None:
    """Of all that one YAML file declares, only what the edit reaches is bound; the others are compared as texts."""
    others = {f"models/m{n}.sql": "select id from {{ source('raw', 'orders') }}" for n in range(5)}
    declared = "version: 2\nmodels:\n" + "".join(
        f"  - {{name: m{n}, columns: [{{name: id}}]}}\n" for n in range(5)
    )
    base = {**PROJECT, **others, "models/many.yml": declared}
    head = {
        **base,
        "models/many.yml": declared.replace("m0, columns: [{name: id", "m0, columns: [{name: key"),
    }
    assert {key for key in bound_of(base, head, monkeypatch) if key.startswith("model.")} <= {"model.shop.m0"}


def test_what_lies_above_the_change_is_bound_once(monkeypatch) -> None:
    """Both sides read the same there, so that one meaning serves both; what reads the change is bound on each."""
    head = edited(orders="select customer_id, amount as total from {{ ref('stg_orders') }}")
    bound = bound_of(PROJECT, head, monkeypatch)
    assert bound.count("model.shop.stg_orders") == 1
    assert bound.count("model.shop.orders") == bound.count("model.shop.report") == 2


def test_what_lies_above_and_differs_is_bound_on_each_side(monkeypatch) -> None:
    """Its source says something else, though its own file is the same."""
    head = {**edited(orders="select customer_id, amount as total from {{ ref('stg_orders') }}"),
            "models/sources.yml": PROJECT["models/sources.yml"].replace(", {name: amount}", "")}  # fmt: skip
    assert bound_of(PROJECT, head, monkeypatch).count("model.shop.stg_orders") == 2


def bound_of(base: Mapping[str, str], head: Mapping[str, str], monkeypatch) -> list[str]:
    """Compare, and give what was bound of either side."""
    bound: list[str] = []
    bind = BoundWorld._bind

    def noted(world: BoundWorld, key: str) -> BoundModel:
        bound.append(key)
        return bind(world, key)

    monkeypatch.setattr(BoundWorld, "_bind", noted)
    assessed(base, head, None)
    return bound


SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, schema: ci, dbname: d}}}\n",
    "models/o.sql": "select id, a from raw.t where id > 1",
    "models/y.sql": "select id from {{ ref('x') }}",
    "models/e.yml": "exposures: [{name: e, type: dashboard, owner: {email: a@b.c}, depends_on: [ref('x')]}]\n",
}
LOST = {"models/o.sql": "select id from raw.t where id > 1"}
MORE = {"models/o.sql": "select id, a, 2 as b from raw.t where id > 1"}
OTHER = {"models/o.sql": "select id, a from raw.t where id > 2"}


@pytest.mark.parametrize(
    ("reader", "edit", "felt"),
    [
        ("select id, {{ nobodys() }} from {{ ref('o') }}", LOST, {"d.ci.x": Effect.UNKNOWN, "e": Effect.UNKNOWN}),
        ("select id, {{ nobodys() }} from {{ ref('o') }}", OTHER,
         {"d.ci.x": Effect.CHANGES, "d.ci.y": Effect.CHANGES, "e": Effect.CHANGES}),
        ("select id from {{ ref('o') }}", MORE, {}),
        ("select (( from {{ ref('o') }}", MORE, {}),
        ("select (( from {{ ref('o') }}", LOST, {"d.ci.x": Effect.UNKNOWN, "e": Effect.UNKNOWN}),
    ],
    ids=["a hole may name it", "rows go through a hole", "a column more", "a column more of what is not read", "what is not read"],
)  # fmt: skip
def test_what_lies_behind_a_reader_that_is_not_read(assess_project, reader: str, edit, felt) -> None:
    """An exposure behind it may feel what goes; a column more is felt by nobody."""
    base = {**SHOP, "models/x.sql": reader}
    found = assess_project(base, {**base, **edit})
    assert {i.consumer.name: i.effect for i in found.impacts} == felt


def test_a_reader_that_could_not_be_read_at_the_base(assess_project) -> None:
    """It breaks by what goes upstream, like one that was read."""
    base = {**SHOP, "models/x.sql": "select id, a from {{ ref('o') }} {% if %}"}
    found = assess_project(base, {**base, **LOST, "models/x.sql": "select id, a from {{ ref('o') }}"})
    assert "d.ci.x" in {i.consumer.name for i in found.impacts if i.effect is Effect.BREAKS}


@pytest.mark.parametrize(("names", "is_broken"), [("id, a", False), ("id, b", True)])
def test_a_star_over_what_nobody_declares_under_a_contract(
    assess_project, names: str, is_broken: bool
) -> None:
    """What the contract declares are the columns."""
    columns = "columns: [{name: id, data_type: int}, {name: a, data_type: int}]"
    yaml = "models: [{name: o, config: {materialized: table, contract: {enforced: true}}, " + columns + "}]\n"
    base = {
        **SHOP,
        "models/o.sql": "select * from raw.t",
        "models/o.yml": yaml,
        "models/x.sql": "select id, a from {{ ref('o') }}",
    }
    found = assess_project(base, {**base, "models/x.sql": f"select {names} from {{{{ ref('o') }}}}"})
    assert ("d.ci.x" in {i.consumer.name for i in found.impacts if i.effect is Effect.BREAKS}) is is_broken
