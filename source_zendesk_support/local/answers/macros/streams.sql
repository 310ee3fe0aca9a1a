{# The table of a stream, or a query without rows where the account has no such stream. #}
{% macro stream(name) %}
    {%- set empty = var('empty_streams') -%}
    {%- if name in empty -%} ({{ empty[name] }}) {%- else -%} {{ source('zendesk', name) }} {%- endif -%}
{% endmacro %}
