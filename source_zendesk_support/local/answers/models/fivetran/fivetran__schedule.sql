-- The open intervals of each schedule, in minutes from Sunday 00:00, by its own clock and in UTC.
{{ config(alias='schedule') }}
with pieces as (
    select
        id, name, time_zone, created_at, _airbyte_extracted_at as _fivetran_synced,
        {{ is_marked('schedules') }} as _fivetran_deleted,
        {{ each_object('intervals') }} as piece
    from {{ stream('schedules') }}
)

select
    pieces.id, pieces.name, pieces.time_zone, pieces.created_at,
    {{ whole("(pieces.piece ->> 'start_time')") }} as start_time,
    {{ whole("(pieces.piece ->> 'end_time')") }} as end_time,
    {{ whole("(pieces.piece ->> 'start_time')") }} - coalesce(zones.standard_minutes, 0)
        as start_time_utc,
    {{ whole("(pieces.piece ->> 'end_time')") }} - coalesce(zones.standard_minutes, 0)
        as end_time_utc,
    pieces._fivetran_deleted, pieces._fivetran_synced
from pieces
left join ({{ zone_rows() }}) as zones on zones.time_zone = pieces.time_zone
