select code, name from {{ ref('countries') }} c join {{ ref('people', v=1) }} using (code)
