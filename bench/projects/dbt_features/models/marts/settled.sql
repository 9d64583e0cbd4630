{{ config(contract={'enforced': true}, group='finance', access='protected', schema='settled', tags='late') }}
select cast(order_id as integer) as order_id, cast(amount as double) as amount from {{ ref('stg_orders') }}
