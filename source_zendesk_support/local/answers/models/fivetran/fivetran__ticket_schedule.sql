-- The schedules that tickets got. Of several in one second, the last.
{{ config(alias='ticket_schedule') }}
select ticket_id, created_at, schedule_id, _fivetran_synced
from (
    select
        ticket_id, created_at, schedule_id, _airbyte_extracted_at as _fivetran_synced,
        row_number() over (
            partition by ticket_id, created_at order by "timestamp" desc, id desc
        ) as back
    from {{ stream('ticket_schedule_history') }}
    where schedule_id is not null
) as numbered
where back = 1
