"""The closing of the incremental exports to third parties: from when on, and with which answer.

Zendesk announced it for December 2026 without a day, a status or a body
(docs/facts/closing-of-exports.md#1). So every one of them can be chosen.
Exports of the help center are not concerned, and must never be refused here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from zendesk_emulator.api.exchange import Answer
from zendesk_emulator.api.refusals import ENVELOPES, closed_exports
from zendesk_emulator.data.clock import epoch_s

OPEN, CLOSED, CLOSING_AT = "open", "closed", "closing-at"
STATUSES = (403, 404, 410)
DEFAULT_ANSWER = "403-object"  # the envelope of a missing plan; what Zendesk sends is unverified

# Names for `families`: the exports of Support, and Talk's as one
FAMILIES = (
    "tickets", "ticket_events", "ticket_metric_events", "users", "organizations",
    "custom_objects", "routing", "talk",
)  # fmt: skip
_SUPPORT = re.compile(r"/api/v2/incremental/([a-z_]+)(/|$)")
_TALK = re.compile(r"/api/v2/channels/voice/(stats/)?incremental/")


@dataclass(frozen=True, slots=True)
class Plan:
    """The closing of exports: `at_s` None never closes, `left` closes after that many requests."""

    at_s: float | None = None
    left: int | None = None
    status: int = 403
    envelope: str = "object"
    families: frozenset[str] = frozenset(FAMILIES)


def family_of(path: str) -> str | None:
    """Return which concerned family of exports a path belongs to, or None."""
    if _TALK.match(path):
        return "talk"
    found = _SUPPORT.match(path)
    return found.group(1) if found and found.group(1) in FAMILIES else None


def closes_at(exports: str) -> float | None:
    """Read `open`, `closed` or `closing-at TIME`. Raises ValueError."""
    word, _, moment = exports.partition(" ")
    if word == CLOSING_AT and moment:
        return float(epoch_s(moment))
    if exports in (OPEN, CLOSED):
        return None if exports == OPEN else float("-inf")
    raise ValueError(f"{exports} is not {OPEN}, {CLOSED} or {CLOSING_AT} TIME")


def answer_of(text: str) -> tuple[int, str]:
    """Read `STATUS-ENVELOPE`, such as `410-coded`. Raises ValueError."""
    status, _, envelope = text.partition("-")
    if status not in map(str, STATUSES) or envelope not in ENVELOPES:
        raise ValueError(
            f"{text} is not one of {', '.join(map(str, STATUSES))}, a hyphen and "
            f"one of {', '.join(ENVELOPES)}"
        )
    return int(status), envelope


def plan_of(
    exports: str,
    answer: str = DEFAULT_ANSWER,
    *,
    after: int | None = None,
    families: Iterable[str] = FAMILIES,
) -> Plan:
    """Read a plan; `after` closes once so many more exports were answered. Raises ValueError."""
    chosen = frozenset(families)
    if not chosen <= set(FAMILIES):
        raise ValueError(f"{sorted(chosen - set(FAMILIES))} are not among {', '.join(FAMILIES)}")
    status, envelope = answer_of(answer)
    return Plan(closes_at(exports), after, status, envelope, chosen)


class Closing:
    """The plan in force. `refusal` runs under the account's lock, so that it can count."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan or Plan()
        self._answered = 0

    def set(self, plan: Plan) -> None:
        self.plan, self._answered = plan, 0

    def refusal(self, path: str, now_s: float) -> Answer | None:
        """Return what a closed export answers; None for an open one and every other path."""
        plan = self.plan
        if family_of(path) not in plan.families:
            return None
        if plan.at_s is not None and now_s >= plan.at_s:
            return closed_exports(plan.status, plan.envelope)
        if plan.left is not None and self._answered >= plan.left:
            return closed_exports(plan.status, plan.envelope)
        self._answered += 1
        return None
