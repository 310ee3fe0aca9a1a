-- How many SLA targets of each policy were set on a day, and what became of them.
select
    cast(applied_at as date) as day,
    policy,
    policy_title,
    metric,
    count(*) as targets,
    sum(case when outcome = 'met' then 1 else 0 end) as met,
    sum(case when outcome = 'breached' then 1 else 0 end) as breached,
    sum(case when outcome = 'running' then 1 else 0 end) as running
from {{ ref('sla_targets') }}
group by 1, 2, 3, 4
