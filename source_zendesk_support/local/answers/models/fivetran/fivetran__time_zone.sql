-- The standard offset of each time zone that a schedule has.
{{ config(alias='time_zone') }}
select time_zone, standard_offset, cast('{{ run_started_at.strftime("%Y-%m-%d") }}' as timestamp) as _fivetran_synced
from ({{ zone_rows() }}) as zones
