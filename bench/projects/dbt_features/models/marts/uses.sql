{%- set relations = [ref('people'), ref('stg_events'), ref('features', 'totals')] -%}
{% for relation in relations %}
select '{{ relation.identifier }}' as name, '{{ relation.schema }}' as "schema", count(*) as n
from {{ relation }} as {{ relation.name }}_{{ loop.index }}
{{ "union all" if not loop.last }}
{% endfor %}
