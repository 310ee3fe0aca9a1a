-- The tags that each organization has now.
{{ config(alias='organization_tag') }}
select id as organization_id, unnest(tags) as tag, _airbyte_extracted_at as _fivetran_synced
from {{ stream('organizations') }}
