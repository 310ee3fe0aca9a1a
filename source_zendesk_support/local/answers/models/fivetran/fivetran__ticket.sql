-- Each ticket, with a column for each custom field.
{{ config(alias='ticket') }}
{%- set fields = custom_fields('ticket_fields', 'id', 'title', 'coalesce(removable, true)', []) %}

with pieces as (
    select id as ticket_id, {{ each_object('custom_fields') }} as piece
    from {{ stream('tickets') }}
),

customs as (
    select
        ticket_id
        {%- for field in fields %},
        max(case when piece ->> 'id' = '{{ field.key }}' then piece ->> 'value' end) as {{ field.name }}
        {%- endfor %}
    from pieces
    group by ticket_id
)

select
    id, url, assignee_id, brand_id, created_at, updated_at, type, subject, raw_subject, description,
    priority, status, recipient, requester_id, submitter_id, organization_id, group_id, due_at,
    ticket_form_id, is_public, problem_id, external_id, has_incidents, allow_channelback,
    forum_topic_id,
    via ->> 'channel' as via_channel,
    {{ whole("(via -> 'source' -> 'from' ->> 'id')") }} as via_source_from_id,
    via -> 'source' -> 'from' ->> 'title' as via_source_from_title,
    via -> 'source' -> 'from' ->> 'address' as via_source_from_address,
    via -> 'source' ->> 'rel' as via_source_rel,
    via -> 'source' -> 'to' ->> 'address' as via_source_to_address,
    via -> 'source' -> 'to' ->> 'name' as via_source_to_name,
    coalesce(status = 'deleted', false) or {{ is_marked('tickets') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
    {%- for field in fields %},
    {{ custom_value('customs.' ~ field.name, field.type) }} as {{ field.name }}
    {%- endfor %}
from {{ stream('tickets') }} as tickets
left join customs on customs.ticket_id = tickets.id
