-- Each organization, with a column for each custom field.
{{ config(alias='organization') }}
select
    id, external_id, name, details, notes, url, created_at, updated_at, group_id,
    shared_tickets, shared_comments,
    deleted_at is not null or {{ is_marked('organizations') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
    {{- custom_columns('organization_fields', 'organization_fields', []) }}
from {{ stream('organizations') }}
