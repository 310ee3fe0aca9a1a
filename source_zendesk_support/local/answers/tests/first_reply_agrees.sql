-- Zendesk's metric and our own count of events differ.
{{ config(severity = 'warn') }}
select ticket_id, first_reply_minutes, counted_first_reply_minutes
from {{ ref('ticket_times') }}
where first_reply_minutes is distinct from counted_first_reply_minutes
