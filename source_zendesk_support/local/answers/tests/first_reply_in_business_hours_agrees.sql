-- Zendesk's metric and our own count by the ticket's schedule differ.
{{ config(severity = 'warn') }}
select ticket_id, first_reply_business_minutes, counted_first_reply_business_minutes
from {{ ref('ticket_times') }}
where first_reply_business_minutes is distinct from counted_first_reply_business_minutes
