"""How models render: dbt's context, macros and packages, holes, lines, and templates that mean harm."""

import pytest

from contract_gate.core.relation import Column, RelationName
from contract_gate.workspace.dbt.project import Options

ORDERS = {"models/orders.sql": "select 1 as id"}


def render(dbt_project, text, files=None, options=None):
    return dbt_project({**ORDERS, **(files or {}), "models/m.sql": text}, options).rendered("model.shop.m")


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("select * from {{ ref('orders') }}", 'select * from "lake"."main"."orders"'),
        ("select * from {{ ref('shop', 'orders') }}", 'select * from "lake"."main"."orders"'),
        ("{% set r = ref('orders') %}{{ r.schema }}.{{ r.identifier }}.{{ r.name }}", "main.orders.orders"),
        ("select * from {{ ref('orders').include(database=false) }}", 'select * from "main"."orders"'),
        ("{{ config(materialized='table', alias='x') }}select '{{ this.identifier }}'", "select 'x'"),
        ("{{ config(materialized='table') }}select '{{ config.get('materialized') }}'", "select 'table'"),
        ("select {{ var('n', 3) }}", "select 3"),
        ("select '{{ target.name }}', '{{ target.type }}'", "select 'prod', 'duckdb'"),
        (
            "select {{ dbt.string_literal('x') }}, cast(a as {{ dbt.type_string() }})",
            "select 'x', cast(a as TEXT)",
        ),
        ("select {{ type_int() }}", "select integer"),
        ("{% if execute %}select 1{% endif %}", "select 1"),
        ("{% do log('x', info=true) %}select {{ [1, 2] | join(', ') }}", "select 1, 2"),
        ("{% for x in range(9) %}{% if x == 2 %}{% break %}{% endif %}{{ x }} {% endfor %}", "0 1 "),
        ("select '{{ modules.datetime.date.today() }}'", "select '2024-01-01'"),
        ("select '{{ tojson({'a': [1]}) }}'", "select '{\"a\": [1]}'"),
        ("select {{ fromjson('[1, 2]')[1] }}, {{ zip([1], [2]) }}", "select 2, [(1, 2)]"),
        (
            "{% set n = namespace(x=1) %}{% for i in [1] %}{% set n.x = 5 %}{% endfor %}select {{ n.x }}",
            "select 5",
        ),
        ("{% if is_incremental() %}a{% else %}select 1{% endif %}", "select 1"),
        ("select {{ adapter.quote('a b') }}", 'select "a b"'),
        ("{% set x = [] %}{% do x.append('a') %}select {{ x[0] }}", "select a"),
        ("{% raw %}select '{{ x }}'{% endraw %}", "select '{{ x }}'"),
        ("select 1 {# {{ ref('nope') }} #}", "select 1 "),
        ("{% set a, (b, c) = 1, (2, 3) %}select {{ a + b + c }}", "select 6"),
        (
            "{% for k, (a, b) in {'x': (1, 2)}.items() %}{{ loop.length }} {{ k }} {{ a + b }}{% endfor %}",
            "1 x 3",
        ),
    ],
)
def test_templates_render_as_in_dbt(dbt_project, text, sql):
    """Each documented name does what dbt's does."""
    rendered = render(dbt_project, text)
    assert (rendered.sql, rendered.problem, rendered.notes, rendered.missing) == (sql, None, (), ())


def test_macros_return_values_call_each_other_and_see_the_model(dbt_project):
    """A macro may return a list, start with an underscore, take a caller, and read the model's own names."""
    files = {
        "macros/m.sql": """
            {% macro columns() %}{{ return(['a', 'b']) }}{% endmacro %}
            {% macro _quoted(name) %}"{{ name }}"{% endmacro %}
            {% macro wrap() %}({{ caller() }} /* {{ this.identifier }} */){% endmacro %}
            """
    }
    text = "select {% for c in columns() %}{{ shop._quoted(c) }},{% endfor %} {% call wrap() %}1{% endcall %}"
    assert render(dbt_project, text, files).sql == 'select "a","b", (1 /* m */)'


def test_what_stands_between_macros_does_not_matter(dbt_project):
    """dbt reads macro blocks alone: junk beside them, or a broken macro, spares the others."""
    files = {
        "macros/m.sql": "{% macro a() %}1{% endmacro %}\n{% ##### %}\n{% macro b() %}2{% endmacro %}{% macro c() %}{{ }{% endmacro %}"
    }
    assert render(dbt_project, "select {{ a() }}, {{ b() }}", files).sql == "select 1, 2"
    assert "macros/m.sql:3" in render(dbt_project, "select {{ c() }}", files).problem


