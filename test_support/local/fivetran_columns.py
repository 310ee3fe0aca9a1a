"""Which columns the package `dbt_zendesk` reads of Fivetran's tables, and of what type.

Facts about Fivetran's schema alone, found by running the package (docs/fivetran-schema.md). A
missing column would be null in the package without an error.
"""

from __future__ import annotations

from typing import Final

WHOLE: Final = "whole number"
TEXT: Final = "text"
TIME: Final = "time"
DAY: Final = "day"
YES_OR_NO: Final = "yes or no"
NUMBER: Final = "number"

# The types of DuckDB and PostgreSQL by what they hold.
KINDS: Final = {
    **dict.fromkeys(("BIGINT", "INTEGER", "bigint", "integer"), WHOLE),
    **dict.fromkeys(("VARCHAR", "character varying", "text"), TEXT),
    **dict.fromkeys(("TIMESTAMP", "timestamp without time zone"), TIME),
    **dict.fromkeys(("DATE", "date"), DAY),
    **dict.fromkeys(("BOOLEAN", "boolean"), YES_OR_NO),
    **dict.fromkeys(("DECIMAL(4,2)", "DECIMAL(38,9)", "numeric"), NUMBER),
}

_MARKS = {"_fivetran_synced": TIME, "_fivetran_deleted": YES_OR_NO}
_SYNCED = {"_fivetran_synced": TIME}
_PERIOD = {"created_at": TIME, "updated_at": TIME}


def _all(names: str, kind: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


NEEDED: Final[dict[str, dict[str, str]]] = {
    "audit_log": {
        **_all("id actor_id source_id", WHOLE),
        **_all("action change_description source_label source_type", TEXT),
        "created_at": TIME,
        **_SYNCED,
    },
    "brand": {"id": WHOLE, **_all("name brand_url subdomain", TEXT), "active": YES_OR_NO, **_MARKS},
    "daylight_time": {
        "time_zone": TEXT,
        "year": WHOLE,
        **_all("daylight_start_utc daylight_end_utc", TIME),
        "daylight_offset": NUMBER,
        **_SYNCED,
    },
    "domain_name": {"organization_id": WHOLE, "domain_name": TEXT, "index": WHOLE, **_SYNCED},
    "group": {"id": WHOLE, "name": TEXT, **_PERIOD, **_MARKS},
    "organization": {
        "id": WHOLE,
        **_all("external_id name details", TEXT),
        **_PERIOD,
        **_SYNCED,
    },
    "organization_tag": {"organization_id": WHOLE, "tag": TEXT, **_SYNCED},
    "schedule": {
        **_all("id start_time end_time start_time_utc end_time_utc", WHOLE),
        **_all("name time_zone", TEXT),
        "created_at": TIME,
        **_MARKS,
    },
    "schedule_holiday": {
        **_all("id schedule_id", WHOLE),
        "name": TEXT,
        **_all("start_date end_date", DAY),
        **_MARKS,
    },
    "sla_policy_metric_history": {
        **_all("sla_policy_id index target", WHOLE),
        **_all("metric priority", TEXT),
        "business_hours": YES_OR_NO,
        **_all("sla_policy_updated_at valid_starting_at valid_ending_at", TIME),
        **_SYNCED,
    },
    "ticket": {
        **_all("id assignee_id brand_id group_id organization_id problem_id", WHOLE),
        **_all("requester_id submitter_id ticket_form_id via_source_from_id", WHOLE),
        **_all("description external_id priority recipient status subject type url", TEXT),
        **_all("via_channel via_source_from_title via_source_rel", TEXT),
        **_all("via_source_to_address via_source_to_name", TEXT),
        "is_public": YES_OR_NO,
        "due_at": TIME,
        **_PERIOD,
        **_MARKS,
    },
    "ticket_comment": {
        **_all("id ticket_id user_id", WHOLE),
        "body": TEXT,
        "created": TIME,
        **_all("public facebook_comment tweet voice_comment", YES_OR_NO),
        **_MARKS,
    },
    "ticket_custom_field": {
        "id": WHOLE,
        **_all("title raw_title type", TEXT),
        "active": YES_OR_NO,
        **_MARKS,
    },
    "ticket_field_history": {
        **_all("ticket_id user_id", WHOLE),
        **_all("field_name value", TEXT),
        "updated": TIME,
        **_SYNCED,
    },
    "ticket_form_history": {
        "id": WHOLE,
        **_all("name display_name", TEXT),
        "active": YES_OR_NO,
        **_PERIOD,
        **_MARKS,
    },
    "ticket_schedule": {**_all("ticket_id schedule_id", WHOLE), "created_at": TIME, **_SYNCED},
    "ticket_sla_policy": {
        **_all("ticket_id sla_policy_id", WHOLE),
        "policy_applied_at": TIME,
        **_SYNCED,
    },
    "ticket_tag": {"ticket_id": WHOLE, "tag": TEXT, **_SYNCED},
    "time_zone": {**_all("time_zone standard_offset", TEXT), **_SYNCED},
    "user": {
        **_all("id organization_id", WHOLE),
        **_all("external_id email name phone role ticket_restriction time_zone locale", TEXT),
        **_all("active suspended", YES_OR_NO),
        "last_login_at": TIME,
        **_PERIOD,
        **_MARKS,
    },
    "user_tag": {"user_id": WHOLE, "tag": TEXT, **_SYNCED},
}
