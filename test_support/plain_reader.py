"""A reader of an emulated site that follows docs/facts/zendesk-api.md, and not the connector."""

from typing import Any

from test_support.emulated_lists import offers_cursors
from test_support.plain_lists import (
    BELOW,
    FLATTENED,
    HIDDEN,
    KEYS,
    LISTED,
    OBJECTS,
    PARAMETERS,
    SCOPE,
    START_S,
    TYPED,
)
from zendesk_emulator.api.exports import HOLD_BACK_S
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.ids import time_in_ulid_s
from zendesk_emulator.seed.usage import RULES_WITH_USAGE, SPANS, usage_of
from zendesk_emulator.truth.histories import field_rows, schedule_rows, sla_policy_rows
from zendesk_emulator.truth.oracle import TRUTHS
from zendesk_emulator.truth.rules import comments


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