def test_dispatch_takes_the_adapters_macro_then_the_default(dbt_project):
    """`adapter__name` wins over `default__name`; a project may replace dbt's own macros that way."""
    files = {
        "macros/m.sql": """
            {% macro day() %}{{ return(adapter.dispatch('day', 'shop')()) }}{% endmacro %}
            {% macro default__day() %}default{% endmacro %}
            {% macro duckdb__day() %}duck{% endmacro %}
            {% macro duckdb__date_trunc(datepart, date) %}my_trunc({{ date }}){% endmacro %}
            {% macro spark__other() %}spark{% endmacro %}{% macro default__other() %}rest{% endmacro %}
            """
    }
    text = "select {{ day() }}, {{ dbt.date_trunc('day', 'ts') }}, {{ adapter.dispatch('other')() }}"
    assert render(dbt_project, text, files).sql == "select duck, my_trunc(ts), rest"


def test_adapter_macro_runs_the_adapters_macro_at_once(dbt_project):
    """Projects older than dbt 0.18 dispatch by `adapter_macro`, with the arguments of the macro."""
    files = {
        "macros/m.sql": """
            {% macro day(x) %}{{ adapter_macro('shop.day', x) }}{% endmacro %}
            {% macro default__day(x) %}default({{ x }}){% endmacro %}
            {% macro duckdb__day(x) %}duck({{ x }}){% endmacro %}
            """
    }
    assert render(dbt_project, "select {{ day('ts') }}", files).sql == "select duck(ts)"
    assert render(dbt_project, "select {{ adapter_macro('shop.nothing') }}", files).holes


def test_a_project_may_replace_ref(dbt_project):
    """A macro named ref is used, and `builtins.ref` is dbt's."""
    files = {
        "macros/ref.sql": "{% macro ref(name) %}{{ return(builtins.ref(name).include(database=false)) }}{% endmacro %}"
    }
    rendered = render(dbt_project, "select * from {{ ref('orders') }}", files)
    assert rendered.sql == 'select * from "main"."orders"'
    assert rendered.reads == (RelationName(("lake", "main", "orders")),)


def test_variables_are_looked_up_by_package_and_may_be_jinja(dbt_project):
    """The package's own section wins over the general one; a text with Jinja is rendered where it is used."""
    files = {
        "dbt_project.yml": """
            name: shop
            profile: shop
            vars:
              a: general
              b: "{{ 'p' if target.name == 'prod' else 'd' }}"
              shop: {a: own}
            """
    }
    text = "select '{{ var('a') }}', '{{ var('b') }}', {{ var('c') }}"
    rendered = render(dbt_project, text, files, Options(variables={"c": 7}))
    assert rendered.sql == "select 'own', 'p', 7"


def test_env_var_gives_declared_values_and_defaults_alone(dbt_project, monkeypatch):
    """The process's environment is never seen; an unknown variable is a placeholder with a note."""
    monkeypatch.setenv("SECODA_API_KEY", "a-secret")
    text = (
        "select '{{ env_var('KNOWN') }}', '{{ env_var('D', 'default') }}', '{{ env_var('SECODA_API_KEY') }}'"
    )
    rendered = render(dbt_project, text, options=Options(environment={"KNOWN": "yes"}))
    assert rendered.sql == "select 'yes', 'default', 'env_secoda_api_key'"
    assert rendered.notes == ("the environment variable SECODA_API_KEY is not known here",)


def test_both_branches_of_an_incremental_model(dbt_project):
    """A full build is the rendering; the incremental run's text is there beside it, where it differs."""
    text = """
        {{ config(materialized='incremental') }}
        select id from {{ ref('orders') }}
        {% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}
        """
    project = dbt_project({**ORDERS, "models/m.sql": text})
    assert "where" not in project.rendered("model.shop.m").sql
    assert (
        'where id > (select max(id) from "lake"."main"."m")'
        in project.incremental_rendered("model.shop.m").sql
    )
    assert project.incremental_rendered("model.shop.orders") is None


