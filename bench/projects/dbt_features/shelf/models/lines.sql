select 1 as line_id, {{ var('rate') }} as rate, '{{ var("unit") }}' as unit, {{ half('line_id') }} as half
