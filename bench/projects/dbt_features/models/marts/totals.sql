{{ config(materialized='incremental', unique_key='customer_id', on_schema_change='append_new_columns') }}
with {% call(name) in_cte('orders') %}select * from {{ ref('stg_orders') }} -- {{ name }}
{% endcall %}
select customer_id, {{ columns_of(statuses()) }}
from orders
{% if is_incremental() %}
where order_id > (select max(order_id) from {{ this }})
{% endif %}
group by 1
