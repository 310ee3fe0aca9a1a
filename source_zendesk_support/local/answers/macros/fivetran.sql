{# What the tables in Fivetran's schema share. #}

{# Whether the destination has marked a row as deleted. #}
{% macro is_marked(name) -%}
    {%- if name in var('marked_streams') -%} (_ab_cdc_deleted_at is not null) {%- else -%} false {%- endif -%}
{%- endmacro %}

{# Rows of `time_zones`: name, offset as text, offset in minutes (zone_offsets.py). #}
{% macro zone_rows() -%}
    {%- for name, offset, minutes in var('time_zones').standard %}
    select cast('{{ name | replace("'", "''") }}' as varchar) as time_zone, cast('{{ offset }}' as varchar) as standard_offset, {{ minutes }} as standard_minutes
    union all
    {%- endfor %}
    select cast(null as varchar), cast(null as varchar), cast(null as integer) where false
{%- endmacro %}

{% macro daylight_rows() -%}
    {%- for name, year, since, until, hours in var('time_zones').daylight %}
    select cast('{{ name | replace("'", "''") }}' as varchar) as time_zone, {{ year }} as year, cast('{{ since }}' as timestamp) as daylight_start_utc, cast('{{ until }}' as timestamp) as daylight_end_utc, cast({{ hours }} as decimal(4, 2)) as daylight_offset
    union all
    {%- endfor %}
    select cast(null as varchar), cast(null as integer), cast(null as timestamp), cast(null as timestamp), cast(null as decimal(4, 2)) where false
{%- endmacro %}
