{# The table of a stream, or a query without rows where the account has no such stream. #}
{% macro stream(name) %}
    {%- set empty = var('empty_streams') -%}
    {%- if name in empty -%} ({{ empty[name] }}) {%- else -%} {{ source('zendesk', name) }} {%- endif -%}
{% endmacro %}

{# The rows of a stream that the destination has not marked as deleted. #}
{% macro kept(name) %}
    {%- if name in var('marked_streams') -%}
        (select * from {{ source('zendesk', name) }} where _ab_cdc_deleted_at is null)
    {%- else -%} {{ stream(name) }} {%- endif -%}
{% endmacro %}
