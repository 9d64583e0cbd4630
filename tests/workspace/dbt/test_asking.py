"""Templates that go by answers of the warehouse: an edit of their code is undecided where the rendered SQL shows nothing of it."""

import pytest

from tests.comparing import assessed

PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1'\nprofile: shop\n",
    "models/src.yml": "version: 2\nsources:\n  - name: raw\n    tables: [{name: issues}]\n",
    "models/stg.sql": "select * from {{ source('raw', 'issues') }}\n",
    "models/report.sql": "select id, total from {{ ref('wide') }}\n",
    "macros/cents.sql": "{% macro cents(x) %}{{ x }} / 100{% endmacro %}",
    "macros/each.sql": "{% macro each(rel) %}{% for c in adapter.get_columns_in_relation(rel) %}, {{ c.name }} as {{ c.name }}_x{% endfor %}{% endmacro %}",
}
COLUMNS = (
    "{{ config(tags=['a']) }}\n{%- set cols = adapter.get_columns_in_relation(ref('stg')) -%}\nselect id, {{ cents('1') }} as total\n"
    "{%- for c in cols %}, {% if c.name.startswith('custom') %}{{ c.name }}{% endif %}{% endfor %}\nfrom {{ ref('stg') }}\n"
)
ROWS = (
    "{%- set asked %}select distinct kind from {{ ref('stg') }}{% endset -%}{%- set found = run_query(asked) -%}\n"
    "select id, 1 as total{% for v in found.columns[0].values() %}, 1 as {{ v }}{% endfor %} from {{ ref('stg') }}\n"
)
MACRO = "select id, 1 as total {{ each(ref('stg')) }} from {{ ref('stg') }}\n"


@pytest.mark.parametrize(
    ("model", "path", "old", "new", "told"),
    [
        (COLUMNS, "models/wide.sql", "'custom'", "'field'", True),
        (COLUMNS, "models/wide.sql", ", {% if", " {% if", True),
        (ROWS, "models/wide.sql", "distinct kind", "distinct other", True),
        (MACRO, "macros/each.sql", "_x", "_y", True),
        (COLUMNS, "models/wide.sql", "{%- for c", "{# each of them #}\n{%  for c", False),
        (COLUMNS, "models/wide.sql", "tags=['a']", "tags=['b']", False),
        (COLUMNS, "macros/cents.sql", "{{ x }}", "{%- set y = x -%}{{ y }}", False),
        (COLUMNS, "macros/each.sql", "_x", "_y", False),
        (
            COLUMNS,
            "models/wide.sql",
            "select id",
            "{{ log('x') }}{% do log(cols) %}{% do exceptions.warn('x') %}select id",
            False,
        ),
    ],
)
def test_an_edit_that_only_the_warehouse_shows(model: str, path: str, old: str, new: str, told: bool) -> None:
    """Of a loop over columns or rows, of the query for them, of a macro with one; layout, settings and other macros say nothing."""
    base = {**PROJECT, "models/wide.sql": model}
    assert old in base[path]
    found = assessed(base, {**base, path: base[path].replace(old, new)}, None)
    kinds = {change.kind for change in found.changes if change.relation and change.relation.name == "wide"}
    assert bool(kinds) is told
    assert ({i.consumer.path for i in found.impacts} == {"models/report.sql"}) is told
