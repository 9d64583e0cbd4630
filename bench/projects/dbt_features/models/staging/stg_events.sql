select
    {{ dbt.date_trunc('day', 'at') }} as day,
    {{ dbt.dateadd('day', 1, 'at') }} as next_day,
    {{ dbt.datediff('at', 'ended_at', 'hour') }} as hours,
    {{ dbt.safe_cast('x', api.Column.translate_type('int')) if false else dbt.safe_cast('x', dbt.type_int()) }} as x,
    {{ dbt.concat(['a', "'-'", 'b']) }} as ab,
    {{ dbt.hash('a') }} as h,
    {{ dbt.split_part('a', "','", 1) }} as p,
    {{ dbt.string_literal('text') }} as t,
    {{ dbt.length('a') }} as l, {{ dbt.position("'x'", 'a') }} as pos, {{ dbt.replace('a', "'x'", "'y'") }} as r,
    {{ dbt.right('a', 2) }} as rr, {{ dbt.any_value('a') }} as av, {{ dbt.bool_or('b') }} as bo,
    {{ dbt.listagg('a', "','", 'order by a') }} as la,
    {{ dbt.cast_bool_to_text('b') }} as bt, {{ dbt.cast('a', 'int') }} as ci,
    {{ dbt.array_construct(['1', '2']) }} as ac,
    {{ dbt.escape_single_quotes("it's") }} as es, {{ dbt.current_timestamp() }} as ct,
    cast(a as {{ dbt.type_string() }}) as ts, cast(a as {{ type_timestamp() }}) as tt,
    cast(a as {{ dbt.type_numeric() }}) as tn, cast(a as {{ dbt.type_float() }}) as tf,
    cast(a as {{ dbt.type_bigint() }}) as tb, cast(a as {{ dbt.type_boolean() }}) as tbo
from {{ source('raw', 'events') }}
{{ dbt.except() }}
select * from {{ source('other', 'events') }}
