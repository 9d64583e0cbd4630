-- What share of the revenue comes by which payment method.
select
    orders.order_date,
    payments.method as payment_method,
    sum(payments.amount) as amount
from {{ ref('stg_payments') }} as payments
join {{ ref('stg_orders') }} as orders on orders.order_id = payments.order_id
group by orders.order_date, payments.method
