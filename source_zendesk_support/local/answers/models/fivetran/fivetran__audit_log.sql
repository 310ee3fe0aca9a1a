-- Who changed which setting, where the plan has it.
{{ config(alias='audit_log') }}
select
    id, action, actor_id, change_description, created_at, source_id, source_label, source_type,
    _airbyte_extracted_at as _fivetran_synced
from {{ stream('audit_logs') }}
