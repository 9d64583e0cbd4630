"""Columns that dbt's tests name beyond their own: conditions, expressions, arguments of the project's own tests."""

import pytest

from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import Assess

PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: snowflake, schema: mart, database: wh}\n",
    "packages.yml": "packages:\n  - {package: dbt-labs/dbt_utils, version: 1.3.0}\n  - {package: metaplane/dbt_expectations, version: 0.10.0}\n",
    "models/m.sql": "select id, nm, day from raw.t",
    "models/p.sql": "select id, nm as label from raw.p",
    "tests/generic/own.sql": (
        "{% test above(model, column_name, other, least=0) %}\n"
        "select * from {{ model }} where {{ column_name }} > {{ other }} + {{ least }}\n{% endtest %}\n"
        "{% test same_as(model, column_name, to, field) %}\n"
        "select a.{{ column_name }} from {{ model }} a left join {{ to }} b on a.{{ column_name }} = b.{{ field }}\n{% endtest %}\n"
        "{% test unread(model, column_name, words) %}\n"
        "{% set rows = run_query('select 1') %}select {{ rows[0] }} from {{ model }}\n{% endtest %}\n"
    ),
}
COLUMN = [
    ("unique: {config: {where: 'nm is not null'}}", True),
    ("unique: {where: \"nm is not null\"}", True),
    ("unique: {config: {where: \"day > 'nm'\"}}", False),
    ("not_null: {config: {where: \"id in (select id from {{ ref('p') }} where label = 1)\"}}", False),
    ("not_null: {config: {severity: warn, where: \"nm = 1\"}}", True),
    ("above: {other: nm}", True),
    ("above: {other: nm, config: {enabled: false}}", False),
    ("above: {arguments: {other: nm}}", True),
    ("above: {other: day, least: 1}", False),
    ("above: {other: \"coalesce(day, nm)\"}", True),
    ("same_as: {to: ref('p'), field: label}", False),
    ("same_as: {to: ref('p'), field: nm}", False),
    ("same_as: {to: ref('m'), field: nm}", True),
    ("relationships: {to: ref('p'), field: id, config: {where: 'nm = 1'}}", True),
    ("dbt_utils.expression_is_true: {expression: '> nm'}", True),
    ("dbt_utils.expression_is_true: {arguments: {expression: '> day'}}", False),
    ("dbt_utils.not_null_proportion: {group_by_columns: [nm]}", True),
    ("dbt_expectations.expect_column_values_to_be_unique: {row_condition: \"nm is not null\"}", True),
    ("dbt_expectations.expect_column_values_to_be_unique: {row_condition: \"day is not null\"}", False),
]  # fmt: skip
MODEL = [
    ("dbt_utils.expression_is_true: {expression: 'nm > day'}", True),
    ("dbt_utils.expression_is_true: {expression: \"day > 'nm'\"}", False),
    ("dbt_utils.unique_combination_of_columns: {combination_of_columns: [id, nm]}", True),
    ("dbt_utils.unique_combination_of_columns: {combination_of_columns: [id, day], config: {where: \"nm = 1\"}}", True),
    ("dbt_utils.mutually_exclusive_ranges: {lower_bound_column: day, upper_bound_column: nm}", True),
    ("dbt_expectations.expect_column_pair_values_A_to_be_greater_than_B: {column_A: day, column_B: nm}", True),
    ("dbt_expectations.expect_column_pair_values_A_to_be_greater_than_B: {column_A: day, column_B: id}", False),
    ("above: {column_name: id, other: nm}", True),
    ("dbt_utils.equality: {compare_model: ref('p'), compare_columns: [id, nm]}", True),
    ("dbt_utils.equality: {compare_model: ref('m'), exclude_columns: [nm]}", False),
    ("dbt_utils.recency: {datepart: day, field: nm, interval: 1}", True),
    ("dbt_utils.recency: {datepart: day, field: day, interval: 1}", False),
    ("elementary.dimension_anomalies: {dimensions: [nm], timestamp_column: day}", True),
    ("not_null: {column_name: id}", False),
]  # fmt: skip


def _with(tests: list[str], level: str) -> str:
    listed = "".join(f"      - {text}\n" for text in tests)
    return f"models:\n  - name: m\n    {'data_tests:' if level == 'model' else 'columns:'}\n" + (
        listed
        if level == "model"
        else "      - name: id\n        data_tests:\n" + listed.replace("      - ", "          - ")
    )


