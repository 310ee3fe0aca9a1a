-- Which value a field of a ticket had from when to when.
with changes as (
    select
        ticket_id, field, value, previous_value, is_initial, is_inferred, created_at,
        row_number() over (
            partition by ticket_id, field order by "timestamp", event_id, "position"
        ) as number
    from {{ stream('ticket_field_history') }}
    where ticket_id is not null and field is not null and created_at is not null
),

latest as (
    select ticket_id, field, value, number, created_at
    from (
        select *, row_number() over (partition by ticket_id, field order by number desc) as back
        from changes
    ) as numbered
    where back = 1
),

now_held as (
    {% set fields = ['status', 'priority', 'group_id', 'assignee_id'] %}
    {% for field in fields %}
    select
        id as ticket_id, '{{ field }}' as field, cast({{ field }} as varchar) as value,
        created_at, {{ time_of_epoch('generated_timestamp') }} as changed_at
    from {{ stream('tickets') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

told as (
    select ticket_id, field, value, created_at as valid_from, number, is_inferred from changes
    union all
    -- Create did not name the field: its first change says what the ticket began with.
    select changes.ticket_id, changes.field, changes.previous_value, tickets.created_at, 0, true
    from changes
    inner join {{ stream('tickets') }} as tickets on tickets.id = changes.ticket_id
    where
        changes.number = 1 and not changes.is_initial and changes.previous_value is not null
        and tickets.created_at < changes.created_at
    union all
    -- No event names the field: the ticket has had its value from the beginning.
    select now_held.ticket_id, now_held.field, now_held.value, now_held.created_at, 0, true
    from now_held
    left join latest
        on latest.ticket_id = now_held.ticket_id and latest.field = now_held.field
    where latest.ticket_id is null and now_held.value is not null
    union all
    -- A change without an event: an automation, an SLA, a merge.
    select
        now_held.ticket_id, now_held.field, now_held.value,
        greatest(now_held.changed_at, latest.created_at), latest.number + 1, true
    from now_held
    inner join latest
        on latest.ticket_id = now_held.ticket_id and latest.field = now_held.field
    where latest.value is distinct from now_held.value
),

spans as (
    select
        ticket_id, field, value, is_inferred, valid_from,
        lead(valid_from) over (partition by ticket_id, field order by number) as valid_to
    from told
)

select * from spans where valid_to is null or valid_to > valid_from
