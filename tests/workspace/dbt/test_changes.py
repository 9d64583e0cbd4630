"""Which declarations a change may touch, and who names whom, without rendering what need not be."""

import pytest

from contract_gate.workspace.dbt.changes import candidates

BASE = {
    "macros/m.sql": "{% macro inner() %}1{% endmacro %}{% macro outer() %}{{ inner() }}{% endmacro %}{% macro alone() %}2{% endmacro %}",
    "models/a.sql": "select 1 as id",
    "models/b.sql": "select {{ outer() }} as x from {{ ref('a') }}",
    "models/c.sql": "select {{ alone() }} as x",
    "models/d.sql": "select {{ var('n', 1) }} as x",
    "models/s.yml": "models: [{name: a, columns: [{name: id}]}, {name: c}]",
    "seeds/s.csv": "a\n1\n",
}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"README.md": "x"}, set()),
        ({"models/a.sql": "select 2 as id"}, {"model.shop.a"}),
        ({"macros/m.sql": BASE["macros/m.sql"].replace("1", "3")}, {"model.shop.b"}),
        ({"macros/m.sql": BASE["macros/m.sql"].replace("2", "3")}, {"model.shop.c"}),
        ({"models/s.yml": "models: [{name: a, columns: [{name: ID2}]}, {name: c}]"}, {"model.shop.a"}),
        ({"models/s.yml": "# of a\n\nmodels: [{name: a, columns: [{name: id}]},\n\n {name: c}]"}, set()),
        (
            {"models/s.yml": BASE["models/s.yml"].replace("{name: c}", "{name: c, meta: {line: 2}}")},
            {"model.shop.c"},
        ),
        ({"models/s.yml": "models: [{name: c}]"}, {"model.shop.a"}),
        ({"seeds/s.csv": "a\n2\n"}, {"seed.shop.s"}),
        ({"dbt_project.yml": "name: shop\nprofile: shop\nvars: {n: 2}"}, {"model.shop.d"}),
        ({"models/e.sql": "select 1"}, {"model.shop.e"}),
        ({"models/a.sql": None}, {"model.shop.a", "model.shop.b"}),
        ({"models/a.sql": "{{ config(alias='aa') }}select 1 as id"}, {"model.shop.a", "model.shop.b"}),
        (
            {"dbt_project.yml": "name: shop\nprofile: shop\nquoting: {identifier: false}"},
            {"model.shop.a", "model.shop.b", "model.shop.c", "model.shop.d", "seed.shop.s"},
        ),
    ],
)
def test_candidates_are_what_a_change_may_touch(dbt_project, change, found):
    """Files, macros and their callers, YAML, variables, names, and the target for everything."""
    changed = {path: text for path, text in {**BASE, **change}.items() if text is not None}
    base, head = dbt_project(BASE), dbt_project(changed)
    assert candidates(base, head, list(change)) == found
    assert candidates(head, base, list(change)) == found


PROJECT = "name: shop\nprofile: shop\nvars: {%s}"


@pytest.mark.parametrize(
    ("text", "may_differ"),
    [
        ("select {{ var('m') }} as x", False),
        ("select {{ var('n') }} as x", True),
        ('select {{ var("n", 0) }} as x', True),
        ("select {{ 1 if var.has_var('n') else 2 }} as x", True),
        ("select {{ 1 if var.has_var('m') else 2 }} as x", False),
        ("{% set ask = var %}select {{ ask('n') }} as x", True),
        ("select {{ var('n' if true else 'm') }} as x", True),
        ("{% for v in ['n'] %}select {{ var(v) }} as x{% endfor %}", True),
        ("select {{ through('n') }} as x", True),
        ("select {{ var('of_n') }} as x", True),
        ("select '{{ var('of_time') }}' as x", False),
        ("select {{ var('listed')[0] }} as x", True),
        ("select {{ var('table').n }} as x", True),
        ("select n as x", False),
        ("select {{ dbt_utils.generate_surrogate_key(['a']) }} as x", False),
    ],
)
def test_an_edited_variable_touches_who_may_ask_for_it(dbt_project, text, may_differ):
    """Through macros, names that are computed, other variables; whoever asks for others alone is left in peace."""
    others = 'm: 1, of_n: "{{ var(\'n\') }}", of_time: "{{ run_started_at }}", listed: ["{{ var(\'n\') }}"]'
    files = {"models/a.sql": text, "macros/m.sql": "{% macro through(name) %}{{ var(name) }}{% endmacro %}"}
    base, head = (
        dbt_project({**files, "dbt_project.yml": PROJECT % f"n: {n}, table: {{n: {n}}}, {others}"})
        for n in (1, 2)
    )
    assert candidates(base, head, ["dbt_project.yml"]) == ({"model.shop.a"} if may_differ else set())


