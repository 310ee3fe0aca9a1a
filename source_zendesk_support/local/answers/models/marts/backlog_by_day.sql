-- How many tickets were not solved at the end of each day (UTC), by group and status.
with history as (
    select cast(date_trunc('day', max(valid_from)) as timestamp) as last_day
    from {{ ref('field_spans') }}
),

open_days as (
    select
        spans.ticket_id,
        spans.value as status,
        {{ each_day(
            "cast(date_trunc('day', spans.valid_from) as timestamp)",
            "coalesce(cast(date_trunc('day', spans.valid_to) as timestamp) - interval '1 day', history.last_day)"
        ) }} as day
    from {{ ref('field_spans') }} as spans
    cross join history
    where spans.field = 'status' and spans.value not in ('solved', 'closed', 'deleted')
)

select
    cast(open_days.day as date) as day,
    open_days.status,
    {{ whole('held.value') }} as group_id,
    max(groups.name) as group_name,
    count(*) as tickets
from open_days
left join {{ ref('field_spans') }} as held
    on held.ticket_id = open_days.ticket_id
    and held.field = 'group_id'
    and held.valid_from < open_days.day + interval '1 day'
    and (held.valid_to is null or held.valid_to >= open_days.day + interval '1 day')
left join {{ stream('groups') }} as groups on groups.id = {{ whole('held.value') }}
group by 1, 2, 3