@pytest.mark.parametrize(("level", "cases"), [("column", COLUMN), ("model", MODEL)])
def test_a_test_that_names_a_column_that_goes(
    assess_project: Assess, level: str, cases: list[tuple[str, bool]]
) -> None:
    """A test fails with a column that its condition, expression or arguments name, and is silent where it names others."""
    files = {**PROJECT, "models/s.yml": _with([text for text, _ in cases], level)}
    found = assess_project(files, {**files, "models/m.sql": "select id, day from raw.t"})
    broken = {
        impact.location.line for impact in found.impacts if impact.location and impact.effect is Effect.BREAKS
    }
    first = files["models/s.yml"].count("\n") - len(cases) + 1
    assert broken == {first + number for number, (_, fails) in enumerate(cases) if fails}
    assert not [impact for impact in found.impacts if impact.effect is Effect.UNKNOWN]


def test_a_condition_of_a_folder_counts(assess_project: Assess) -> None:
    """The project file's `where` is of every test below it that has none of its own."""
    settings = "data_tests:\n  shop:\n    +where: 'nm is not null'\n"
    files = {
        **PROJECT,
        "dbt_project.yml": PROJECT["dbt_project.yml"] + settings,
        "models/s.yml": _with(["unique", "not_null: {config: {where: 'day > 1'}}"], "column"),
    }
    found = assess_project(files, {**files, "models/m.sql": "select id, day from raw.t"})
    broken = [impact.consumer.name for impact in found.impacts if impact.effect is Effect.BREAKS]
    assert broken == ["unique_m_id"]


def test_a_test_that_can_not_be_run_here_and_names_the_column_is_told(assess_project: Assess) -> None:
    """What a test's macro asks the warehouse is not known; that it names the column that goes is."""
    files = {**PROJECT, "models/s.yml": _with(["unread: {words: nm}", "unread: {words: day}"], "column")}
    found = assess_project(files, {**files, "models/m.sql": "select id, day from raw.t"})
    assert not [impact for impact in found.impacts if impact.effect is Effect.BREAKS]


def test_a_test_in_a_package_that_is_here_is_run(assess_project: Assess) -> None:
    """A vendored package's test is read as its macro says."""
    files = {
        **PROJECT,
        "dbt_packages/checks/dbt_project.yml": "name: checks\nversion: '1.0'\n",
        "dbt_packages/checks/macros/t.sql": "{% test sane(model, by) %}select 1 from {{ model }} group by {{ by }}{% endtest %}",
        "models/s.yml": _with(["checks.sane: {by: nm}", "checks.sane: {by: day}"], "model"),
    }
    found = assess_project(files, {**files, "models/m.sql": "select id, day from raw.t"})
    assert len([impact for impact in found.impacts if impact.effect is Effect.BREAKS]) == 1


ROWS = [
    ("rows: [{id: 1, nm: a}]", True),
    ("rows: [{id: 1}, {id: 2, NM: a}]", True),
    ("rows: [{id: 1, day: a}]", False),
    ("{format: csv, rows: \"id,nm\\n1,a\"}", True),
    ("{format: csv, rows: \"id,day\\n1,nm\"}", False),
    ("{format: csv, fixture: with_nm}", True),
    ("{format: csv, fixture: without}", False),
    # Rows in SQL are taken as they are.
    ("{format: sql, rows: \"select 1 as id, 'a' as nm\"}", False),
    ("{format: sql, fixture: in_sql}", False),
]  # fmt: skip


def test_rows_of_unit_tests(assess_project: Assess) -> None:
    """dbt refuses rows that name a column which the input or the tested model has no longer. Checked by running dbt."""
    fixtures = {
        "tests/fixtures/deep/with_nm.csv": "id,nm\n1,a\n",
        "tests/fixtures/without.csv": "id,day\n1,nm\n",
        "tests/fixtures/in_sql.sql": "select 1 as id, 'a' as nm",
    }
    units = []
    for number, (rows, _) in enumerate(ROWS):
        given = rows if rows.startswith("rows") else rows.strip("{}")
        lines = [part.strip() for part in given.split(", ", 1 if not given.startswith("rows") else 0)]
        body = "".join(f"        {line}\n" for line in lines)
        for place, model, key in (("given", "k", "input: ref('m')"), ("expect", "m", None)):
            listed = (
                f"    given:\n      - {key}\n{body}    expect: {{rows: [{{id: 1}}]}}\n"
                if key
                else f"    given: []\n    expect:\n{body}"
            )
            units.append(f"  - name: {place}{number}\n    model: {model}\n{listed}")
    files = {
        **PROJECT,
        **fixtures,
        "models/k.sql": "select id from {{ ref('m') }}",
        "models/u.yml": "unit_tests:\n" + "".join(units),
    }
    found = assess_project(files, {**files, "models/m.sql": "select id, day from raw.t"})
    broken = {impact.consumer.name for impact in found.impacts if impact.effect is Effect.BREAKS}
    assert broken == {
        f"{place}{number}" for number, (_, fails) in enumerate(ROWS) if fails for place in ("given", "expect")
    }
