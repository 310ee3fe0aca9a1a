-- Each group.
{{ config(alias='group') }}
select
    id, name, url, created_at, updated_at,
    coalesce(deleted, false) or {{ is_marked('groups') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
from {{ stream('groups') }}
