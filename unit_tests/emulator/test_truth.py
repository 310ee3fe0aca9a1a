"""A reader that follows docs/facts/zendesk-api.md ends with exactly what `truth` demands."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from test_support.emulated_lists import offers_cursors, stream_of
from zendesk_emulator.api.exports import HOLD_BACK_S
from zendesk_emulator.api.routes import ALL_LISTINGS
from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.ids import time_in_ulid_s
from zendesk_emulator.seed.families import FAMILIES
from zendesk_emulator.seed.people import AGENT_EVERY, user_id
from zendesk_emulator.seed.usage import RULES_WITH_USAGE, SPANS, usage_of
from zendesk_emulator.truth.histories import field_rows, schedule_rows, sla_policy_rows
from zendesk_emulator.truth.oracle import TRUTHS, truth
from zendesk_emulator.truth.rules import comments, key_of

SCOPE = "&support_type_scope=all"
START_S = 1_730_000_000  # leaves about a third of the history out
# What a reader makes of fields so that they can be joined, and leaves out
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


class Reader:
    """Upserts by key; exports resume where they stopped, lists are read anew."""

    def __init__(self, ask: Any) -> None:
        self.ask = ask
        self.held: dict[str, dict[Any, Any]] = {stream: {} for stream in TRUTHS}
        first = f"start_time={START_S}"
        self.cursors = {
            "tickets": f"tickets/cursor?{first}&per_page=17&include=metric_sets{SCOPE}",
            "users": f"users/cursor?{first}&per_page=11&include=identities",
        }
        self.times = dict.fromkeys(
            ("organizations", "ticket_events", "ticket_metric_events", "calls", "call_legs"),
            START_S,
        )
        self.objects: dict[Any, str] = {}

    def keep(self, stream: str, records: list[dict[str, Any]], key: str = "id") -> None:
        self.held[stream].update({record[key]: record for record in records})

    def sync(self) -> None:
        for name, target in self.cursors.items():
            self.cursors[name] = self.walk_cursor(name, f"/api/v2/incremental/{target}")
        for name in ("organizations", "ticket_events"):
            self.walk_time(name)
        self.walk_metric_events()
        self.walk_articles()
        for name, listing in LISTED.items():
            self.held[name] = {}
            # Several pages of each list, whatever the account holds of it.
            size = max(1, len(self.ask.site.account.table(listing.table).rows) // 5)
            asked = f"page[size]={size}" if offers_cursors(listing) else f"per_page={size}"
            target = f"{listing.path}?{asked}{PARAMETERS.get(name, '')}"
            self.walk_list(name, target, listing.key)
        for name, (parents, target, key) in BELOW.items():
            self.held[name] = {}
            for parent in self.held[parents].values():
                below = "/api/v2/" + target.format(**parent)
                # An export holds a deletion back for a minute: the parent may be gone already.
                if parents not in self.times or self.ask.refused(below)[0] != 404:
                    self.walk_list(name, below, key)
        self.read_definitions()
        self.held["skill_assignments"] = {}
        skills = "/api/v2/incremental/routing/instance_values"
        self.walk_list("skill_assignments", skills, "instance_values")
        self.read_objects()
        self.read_usage()
        self.take_ivrs_apart()
        self.make_joinable()
        self.walk_audits()
        self.walk_objects()
        self.walk_talk()
        self.walk_side_conversations()
        self.walk_engagements()
        self.walk_conversations()
        self.name_parents()

    def read_objects(self) -> None:
        for name, family in OBJECTS.items():
            self.held[name] = {"": self.ask(f"/api/v2/{family.path}")[family.key]}
        self.held["account_settings"] = {"": self.ask("/api/v2/account/settings")["settings"]}

    def read_usage(self) -> None:
        """Rules with their counts (docs/facts/zendesk-api.md#3)."""
        for table in RULES_WITH_USAGE:
            target = f"/api/v2/{table}?page[size]=100&include={','.join(SPANS)}"
            self.held[table] = {}
            self.walk_list(table, target)
            self.held[usage_of(table)] = {
                key: {"id": key, **{span: rule.pop(span) for span in SPANS}}
                for key, rule in self.held[table].items()
            }

    def take_ivrs_apart(self) -> None:
        ivrs = self.held["ivrs"].values()
        menus = [{**menu, "ivr_id": ivr["id"]} for ivr in ivrs for menu in ivr["menus"]]
        routes = [
            {**route, "menu_id": menu["id"], "ivr_id": menu["ivr_id"]}
            for menu in menus
            for route in menu["routes"]
        ]
        self.held |= {"ivr_menus": {}, "ivr_routes": {}}
        self.keep("ivr_menus", menus)
        self.keep("ivr_routes", routes)

    def make_joinable(self) -> None:
        for name, field in TYPED.items():
            for record in self.held[name].values():
                record[field] = int(record[field])
        for merge in self.held["organization_merges"].values():
            merge["created_at"] = iso(time_in_ulid_s(merge["id"]))
        for name in ("oauth_clients", "oauth_tokens"):
            for record in self.held[name].values():
                for field in HIDDEN & record.keys():
                    del record[field]

    def walk_engagements(self) -> None:
        """All that is shown, each time: one that ends late appears far behind the others."""
        target: str | None = f"/api/v2/engagements?start_time={START_S}"
        while target:
            page = self.ask(target)
            self.keep("engagements", page["agent_engagement_data"], "engagement_id")
            target = page["next_page_url"]

    def walk_conversations(self) -> None:
        """Read the log of each live ticket; no event is ever gone."""
        for ticket in self.held["tickets"].values():
            if ticket["status"] == "deleted" or not ticket["from_messaging_channel"]:
                continue
            target = f"/api/v2/tickets/{ticket['id']}/conversation_log?page[size]=3"
            has_more = self.ask.raw(target).status == 200  # or deleted in the last minute
            while has_more:
                page = self.ask(target)
                events = [{**event, "ticket_id": ticket["id"]} for event in page["events"]]
                self.keep("conversation_log", events)
                target, has_more = page["links"]["next"], page["meta"]["has_more"]

    def walk_audits(self) -> None:
        """Back from the newest (docs/facts/zendesk-api.md#5.1)."""
        target = "/api/v2/ticket_audits?limit=30&sort_by=created_at&sort_order=desc"
        while target:
            page = self.ask(target)
            self.keep("ticket_audits", page["audits"])
            target = page["before_url"] if page["audits"] else None

    def walk_objects(self) -> None:
        """Every object's records resume where they stopped (docs/facts/zendesk-api.md#2.3)."""
        for custom_object in self.held["custom_objects"]:
            path = f"/api/v2/incremental/custom_objects/{custom_object}/cursor"
            first = f"{path}?start_time={START_S}&per_page=7"
            while True:
                page = self.ask(self.objects.get(custom_object, first))
                self.keep("custom_object_records", page["custom_object_records"])
                self.objects[custom_object] = page["after_url"]
                if not page["meta"]["has_more"]:
                    break

    def walk_talk(self) -> None:
        """The last page is the one that ends where it began (docs/facts/zendesk-api.md#2.3.15)."""
        for name, key in (("calls", "calls"), ("call_legs", "legs")):
            while True:
                start_s = self.times[name]
                target = f"/api/v2/channels/voice/stats/incremental/{key}?start_time={start_s}"
                page = self.ask(target)
                self.keep(name, page[key])
                self.times[name] = page["end_time"]
                if page["end_time"] == start_s:
                    break

    def walk_side_conversations(self) -> None:
        feed = f"/api/v2/tickets/side_conversations/events?per_page=50&start_time={START_S}"
        self.walk_list("side_conversation_events", feed, "events")
        for ticket_id in self.held["tickets"]:
            answer = self.ask.raw(f"/api/v2/tickets/{ticket_id}/side_conversations?per_page=2")
            assert answer.status in (200, 403, 404, 422)
            if answer.status == 200:
                target = f"/api/v2/tickets/{ticket_id}/side_conversations?per_page=2"
                self.walk_list("side_conversations", target)

    def name_parents(self) -> None:
        """Fields of comments of the published connector (docs/facts/published-connector.md#1.3)."""
        for name, parent, field in (
            ("article_comments", "article_id", "source_id"),
            ("post_comments", "post_id", "post_id"),
        ):
            for record in self.held[name].values():
                ids = {parent: record[field], "comment_id": record["id"]}
                record["_airbyte_parent_id"] = ids

    def walk_articles(self) -> None:
        """From the first on: votes move no article's time, and deletions are not shown."""
        self.held["articles"] = {}
        target = "/api/v2/help_center/incremental/articles?start_time=0"
        while target:
            page = self.ask(target)
            self.keep("articles", page["articles"])
            target = page["next_page"]

    def walk_cursor(self, name: str, target: str) -> str:
        while True:
            page = self.ask(target)
            metrics = [ticket.pop("metric_set") for ticket in page.get("tickets", [])]
            self.keep("ticket_metrics", [metric for metric in metrics if metric])
            self.keep("user_identities", page.get("identities", []))
            self.keep(name, page[name])
            target = page["after_url"]
            if page["end_of_stream"]:
                return str(target).partition("/incremental/")[2]

    def walk_time(self, name: str) -> None:
        more = "&include=comment_events" + SCOPE if name == "ticket_events" else ""
        target = f"/api/v2/incremental/{name}?start_time={self.times[name]}{more}"
        while True:
            page = self.ask(target)
            self.keep(name, page[name])
            if name == "ticket_events":
                said = list(comments(page[name]))
                self.keep("ticket_comments", said)
                self.keep("ticket_field_history", list(field_rows(page[name])))
                self.keep("ticket_schedule_history", list(schedule_rows(page[name])))
                self.keep("attachments", [one for each in said for one in each["attachments"]])
            self.times[name] = page["end_time"] or self.times[name]
            target = page["next_page"]
            if page["end_of_stream"]:
                return

    def walk_metric_events(self) -> None:
        target = (
            "/api/v2/incremental/ticket_metric_events?page[size]=100"
            f"&start_time={self.times['ticket_metric_events']}"
        )
        self.times["ticket_metric_events"] = self.ask.site.account.clock.now_s() - HOLD_BACK_S
        self.walk_list("ticket_metric_events", target)
        told = self.held["ticket_metric_events"].values()
        self.keep("ticket_sla_policy_history", list(sla_policy_rows(told)))

    def walk_list(self, name: str, target: str | None, key: str = "") -> None:
        while target:
            page = self.ask(target)
            if isinstance(page, list):
                self.keep(name, page)
                return
            items = FLATTENED[name](page) if name in FLATTENED else page[key or name]
            self.keep(name, items, KEYS.get(name, "id"))
            more = page.get("meta", {}).get("has_more")
            target = page["links"]["next"] if more else page.get("next_page")

    def read_definitions(self) -> None:
        lists = self.ask("/api/v2/routing/attributes/definitions")["definitions"]
        self.held["attribute_definitions"] = {
            f"{each['subject']}+{condition}": {**each, "condition": condition}
            for condition in ("all", "any")
            for each in lists[f"conditions_{condition}"]
        }


def assert_true(reader: Reader, stream: str) -> None:
    told = truth(reader.ask.site.account, stream, start_s=START_S, include_deleted_tickets=True)
    held = reader.held[stream]
    must = {key_of(told, record): record for record in told.must}
    assert len(must) == len(told.must)
    missing = must.keys() - held.keys()
    assert not missing, (stream, missing)
    assert {key: held[key] for key in must} == must, stream
    assert held.keys() - must.keys() <= set(told.may), stream


@settings(max_examples=4, deadline=None)
@given(seeds=st.lists(st.integers(0, 2**32), min_size=3, max_size=3))
def test_three_syncs_with_changes_between_them(ask_with: Any, seeds: list[int]) -> None:
    reader = Reader(ask_with(cluster=20))
    account = reader.ask.site.account
    reader.sync()
    for seed in seeds:
        change(account, "mix", count=60, seed=seed)
        account.clock.advance(40)
        reader.sync()  # half of it is held back ...
        account.clock.advance(21)
        reader.sync()  # ... until here
        for stream in TRUTHS:
            assert_true(reader, stream)
    account.clock.advance(31 * 86_400)  # what was deleted is scrubbed by itself
    reader.sync()
    account.clock.advance(61)
    reader.sync()
    for stream in TRUTHS:
        assert_true(reader, stream)


def test_deleted_tickets_are_demanded_only_when_asked_for(ask: Any) -> None:
    account = ask.site.account
    ticket_id = change(account, "delete_ticket")[0].id
    account.clock.advance(61)
    without = truth(account, "tickets")
    assert ticket_id in without.may
    assert all(record["status"] != "deleted" for record in without.must)
    with_deleted = truth(account, "tickets", include_deleted_tickets=True)
    assert next(r for r in with_deleted.must if r["id"] == ticket_id)["status"] == "deleted"
    metric_ids = {record["ticket_id"] for record in truth(account, "ticket_metrics").must}
    assert ticket_id not in metric_ids


def test_what_changed_in_the_last_minute_may_be_held_as_it_was(ask: Any) -> None:
    ticket_id = change(ask.site.account, "update_ticket")[0].id
    told = truth(ask.site.account, "tickets")
    assert ticket_id in told.may
    assert ticket_id not in [record["id"] for record in told.must]
    ask.site.account.clock.advance(60)
    assert ticket_id in [record["id"] for record in truth(ask.site.account, "tickets").must]


def test_removed_memberships_are_allowed(ask: Any) -> None:
    gone = change(ask.site.account, "remove_group_membership")[0].id
    told = truth(ask.site.account, "group_memberships")
    assert gone in told.may
    assert gone not in [record["id"] for record in told.must]


def test_an_unknown_stream_is_an_error(ask: Any) -> None:
    with pytest.raises(KeyError):
        truth(ask.site.account, "no_such_stream")
