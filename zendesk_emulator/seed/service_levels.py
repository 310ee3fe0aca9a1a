"""SLA policies and what they make of a life: metric events, with breaches exactly when time is up.

Pure. Types and fields: docs/facts/zendesk-api.md#2.3.11. A target with business hours counts the
open time of the ticket's schedule.
"""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from zendesk_emulator.data.account import Account

from .life import REQUESTER, Life, life_of, remembered
from .metrics import calendar_of, waited_by

POLICY_BASE, POLICY_STEP = 360_000_777_000, 7
_HOUR_S = 3600
# Title; by priority: the target of a first reply in seconds, and whether it counts business hours
POLICIES: tuple[tuple[str, dict[str, tuple[int, bool]]], ...] = (
    (
        "Replies within two hours",
        dict.fromkeys(("low", "normal", "high", "urgent"), (2 * _HOUR_S, False)),
    ),
    (
        "Standard replies",
        {
            "low": (16 * _HOUR_S, True), "normal": (8 * _HOUR_S, True),
            "high": (4 * _HOUR_S, True), "urgent": (_HOUR_S, False),
        },
    ),
    (
        "Patient replies",
        {
            "low": (48 * _HOUR_S, False), "normal": (24 * _HOUR_S, False),
            "high": (8 * _HOUR_S, True), "urgent": (4 * _HOUR_S, False),
        },
    ),
)  # fmt: skip
TARGET_S = POLICIES[0][1]["low"][0]  # of SLAs that changes apply
GROUP_TARGET_S = 24 * _HOUR_S


class Happening(NamedTuple):
    """One metric event."""

    at_s: int
    metric: str
    kind: str
    instance: int
    more: dict[str, Any]


def target(policy: int, target_s: int, *, business: bool) -> dict[str, Any]:
    """Return the part of an event that names the target of a policy."""
    named = {
        "id": POLICY_BASE + POLICY_STEP * policy, "title": POLICIES[policy][0], "description": None,
    }  # fmt: skip
    return {
        "target": target_s // 60, "business_hours": business, "target_in_seconds": target_s,
        "policy": named,
    }  # fmt: skip


def group_target(ordinal: int) -> dict[str, Any]:
    policy = {"id": "01H0EMULATOR0GROUP0SLA", "title": f"Owned within a day {ordinal}"}
    return {
        "target": GROUP_TARGET_S // 60, "business_hours": False, "target_in_seconds":
        GROUP_TARGET_S, "policy": {**policy, "description": None},
    }  # fmt: skip


def happenings(account: Account, ticket_id: int) -> list[Happening]:
    """Return a ticket's metric events in the order in which they happened.

    A target that was still running when the account was laid out was never set: nothing lies in
    the future.
    """
    kept: dict[int, list[Happening]] = account.happenings
    return remembered(kept, ticket_id, lambda: _happenings(account, ticket_id))


def _happenings(account: Account, ticket_id: int) -> list[Happening]:
    life = life_of(account, ticket_id)
    found = [*_replies(life, account.seeded_s), *_solutions(life), *_work(life)]
    return sorted(found, key=itemgetter(0))


def _replies(life: Life, latest_s: int) -> Iterator[Happening]:
    """Each message of the customer waits for a public reply; the first one has a target."""
    instance, waits = 1, True
    first = life.steps[0]
    replied_s = next((it.at_s for it in life.steps if it.is_reply), None)
    ended_s = next((it.at_s for it in life.steps if it.status == "deleted"), None)
    due = _due(life)
    if due is not None and (replied_s is not None or due[2] <= (ended_s or latest_s)):
        policy, target_s, due_s, business = due
        sla = target(policy, target_s, business=business)
        yield Happening(first.at_s, "reply_time", "apply_sla", 1, {"sla": sla})
        if replied_s is None or replied_s > due_s:
            yield Happening(due_s, "reply_time", "breach", 1, {})
    yield Happening(first.at_s, "reply_time", "activate", 1, {})
    for step in life.steps[1:]:
        if step.is_reply and waits:
            yield Happening(step.at_s, "reply_time", "fulfill", instance, {})
            waits = False
        elif step.actor == REQUESTER and not waits:
            instance, waits = instance + 1, True
            yield Happening(step.at_s, "reply_time", "activate", instance, {})


def _due(life: Life) -> tuple[int, int, int, bool] | None:
    """Return policy, target, the moment it passes, and whether business hours count."""
    first = life.steps[0]
    if life.policy is None or first.priority is None:
        return None
    target_s, business = POLICIES[life.policy][1][first.priority]
    if not business or life.schedule is None:
        return life.policy, target_s, first.at_s + target_s, False
    due_s = calendar_of(life.schedule).after(first.at_s, target_s)
    return life.policy, target_s, due_s, True


def _solutions(life: Life) -> Iterator[Happening]:
    """Each solution, and at the last one how long the customer has waited by then."""
    solved = [n for n, step in enumerate(life.steps) if n and step.status == "solved"]
    for n in solved:
        yield Happening(life.steps[n].at_s, "resolution_time", "fulfill", 1, {})
    if solved:
        waited = {"status": waited_by(life.steps[: solved[-1] + 1], life.schedule)}
        at_s = life.steps[solved[-1]].at_s
        yield Happening(at_s, "requester_wait_time", "update_status", 1, waited)


def _work(life: Life) -> Iterator[Happening]:
    first = life.steps[0]
    if first.at_s % 3 == 0:
        yield Happening(first.at_s, "agent_work_time", "measure", 1, {})
    if first.group_id is not None and first.group_id % 3 == 0:
        sla = {"group_sla": group_target(first.group_id % 10)}
        yield Happening(first.at_s, "group_ownership_time", "apply_group_sla", 1, sla)
