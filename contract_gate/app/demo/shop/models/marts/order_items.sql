with items as (

    select * from {{ source('raw', 'raw_items') }}

)

select
    items.id as order_item_id,
    items.order_id,
    items.sku,
    items.quantity
from items
join {{ ref('orders') }} as orders on items.order_id = orders.order_id
where items.quantity > 0
