-- How long each group had a ticket before it was solved.
with open_spans as (
    select ticket_id, valid_from, valid_to
    from {{ ref('field_spans') }}
    where field = 'status' and value not in ('solved', 'closed', 'deleted')
),

history as (
    select max(valid_from) as until from {{ ref('field_spans') }}
),

shared as (
    select
        held.ticket_id,
        {{ whole('held.value') }} as group_id,
        greatest(held.valid_from, open_spans.valid_from) as since,
        least(
            coalesce(held.valid_to, history.until), coalesce(open_spans.valid_to, history.until)
        ) as until
    from {{ ref('field_spans') }} as held
    inner join open_spans on open_spans.ticket_id = held.ticket_id
    cross join history
    where held.field = 'group_id' and held.value is not null
)

select
    shared.ticket_id,
    shared.group_id,
    max(groups.name) as group_name,
    sum({{ seconds_between('shared.since', 'shared.until') }}) as seconds
from shared
left join {{ stream('groups') }} as groups on groups.id = shared.group_id
where shared.since < shared.until
group by 1, 2
