-- The tags that each user has now.
{{ config(alias='user_tag') }}
select id as user_id, unnest(tags) as tag, _airbyte_extracted_at as _fivetran_synced
from {{ stream('users') }}
