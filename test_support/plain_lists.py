"""Every list of the emulator, as a reader that follows docs/facts/zendesk-api.md asks for it."""

from typing import Any

from test_support.emulated_lists import stream_of
from zendesk_emulator.api.routes import ALL_LISTINGS
from zendesk_emulator.seed.families import FAMILIES
from zendesk_emulator.seed.people import AGENT_EVERY, user_id
from zendesk_emulator.truth.oracle import TRUTHS

SCOPE = "&support_type_scope=all"
START_S = 1_730_000_000  # leaves about a third of the history out
# Fields that a reader types so that they can be joined, and fields that it leaves out
TYPED = {
    "skill_assignments": "instance_id",
    "jira_links": "ticket_id",
    "badge_categories": "brand_id",
    "badge_assignments": "user_id",
}
HIDDEN = {"secret", "token", "refresh_token"}
KEYS = {
    "tags": "name", "custom_objects": "key", "agent_availabilities": "agent_id",
    "engagements": "engagement_id", "talk_agents_activity": "agent_id",
}  # fmt: skip


def availabilities(page: dict[str, Any]) -> list[dict[str, Any]]:
    """Put the parts of JSON:API together (docs/facts/zendesk-api.md#5.6)."""
    parts = {each["id"]: each for each in page["included"]}

    def of(resource: dict[str, Any], name: str) -> list[dict[str, Any]]:
        return [parts[each["id"]] for each in resource["relationships"][name]["data"]]

    return [
        {
            **agent["attributes"],
            "channels": [
                {
                    **channel["attributes"],
                    "id": channel["id"].split("|")[3],
                    "work_items": [
                        {**item["attributes"], "id": item["id"].split("|")[5]}
                        for item in of(channel, "work_items")
                    ],
                }
                for channel in of(agent, "channels")
            ],
        }
        for agent in page["data"]
    ]


def statuses(page: dict[str, Any]) -> list[dict[str, Any]]:
    """Put the attributes of each status among its fields."""
    outside = ("id", "updated_at")
    return [
        {**each["attributes"], **{name: each[name] for name in outside if name in each}}
        for each in page["data"]
    ]


FLATTENED = {"agent_availabilities": availabilities, "agent_statuses": statuses}
# Read otherwise: by an export, with another record, or newest first
NOT_FROM_THEIR_LISTS = {
    *("tickets", "ticket_metrics", "users", "organizations", "articles", "ticket_audits"),
    *("calls", "call_legs"),
}
# Parameters without which a list hides records
PARAMETERS = {
    "deleted_tickets": SCOPE,
    "groups": "&exclude_deleted=false",
    "brands": "&include_deleted=true",
    "satisfaction_ratings": f"&start_time={START_S}",
    "audit_logs": "&sort=created_at",
    "jira_links": "&page[size]=1000",  # no page says whether there are more
    "agent_skills": "&filter[agent_ids]="
    + ",".join(str(user_id(AGENT_EVERY * number)) for number in range(12)),
}
LISTED = {
    stream_of(listing): listing
    for listing in ALL_LISTINGS
    if stream_of(listing) in TRUTHS
    and stream_of(listing) not in NOT_FROM_THEIR_LISTS
    and listing.paging != "object"
}
ARTICLE = "help_center/articles/{id}"
# stream -> the stream of its parents, its list below one of them, and the key of its records
BELOW = {
    "ticket_field_options": (
        "ticket_fields", "ticket_fields/{id}/options?page[size]=2", "custom_field_options",
    ),
    "schedule_holidays": ("schedules", "business_hours/schedules/{id}/holidays", "holidays"),
    "custom_object_fields": ("custom_objects", "custom_objects/{key}/fields?page[size]=3", ""),
    "article_attachments": ("articles", f"{ARTICLE}/attachments?page[size]=1", ""),
    "article_votes": ("articles", f"{ARTICLE}/votes?page[size]=2", "votes"),
    "article_comments": ("articles", f"{ARTICLE}/comments?page[size]=2", "comments"),
    "article_translations": ("articles", f"{ARTICLE}/translations?per_page=2", "translations"),
    "article_comment_votes": (
        "article_comments", "help_center/articles/{source_id}/comments/{id}/votes", "votes",
    ),
    "post_votes": ("posts", "community/posts/{id}/votes?page[size]=2", "votes"),
    "post_comments": ("posts", "community/posts/{id}/comments?page[size]=2", "comments"),
    "post_comment_votes": (
        "post_comments", "help_center/community/posts/{post_id}/comments/{id}/votes", "votes",
    ),
}  # fmt: skip


BELOW |= {
    family.seed.stream: (
        family.seed.parent,
        family.path.replace("*", "{key}" if family.seed.parent == "custom_objects" else "{id}"),
        family.key,
    )
    for family in FAMILIES
    if family.seed.parent
}
OBJECTS = {family.seed.stream: family for family in FAMILIES if family.paging == "object"}
