-- Zendesk's metric and our own count of events differ.
{{ config(severity = 'warn') }}
select ticket_id, first_resolution_minutes, counted_first_resolution_minutes
from {{ ref('ticket_times') }}
where first_resolution_minutes is distinct from counted_first_resolution_minutes