@pytest.mark.parametrize("name", ["surrogate_key_treat_nulls_as_empty_strings", "dbt_utils"])
def test_a_variable_of_dbt_utils_touches_its_keys(dbt_project, name):
    """As a variable of the project, and of the package."""
    variable = "surrogate_key_treat_nulls_as_empty_strings"
    models = {"models/a.sql": "select {{ dbt_utils.generate_surrogate_key(['a']) }} as x from t"}
    given = f"{variable}: true" if name == variable else f"dbt_utils: {{{variable}: true}}"
    base = dbt_project({**models, "dbt_project.yml": PROJECT % "n: 1"})
    head = dbt_project({**models, "dbt_project.yml": PROJECT % f"n: 1, {given}"})
    assert candidates(base, head, ["dbt_project.yml"]) == {"model.shop.a"}


@pytest.mark.parametrize(
    "text",
    [
        "select * from {{ ref('stg_orders') }}",
        "select * from {{ ref('shop', 'stg_orders') }}",
        "{% set names = ['stg_orders', 'x'] %}{% for n in names %}select * from {{ ref(n) }}{% endfor %}",
        "{% set t = 'orders' %}select * from {{ ref('stg_' ~ t) }}",
        "{% set t = 'ORDERS' %}select * from {{ ref('stg_' ~ t | lower) }}",
        "{{ through('stg_orders') }}",
        "{{ fixed() }}",
        "select * from {{ ref(var('table')) }}",
        "{% if is_incremental() %}select * from {{ ref('stg_orders') }}{% endif %}",
        "{{ config(post_hook=\"insert into log select * from {{ ref('stg_orders') }}\") }}select 1",
        "{# not this: {{ ref('other') }} #}-- {{ ref('stg_orders') }}",
        "{% if %} broken {{ ref(x) }}",
    ],
)
def test_readers_are_never_too_few(dbt_project, text):
    """However the template comes to the name, the reader is found; a model that reads another is not."""
    project = dbt_project(
        {
            "dbt_project.yml": "name: shop\nprofile: shop\nvars: {table: stg_orders}",
            "macros/m.sql": """
                {% macro through(name) %}select * from {{ ref(name) }}{% endmacro %}
                {% macro fixed() %}select * from {{ ref('stg_orders') }}{% endmacro %}
                """,
            "models/stg_orders.sql": "select 1 as id",
            "models/other.sql": "select 1 as id",
            "models/m.sql": text,
            "models/n.sql": "select * from {{ through('other') }}",
        }
    )
    assert project.readers(["model.shop.stg_orders"]) == {"model.shop.m"}
    assert "model.shop.n" in project.readers(["model.shop.other"])


def test_readers_of_sources_are_found_by_both_names(dbt_project):
    """Literal and computed sources."""
    project = dbt_project(
        {
            "models/s.yml": "sources: [{name: raw, tables: [{name: orders}, {name: people}]}]",
            "models/a.sql": "select * from {{ source('raw', 'orders') }}",
            "models/b.sql": "{% set t = 'or' ~ 'ders' %}select * from {{ source('raw', t) }}",
            "models/c.sql": "select * from {{ source('raw', 'people') }}",
        }
    )
    assert project.readers(["source.shop.raw.orders"]) == {"model.shop.a", "model.shop.b"}


def test_readers_are_found_without_the_columns_of_anything(dbt_project):
    """A template that computes its names is run as dbt parses it: nothing that it could ask of the warehouse is asked."""
    project = dbt_project(
        {
            "macros/m.sql": "{% macro through(names) %}{% for n in names %}select * from {{ ref(n) }}{% endfor %}{% endmacro %}",
            "models/stg_orders.sql": "select 1 as id",
            "models/m.sql": "{{ through(['stg_orders']) }} -- {{ dbt_utils.star(ref('other')) }}",
            "models/other.sql": "select 1 as id",
        }
    )
    asked: list[str] = []
    project.watch_columns(asked.append)
    assert project.readers(["model.shop.stg_orders"]) == {"model.shop.m"}
    assert not asked


def test_a_source_that_only_the_run_names_is_found(dbt_project):
    """Dbt lets a run read a source that its parsing did not name, and refuses a model."""
    project = dbt_project(
        {
            "models/s.yml": "sources: [{name: raw, tables: [{name: orders}]}]",
            "models/a.sql": "{% set t = 'orders' %}{% if execute %}select * from {{ source('raw', t | lower) }}{% endif %}",
        }
    )
    assert project.readers(["source.shop.raw.orders"]) == {"model.shop.a"}


def test_nothing_refers_to_a_test(dbt_project):
    """A template that may read anything reads no test."""
    project = dbt_project(
        {
            "models/orders.sql": "select 1 as id",
            "models/m.sql": "{% if %} broken {{ ref(x | lower) }}",
            "tests/none_lost.sql": "select * from {{ ref('orders') }}",
        }
    )
    assert project.readers(["model.shop.orders"]) == {"model.shop.m", "test.shop.none_lost"}
    assert project.readers(["test.shop.none_lost"]) == set()
