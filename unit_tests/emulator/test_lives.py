"""A ticket's life is one story: what its record, events, metrics, SLA events and rating say agrees.

Everything is computed here from served events alone, apart from how the emulator draws it.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from zendesk_emulator.changes.apply import change
from zendesk_emulator.truth.oracle import truth

# Changes with an event; the others leave no history (docs/facts/zendesk-api.md#2.3.6).
WITH_EVENTS = ("new_ticket", "update_ticket", "comment", "tag", "delete_ticket", "new_rating")
ZONES = {"Berlin": "Europe/Berlin", "Tokyo": "Asia/Tokyo"}
ZONES["Pacific Time (US & Canada)"] = "America/Los_Angeles"


@pytest.fixture(scope="module", params=["seeded", "lived on"])
def account(request: pytest.FixtureRequest, ask_with: Any) -> Any:
    """An account as it is laid out, and one that lived on for three days."""
    found = ask_with(tickets=400, ratings=60, users=80).site.account
    if request.param == "lived on":
        for day in range(3):
            for kind in WITH_EVENTS:
                change(found, kind, count=8, seed=day)
                found.clock.advance(600)
            found.clock.advance(86_400)
    found.clock.advance(120)
    return found


def records(account: Any, name: str) -> list[dict[str, Any]]:
    return truth(account, name, include_deleted_tickets=True).must


def by_ticket(rows: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    found = defaultdict(list)
    for row in rows:
        found[row["ticket_id"]].append(row)
    return found


def in_order(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["timestamp"], row["event_id"], row["position"]


def text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ",".join(f'"{each}"' for each in value) + "]"
    return None if value is None else str(value)


def test_the_last_value_of_each_field_is_the_one_of_the_ticket(account: Any) -> None:
    history = by_ticket(records(account, "ticket_field_history"))
    compared, inferred = 0, 0
    for ticket in records(account, "tickets"):
        if ticket["subject"] == "SCRUBBED":
            continue
        custom = {str(each["id"]): each["value"] for each in ticket["custom_fields"]}
        said: dict[str, str] = {}
        for row in sorted(history[ticket["id"]], key=in_order):
            if not row["is_initial"]:
                empty = None if row["previous_value"] == "[]" else row["previous_value"]
                assert said.get(row["field"]) in (empty, row["previous_value"]), row
            said[row["field"]] = row["value"]
            inferred += row["is_inferred"]
        for field, last in said.items():
            if field != "satisfaction_score":
                compared += 1
                assert text(custom.get(field, ticket.get(field))) == last, (ticket["id"], field)
        named = ("status", "priority", "group_id", "assignee_id", "requester_id", "brand_id")
        for field in (*named, "organization_id", "ticket_form_id", "custom_status_id", "type"):
            assert text(ticket[field]) == said.get(field), (ticket["id"], field)
    assert compared > 5_000
    assert inferred > 50


class Story:
    """The words of one ticket's events, read in their order."""

    def __init__(self, events: list[dict[str, Any]], agents: set[int]) -> None:
        self.created_s = events[0]["timestamp"]
        self.replies: list[int] = []
        self.messages: list[int] = []  # of others than agents
        self.statuses: list[tuple[int, str]] = []
        self.schedule: int | None = None
        for event in sorted(events, key=lambda each: (each["timestamp"], each["id"])):
            is_agent = event["updater_id"] in agents
            for child in event["child_events"]:
                if child["event_type"] in ("Comment", "VoiceComment"):
                    if child["public"] and is_agent:
                        self.replies.append(event["timestamp"])
                    elif not is_agent:
                        self.messages.append(event["timestamp"])
                if "status" in child:
                    self.statuses.append((event["timestamp"], child["status"]))
                if child["event_type"] == "ScheduleAssignment":
                    self.schedule = child["new_schedule_id"]

    def spans(self, *wanted: str) -> list[tuple[int, int]]:
        return [(a, b) for (a, was), (b, _) in pairwise(self.statuses) if was in wanted]


@pytest.fixture(scope="module")
def stories(account: Any) -> dict[int, Story]:
    agents = {user["id"] for user in records(account, "users") if user["role"] != "end-user"}
    events = by_ticket(records(account, "ticket_events"))
    return {ticket: Story(found, agents) for ticket, found in events.items()}


