-- The tags that each ticket has now.
{{ config(alias='ticket_tag') }}
select id as ticket_id, unnest(tags) as tag, _airbyte_extracted_at as _fivetran_synced
from {{ stream('tickets') }}
