-- When a time zone that a schedule has is ahead of its standard offset.
{{ config(alias='daylight_time') }}
select
    time_zone, year, daylight_start_utc, daylight_end_utc, daylight_offset,
    cast('{{ run_started_at.strftime("%Y-%m-%d") }}' as timestamp) as _fivetran_synced
from ({{ daylight_rows() }}) as spans
