"""Ways to build that a dbt project defines itself: an edit of one is told of the models that are built by it."""

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from tests.comparing import assessed

OWN = (
    "{% materialization by_period, default %}\n  {% call statement('main') %}\n    create table {{ this }} as {{ kept(sql) }}\n"
    "  {% endcall %}\n{% endmaterialization %}\n"
)
BASE = {
    "dbt_project.yml": "name: shop\n",
    "macros/by_period.sql": OWN,
    "macros/kept.sql": "{% macro kept(sql) %}select * from ({{ sql }}){% endmacro %}\n",
    "macros/other.sql": "{% macro other() %}1{% endmacro %}\n",
    "models/m.sql": "{{ config(materialized='by_period') }} select 1 as a",
    "models/n.sql": "select a from {{ ref('m') }}",
    "models/t.sql": "{{ config(materialized='table') }} select 1 as a",
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("macros/by_period.sql", OWN.replace("as {{", "as select distinct * from {{")),
        (
            "macros/kept.sql",
            BASE["macros/kept.sql"].replace("from ({{ sql }})", "from ({{ sql }}) where false"),
        ),
        ("macros/by_period.sql", OWN + OWN.replace("default", "adapter='postgres'")),
    ],
)
def test_its_edit_is_told_of_its_models(path: str, text: str) -> None:
    """Nobody reads what it does; the model, and who reads it, may have other rows."""
    found = assessed(BASE, {**BASE, path: text}, None)
    (change,) = (each for each in found.changes if each.location.path == "models/m.sql")
    assert (change.kind, change.certainty) == (Kind.UNDECIDED, Certainty.UNDECIDED)
    assert "the code that builds it was edited" in change.message
    assert [each.consumer.path for each in found.impacts] == ["models/n.sql"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("macros/by_period.sql", "{# by day #}\n" + OWN.replace("  {% call", "    {% call")),
        ("macros/other.sql", "{% macro other() %}2{% endmacro %}\n"),
        ("macros/by_period.sql", OWN + "{% materialization by_year, default %}{% endmaterialization %}\n"),
    ],
)
def test_what_does_not_build_it_is_not(path: str, text: str) -> None:
    """Near-miss: a comment, a macro that it does not run, another way to build."""
    assert assessed(BASE, {**BASE, path: text}, None).changes == ()


def test_the_usual_ways_may_be_overridden() -> None:
    """A project's own `table` builds every table."""
    base = {**BASE, "macros/table.sql": OWN.replace("by_period", "table")}
    head = {
        **base,
        "macros/table.sql": base["macros/table.sql"].replace("as {{", "as select distinct * from {{"),
    }
    assert [each.relation.name for each in assessed(base, head, None).changes if each.relation] == ["t"]
