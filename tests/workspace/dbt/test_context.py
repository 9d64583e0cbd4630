"""dbt's own names and dbt_utils in templates, and what a template is told that can't be known here: one project, one child for all."""

import pytest

from contract_gate.workspace.dbt.project import read_dbt
from tests.workspace.dbt.conftest import PROFILES, PROJECT, MemoryFiles

SETTINGS = "vars: {known: 1, nested: '{{ target.name }}_x'}\nmodels: {+tags: [base], +meta: {below: 1}}\n"
FILES = {
    "dbt_project.yml": PROJECT + SETTINGS,
    "profiles.yml": PROFILES,
    "seeds/seed.csv": "a,b,c\n1,2,x\n",
    "seeds/seed2.csv": "a,d\n1,2\n",
    "models/open.sql": "select * from nowhere.t",
    "macros/m.sql": "{% macro default__own() %}own{% endmacro %}{% macro again() %}{{ again() }}{% endmacro %}",
    "macros/b.sql": "{% macro broken() %}{% if %}{% endmacro %}",
}
KEY = "'_dbt_utils_surrogate_key_null_'"
WRITTEN = [
    ("{{ api.Relation.create(database='d', schema='s', identifier='i') }} {{ api.Relation.create(identifier='i') }}", '"d"."s"."i" "i"'),
    ("{% set r = ref('seed') %}{{ r.get('metadata').type }} {{ r.nothing }} {{ r['identifier'] }} {{ r | length }}", "BaseRelation seed 4"),
    ("{{ config(tags=['a'], meta={'k': 1}) }}{{ config.require('tags') }} {{ config.get('meta') }}", "['base', 'a'] {'below': 1, 'k': 1}"),
    ("{{ config(meta={'m': 1}) }}{{ config.meta_get('m') }} {{ config.meta_get('z', 5) }} {{ config.get('z', 6) }}", "1 5 6"),
    ("{{ config(x=ref('seed2'), y={'a': [1, none, true]}) }}{{ config.get('x') }} {{ config.get('y') }}",
     "\"lake\".\"main\".\"seed2\" {'a': [1, None, True]}"),
    ("{{ config(materialized='table') }}{{ model.config.materialized }}{{ model.config.nothing }}", "table"),
    ("{{ fromjson('{', 5) }} {{ fromyaml('[', 6) }} {{ fromyaml('a: 1') }} {{ set(5, 'no') }} {{ zip_strict([1], [2]) }}", "5 6 {'a': 1} no [(1, 2)]"),
    ("{{ diff_of_two_dicts({'a': 1, 'b': 2}, {'b': 1}) }} {{ toyaml({'b': 1}) }}", "{'a': 1} b: 1"),
    ("{{ dbt.dateadd(datepart='day', interval=1, from_date='a') }}", "(a + cast(1 as bigint) * interval 1 day)"),
    ("{{ dbt.concat(['a', 'b']) }} {{ dbt.concat('a') }}", "a || b a"),
    ("{{ dbt.listagg('a', \"','\", 'order by b') }}", "string_agg( a, ',' order by b )"),
    ("{{ dbt_utils.star(ref('seed'), except='b', relation_alias='t', quote_identifiers=false) }}", "t.a, t.c"),
    ("{{ dbt_utils.get_filtered_columns_in_relation(ref('seed'), except=['b']) }}", "['a', 'c']"),
    ("{{ dbt_utils.union_relations([ref('seed'), ref('seed2')], exclude=['b'], source_column_name=none) }}",
     '( select "a" as "a", "c" as "c", null as "d" from "lake"."main"."seed" ) union all ( select "a" as "a", null as "c", "d" as "d" from "lake"."main"."seed2" )'),
    ("{{ dbt_utils.union_relations([ref('seed')], include=['a'], column_override={'a': 'int'}) }}",
     "( select cast('\"lake\".\"main\".\"seed\"' as TEXT) as _dbt_source_relation, cast(\"a\" as int) as \"a\" from \"lake\".\"main\".\"seed\" )"),
    ("{{ dbt_utils.unpivot(table=ref('seed'), exclude=['a'], remove=['b'], cast_to='int') }}",
     "( select a, cast('c' as TEXT) as field_name, cast(c as int) as value from \"lake\".\"main\".\"seed\" )"),
    ("{{ dbt_utils.pivot('a', [\"y'z\"], alias=false) }}", "sum( case when a = 'y''z' then 1 else 0 end )"),
    ("{{ dbt_utils.pivot('a', ['X Y'], quote_identifiers=false, distinct=true) }}", "sum(distinct case when a = 'X Y' then 1 else 0 end ) as x_y"),
    ("{{ dbt_utils.safe_add('a', 'b') }} | {{ dbt_utils.safe_subtract(['a', 'b']) }} | {{ dbt_utils.safe_divide('a', 'b') }}",
     "coalesce(a, 0) + coalesce(b, 0) | coalesce(a, 0) - coalesce(b, 0) | ( a ) / nullif( ( b ), 0)"),
    ("{{ dbt_utils.group_by(2) }} {{ dbt_utils.slugify('A b-c!') }} {{ dbt_utils.generate_surrogate_key(5) }}",
     f"group by 1,2 a_b_c md5(cast(coalesce(cast(5 as TEXT), {KEY}) as TEXT))"),
    ("{{ dbt_utils.nullcheck(adapter.get_columns_in_relation(ref('seed'))) }}", "a,b,c"),
    ("{{ var('nested') }} {{ var('known') }} {{ var.has_var('known') }}", "prod_x 1 True"),
    ("{{ adapter.dispatch('shop.own')() }} {{ adapter.dispatch('own', 'shop')() }} {{ adapter.dispatch('type_int')() }} {{ adapter_macro('own') }}",
     "own own integer own"),
    ("{% call set_sql_header(config) %}create x;{% endcall %}{{ set_sql_header(config) }}{{ config.get('sql_header') }}", "create x;"),
    ("{{ adapter.get_relation(none, 'main', 'seed') }} {{ adapter.check_schema_exists('a', 'b') }} {{ adapter.get_missing_columns(1, 2) }}",
     '"main"."seed" True []'),
    ("{{ adapter.quote_as_configured('a', 'schema') }} {{ adapter.quote_as_configured('a', 'no') }} {{ api.Column.create('a', 'text').is_string() }}",
     '"a" a True'),
    ("{{ undefined }}x{{ env_var('DBT_NOTHING', 'd') }}", "xd"),
    ("{% test x(model) %}{{ y }}{% endtest %}{% materialization x, default %}{% endmaterialization %}select 2", "select 2"),
    ("{{ dbt.generate_series(3) == dbt_utils.generate_series(3) }} {{ date_spine('day', 'a', 'b') == dbt_utils.date_spine('day', 'a', 'b') }}",
     "True True"),
]  # fmt: skip
TOLD = [
    ("{{ config.require('nothing') }}", "config.require('nothing'): the setting has no value"),
    ("{% for x in range(200000) %}{% endfor %}", "loops more than 100000 times"),
    ("{% for x in range('a') %}{% endfor %}", "a bound of range() is text: 'a'"),
    ("{{ dbt.dateadd('day', 1) }}", "dateadd: the argument from_date_or_timestamp is missing"),
    ("select {{ dbt.nothing_known('a') }}", "the macro dbt.nothing_known is not in the repository"),
    ("select {{ dbt_utils.star(ref('open'), suffix='_x') }}", "star() can't rename them"),
    ("select {{ dbt_utils.get_filtered_columns_in_relation(from=ref('open')) }}", "are not known while the template renders"),
    ("{{ dbt_utils.union_relations([ref('seed'), ref('open')], where='a > 1') }}", "taken by position"),
    ("{{ dbt_utils.union_relations(dbt_utils.get_relations_by_pattern('a', 'b')) }}", "the relations of union_relations() are not known"),
    ("{{ dbt_utils.unpivot(ref('open'), exclude=['a']) }}", "the columns that unpivot() turns to rows"),
    ("select * from {{ ref() }}", "a ref's model is only known when it runs"),
    ("select * from {{ source('a') }}", "source() takes two names, this one has 1"),
    ("select * from {{ source(run_query('x'), 'b') }}", "a source's table is only known when it runs"),
    ("select {% for k in graph.nodes %}{{ k }} {% endfor %}{{ graph.exposures }} {{ graph | list | length }}", "looks through the project's graph"),
    ("{{ return(1) }}", "return() is called outside of a macro"),
    ("{{ broken() }}", "the macro broken can't be compiled: macros/b.sql:1"),
    ("{{ again() }}", "the template calls itself without end"),
    ("select {{ nobody.a.b('x', y=none, z=run_query('q')) }} {{ nobody['x'] }}", "the macro nobody.a.b is not in the repository"),
    ("select {{ adapter.dispatch('away')() }}", "the macro away is not in the repository"),
    ("{{ 1 / 0 }}", "ZeroDivisionError"),
    ("{{ exceptions.warn('x') }}{{ exceptions.raise_compiler_error('no') }}", "the template refuses: no"),
    ("select {{ adapter.nothing_known() }}", "adapter.nothing_known() asks the warehouse"),
    ("select {{ load_result('nothing').table }}{{ store_result('q') }}{% do statement() %}", "a query is run while the template renders"),
    ("select {{ env_var('DBT_NOTHING') }}", "the environment variable DBT_NOTHING is not known here"),
]  # fmt: skip
HOLES = [
    ("select {{ hole() }} from {{ hole() }} where {{ hole() }}\n{{ hole() }}", "select unknown_hole() from unknown_hole where unknown_hole()"),
    ("select a {{ hole() }}, b as {{ hole() }}_x from s -- {{ hole() }}", "select a , unknown_hole(), b as unknown_hole_x from s --"),
    ("select a from s /* {{ hole() }} */", "select a from s /* unknown_hole() */"),
    ("{% set h = run_query('x') %}select {{ h['data_type'] }} {{ h + 1 }} {{ h | int }} {{ h | float }} {{ h | length }}",
     "select text unknown_query_result 1 1.0 1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def rendered():
    """Give what each template renders to."""
    texts = [text for table in (WRITTEN, TOLD, HOLES) for text, _ in table]
    models = {f"models/m{number}.sql": text for number, text in enumerate(texts)}
    project = read_dbt(MemoryFiles({**FILES, **models}), "", None)
    project.columns_of = lambda _key: None
    yield {text: project.rendered(f"model.shop.m{number}") for number, text in enumerate(texts)}
    project.close()


@pytest.mark.parametrize(("text", "sql"), WRITTEN)
def test_names_give_what_dbt_gives(rendered, text: str, sql: str) -> None:
    """What needs no warehouse is known, and nothing is noted of it."""
    found = rendered[text]
    assert (found.problem, found.notes) == (None, ())
    assert " ".join(found.sql.split()) == sql


@pytest.mark.parametrize(("text", "told"), TOLD)
def test_what_a_template_can_not_know_is_told(rendered, text: str, told: str) -> None:
    """Queries, macros that are not here and faults of the template each have their sentence."""
    assert told in " ".join((rendered[text].problem or "", *rendered[text].notes))


@pytest.mark.parametrize(("text", "sql"), HOLES)
def test_a_hole_stands_where_it_may(rendered, text: str, sql: str) -> None:
    """An expression is a call, a relation a name, and nothing stands in a comment or between clauses."""
    assert " ".join(rendered[text].sql.split()) == sql
    assert rendered[text].notes
