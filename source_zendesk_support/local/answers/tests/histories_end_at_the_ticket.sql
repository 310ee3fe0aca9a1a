-- The last span of each field is what the ticket has now.
select tickets.id, tickets.status, spans.value
from {{ stream('tickets') }} as tickets
inner join {{ ref('field_spans') }} as spans
    on spans.ticket_id = tickets.id and spans.field = 'status' and spans.valid_to is null
where spans.value is distinct from tickets.status
