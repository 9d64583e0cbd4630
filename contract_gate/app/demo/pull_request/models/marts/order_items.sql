select
    i.id as order_item_id,
    i.order_id,
    i.sku,
    i.quantity
from {{ source('raw', 'raw_items') }} as i
inner join {{ ref('orders') }} as o
    on o.order_id = i.order_id  -- one line a thought
where 0 < i.quantity
