{# What DuckDB and PostgreSQL write differently. #}

{% macro minutes_between(since, until) -%}
    cast(floor(extract(epoch from ({{ until }} - {{ since }})) / 60) as bigint)
{%- endmacro %}

{% macro seconds_between(since, until) -%}
    cast(floor(extract(epoch from ({{ until }} - {{ since }}))) as bigint)
{%- endmacro %}

{# A text as a whole number; null where it is none, so that one odd value costs itself alone. #}
{% macro whole(text) -%}
    case when {{ text }} ~ '^-?[0-9]{1,18}([.][0-9]{1,9})?$' then cast(cast({{ text }} as decimal(38, 9)) as bigint) end
{%- endmacro %}

{% macro minutes_of(column, hours) -%} {{ whole("(" ~ column ~ " ->> '" ~ hours ~ "')") }} {%- endmacro %}

{% macro time_of_epoch(seconds) %}{{ return(adapter.dispatch('time_of_epoch')(seconds)) }}{% endmacro %}
{% macro default__time_of_epoch(seconds) -%} (to_timestamp({{ seconds }}) at time zone 'UTC') {%- endmacro %}
{% macro duckdb__time_of_epoch(seconds) -%} make_timestamp({{ seconds }} * 1000000) {%- endmacro %}

{# One row for each day from the first to the last, in the list of a SELECT. #}
{% macro each_day(first, last) %}{{ return(adapter.dispatch('each_day')(first, last)) }}{% endmacro %}
{% macro default__each_day(first, last) -%} generate_series({{ first }}, {{ last }}, interval '1 day') {%- endmacro %}
{% macro duckdb__each_day(first, last) -%} unnest(generate_series({{ first }}, {{ last }}, interval '1 day')) {%- endmacro %}

{# One row for each object of a JSON list, in the list of a SELECT. #}
{% macro each_object(column) %}{{ return(adapter.dispatch('each_object')(column)) }}{% endmacro %}
{% macro default__each_object(column) -%} json_array_elements(case when json_typeof({{ column }}) = 'array' then {{ column }} end) {%- endmacro %}
{% macro duckdb__each_object(column) -%} unnest(case when json_type({{ column }}) = 'ARRAY' then cast({{ column }} as json[]) end) {%- endmacro %}

{% macro percentile(share, expression) -%} percentile_cont({{ share }}) within group (order by {{ expression }}) {%- endmacro %}
