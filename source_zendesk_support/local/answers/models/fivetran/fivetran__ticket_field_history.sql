-- Each value of each field, with SLA targets and ratings. Of several in one second, the last.
{{ config(alias='ticket_field_history') }}
-- Where events of the ticket name these fields, nothing is added from metric events and ratings.
{%- set named = [
    'first_reply_time', 'next_reply_time', 'total_resolution_time', 'agent_work_time', 'requester_wait_time',
    'pausable_update_time', 'periodic_update_time', 'group_ownership_time', 'sla_policy',
    'satisfaction_score', 'satisfaction_comment', 'satisfaction_reason_code',
] %}

with named as (
    select distinct ticket_id, field
    from {{ stream('ticket_field_history') }}
    where field in ('{{ named | join("', '") }}')
),

targets as (
    select
        *,
        case
            when metric = 'reply_time' and coalesce(instance_id, 1) <= 1 then 'first_reply_time'
            when metric = 'reply_time' then 'next_reply_time'
            when metric = 'resolution_time' then 'total_resolution_time'
            else metric
        end as field
    from {{ stream('ticket_sla_policy_history') }}
    where ticket_id is not null and metric is not null and "time" is not null
),

ratings as (
    select *
    from {{ kept('satisfaction_ratings') }}
    where ticket_id is not null and score is not null and created_at is not null
),

told as (
    select
        ticket_id, field as field_name, created_at as updated, value, updater_id as user_id,
        "timestamp" as second, event_id, "position" as place
    from {{ stream('ticket_field_history') }}
    where ticket_id is not null and field is not null and created_at is not null
    union all
    -- What no event says: a beginning that Create did not name, or a silent change.
    select
        spans.ticket_id, spans.field, spans.valid_from, spans.value, cast(null as bigint),
        cast(extract(epoch from spans.valid_from) as bigint), 0, 0
    from {{ ref('field_spans') }} as spans
    where spans.is_inferred
    union all
    select
        targets.ticket_id, targets.field, targets."time",
        '{"minutes": ' || cast(cast(floor(targets.target_in_seconds / 60.0) as bigint) as varchar)
        || ', "in_business_hours": '
        || case when coalesce(targets.business_hours, false) then 'true' else 'false' end || '}',
        cast(null as bigint), cast(extract(epoch from targets."time") as bigint), targets.id, 0
    from targets
    left join named on named.ticket_id = targets.ticket_id and named.field = targets.field
    where named.ticket_id is null and targets.target_in_seconds is not null
    union all
    select
        targets.ticket_id, 'sla_policy', targets."time", targets.policy_title,
        cast(null as bigint), cast(extract(epoch from targets."time") as bigint), targets.id, 0
    from targets
    left join named on named.ticket_id = targets.ticket_id and named.field = 'sla_policy'
    where named.ticket_id is null
    union all
    select
        ratings.ticket_id, 'satisfaction_score', ratings.created_at, 'offered',
        cast(null as bigint), cast(extract(epoch from ratings.created_at) as bigint), ratings.id, 0
    from ratings
    left join named on named.ticket_id = ratings.ticket_id and named.field = 'satisfaction_score'
    where named.ticket_id is null and ratings.score not in ('offered', 'unoffered')
    {%- for field, value in [
        ('satisfaction_score', 'ratings.score'),
        ('satisfaction_comment', 'ratings.comment'),
        ('satisfaction_reason_code', 'cast(ratings.reason_code as varchar)'),
    ] %}
    union all
    select
        ratings.ticket_id, '{{ field }}', coalesce(ratings.updated_at, ratings.created_at), {{ value }},
        case when ratings.score not in ('offered', 'unoffered') then ratings.requester_id end,
        cast(extract(epoch from coalesce(ratings.updated_at, ratings.created_at)) as bigint),
        ratings.id, 1
    from ratings
    left join named on named.ticket_id = ratings.ticket_id and named.field = '{{ field }}'
    where named.ticket_id is null and {{ value }} is not null
    {%- endfor %}
),

numbered as (
    select
        *,
        row_number() over (
            partition by ticket_id, field_name, updated order by second desc, event_id desc, place desc
        ) as back
    from told
)

select
    ticket_id, field_name, updated, value, user_id,
    (select max(_airbyte_extracted_at) from {{ stream('tickets') }}) as _fivetran_synced
from numbered
where back = 1
