"""dbt's semantic layer in both of its forms: the columns that it names, and edits of it that no SQL shows."""

import pytest

from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess

PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: x.duckdb, schema: main}\n",
    "models/orders.sql": "select id, amount, fee, date, status, ts, unused from raw.o",
}
EMBEDDED = """models:
  - name: orders
    semantic_model: true
    agg_time_dimension: made_on
    columns:
      - name: id
        entity: {type: primary, name: order}
      - name: status
        dimension: {type: categorical}
      - name: ts
        granularity: day
        dimension: {type: time, name: made_on}
      - name: unused
        description: said of amount
    derived_semantics:
      dimensions:
        - {name: is_large, type: categorical, expr: fee > 10}
    metrics:
      - {name: revenue, type: simple, agg: sum, expr: amount}
      - {name: by_date, type: simple, agg: count_distinct, expr: date}
      - {name: net, type: simple, agg: sum, expr: amount - fee}
      - {name: share, type: ratio, numerator: net, denominator: {name: revenue}}
      - {name: twice, type: derived, expr: a + a, input_metrics: [{name: revenue, alias: a}]}
"""
LEGACY = """semantic_models:
  - name: orders
    model: ref('orders')
    defaults: {agg_time_dimension: made_on}
    entities:
      - {name: id, type: primary}
    dimensions:
      - {name: status, type: categorical}
      - {name: made_on, type: time, expr: ts, type_params: {time_granularity: day}}
      - {name: is_large, type: categorical, expr: fee > 10}
    measures:
      - {name: revenue_sum, agg: sum, expr: amount}
      - {name: dates, agg: count_distinct, expr: date}
      - {name: net_sum, agg: sum, expr: amount - fee}
metrics:
  - {name: revenue, type: simple, label: r, type_params: {measure: revenue_sum}}
  - {name: by_date, type: simple, label: d, type_params: {measure: dates}}
  - {name: net, type: simple, label: n, type_params: {measure: {name: net_sum}}}
  - {name: share, type: ratio, label: s, type_params: {numerator: net, denominator: revenue}}
  - {name: twice, type: derived, label: t, type_params: {expr: a + a, metrics: [{name: revenue, alias: a}]}}
"""
ALL = {"revenue", "by_date", "net", "share", "twice"}


def _effects(found: Assessment, effect: Effect) -> set[str]:
    return {impact.consumer.name for impact in found.impacts if impact.effect is effect}


@pytest.mark.parametrize("text", [EMBEDDED, LEGACY], ids=["embedded", "legacy"])
@pytest.mark.parametrize(
    ("column", "broken"),
    [
        ("amount", {"revenue", "net", "share", "twice"}),
        ("fee", {"net", "share"}),
        ("date", {"by_date"}),
        ("ts", ALL),
        ("status", set()),
        ("id", set()),
        ("unused", None),
    ],
)
def test_a_column_that_the_semantic_layer_names(
    assess_project: Assess, text: str, column: str, broken: set[str] | None
) -> None:
    """A column that goes breaks the semantic model and the metrics that are made of it, and no other; one that nobody names none."""
    base = {**PROJECT, "models/s.yml": text}
    columns = base["models/orders.sql"].replace(f"{column}, " if column != "unused" else ", unused", "", 1)
    found = assess_project(base, {**base, "models/orders.sql": columns})
    layer = {name for name in _effects(found, Effect.BREAKS) if "." not in name}
    # In the new form the model itself names no column that only metrics aggregate.
    own = {"orders"} if text == LEGACY or column not in ("amount", "date") else set()
    assert layer == (set() if broken is None else {*own, *broken})


@pytest.mark.parametrize("text", [EMBEDDED, LEGACY], ids=["embedded", "legacy"])
def test_a_script_takes_a_column_that_metrics_name(assess_project: Assess, text: str) -> None:
    """When it runs is not known: neither is what becomes of the metrics that are made of the column, and of no other."""
    base = {**PROJECT, "models/s.yml": text}
    found = assess_project(base, {**base, "jobs/x.sql": "alter table main.orders drop column fee;"})
    assert _effects(found, Effect.BREAKS) == set()
    assert {name for name in _effects(found, Effect.UNKNOWN) if name in ALL} == {"net", "share"}


