-- Each user, with a column for each custom field.
{{ config(alias='user') }}
select
    id, external_id, email, name, active, created_at, updated_at, last_login_at, organization_id,
    phone, role, locale, time_zone, ticket_restriction, suspended, url, alias, details, notes,
    custom_role_id, moderator, shared, shared_agent, verified,
    {{ is_marked('users') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
    {{- custom_columns('user_fields', 'user_fields', ['custom_role_id']) }}
from {{ stream('users') }}
