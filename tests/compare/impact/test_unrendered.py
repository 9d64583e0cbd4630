"""A model that gives no SQL at either side, for the same reason: whether it was edited is told by its file."""

import pytest

from contract_gate.compare.changes.change import Kind
from tests.comparing import assessed

DBT = {"dbt_project.yml": "name: shop\nprofile: shop\n", "models/r.sql": "select b from {{ ref('m') }}"}
SQLMESH = {"config.yaml": "model_defaults:\n  dialect: duckdb\n"}
ETL = {
    "sql/p/d/made_v1/metadata.yaml": "friendly_name: b\n",
    "sql/p/d/r/query.sql": "select b from p.d.made_v1 join p.d.daily_events using (b)",
}
FILES = {
    "a template that fails": (DBT, "models/m.sql", "select {{ 1 / 0 }} as a, b from raw.t"),
    "an incremental run that fails": (
        DBT,
        "models/m.sql",
        "{{ config(materialized='incremental') }} select b from raw.t {% if is_incremental() %} where {{ 1 / 0 }} > a, b {% endif %}",
    ),
    "a macro that fails": (
        {**DBT, "models/m.sql": "select {{ columns() }} from raw.t"},
        "macros/columns.sql",
        "{% macro columns() %} a, b, {{ 1 / 0 }} {% endmacro %}",
    ),
    "Jinja that is not rendered": (
        SQLMESH,
        "models/m.sql",
        "MODEL (name s.a, kind FULL);\nJINJA_QUERY_BEGIN;\nselect {{ 1/0 }} as a, b from t\nJINJA_END;\n",
    ),
    "Python that makes a table": (ETL, "sql/p/d/made_v1/query.py", "frame.to_gbq('a, b from x')"),
    "Python that makes a table of declared columns": (
        {**ETL, "sql/p/d/made_v1/schema.yaml": "fields: [{name: b, type: INTEGER}]"},
        "sql/p/d/made_v1/query.py",
        "frame.to_gbq('a, b from x')",
    ),
    "a template of SQL": (ETL, "gen/templates/daily_events.template.sql", "select a, b from {{ x }}"),
    "a template of another ending": (ETL, "gen/daily_events.sql.mustache", "select a, b from {{ x }}"),
}


def told(project: dict[str, str], path: str, before: str, after: str) -> list[tuple[Kind, str | None]]:
    found = assessed({**project, path: before}, {**project, path: after}, None)
    return [(change.kind, change.location.path if change.location else None) for change in found.changes]


@pytest.mark.parametrize(("project", "path", "text"), FILES.values(), ids=FILES)
def test_an_edit(project: dict[str, str], path: str, text: str) -> None:
    """It is undecided what an edit does; beside another edit it is no change."""
    found = told(project, path, text, text.replace("a, b", "a"))
    assert {where for _, where in found[:1]} <= {path, "models/m.sql"}
    assert {kind for kind, _ in found} == {Kind.UNDECIDED}
    other = {**project, "x/other.sql": "create view s.o as select 1 as a"}
    assert told(other, path, text, text) == []


def test_the_layout_of_python() -> None:
    """Another layout of Python that makes a table is no edit of it."""
    project, path, text = FILES["Python that makes a table"]
    assert told(project, path, text, f"# said anew\n{text}\n") == []
