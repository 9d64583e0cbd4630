select * from {{ ref('stg_quiet') }}
