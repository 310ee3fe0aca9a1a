-- The domains of each organization, in the order of their names.
{{ config(alias='domain_name') }}
select
    organization_id, domain_name,
    row_number() over (partition by organization_id order by domain_name) - 1 as "index",
    _fivetran_synced
from (
    select
        id as organization_id, unnest(domain_names) as domain_name,
        _airbyte_extracted_at as _fivetran_synced
    from {{ stream('organizations') }}
) as domains
