-- Each rating.
{{ config(alias='satisfaction_rating') }}
select
    id, ticket_id, requester_id, assignee_id, group_id, score, comment, reason, url,
    created_at, updated_at,
    {{ is_marked('satisfaction_ratings') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
from {{ stream('satisfaction_ratings') }}