@pytest.mark.parametrize("call", ["is_incremental()", "dbt.is_incremental()"])
def test_a_projects_own_is_incremental_does_not_choose_the_branch(dbt_project, call):
    """Whether the table exists is not asked of a warehouse."""
    files = {
        "macros/m.sql": """
            {% macro is_incremental() %}{{ return(adapter.get_relation(this.database, this.schema, this.table) is not none) }}{% endmacro %}
            """
    }
    text = "{{ config(materialized='incremental') }}select 1 as a{% if " + call + " %} where x{% endif %}"
    project = dbt_project({**files, "models/m.sql": text})
    assert project.rendered("model.shop.m").sql == "select 1 as a"
    assert project.incremental_rendered("model.shop.m").sql == "select 1 as a where x"


@pytest.mark.parametrize(
    ("text", "sql", "note"),
    [
        (
            "select {{ lib.f('a') }} as x",
            "select unknown_lib_f('a') as x",
            "the macro lib.f is not in the repository",
        ),
        ("select a, {{ f(b, 2) }} from t", "select a, unknown_f('b', '2') from t", "the macro f is not"),
        (
            "select * from {{ lib.table() }} t",
            "select * from unknown_lib_table t",
            "the macro lib.table is not",
        ),
        ("select 1 as a from t {{ lib.tail() }}", "select 1 as a from t ", "the macro lib.tail is not"),
        (
            "select a {{ lib.more() }} -- all\n from t",
            "select a , unknown_lib_more() -- all\n from t",
            "the macro lib",
        ),
        ("select '{{ lib.word() }}'", "select 'unknown_lib_word'", "the macro lib.word is not"),
        (
            "select cast(f(a, (b)) as {{ lib.text() }}), c::{{ lib.text() }}, d as {{ lib.text() }}",
            "select cast(f(a, (b)) as unknown_lib_text), c::unknown_lib_text, d as unknown_lib_text()",
            "the macro lib.text is not",
        ),
        (
            "{% set low, (high, top) = lib.limits() %}select {{ low }}, {{ high }}, {{ top }}",
            "select unknown_lib_limits(), unknown_lib_limits(), unknown_lib_limits()",
            "the macro lib.limits is not",
        ),
        (
            "{% for a, b in lib.pairs() %}select {{ a }}, {{ b }}{% endfor %}",
            "select unknown_lib_pairs(), unknown_lib_pairs()",
            "the macro lib.pairs is not",
        ),
        (
            "{% for a, b in [lib.pair(), (1, 2)] %}select {{ a }}, {{ b }} {% endfor %}",
            "select unknown_lib_pair(), unknown_lib_pair() select 1, 2 ",
            "the macro lib.pair is not",
        ),
        ("select {{ var('n') }}", "select unknown_variable_n", "the variable n has no value"),
        (
            "{% set r = run_query('select 1') %}select {% for v in r.columns[0].values() %}{{ v }} as c{% endfor %}",
            "select unknown_query_result as c",
            "a query is run while the template renders",
        ),
    ],
)
def test_what_is_not_known_is_a_hole_with_a_note(dbt_project, text, sql, note):
    """A placeholder stands where an expression or a relation must, nothing between clauses, and a note says so."""
    rendered = render(dbt_project, text)
    assert rendered.sql == sql
    assert [found for found in rendered.notes if found.startswith(note)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ config(materialized='x') }}\n-- nothing\n;", "it renders to nothing"),
        ("{{ lib.whole_model('x') }}", "the macro lib.whole_model is not in the repository"),
        ("select 1\n{% if %}", "line 2: the template can't be parsed"),
        ("{{ exceptions.raise_compiler_error('no way') }}", "the template refuses: no way"),
        ("{{ 1 / 0 }}", "the template fails: ZeroDivisionError"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "the template calls itself without end"),
        ("{{ 'x' * 10 ** 12 }}", "the template needs more memory than it may use"),
        ("{% for x in range(99999) %}{{ 'x' * 1000 }}{% endfor %}", "the template writes more than"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "the macro __class__.__mro__"),
        ("{{ ().__class__.__bases__ }}{{ cycler.__init__.__globals__ }}", "it renders to nothing"),
        ("{{ ref._rendering }}{{ modules.re.compile.__globals__ }}", "it renders to nothing"),
        ("{{ '{0.__class__}'.format(1) }}", "it renders to nothing"),
        ("{% include '/etc/passwd' %}", "the template fails"),
    ],
)
def test_a_template_that_fails_is_a_problem_of_its_model_alone(dbt_project, text, problem):
    """No template ends the run, and the next model renders."""
    project = dbt_project({**ORDERS, "models/m.sql": text})
    rendered = project.rendered("model.shop.m")
    assert rendered.sql is None
    assert rendered.problem.startswith(problem)
    assert project.rendered("model.shop.orders").sql == "select 1 as id"


