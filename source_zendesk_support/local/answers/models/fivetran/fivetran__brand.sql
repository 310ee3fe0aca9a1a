-- Each brand.
{{ config(alias='brand') }}
select
    id, name, brand_url, subdomain, active, "default", has_help_center, url,
    coalesce(is_deleted, false) or {{ is_marked('brands') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
from {{ stream('brands') }}
