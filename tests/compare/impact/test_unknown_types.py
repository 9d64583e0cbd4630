"""A type that a macro gives which is not in the repository: the text around it is read, and nothing is said of the type."""

import pytest

from contract_gate.compare.changes.kinds import Kind
from contract_gate.compare.impact.impact import Effect

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: p\n",
    "models/b.sql": "select y, w from {{ ref('a') }}",
}


@pytest.mark.parametrize(
    "adapter", ["snowflake", "bigquery", "spark", "redshift", "trino", "clickhouse", "postgres", "duckdb"]
)
def test_the_text_around_an_unknown_type(assess, adapter: str) -> None:
    """A column that goes breaks its reader; another type is told, and no type that was or is."""
    profile = f"p: {{target: t, outputs: {{t: {{type: {adapter}, database: d, schema: s}}}}}}\n"
    base = {
        **PROJECT,
        "profiles.yml": profile,
        "models/a.sql": "select cast(x as {{ lib.text() }}) as y, cast(z as {{ lib.text() }}) as w from raw.t",
    }

    def found(text: str):
        done = assess(base, {**base, "models/a.sql": text})
        return {change.kind for change in done.changes}, {
            (each.consumer.path, each.effect) for each in done.impacts
        }

    kinds, felt = found("select cast(x as {{ lib.text() }}) as y from raw.t")
    assert Kind.COLUMN_REMOVED in kinds
    assert felt == {("models/b.sql", Effect.BREAKS)}
    other = base["models/a.sql"].replace("z as {{ lib.text() }}", "z as {{ lib.other() }}")
    known = base["models/a.sql"].replace("cast(z as {{ lib.text() }})", "cast(z as int)")
    assert found(other) == ({Kind.UNDECIDED}, {("models/b.sql", Effect.UNKNOWN)})
    assert found(known) == ({Kind.COLUMN_VALUES_CHANGED}, {("models/b.sql", Effect.CHANGES)})
