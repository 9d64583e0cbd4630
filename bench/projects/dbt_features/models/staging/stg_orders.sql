{{ config(materialized='view', meta={'owner': 'ada'}) }}
{%- set renamed = {'id': 'order_id', 'c': 'customer_id'} -%}
select
{%- for old, new in renamed.items() %}
    {{ old }} as {{ new }}{{ "," if not loop.last }}
{%- endfor %},
    {{ money('amount') }} as amount,
    {{ money('tax', decimals=4) }} as tax,
    status -- {{ var('currency') }}
from {{ source('raw', 'orders') }}
where created_at >= '{{ var('cutoff') }}' and '{{ var("scoped") }}' = 'inside'
