{% set ns = namespace(total=0, names=[]) %}
{%- for s in statuses() -%}
  {%- set ns.total = ns.total + loop.index -%}
  {%- do ns.names.append(s | upper) -%}
{%- endfor -%}
{%- set block -%}
  multi
  line
{%- endset -%}
{# a comment {{ ref('nothing') }} #}
select
    {{ ns.total }} as total, '{{ ns.names | join("|") }}' as names, '{{ block | replace("\n", " ") }}' as block,
    {{ tojson({'a': 1}) | length }} as json_length, '{{ fromjson('{"k": "v"}')["k"] }}' as k,
    '{{ modules.re.sub("[aeiou]", "_", "template") }}' as re, {{ (1, 2) | sum }} as s,
    '{{ target.name }}:{{ target.schema }}:{{ target.type }}:{{ target.database }}:{{ project_name }}' as target,
    '{{ this }}' as this, '{{ this.schema }}' as this_schema, '{{ model.name }}' as model_name,
    '{{ model.config.materialized }}' as kind, '{{ config.get("tags") | join(",") }}' as tags,
    {{ adapter.quote('a column') }} as quoted, '{{ env_var("FEATURES_NOTHING", "default") }}' as env,
    '{{ zip([1, 2], ["a", "b"]) | list }}' as zipped, '{{ set([3, 3]) }}' as a_set,
    '{{ local_md5("x") }}' as md5, {{ 'true' | as_bool }} as b, '{{ undefined_name }}' as nothing,
    '{{ ref("stg_orders").include(database=false) }}' as two, '{{ ref("stg_orders").without_identifier() }}' as schema_only,
    '{{ api.Relation.create(database="d", schema="s", identifier="i") }}' as created,
    {% raw %}'{{ raw }}'{% endraw %} as raw