@pytest.mark.parametrize("expression", ["date > ${start}", '"date" > ${start}', "count(date > ${start}"])
def test_an_expression_that_can_not_be_parsed(assess_project: Assess, expression: str) -> None:
    """Its words are read for names of columns, those that SQL has a meaning for too."""
    text = LEGACY.replace("expr: date}", f"expr: '{expression}'}}")
    base = {**PROJECT, "models/s.yml": text}
    columns = base["models/orders.sql"].replace("date, ", "", 1)
    found = assess_project(base, {**base, "models/orders.sql": columns})
    assert {"orders", "by_date"} <= _effects(found, Effect.BREAKS)


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (LEGACY, "    measures:", "      - {name: held, type: categorical, expr: unused}\n    measures:"),
        (EMBEDDED, "description: said of amount", "dimension: {type: categorical, name: held}"),
    ],
    ids=["legacy", "embedded"],
)
def test_a_dimension_that_a_measure_is_not_summed_over(
    assess_project: Assess, text: str, old: str, new: str
) -> None:
    """`non_additive_dimension` names a dimension: what that is made of is read, and not a column of its name."""
    text = text.replace(old, new).replace(
        "agg: sum, expr: amount}", "agg: sum, expr: amount, non_additive_dimension: {name: held}}"
    )
    base = {**PROJECT, "models/s.yml": text}
    found = assess_project(
        base, {**base, "models/orders.sql": base["models/orders.sql"].replace(", unused", "")}
    )
    assert _effects(found, Effect.BREAKS) >= {"orders", "revenue", "share", "twice"}
    assert _effects(found, Effect.BREAKS).isdisjoint({"by_date", "net"})


def test_entries_of_another_shape_hide_no_other(assess_project: Assess) -> None:
    """An entity, metric or dimension without a name, or whose expression is a list, leaves the others to be read."""
    text = LEGACY.replace(
        "    entities:", "    entities:\n      - {type: foreign}\n      - {name: o, expr: [x]}"
    )
    text = text.replace(
        "metrics:",
        "metrics:\n  - {type: simple}\n  - {name: odd, type: derived, type_params: {metrics: [{alias: x}]}}",
        1,
    )
    base = {**PROJECT, "models/s.yml": text}
    found = assess_project(
        base, {**base, "models/orders.sql": base["models/orders.sql"].replace("fee, ", "")}
    )
    assert {"orders", "net", "share"} <= _effects(found, Effect.BREAKS)
    assert "odd" not in _effects(found, Effect.BREAKS)


@pytest.mark.parametrize(
    ("text", "old", "new", "felt"),
    [
        (LEGACY, "agg: sum, expr: amount}", "agg: average, expr: amount}", {"revenue", "share", "twice"}),
        (LEGACY, "expr: amount - fee", "expr: amount", {"net", "share"}),
        (LEGACY, "label: s", "label: of all", set()),
        (LEGACY, "{name: status, type: categorical}", "{name: status, type: categorical, description: x}", set()),
        (LEGACY, "numerator: net, denominator: revenue", "numerator: revenue, denominator: net", set()),
        (EMBEDDED, "agg: sum, expr: amount}", "agg: average, expr: amount}", {"share", "twice"}),
        (EMBEDDED, "description: said of amount", "description: x", set()),
    ],
)  # fmt: skip
def test_an_edit_of_the_yaml_alone(
    assess_project: Assess, text: str, old: str, new: str, felt: set[str]
) -> None:
    """Another aggregate or expression is felt by the metrics that are made of it; words for people by nobody."""
    base = {**PROJECT, "models/s.yml": text}
    found = assess_project(base, {**base, "models/s.yml": text.replace(old, new)})
    assert _effects(found, Effect.CHANGES) == felt
    assert not _effects(found, Effect.BREAKS)


@pytest.mark.parametrize(
    ("text", "gone", "broken"),
    [
        (LEGACY, "      - {name: net_sum, agg: sum, expr: amount - fee}\n", {"net", "share"}),
        (LEGACY, "  - {name: net, type: simple, label: n, type_params: {measure: {name: net_sum}}}\n", {"share"}),
        (EMBEDDED, "      - {name: net, type: simple, agg: sum, expr: amount - fee}\n", {"share"}),
        (EMBEDDED, "      - {name: twice, type: derived, expr: a + a, input_metrics: [{name: revenue, alias: a}]}\n", set()),
    ],
)  # fmt: skip
def test_a_part_that_is_gone(assess_project: Assess, text: str, gone: str, broken: set[str]) -> None:
    """dbt refuses a metric that is made of a measure or metric which nothing declares."""
    assert gone in text
    base = {**PROJECT, "models/s.yml": text}
    found = assess_project(base, {**base, "models/s.yml": text.replace(gone, "")})
    assert _effects(found, Effect.BREAKS) == broken


def test_from_one_form_to_the_other(assess_project: Assess) -> None:
    """A project that moves its semantic models into its models breaks none of them."""
    found = assess_project({**PROJECT, "models/s.yml": LEGACY}, {**PROJECT, "models/s.yml": EMBEDDED})
    assert not _effects(found, Effect.BREAKS)


