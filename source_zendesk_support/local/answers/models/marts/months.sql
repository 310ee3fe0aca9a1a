-- What became of the tickets of each month, by the month in which they were created.
select
    cast(date_trunc('month', created_at) as date) as month,
    count(*) as created,
    sum(case when status in ('solved', 'closed') then 1 else 0 end) as solved,
    sum(case when is_one_touch then 1 else 0 end) as one_touch,
    sum(case when reopens > 0 then 1 else 0 end) as reopened,
    {{ percentile(0.5, 'first_reply_minutes') }} as first_reply_median_minutes,
    {{ percentile(0.9, 'first_reply_minutes') }} as first_reply_p90_minutes,
    {{ percentile(0.5, 'full_resolution_minutes') }} as full_resolution_median_minutes,
    {{ percentile(0.9, 'full_resolution_minutes') }} as full_resolution_p90_minutes
from {{ ref('ticket_times') }}
group by 1
