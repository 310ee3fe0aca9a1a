-- Each SLA policy as it is now: Zendesk keeps no older states of one.
{{ config(alias='sla_policy_history') }}
select
    id, title, description, created_at, updated_at,
    {{ is_marked('sla_policies') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
from {{ stream('sla_policies') }}