def test_a_template_that_hangs_is_ended_and_the_next_one_renders(dbt_project):
    """Time is bounded a template; the child is replaced and told the project again."""
    hang = "{% for x in range(99999) %}{% for y in range(99999) %}{% endfor %}{% endfor %}"
    project = dbt_project({**ORDERS, "models/m.sql": hang}, Options(seconds=1.0))
    assert project.rendered("model.shop.m").problem == "the template took longer than 1 seconds"
    assert project.rendered("model.shop.orders").sql == "select 1 as id"


def test_lines_of_the_rendering_lead_to_the_models_lines(dbt_project):
    """Lines that a macro or a loop writes lead to the call or the loop's body; the others to themselves."""
    files = {"macros/m.sql": "{% macro many() %}a,\nb,\nc{% endmacro %}"}
    text = "{{ config(\n  alias='x'\n) }}\nselect\n  {{ many() }},\n{%- for x in [1, 2] %}\n  {{ x }} as n{{ x }},\n{%- endfor %}\n  d\nfrom t"
    rendered = render(dbt_project, text, files)
    lines = rendered.sql.split("\n")
    assert len(lines) == len(rendered.lines)
    sources = {
        line.strip(): rendered.source_line(number) for number, line in enumerate(lines, 1) if line.strip()
    }
    assert sources == {
        "select": 4, "a,": 5, "b,": 5, "c,": 5, "1 as n1,": 7, "2 as n2,": 7, "d": 9, "from t": 10,
    }  # fmt: skip


def test_marks_of_lines_never_change_the_text(dbt_project):
    """Text that a template captures and measures has no marks in it."""
    text = "{% set x %}one\ntwo{% endset %}select {{ x | length }}, '{{ x | upper }}'\n{% filter upper %}a\nb{% endfilter %}"
    assert render(dbt_project, text).sql == "select 7, 'ONE\nTWO'\nA\nB"


def test_columns_that_are_known_answer_macros_that_loop_over_them(dbt_project):
    """star, unpivot and get_columns_in_relation use the columns of a seed, or those that the gate binds."""
    project = dbt_project(
        {
            **ORDERS,
            "seeds/s.csv": "a,b,c\n1,2,3\n",
            "models/m.sql": "select {{ dbt_utils.star(ref('s'), except=['b'], prefix='p_') }} from {{ ref('s') }}",
            "models/n.sql": "select {% for c in adapter.get_columns_in_relation(ref('orders')) %}{{ c.name }} {% endfor %}",
        }
    )
    project.columns_of = lambda key: (Column(name="id"),) if key == "model.shop.orders" else None
    assert (
        project.rendered("model.shop.m").sql == 'select "a" as "p_a",\n  "c" as "p_c" from "lake"."main"."s"'
    )
    assert project.rendered("model.shop.n").sql == "select id "
    assert project.rendered("model.shop.n").notes == ()


def test_the_answer_to_a_macro_may_need_another_rendering(dbt_project):
    """While one model waits for columns, another may be rendered by the same child."""
    project = dbt_project(
        {
            **ORDERS,
            "models/m.sql": "{% for c in adapter.get_columns_in_relation(ref('orders')) %}select {{ c.name }}{% endfor %}",
        }
    )
    project.columns_of = lambda key: (Column(name=(project.rendered(key).sql or "").split()[-1]),)
    assert project.rendered("model.shop.m").sql == "select id"


def test_a_loop_whose_length_hangs_on_a_query_runs_once(dbt_project):
    """The macro that works out the length returns nothing for an unknown bound: the text is that of one turn, and noted."""
    rounds = """
        {% macro rounds(bound) %}{% for n in range(1, 9) %}{% if bound <= n %}{{ return(n) }}{% endif %}{% endfor %}{% endmacro %}
        {% macro spine() %}
        {%- set days = run_query('select 3').columns[0].values()[0] -%}
        select {% for i in range(rounds(days)) %}{{ i }} as c{{ i }}{% endfor %}
        {%- endmacro %}
        """
    project = dbt_project({"macros/m.sql": rounds, "models/a.sql": "{{ spine() }}"})
    rendered = project.rendered("model.shop.a")
    assert rendered.sql.strip() == "select 0 as c0"
    assert "how often a loop of the template runs is not known" in rendered.notes
    blank = dbt_project({"models/a.sql": "{% for i in range('') %}{% endfor %}select 1 as id"})
    assert "range()" in blank.rendered("model.shop.a").problem


