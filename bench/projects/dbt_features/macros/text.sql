{# A macro file with comments, macros that return values, callers, dispatch and an override of dbt's own. #}
{% macro statuses() %}{{ return(var('statuses')) }}{% endmacro %}

{% macro _money(column, decimals=2) -%}
    round({{ column }} / 100.0, {{ decimals }})
{%- endmacro %}

{% macro money(column) %}{{ return(adapter.dispatch('money', 'features')(column, **kwargs)) }}{% endmacro %}
{% macro default__money(column) %}{{ features._money(column, *varargs, **kwargs) }}{% endmacro %}
{% macro duckdb__money(column) %}cast({{ features._money(column, **kwargs) }} as decimal(18, 2)){% endmacro %}

{% macro in_cte(name) %}
{{ name }} as (
    {{ caller(name | upper) }}
)
{% endmacro %}

{% macro default__string_literal(value) -%}
    e'{{ value }}'
{%- endmacro %}

{% macro columns_of(items) %}
    {%- for item in items if item != 'sent' -%}
        sum(case when status = '{{ item }}' then 1 else 0 end) as {{ item }}_count
        {%- if not loop.last %}, {% endif -%}
    {%- endfor -%}
{% endmacro %}

{% macro default__half(column) %}{{ column }} * 0.5{% endmacro %}

{% macro placed(kind) %}
    {%- if kind == 'device' %}{{ config(alias='devices', schema='gold', materialized='table') }}{% endif -%}
    select 1 as {{ kind }}_id
{% endmacro %}
