select line_id, rate, {{ shelf.half('rate') }} as half
from {{ ref('shelf', 'lines') }}
join {{ ref('people', version=2) }} on true
