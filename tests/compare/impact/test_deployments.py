"""A model's text under another target, environment or flag: what breaks there, or is edited there, is not out of sight."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, schema: ci, dbname: d}}}\n",
    "models/orders.sql": "select id, amount from raw.orders",
}
LESS = {"models/orders.sql": "select id from raw.orders"}
READ = "select sum(amount) as revenue from {{ ref('orders') }}"
OTHER = "select 1 as revenue"


def _effects(found: Assessment) -> dict[str, Effect]:
    return {impact.consumer.path or "": impact.effect for impact in found.impacts}


@pytest.mark.parametrize(
    "condition",
    [
        "target.name == 'prod'",
        "target.name != 'ci'",
        "target.name in ['staging', 'prod']",
        "not target.name.lower().startswith('ci')",
        "target['schema'] | upper == 'ANALYTICS'",
        "target.profile_name == 'cloud'",
        "target.user == 'deployer'",
        "{'ci': 'no', 'prod': 'yes'}[target.name] != 'no'",
        "env_var('STAGE', 'test') == 'live' and target.name == 'prod'",
        "env_var('STAGE') == 'live'",
        "var('whole', false)",
        "var('stage', 'test') == 'live'",
        "var('stage') == 'live'",
        "flags.FULL_REFRESH",
        "flags.WHICH in ('run', 'build')",
        "flags.USE_COLORS == true",
        "flags.PROFILES_DIR",
        "invocation_args_dict.which == 'run'",
        "selected_resources",
        "target.user",
        "env_var('CI', '')",
        "env_var('STAGE', '') | length > 0",
        "env_var('LIVE', '0') | int == 1",
        "env_var('LIMIT', '0') | int > 100",
        "env_var('STAGE', 'a') > 'b'",
        "model.config.materialized == 'view'",
        "model.checksum",
        "is_live()",
    ],
)
def test_a_branch_of_another_deployment(assess_project: Assess, condition: str) -> None:
    """A reader that breaks where its template takes the other branch breaks."""
    macro = "{% macro is_live() %}{{ return(target.name == 'prod') }}{% endmacro %}"
    text = f"{{% if {condition} %}}{READ}{{% else %}}{OTHER}{{% endif %}}"
    base = {**PROJECT, "macros/live.sql": macro, "models/revenue.sql": text}
    found = assess_project(base, {**base, **LESS})
    assert _effects(found) == {"models/revenue.sql": Effect.BREAKS}


MADE = """
env_var('X', 'a') | title == 'B'
env_var('X', 'a') | capitalize == 'B'
env_var('X', 'a') ~ '_x' == 'b_x'
'p_' ~ target.name == 'p_prod'
target.name + '_x' == 'prod_x'
'x_%s' % target.name == 'x_prod'
'%s' | format(target.name) == 'prod'
'{}_x'.format(target.name) == 'prod_x'
modules.re.match('prod.*', target.name)
modules.re.match('^prod$', target.name) is not none
modules.re.search('(dev|qa)_[0-9]', target.name)
modules.re.sub('_.*', '', target.name) == 'prod'
modules.re.findall('prod', target.name) | length > 0
modules.re.findall('prod', target.name)
modules.re.compile('prod').match(target.name)
toyaml({'n': var('n', 5), 'e': target.name}) == ''
'live' in fromjson(env_var('X', '{}'))
var('cfg', {'stages': ['a']}).stages[0] == 'b'
local_md5(target.name) == 'd41d8cd98f00b204e9800998ecf8427e'
target.name in 'prod,staging'
target.name in ('prod', 'x')
target.name in {'prod': 1}
{'prod': true}.get(target.name, false)
{'prod': true, 'ci': false}[target.name]
target.name[:4] == 'prod'
target.name[0] == 'p'
target.name.split('_')[1] == 'eu'
target.name.split('_') | last == 'prod'
target.name.split('_') | length == 2
'prod' in target.name.split('_')
target.name.title() == 'Prod'
target.name.casefold() == 'prod'
target.name.swapcase() == 'PROD'
target.name.removeprefix('x_') == 'prod'
target.name.find('prod') >= 0
target.name.count('p') == 1
target.name.isdigit()
target.name.index('c') == 1
target.name | length == 4
target.name | reverse == 'dorp'
target.name | replace('x', '') == 'prod'
target.name | first == 'p'
target.name | upper is in ['PROD']
target.name is in 'prod,live'
target.name is upper
[target.name, 'x'] | join('-') == 'prod-x'
(target.name ~ '') | trim == 'prod'
fromjson(env_var('X', '{}')).stage == 'live'
fromjson(env_var('X', '{}'))['stage'] == 'live'
'live' in fromjson(env_var('X', '[]'))
fromjson(env_var('X', '[]')) | length > 0
tojson(target.name) == '"prod"'
target.name | tojson == '"prod"'
env_var('N', '5') | int > 7
env_var('N', '5') | int % 2 == 0
env_var('N', '5') | int + 1 == 43
env_var('N', '5') | int == 42
env_var('N', '5') | float > 7.5
(env_var('N', '5') | int) is even
(env_var('N', '5') | int) is divisibleby 3
var('n', 5) > 7
var('n', 5) == 42
{5: false, 6: true}[var('n', 5)]
var('kind') | lower == 'live'
var('kind').lower() == 'live'
var('kind') ~ '' == 'live'
var('kind', none) is not none
var('kind', none) == 'live'
up(target.name) == 'PROD'
env() == 'prod'
env() | trim == 'prod'
stage | trim == 'prod'
named == 'PROD'
ns.env == 'PROD'
target.name | string == 'prod'
target.name | default('x') == 'prod'
target.name | list | first == 'p'
target.name | e == 'prod'
target.name | escape | lower == 'prod'
['prod', 'live'] | select('equalto', target.name) | list | length > 0
['prod', 'live'] | select('in', target.name) | list
'prod' | lower == target.name | lower
target.name | urlencode == 'prod'
target.name | truncate(4, true, '') == 'prod'
target.name.replace('_', '-').upper()[:4] == 'PROD'
target.name in set(['prod'])
target.name in var('stages', ['prod', 'live'])
(var('stages', ['ci']) | length) > 1
'prod' in var('stages', ['ci'])
var('cfg', {'live': false}).live
var('cfg', {'stage': 'a'})['stage'] == 'b'
target.name * 2 == 'prodprod'
dict(n=target.name).n == 'prod'
zip([target.name], ['x']) | list == [('prod', 'x')]
target.name ~ target.schema == 'prodprod'
target.name == target.schema
"""
"""Questions of what a template makes of a setting: each is answered otherwise in some other deployment."""
MACROS = """{% macro up(x) %}{{ x | upper }}{% endmacro %}
{% macro env() %}{{ target.name }}{% endmacro %}
"""
HEAD = """{% set stage %}{{ target.name }}{% endset %}{% set named = target.name | upper %}
{% set ns = namespace(env=target.name | upper) %}
"""


@pytest.mark.parametrize("is_other_first", [True, False])
def test_a_branch_by_what_is_made_of_a_setting(assess_project: Assess, is_other_first: bool) -> None:
    """A setting is followed through filters, tests, operators, methods, macros and blocks: either branch is the model's text."""
    asked = MADE.strip().splitlines()
    first, second = (READ, OTHER) if is_other_first else (OTHER, READ)
    models = {
        f"models/m{number}.sql": f"{HEAD}{{% if {condition} %}}{first}{{% else %}}{second}{{% endif %}}"
        for number, condition in enumerate(asked)
    }
    base = {**PROJECT, "macros/live.sql": MACROS, **models}
    told = _effects(assess_project(base, {**base, **LESS}))
    assert [
        condition
        for condition, path in zip(asked, models, strict=True)
        if told.get(path) is not Effect.BREAKS
    ] == []


