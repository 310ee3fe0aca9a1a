-- Each comment.
{{ config(alias='ticket_comment') }}
select
    id, ticket_id, body, created_at as created, public,
    author_id as user_id,
    via ->> 'channel' as via_channel,
    coalesce(event_type = 'VoiceComment' or type = 'VoiceComment', false) as voice_comment,
    coalesce(event_type like 'Facebook%' or type like 'Facebook%', false) as facebook_comment,
    coalesce(event_type = 'Tweet' or type = 'Tweet', false) as tweet,
    {{ is_marked('ticket_comments') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
from {{ stream('ticket_comments') }}
