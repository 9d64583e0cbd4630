{%- if execute %}
{%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') | sort(attribute='name') %}
select '{{ node.name }}' as name, '{{ node.schema }}' as place
{%- endfor %}
{%- else %}
select 'nothing' as name, 'nowhere' as place
{%- endif %}
