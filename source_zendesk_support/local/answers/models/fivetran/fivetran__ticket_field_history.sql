-- Each value of each field, the targets of SLA policies among them. Of several in one second, the last.
{{ config(alias='ticket_field_history') }}
with told as (
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
        ticket_id,
        case
            when metric = 'reply_time' and coalesce(instance_id, 1) <= 1 then 'first_reply_time'
            when metric = 'reply_time' then 'next_reply_time'
            when metric = 'resolution_time' then 'total_resolution_time'
            else metric
        end,
        "time",
        '{"minutes": ' || cast(cast(floor(target_in_seconds / 60.0) as bigint) as varchar)
        || ', "in_business_hours": '
        || case when coalesce(business_hours, false) then 'true' else 'false' end || '}',
        cast(null as bigint), cast(extract(epoch from "time") as bigint), id, 0
    from {{ stream('ticket_sla_policy_history') }}
    where ticket_id is not null and metric is not null and "time" is not null
        and target_in_seconds is not null
    union all
    select
        ticket_id, 'sla_policy', "time", policy_title,
        cast(null as bigint), cast(extract(epoch from "time") as bigint), id, 0
    from {{ stream('ticket_sla_policy_history') }}
    where ticket_id is not null and "time" is not null
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
