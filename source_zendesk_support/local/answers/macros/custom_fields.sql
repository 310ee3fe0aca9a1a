{# Custom fields as columns, in the way of Fivetran: `custom_` and the title or key of the field. #}

{# Name, id or key, and type of each custom field that the account has now.
   A name has only a to z, 0 to 9 and _, and the 63 bytes that PostgreSQL gives one. A name that an older field has,
   or the table itself (`taken`), gets the number of the field at its end. #}
{% macro custom_fields(stream_name, reference, title, is_custom, taken) %}
    {%- set found = [] -%}
    {%- set rows_of_fields = kept(stream_name) -%} {# outside of `execute`: dbt learns here what the model reads #}
    {%- if execute and stream_name not in var('empty_streams') -%}
        {%- set query -%}
            select id, {{ reference }}, {{ title }}, type from {{ rows_of_fields }} as fields
            where {{ is_custom }} and {{ reference }} is not null
            order by id
        {%- endset -%}
        {%- for number, key, words, type in run_query(query).rows -%}
            {%- set cleaned = modules.re.sub('[^a-z0-9]+', '_', (words or '') | lower).strip('_') -%}
            {%- set names = [('custom_' ~ (cleaned or number))[:63]] -%}
            {%- if names[0] in taken -%}
                {%- set ending = '_' ~ number -%}
                {%- do names.append(names[0][: 63 - (ending | length)] ~ ending) -%}
            {%- endif -%}
            {%- do taken.append(names[-1]) -%}
            {%- do found.append({'name': names[-1], 'key': key | string, 'type': type}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}

{# The text of a value, in the type of its field. What does not fit the type is null. #}
{% macro custom_value(text, type) -%}
    {%- if type == 'checkbox' -%} case {{ text }} when 'true' then true when 'false' then false end
    {%- elif type == 'integer' -%} {{ whole(text) }}
    {%- elif type == 'decimal' -%}
        case when {{ text }} ~ '^-?[0-9]{1,18}([.][0-9]{1,18})?$' then cast({{ text }} as decimal(38, 9)) end
    {%- else -%} {{ text }}
    {%- endif -%}
{%- endmacro %}

{# The columns of an object of custom fields, each after a comma. #}
{% macro custom_columns(stream_name, object, taken) -%}
    {%- for field in custom_fields(stream_name, 'key', 'key', 'not coalesce(system, false)', taken) %},
    {{ custom_value("(" ~ object ~ " ->> '" ~ (field.key | replace("'", "''")) ~ "')", field.type) }} as {{ field.name }}
    {%- endfor %}
{%- endmacro %}