def open_minutes(account: Any, schedule_id: int | None, spans: list[tuple[int, int]]) -> int | None:
    """The minutes of spans in the hours of a schedule, counted day by day in its zone."""
    if schedule_id is None:
        return None
    (schedule,) = (it for it in records(account, "schedules") if it["id"] == schedule_id)
    zone = ZoneInfo(ZONES[schedule["time_zone"]])
    table = account.table("schedule_holidays")
    closed = set()
    for row in table.children(schedule_id):
        holiday = table.record(row)
        day = datetime.fromisoformat(holiday["start_date"]).date()
        while day.isoformat() <= holiday["end_date"]:
            closed.add(day)
            day += timedelta(days=1)
    seconds = 0
    for start_s, end_s in spans:
        day = datetime.fromtimestamp(start_s, zone).date()
        while day <= datetime.fromtimestamp(end_s, zone).date():
            for hours in schedule["intervals"] if day not in closed else ():
                weekday, first = divmod(hours["start_time"], 1_440)
                last = hours["end_time"] % 1_440
                if weekday == day.isoweekday() % 7:
                    midnight = datetime.combine(day, datetime.min.time(), zone)
                    opens = (midnight + timedelta(minutes=first)).timestamp()
                    closes = (midnight + timedelta(minutes=last)).timestamp()
                    seconds += max(0, int(min(closes, end_s) - max(opens, start_s)))
            day += timedelta(days=1)
    return seconds // 60


def test_metrics_follow_from_events(account: Any, stories: dict[int, Story]) -> None:
    compared = 0
    for metric in records(account, "ticket_metrics"):
        story = stories[metric["ticket_id"]]
        solved = [at_s for at_s, status in story.statuses if status == "solved"]
        ended = story.statuses[-1][1] in ("solved", "closed")
        spans: dict[str, list[tuple[int, int]] | None] = {
            "reply_time": [(story.created_s, story.replies[0])] if story.replies else None,
            "first_resolution_time": [(story.created_s, solved[0])] if solved else None,
            "full_resolution_time": [(story.created_s, solved[-1])] if solved and ended else None,
            "agent_wait_time": story.spans("pending"),
            "requester_wait_time": story.spans("new", "open", "hold"),
            "on_hold_time": story.spans("hold"),
        }
        for name, found in spans.items():
            calendar = None if found is None else sum(b - a for a, b in found) // 60
            business = None if found is None else open_minutes(account, story.schedule, found)
            expected = {"calendar": calendar, "business": business}
            assert metric[f"{name}_in_minutes"] == expected, (metric["ticket_id"], name)
            compared += calendar is not None
        reopened = [
            was == "solved" and now not in ("solved", "closed", "deleted")
            for (_, was), (_, now) in pairwise(story.statuses)
        ]
        assert (metric["reopens"], metric["replies"]) == (sum(reopened), len(story.replies))
    assert compared > 1_000


def test_an_sla_is_breached_exactly_when_its_target_passes(
    account: Any, stories: dict[int, Story]
) -> None:
    events = by_ticket(records(account, "ticket_metric_events"))
    met, missed = 0, 0
    for ticket_id, found in events.items():
        of_replies = [each for each in found if each["metric"] == "reply_time"]
        applied = [each["sla"] for each in of_replies if each["type"] == "apply_sla"]
        breaches = [each["time"] for each in of_replies if each["type"] == "breach"]
        if not applied:
            assert not breaches
            continue
        (sla,) = applied
        story = stories[ticket_id]
        replied_s = story.replies[0] if story.replies else None
        if not sla["business_hours"]:
            due_s = story.created_s + sla["target_in_seconds"]
            late = replied_s is None or replied_s > due_s
        elif replied_s is not None:
            waited = open_minutes(account, story.schedule, [(story.created_s, replied_s)])
            late = waited is not None and waited * 60 >= sla["target_in_seconds"]
            due_s = None
        else:
            continue
        assert len(breaches) == late, ticket_id
        if breaches and due_s is not None:
            assert datetime.fromisoformat(breaches[0]).timestamp() == due_s
        met, missed = met + (not late), missed + late
    assert met > 20
    assert missed > 20


def test_users_are_there_before_what_they_write(account: Any) -> None:
    born = {user["id"]: user["created_at"] for user in records(account, "users")}
    written = [
        *((it["requester_id"], it["created_at"]) for it in records(account, "tickets")),
        *((it["author_id"], it["created_at"]) for it in records(account, "ticket_comments")),
    ]
    assert len(written) > 1000
    assert [user for user, at in written if user in born and born[user] > at] == []


def test_a_rating_is_of_who_had_the_ticket(account: Any) -> None:
    tickets = {ticket["id"]: ticket for ticket in records(account, "tickets")}
    ratings = records(account, "satisfaction_ratings")
    for rating in ratings:
        ticket = tickets[rating["ticket_id"]]
        for field in ("assignee_id", "group_id", "requester_id"):
            assert rating[field] == ticket[field]
    assert len({rating["group_id"] for rating in ratings}) > 3


def test_loads_hours_and_groups_differ(account: Any) -> None:
    tickets = records(account, "tickets")
    groups = [ticket["group_id"] for ticket in tickets if ticket["group_id"]]
    loads = sorted(groups.count(group) for group in set(groups))
    assert len(loads) > 3
    assert loads[-1] > 3 * loads[0]
    hours = [datetime.fromisoformat(ticket["created_at"]).hour for ticket in tickets]
    assert sum(7 < hour < 17 for hour in hours) > 0.6 * len(hours)
    assert set(hours) - set(range(8, 17))
