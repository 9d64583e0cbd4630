{% macro half(column) %}{{ return(adapter.dispatch('half', 'shelf')(column)) }}{% endmacro %}
{% macro default__half(column) %}{{ column }} / 2{% endmacro %}
