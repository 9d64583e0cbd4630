"""The settings of models that only Jinja gives: from the calls of `config` alone where they hang on nothing else."""

import pytest

from contract_gate.workspace.dbt.references import settings_alone

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
        ("select 1", ""),
    ],
)
def test_which_calls_hang_on_nothing_else(text, alone):
    """None stands for the whole text: every call is alone. A name, a condition, a macro need the template."""
    assert (settings_alone(text + REST) or "") == (text if alone is None else alone)


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
