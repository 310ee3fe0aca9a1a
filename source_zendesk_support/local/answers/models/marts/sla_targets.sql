-- Each target that an SLA policy set for a metric of a ticket, and what became of it.
with events as (
    select
        ticket_id, metric, instance_id,
        min(case when type = 'breach' then "time" end) as breached_at,
        min(case when type = 'fulfill' then "time" end) as fulfilled_at
    from {{ kept('ticket_metric_events') }}
    where not coalesce(deleted, false)
    group by ticket_id, metric, instance_id
)

select
    targets.id as target_id,
    targets.ticket_id,
    targets.policy,
    targets.policy_title,
    targets.is_group_sla,
    targets.metric,
    targets.target_in_seconds,
    targets.business_hours,
    targets."time" as applied_at,
    events.breached_at,
    events.fulfilled_at,
    case
        when events.breached_at is not null then 'breached'
        when events.fulfilled_at is not null then 'met'
        else 'running'
    end as outcome
from {{ kept('ticket_sla_policy_history') }} as targets
left join events
    on events.ticket_id = targets.ticket_id
    and events.metric = targets.metric
    and events.instance_id = targets.instance_id
where not coalesce(targets.deleted, false)
