-- The values of custom fields by the titles of the fields.
with held as (
    select id as ticket_id, {{ each_object('custom_fields') }} as field
    from {{ stream('tickets') }}
)

select
    held.ticket_id,
    fields.id as field_id,
    fields.title,
    fields.type,
    held.field ->> 'value' as value
from held
inner join {{ stream('ticket_fields') }} as fields
    on fields.id = {{ whole("(held.field ->> 'id')") }}
where (held.field ->> 'value') is not null
