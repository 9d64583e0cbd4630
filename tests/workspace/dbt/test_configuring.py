"""The settings of models that only Jinja gives: from the calls of `config` alone where they hang on nothing else."""

import pytest

from contract_gate.workspace.dbt.references import scan, settings_alone

REST = "\n{% for x in [1, 2] %}select {{ x }} as a{% endfor %}"


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        (
            "{{ config(enabled=var('on', true) | as_bool) }}",
            "{{ config(enabled=var('on', true) | as_bool) }}",
        ),
        ("{{ config(enabled=(target.type == 'x' and not var('off'))) }}", None),
        ("{{ config(schema='a' if env_var('E', 'x') == 'y' else 'b') }}", None),
        ("{{ config(enabled=var('a')) }}{{ config(tags=['t'], schema=var('b')) }}", None),
        ("{% set on = var('on') %}{{ config(enabled=on) }}", ""),
        ("{% if var('on') %}{{ config(enabled=false) }}{% endif %}", ""),
        ("{% if var('on') %}x{% endif %}{{ config(enabled=var('on')) }}", "{{ config(enabled=var('on')) }}"),
        ("{{ config(enabled=is_on()) }}", ""),
        ("{{ config(enabled=on == 1) }}", ""),
        ("{{ config(alias=this.name) }}", ""),
        ("{% do config(enabled=var('on')) %}", ""),
        ("{{ config.get('x') }}", "{{ config.get('x') }}"),
        ("{{ log(config(enabled=var('on'))) }}", ""),
        ("{% raw %}{{ config(enabled=var('on')) }}{% endraw %}", ""),
        ("{# {{ config(enabled=on) }} #}{{ config(enabled=var('on')) }}", "{{ config(enabled=var('on')) }}"),
        ("{{ config(enabled=var('on')) }}{{ 'open", ""),
        ("{% %}{{ config(enabled=var('on')) }}", "{{ config(enabled=var('on')) }}"),
        ("select 1", ""),
    ],
)
def test_which_calls_hang_on_nothing_else(text, alone):
    """None stands for the whole text: every call is alone. A name, a condition, a macro need the template."""
    assert (settings_alone(text + REST) or "") == (text if alone is None else alone)


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("tags=['a', ['b'], ('c'), ('d',)]", {"tags": ["a", ["b"], "c", ["d"]]}),
        ("meta={'a': [1, {'b': none}]}", {"meta": {"a": [1, {"b": None}]}}),
        ("{'alias': 'b', 'tags': 'c'}", {"alias": "b", "tags": "c"}),
        ("tags=[1 2], alias='x'", {"alias": "x"}),
        ("tags=[[f()]], alias='x'", {"alias": "x"}),
        ("tags=[[1)], alias='x'", {"alias": "x"}),
        ("meta={a: 1}, alias='x'", {"alias": "x"}),
        ("tags='a' ~ f(), alias='x'", {"alias": "x"}),
        ("tags=[(1", {}),
        ("meta={'a'", {}),
        ("meta={'a':", {}),
        ("tags=[1", {}),
    ],
)  # fmt: skip
def test_literal_settings_are_read_and_no_others(call, given):
    """Lists, tuples and dictionaries of literals are settings; what is computed or does not end is none, and hides no other."""
    assert dict(scan(f"{{{{ config({call}) }}}}").config) == given


@pytest.mark.parametrize("call", ["**x", "'x'", "alias=f()"])
def test_settings_that_may_name_the_relation_are_not_guessed(call):
    """What may set the alias is known once it is rendered."""
    assert scan(f"{{{{ config({call}) }}}}").is_config_dynamic


@pytest.mark.parametrize(("on", "keys"), [("true", {"a", "b"}), ("false", {"c"})])
def test_a_model_is_on_as_its_template_says(dbt_project, on, keys):
    """Alone, behind a set, in a condition."""
    project = dbt_project(
        {
            "dbt_project.yml": f"name: shop\nprofile: shop\nvars: {{on: {on}}}",
            "models/a.sql": "{{ config(enabled=var('on'), alias='named_' ~ var('on')) }}" + REST,
            "models/b.sql": "{% set on = var('on') %}{{ config(enabled=on) }}" + REST,
            "models/c.sql": "{% if var('on') %}{{ config(enabled=false) }}{% endif %}" + REST,
        }
    )
    assert {key.rpartition(".")[2] for key in project.models} == keys
    if "a" in keys:
        assert project.models["model.shop.a"].relation.name == "named_true"