@pytest.mark.parametrize(
    "hiding",
    [
        "{% do target.name.origin.assumed.compared.clear() %}",
        "{% do target.name._origin.assumed.compared.clear() %}",
        "{% do (target.name | attr('_origin')).assumed.compared.clear() %}",
        "{% do target.name['_origin'].assumed.compared.clear() %}",
        "{{ '{0._origin.assumed.compared}'.format(target.name) }}",
        "{{ (target.name ~ '{0._origin}').format(target.name) }}",
    ],
)
def test_a_template_does_not_hide_what_it_asks(assess_project: Assess, hiding: str) -> None:
    """What is kept of its questions is out of its reach: it is undecided at best."""
    text = f"{{% if target.name == 'prod' %}}{READ}{{% else %}}{OTHER}{{% endif %}}{{# #}}{hiding}"
    base = {**PROJECT, "models/revenue.sql": text}
    (effect,) = _effects(assess_project(base, {**base, **LESS})).values()
    assert effect in (Effect.BREAKS, Effect.UNKNOWN)


@pytest.mark.parametrize("key", ["checksum.name == 'sha256'", "raw_code == 'x'", "patch_path == none"])
def test_what_dbt_alone_keeps_of_a_model(assess_project: Assess, key: str) -> None:
    """An edit behind a question that nobody here can answer is undecided, and not the branch that a no would take."""
    head = f"{{% if model.{key} %}}select id from raw.orders{{% else %}}{PROJECT['models/orders.sql']}{{% endif %}}"
    found = assess_project(PROJECT, {**PROJECT, "models/orders.sql": head})
    assert Kind.UNDECIDED in {change.kind for change in found.changes}