@pytest.mark.parametrize(
    "asked", ["ref('a')", "source('raw', 'orders')", "api.Relation.create(identifier='x')", "this"]
)
def test_a_relation_is_known_by_its_metadata(dbt_project, asked):
    """Packages ask with `is mapping` and `metadata` whether they were handed a relation; nothing else passes."""
    check = """
        {% macro check(thing) %}
        {%- if not (thing is mapping and thing.get('metadata', {}).get('type', '').endswith('Relation')) -%}
        {{ exceptions.raise_compiler_error("no relation: " ~ thing) }}{%- endif -%}select 1 as id from {{ thing }}
        {%- endmacro %}
        """
    files = {
        "macros/m.sql": check,
        "models/sources.yml": "sources: [{name: raw, tables: [{name: orders}]}]",
        "models/a.sql": "select 1 as id",
        "models/b.sql": "{{ check(" + asked + ") }}",
        "models/c.sql": "{{ check({'identifier': 'a'}) }}",
    }
    project = dbt_project(files)
    rendered = project.rendered("model.shop.b")
    assert (rendered.problem, rendered.sql.startswith("select 1 as id from")) == (None, True)
    assert "no relation" in project.rendered("model.shop.c").problem


def test_a_star_of_unknown_columns_stays_a_star(dbt_project):
    """Without the columns, star() is a star, which means the same."""
    text = "select {{ dbt_utils.star(from=ref('orders'), except=['a', 'b']) }} from {{ ref('orders') }}"
    assert render(dbt_project, text).sql == 'select * except (a, b) from "lake"."main"."orders"'


def test_surrogate_keys_are_written_without_the_package(dbt_project):
    """generate_surrogate_key names its columns, so that losing one is noticed."""
    sql = render(dbt_project, "select {{ dbt_utils.generate_surrogate_key(['a', 'b']) }} as k").sql
    assert "coalesce(cast(a as TEXT), '_dbt_utils_surrogate_key_null_')" in sql
    assert "md5" in sql


def test_a_ref_that_names_nothing_is_missing_and_no_relation_of_the_repository(dbt_project):
    """Its placeholder can't be taken for another schema's table of that name."""
    rendered = render(
        dbt_project, "select * from {{ ref('gone') }}", {"models/x.sql": "{{ config(alias='gone') }}select 1"}
    )
    assert rendered.missing == ("gone",)
    assert rendered.sql == 'select * from "unresolved_ref"."gone"'


def test_hash_order_is_the_same_in_every_child(dbt_project):
    """A set's order does not differ between base and head."""
    text = "select '{{ set(['a', 'b', 'c', 'd', 'e', 'f', 'g']) | join(',') }}'"
    assert render(dbt_project, text).sql == render(dbt_project, text).sql


@pytest.mark.parametrize(
    ("order", "sql"), [("[shop, other]", "select 2"), ("[other]", "select 1"), ("none", "select 2")]
)
def test_dispatch_looks_where_the_project_says(dbt_project, order, sql):
    """`search_order` says whose macro is taken; without one the project's own goes before the package's."""
    files = {
        "dbt_project.yml": "name: shop\nprofile: shop\ndispatch:\n  - text\n"
        f"  - {{macro_namespace: other, search_order: {order}}}\n",
        "macros/m.sql": "{% macro shop__hi() %}0{% endmacro %}{% macro default__hi() %}2{% endmacro %}",
        "dbt_packages/other/dbt_project.yml": "name: other",
        "dbt_packages/other/macros/m.sql": "{% macro default__hi() %}1{% endmacro %}",
    }
    assert render(dbt_project, "select {{ adapter.dispatch('hi', 'other')() }}", files).sql == sql


@pytest.mark.parametrize(("name", "columns"), [("numbers", "id"), ("nowhere", None)])
def test_a_relation_that_is_made_by_its_name_has_its_columns(dbt_project, name, columns):
    """A relation that a template makes of database, schema and name is the model that is stored so; another is not known."""
    made = f"api.Relation.create(database='LAKE', schema='main', identifier='{name}')"
    text = f"select {{% for c in adapter.get_columns_in_relation({made}) %}}{{{{ c.name }}}}{{% endfor %}}"
    rendered = render(dbt_project, text, {"seeds/numbers.csv": "id\n1\n"})
    assert (rendered.sql == f"select {columns}") is (not rendered.holes) is bool(columns)
