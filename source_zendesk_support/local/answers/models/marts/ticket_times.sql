-- First reply and resolution of each ticket: by Zendesk's metrics, and by our own count of events.
with agents as (
    select id from {{ stream('users') }} where role in ('agent', 'admin')
),

-- The event that creates a ticket has its first message, whoever wrote it.
creations as (
    select ticket_id, min(event_id) as event_id
    from {{ stream('ticket_field_history') }}
    where is_initial
    group by ticket_id
),

replies as (
    select comments.ticket_id, min(comments.created_at) as replied_at
    from {{ kept('ticket_comments') }} as comments
    inner join agents on agents.id = comments.author_id
    left join creations on creations.ticket_id = comments.ticket_id
    where comments.public and comments.audit_id is distinct from creations.event_id
    group by comments.ticket_id
),

solutions as (
    select ticket_id, min(created_at) as first_at, max(created_at) as last_at
    from {{ stream('ticket_field_history') }}
    where field = 'status' and value = 'solved'
    group by ticket_id
),

-- The schedule that a ticket got last.
scheduled as (
    select ticket_id, schedule_id
    from (
        select
            ticket_id, schedule_id,
            row_number() over (partition by ticket_id order by "timestamp" desc, id desc) as back
        from {{ stream('ticket_schedule_history') }}
    ) as numbered
    where back = 1 and schedule_id is not null
),

moments as (
    select id as ticket_id, 'created' as moment, created_at as at_time from {{ stream('tickets') }}
    union all
    select ticket_id, 'replied', replied_at from replies
    union all
    select ticket_id, 'solved', last_at from solutions
),

-- How long the schedule was open before each moment.
open_seconds as (
    select
        moments.ticket_id,
        moments.moment,
        hours.seconds_before
        + {{ seconds_between('hours.opens_at', 'least(moments.at_time, hours.closes_at)') }} as seconds
    from moments
    inner join scheduled on scheduled.ticket_id = moments.ticket_id
    inner join {{ ref('schedule_hours') }} as hours
        on hours.schedule_id = scheduled.schedule_id
        and hours.opens_at <= moments.at_time
        and hours.next_opens_at > moments.at_time
),

business as (
    select
        ticket_id,
        max(case when moment = 'created' then seconds end) as created,
        max(case when moment = 'replied' then seconds end) as replied,
        max(case when moment = 'solved' then seconds end) as solved
    from open_seconds
    group by ticket_id
)

select
    tickets.id as ticket_id,
    tickets.created_at,
    tickets.status,
    tickets.group_id,
    tickets.assignee_id,
    {{ minutes_of('metrics.reply_time_in_minutes', 'calendar') }} as first_reply_minutes,
    {{ minutes_of('metrics.reply_time_in_minutes', 'business') }} as first_reply_business_minutes,
    {{ minutes_of('metrics.first_resolution_time_in_minutes', 'calendar') }} as first_resolution_minutes,
    {{ minutes_of('metrics.full_resolution_time_in_minutes', 'calendar') }} as full_resolution_minutes,
    {{ minutes_of('metrics.full_resolution_time_in_minutes', 'business') }} as full_resolution_business_minutes,
    {{ minutes_of('metrics.requester_wait_time_in_minutes', 'calendar') }} as requester_wait_minutes,
    {{ minutes_of('metrics.agent_wait_time_in_minutes', 'calendar') }} as agent_wait_minutes,
    metrics.replies,
    metrics.reopens,
    metrics.group_stations,
    metrics.assignee_stations,
    metrics.solved_at,
    tickets.status in ('solved', 'closed') and metrics.replies <= 1 and metrics.reopens = 0
        as is_one_touch,
    {{ minutes_between('tickets.created_at', 'replies.replied_at') }} as counted_first_reply_minutes,
    {{ minutes_between('tickets.created_at', 'solutions.first_at') }} as counted_first_resolution_minutes,
    case
        when tickets.status in ('solved', 'closed')
            then {{ minutes_between('tickets.created_at', 'solutions.last_at') }}
    end as counted_full_resolution_minutes,
    cast(floor((business.replied - business.created) / 60.0) as bigint)
        as counted_first_reply_business_minutes,
    case
        when tickets.status in ('solved', 'closed')
            then cast(floor((business.solved - business.created) / 60.0) as bigint)
    end as counted_full_resolution_business_minutes
from {{ stream('tickets') }} as tickets
inner join {{ kept('ticket_metrics') }} as metrics on metrics.ticket_id = tickets.id
left join replies on replies.ticket_id = tickets.id
left join solutions on solutions.ticket_id = tickets.id
left join business on business.ticket_id = tickets.id
where tickets.status <> 'deleted'
