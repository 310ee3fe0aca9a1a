-- Each form of tickets as it is now: Zendesk keeps no older states of one.
{{ config(alias='ticket_form_history') }}
select
    id, name, display_name, active, created_at, updated_at,
    {{ is_marked('ticket_forms') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
from {{ stream('ticket_forms') }}
