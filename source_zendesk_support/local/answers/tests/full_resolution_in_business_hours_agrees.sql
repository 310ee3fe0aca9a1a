-- Zendesk's metric and our own count by the ticket's schedule differ.
{{ config(severity = 'warn') }}
select ticket_id, full_resolution_business_minutes, counted_full_resolution_business_minutes
from {{ ref('ticket_times') }}
where full_resolution_business_minutes is distinct from counted_full_resolution_business_minutes
