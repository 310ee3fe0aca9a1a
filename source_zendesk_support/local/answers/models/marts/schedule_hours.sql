-- When each schedule of business hours was open, in UTC, and how long it was open before.
with bounds as (
    select
        cast(date_trunc('week', min(created_at)) as timestamp) - interval '8 days' as first_day,
        cast(date_trunc('week', max(updated_at)) as timestamp) + interval '13 days' as last_day
    from {{ stream('tickets') }}
),

zoned as (
    select schedules.id as schedule_id, zones.zone, schedules.intervals
    from {{ stream('schedules') }} as schedules
    inner join {{ ref('time_zones') }} as zones on zones.name = schedules.time_zone
),

intervals as (
    select schedule_id, zone, {{ each_object('intervals') }} as piece from zoned
),

-- Minutes count from Sunday 00:00 of the schedule's zone.
minutes as (
    select
        schedule_id, zone,
        {{ whole("(piece ->> 'start_time')") }} as starts,
        {{ whole("(piece ->> 'end_time')") }} as ends
    from intervals
),

days as (
    select {{ each_day('first_day', 'last_day') }} as day from bounds
),

sundays as (
    select cast(day as timestamp) as day from days where extract(dow from day) = 0
),

local_spans as (
    select
        minutes.schedule_id,
        minutes.zone,
        sundays.day + minutes.starts * interval '1 minute' as opens,
        sundays.day + minutes.ends * interval '1 minute' as closes
    from minutes
    cross join sundays
    where minutes.starts < minutes.ends
),

spans as (
    select
        local_spans.schedule_id,
        (local_spans.opens at time zone local_spans.zone) at time zone 'UTC' as opens_at,
        (local_spans.closes at time zone local_spans.zone) at time zone 'UTC' as closes_at
    from local_spans
    where not exists (
        select 1
        from {{ kept('schedule_holidays') }} as holidays
        where
            holidays.schedule_id = local_spans.schedule_id
            and cast(cast(local_spans.opens as date) as varchar)
            between holidays.start_date and holidays.end_date
    )
)

select
    schedule_id,
    opens_at,
    closes_at,
    lead(opens_at) over (partition by schedule_id order by opens_at) as next_opens_at,
    coalesce(
        sum({{ seconds_between('opens_at', 'closes_at') }}) over (
            partition by schedule_id order by opens_at
            rows between unbounded preceding and 1 preceding
        ), 0
    ) as seconds_before
from spans
