-- Each custom field of tickets.
{{ config(alias='ticket_custom_field') }}
select
    id, title, raw_title, type, active, description, position, tag, created_at, updated_at, url,
    {{ is_marked('ticket_fields') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
from {{ stream('ticket_fields') }}
where coalesce(removable, true)
