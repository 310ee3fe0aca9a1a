-- Zendesk's metric and our own count of events differ.
{{ config(severity = 'warn') }}
select ticket_id, full_resolution_minutes, counted_full_resolution_minutes
from {{ ref('ticket_times') }}
where full_resolution_minutes is distinct from counted_full_resolution_minutes