def test_other_rows_reach_exposures_through_metrics(assess_project: Assess) -> None:
    """A metric counts whatever rows there are; who looks at it sees other numbers."""
    yaml = (
        "semantic_models:\n  - name: s\n    model: ref('orders')\n    defaults: {agg_time_dimension: ts}\n"
        "    entities: [{name: id, type: primary}]\n    dimensions: [{name: ts, type: time, type_params: {time_granularity: day}}]\n"
        "    measures: [{name: amount, agg: sum}]\n"
        "metrics: [{name: revenue, label: R, type: simple, type_params: {measure: amount}}]\n"
        "exposures: [{name: e, type: dashboard, owner: {email: a@b.c}, depends_on: [metric('revenue')]}]\n"
    )
    base = {**PROJECT, "models/s.yml": yaml}
    found = assess_project(base, {**base, "models/orders.sql": base["models/orders.sql"] + " where id > 2"})
    assert {i.consumer.name: i.effect for i in found.impacts} == {"e": Effect.CHANGES}


_REFERRING = {
    "a semantic model": "semantic_models:\n- name: so\n  model: ref('orders')\n  entities: [{name: id, type: primary}]\n",
    "a metric of dbt before 1.6": "metrics:\n- {name: rev, model: ref('orders'), calculation_method: sum, expression: amount, timestamp: day}\n",
    "a test's input": "unit_tests:\n- name: u\n  model: buyers\n  given: [{input: ref('orders'), rows: [{id: 1}]}]\n  expect: {rows: [{id: 1}]}\n",
    "a relationship": "models:\n- name: buyers\n  columns:\n  - name: id\n    tests: [{relationships: {to: ref('orders'), field: id}}]\n",
    "an exposure": "exposures:\n- {name: e, type: dashboard, owner: {email: a@b.c}, depends_on: [ref('orders')]}\n",
}


@pytest.mark.parametrize("text", _REFERRING.values(), ids=_REFERRING)
def test_a_model_gets_another_name(assess_project: Assess, text: str) -> None:
    """Who refers to it by the old one is refused by dbt; who was mended is not, nor who refers to a model with another alias."""
    query = "select id, amount, day from raw.orders"
    base = {
        "dbt_project.yml": "name: shop\n",
        "models/buyers.sql": "select id from raw.buyers",
        "models/orders.sql": query,
        "models/all.yml": text,
    }
    moved = {path: text for path, text in base.items() if path != "models/orders.sql"} | {
        "models/sales.sql": query
    }

    def broken(head: dict[str, str]) -> set[str | None]:
        return {
            each.consumer.path for each in assess_project(base, head).impacts if each.effect is Effect.BREAKS
        }

    assert broken(moved) == {"models/all.yml"}
    assert broken({**moved, "models/all.yml": text.replace("'orders'", "'sales'")}) == set()
    assert broken({**base, "models/orders.sql": "{{ config(alias='sales') }}" + query}) == set()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        *(("models/all.yml", text) for name, text in _REFERRING.items() if name != "a relationship"),
        ("models/frame.py", "def model(dbt, session):\n    return dbt.ref('orders')\n"),
        (
            "dbt_project.yml",
            "name: shop\non-run-end: \"insert into audit select id from {{ ref('orders') }}\"\n",
        ),
    ],
)
def test_a_model_gets_another_name_and_its_relation_keeps_it(
    assess_project: Assess, path: str, text: str
) -> None:
    """No relation changes, and yet dbt finds no model for who refers to the old name. (A relationship to it is left out with a warning.)"""
    query = "select id, amount, day from raw.orders"
    base = {
        "dbt_project.yml": "name: shop\n",
        "models/buyers.sql": "select id from raw.buyers",
        "models/orders.sql": query,
        path: text,
    }
    moved = {each: text for each, text in base.items() if each != "models/orders.sql"}
    moved["models/sales.sql"] = "{{ config(alias='orders') }}" + query
    found = assess_project(base, moved)
    assert {each.consumer.path for each in found.impacts if each.effect is Effect.BREAKS} == {path}
    mended = {**moved, path: text.replace("'orders'", "'sales'")}
    assert not [each for each in assess_project(base, mended).impacts if each.effect is Effect.BREAKS]


@pytest.mark.parametrize("part", ["expression: amount", "sql: amount", "timestamp: amount", "dimensions: [amount]",
                                  "filters: [{field: amount, operator: '>', value: '3'}]"])  # fmt: skip
def test_a_metric_of_a_model(assess_project: Assess, part: str) -> None:
    """Before dbt 1.6 a metric named the columns of a model itself."""
    base = {
        "dbt_project.yml": "name: shop\n",
        "models/orders.sql": "select id, amount, day from raw.orders",
        "models/all.yml": f"metrics:\n- name: rev\n  model: ref('orders')\n  {part}\n",
    }
    found = assess_project(base, {**base, "models/orders.sql": "select id, day from raw.orders"})
    assert [(each.effect, each.consumer.name) for each in found.impacts] == [(Effect.BREAKS, "rev")]
