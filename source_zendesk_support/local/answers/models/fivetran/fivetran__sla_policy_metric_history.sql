-- The targets of each SLA policy as they are now: Zendesk keeps no older states of one.
{{ config(alias='sla_policy_metric_history') }}
with pieces as (
    select
        id, updated_at, _airbyte_extracted_at as _fivetran_synced,
        {{ each_object('policy_metrics') }} as piece
    from {{ stream('sla_policies') }}
)

select
    id as sla_policy_id,
    updated_at as sla_policy_updated_at,
    updated_at as valid_starting_at,
    cast(null as timestamp) as valid_ending_at,
    row_number() over (partition by id order by piece ->> 'metric', piece ->> 'priority') - 1 as "index",
    piece ->> 'priority' as priority,
    piece ->> 'metric' as metric,
    {{ whole("(piece ->> 'target')") }} as target,
    coalesce(piece ->> 'business_hours' = 'true', false) as business_hours,
    _fivetran_synced
from pieces