@pytest.mark.parametrize(
    "text",
    [
        "select id from {{ ref('orders') }} {% if target.name == 'dev' %} where id < 10 limit 5 {% endif %}",
        "{% if target.name == 'dev' %}select 1 as id{% else %}select id from {{ ref('orders') }}{% endif %}",
        "select id, '{{ target.name.format(1) ~ target.name.split('c')[-1] }}' as t from {{ ref('orders') }}",
        "select id from {{ ref('orders') }} {% if target.type == 'snowflake' %} where amount > 1 {% endif %}",
        "{% macro named() %}{{ target.name }}_orders{% endmacro %}{{ config(alias=named()) }}select id from {{ ref('orders') }}",
        "{{ config(schema=target.name ~ '_x', tags=[target.name | upper]) }}select id from {{ ref('or' ~ 'ders') }}",
        "select id {% for i in range(var('n', 2)) %}, {{ i + var('n', 2) }} as n{{ i }} {% endfor %} from {{ ref('orders') }}",
        "select id from {{ ref('orders') }} {% if target.name | title ~ '_x' == 'Dev_x' %} where id < 10 limit 5 {% endif %}",
        "{% set d = var('d', {'a': 1}) %}{% do d.update({'b': 2}) %}select id, {{ d.values() | sum }} as n from {{ ref('orders') }}",
        "{% set l = var('l', ['id']) %}{% do l.append('1 as n') %}select {{ l | join(', ') }} from {{ ref('orders') }}",
        "{% set ns = namespace(x=target.name) %}{% for i in range(2000) %}{% set ns.x = ns.x ~ 'a' %}{% endfor %}"
        "select id from {{ ref('orders') }} {% if ns.x == 'b' %} limit 5 {% endif %}",
        "{% if var('old', 1) == 2 %}select amount from x{% else %}select id from {{ ref('orders') }}{% endif %}",
    ],
)
def test_a_branch_that_reads_nothing_of_it(assess_project: Assess, text: str) -> None:
    """A branch that does not read what went says nothing."""
    base = {**PROJECT, "models/revenue.sql": text}
    assert _effects(assess_project(base, {**base, **LESS})) == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{% if target.name == 'prod' %}select id, amount from raw.o{% else %}select 1 as id, 2 as amount{% endif %}",
         "{% if target.name == 'prod' %}select id from raw.o{% else %}select 1 as id, 2 as amount{% endif %}"),
        ("select id, amount from raw.o",
         "{% if target.name == 'ci' %}select id, amount from raw.o{% else %}select id from raw.o{% endif %}"),
        ("select id, amount from raw.o",
         "{% if env_var('STAGE') == 'live' %}select id from raw.o{% else %}select id, amount from raw.o{% endif %}"),
    ],
)  # fmt: skip
def test_an_edit_in_a_branch_of_another_deployment(assess_project: Assess, before: str, after: str) -> None:
    """A column that goes under another target is told of the model, and its readers are undecided."""
    base = {**PROJECT, "models/orders.sql": before, "models/revenue.sql": READ}
    found = assess_project(base, {**base, "models/orders.sql": after})
    assert [change.column for change in found.changes if change.message.startswith("where ")] == ["amount"]
    assert _effects(found) == {"models/revenue.sql": Effect.UNKNOWN}


