-- Which SLA policy applied to a ticket from when on.
{{ config(alias='ticket_sla_policy') }}
select
    ticket_id,
    {{ whole('policy') }} as sla_policy_id,
    "time" as policy_applied_at,
    max(_airbyte_extracted_at) as _fivetran_synced
from {{ stream('ticket_sla_policy_history') }}
where ticket_id is not null and {{ whole('policy') }} is not null and "time" is not null
    and not coalesce(is_group_sla, false)
group by ticket_id, {{ whole('policy') }}, "time"
