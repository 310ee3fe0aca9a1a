-- How many tickets that were created in a month have a tag.
with tagged as (
    select id as ticket_id, created_at, unnest(tags) as tag
    from {{ stream('tickets') }}
    where status <> 'deleted'
)

select cast(date_trunc('month', created_at) as date) as month, tag, count(*) as tickets
from tagged
group by 1, 2
