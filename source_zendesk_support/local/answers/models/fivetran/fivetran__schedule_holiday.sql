-- The holidays of each schedule.
{{ config(alias='schedule_holiday') }}
select
    id, schedule_id, name,
    cast(start_date as date) as start_date,
    cast(end_date as date) as end_date,
    {{ is_marked('schedule_holidays') }} as _fivetran_deleted,
    _airbyte_extracted_at as _fivetran_synced
from {{ stream('schedule_holidays') }}