def test_what_is_told_of_each_deployment(assess_project: Assess) -> None:
    """An edit of one text is told of it alone, an edit of both once, and one of what can't be compared is undecided."""
    text = "{% if target.name == 'prod' %}{%s}{% else %}select id from raw.o where id > {%s}{% endif %}"

    def told(before: tuple[str, str], after: tuple[str, str]) -> list[tuple[Kind, bool]]:
        sides = [
            {**PROJECT, "models/orders.sql": text.replace("{%s}", prod, 1).replace("{%s}", other)}
            for prod, other in (before, after)
        ]
        return [(each.kind, each.message.startswith("where ")) for each in assess_project(*sides).changes]

    odd, rows = "set x = {}", "select id from raw.o where id > {}"
    filtered = (Kind.ROWS_FILTER_CHANGED, False)
    assert told((rows.format(1), "5"), (rows.format(1), "6")) == [filtered]
    assert told((rows.format(1), "5"), (rows.format(2), "6")) == [filtered]
    assert told((rows.format(1), "5"), (rows.format(2), "5")) == [(Kind.ROWS_FILTER_CHANGED, True)]
    assert told((odd.format(1), "5"), (odd.format(2), "5")) == [(Kind.UNDECIDED, False)]
    cut = "select id from raw.o where ( {} and"
    assert told((cut.format("a"), "5"), (cut.format("a -- why\n"), "5")) == []
    assert told((cut.format("a"), "5"), (cut.format("b"), "5")) == [(Kind.UNDECIDED, True)]


def test_more_settings_than_are_tried(assess_project: Assess) -> None:
    """Where a template hangs on too many values, or fails under one, what names the column in it is undecided."""
    tried = "".join(f"{{% if target.name == 't{number}' %}}{{% endif %}}" for number in range(12))
    fails = "{% if target.name == 'prod' %}" + READ + "{{ 1 // 0 }}{% else %}" + OTHER + "{% endif %}"
    many = tried + "{% if target.user == 'x' %}" + READ + "{% else %}" + OTHER + "{% endif %}"
    base = {**PROJECT, "models/many.sql": many, "models/fails.sql": fails}
    effects = {"models/many.sql": Effect.UNKNOWN, "models/fails.sql": Effect.UNKNOWN}
    assert _effects(assess_project(base, {**base, **LESS})) == effects


@pytest.mark.parametrize("place", ["file", "project"])
def test_a_model_that_another_deployment_switches_on(assess_project: Assess, place: str) -> None:
    """A model that is off here and on under another target is read."""
    setting = "{{ config(enabled=(target.name == 'prod')) }} " if place == "file" else ""
    base = {**PROJECT, "models/live/revenue.sql": setting + READ}
    if place == "project":
        base["dbt_project.yml"] += (
            "models:\n  shop:\n    live:\n      +enabled: \"{{ target.name == 'prod' }}\"\n"
        )
    found = assess_project(base, {**base, **LESS})
    assert _effects(found) == {"models/live/revenue.sql": Effect.BREAKS}


def test_one_of_two_models_for_each_deployment(assess_project: Assess) -> None:
    """Of two models of one name, each on under another target, the one that is on here is read, in any order of paths."""
    live, other = ("{{ config(enabled=(target.name " + sign + " 'prod')) }} " for sign in ("==", "!="))
    for first, second in ("ab", "ba"):
        base = {
            **PROJECT,
            f"models/{first}/revenue.sql": live + OTHER,
            f"models/{second}/revenue.sql": other + READ,
        }
        found = assess_project(base, {**base, **LESS})
        assert _effects(found) == {f"models/{second}/revenue.sql": Effect.BREAKS}
