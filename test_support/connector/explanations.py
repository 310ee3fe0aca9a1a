"""Why the published connector's destination differs from its account, one reason for each.

A reason is a predicate as narrow as its fact: the numbers are those of the list of its defects
(docs/facts/published-connector.md#6, #1.2, #1.3, #1.5: its streams). Two are facts of Zendesk, true
of any reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zendesk_emulator.truth.rules import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from test_support.connector.process import Destination
    from zendesk_emulator.truth.oracle import Truth

ABSENT = object()
# Fields its schemas call `number`, though Zendesk counts (docs/facts/published-connector.md#1.3,
# #6.22).
NUMBERS: Mapping[str, frozenset[str]] = {
    "audit_logs": frozenset({"id", "actor_id", "source_id"}),
    "topics": frozenset({"id", "follower_count", "position"}),
    "user_fields": frozenset({"id", "position"}),
}
# Asked for below an article alone, when the article itself has changed.
BELOW_ARTICLES = frozenset(
    {"article_attachments", "article_comments", "article_comment_votes", "article_votes"}
)
# A record that the account still has, but no longer shows, was not removed.
SHOWN_IN_PART = frozenset(
    {"tickets", "ticket_activities", "ticket_audits", "ticket_metrics", "ticket_skips"}
)


@dataclass(frozen=True)
class Difference:
    """A record or value as a connector holds it, beside the account's."""

    stream: str
    key: Any
    # The account's, or the connector's when the account has none.
    record: dict[str, Any] = field(repr=False)
    path: tuple[str, ...] = ()  # of a value inside the record; () is the whole record
    expected: Any = ABSENT
    held: Any = ABSENT
    is_stale: bool = False  # the connector's record is an older one of the account's

    @property
    def is_missing(self) -> bool:
        return not self.path and self.held is ABSENT

    @property
    def is_extra(self) -> bool:
        return not self.path and self.expected is ABSENT

    @property
    def ticket_id(self) -> int | None:
        return self.record["id"] if self.stream == "tickets" else self.record.get("ticket_id")


@dataclass(frozen=True)
class Facts:
    """The tickets and articles of the account, and the records that are gone from it.

    `restored`: tickets that are there again, and when they were last read as deleted.
    `articles`, `comments`: when an article was updated, and the article of a comment.
    """

    first_read_at: str
    changed_at: str  # the last changes
    ai_agent: set[int]
    archived: set[int]
    deleted: set[int]
    restored: Mapping[int, str]
    articles: Mapping[int, str]
    comments: Mapping[int, int]
    may: Mapping[str, set[Any]]

    def article_updated_at(self, d: Difference) -> str:
        """When the article above a record was updated; the record's own time for an article."""
        match d.stream:
            case "articles":
                article = d.key
            case "article_attachments":
                article = d.record["article_id"]
            case "article_comments":
                article = d.record["source_id"]
            case "article_votes":
                article = d.record["item_id"]
            case _:
                article = self.comments[d.record["item_id"]]
        return self.articles[article]


def value_differences(expected: Any, held: Any, path: tuple[str, ...] = ()) -> Iterator[Any]:
    """Yield path, expected and held value wherever two JSON values differ, types included."""
    if isinstance(expected, dict) and isinstance(held, dict):
        for name in expected.keys() | held.keys():
            yield from value_differences(
                expected.get(name, ABSENT), held.get(name, ABSENT), (*path, name)
            )
    elif isinstance(expected, list) and isinstance(held, list) and len(expected) == len(held):
        for index, pair in enumerate(zip(expected, held, strict=True)):
            yield from value_differences(*pair, (*path, str(index)))
    elif type(expected) is not type(held) or expected != held:
        yield path, expected, held


def differences(stream: str, truth: Truth, destination: Destination) -> Iterator[Difference]:
    must = {key_of(truth, record): record for record in truth.must}
    held = {key_of(truth, record): record for record in destination.tables[stream].values()}
    for key in must.keys() - held.keys():
        yield Difference(stream, key, must[key], expected=must[key])
    for key in held.keys() - must.keys():
        yield Difference(stream, key, held[key], held=held[key])
    for key in must.keys() & held.keys():
        is_stale = held[key].get("updated_at", "") < must[key].get("updated_at", "")
        for path, expected, value in value_differences(must[key], held[key]):
            yield Difference(stream, key, must[key], path, expected, value, is_stale)


def is_python_text(d: Difference, _: Facts) -> bool:
    """Posts alone come as they are."""
    is_text = bool(d.path) and d.held == str(d.expected) and d.stream != "posts"
    return is_text and not isinstance(d.expected, str)


def is_number(d: Difference, _: Facts) -> bool:
    named = len(d.path) == 1 and d.path[0] in NUMBERS.get(d.stream, ())
    named |= d.stream == "ticket_audits" and d.path[-2:] == ("data", "call_duration")
    return named and isinstance(d.held, float) and d.held == d.expected


def is_omitted_null(d: Difference, _: Facts) -> bool:
    return len(d.path) == 1 and d.expected is None and d.held is ABSENT


def is_via_without_channel(d: Difference, _: Facts) -> bool:
    is_via = d.stream == "ticket_comments" and d.path == ("via",)
    return is_via and isinstance(d.expected, str) and d.held is ABSENT


def is_of_a_call(d: Difference, _: Facts) -> bool:
    return d.stream == "ticket_comments" and d.is_missing and d.record["type"] == "VoiceComment"


def is_added_cursor(d: Difference, _: Facts) -> bool:
    is_cursor = d.stream == "ticket_metrics" and d.path == ("_ab_updated_at",)
    return is_cursor and d.expected is ABSENT and isinstance(d.held, int)


def is_deleted_ticket(d: Difference, _: Facts) -> bool:
    return d.stream == "tickets" and d.is_extra and d.record["status"] == "deleted"


def is_of_an_ai_agent(d: Difference, facts: Facts) -> bool:
    """Missing, or left as it was when the list of metrics, which knows no scope, showed it."""
    if d.stream not in {"tickets", "ticket_comments", "ticket_metrics"}:
        return False
    return d.ticket_id in facts.ai_agent and (d.is_missing or d.is_stale)


def is_deleted_configuration(d: Difference, _: Facts) -> bool:
    """Missing, or left as it was before it was deleted."""
    name = {"groups": "deleted", "brands": "is_deleted"}.get(d.stream, "")
    return d.record.get(name) is True and (d.is_missing or d.is_stale)


def is_archived_metric(d: Difference, facts: Facts) -> bool:
    return d.stream == "ticket_metrics" and d.is_missing and d.ticket_id in facts.archived


def is_late_rating(d: Difference, facts: Facts) -> bool:
    """A rating that was edited after it was read."""
    if d.stream != "satisfaction_ratings" or not d.is_stale:
        return False
    return max(d.record["created_at"], facts.first_read_at) < d.record["updated_at"]


def is_below_an_unchanged_article(d: Difference, facts: Facts) -> bool:
    """Made or edited after the first read, and its article was not updated then or later."""
    if d.stream not in BELOW_ARTICLES or not (d.is_missing or d.is_stale):
        return False
    updated_at = d.record["updated_at"]
    return facts.first_read_at < updated_at and facts.article_updated_at(d) < updated_at


def is_moved_counter(d: Difference, facts: Facts) -> bool:
    """Votes move the counters of an article or a comment, and no time."""
    if d.stream not in {"articles", "article_comments"}:
        return False
    is_counter = d.path in {("vote_count",), ("vote_sum",)}
    return is_counter and facts.article_updated_at(d) < facts.changed_at


def is_unseen_audit(d: Difference, facts: Facts) -> bool:
    """The feed shows it again since its ticket was restored, behind where the reading stops."""
    if d.stream != "ticket_audits" or not d.is_missing:
        return False
    return d.record["created_at"] < facts.restored.get(d.record["ticket_id"], "")


def is_of_a_ticket_shown_no_longer(d: Difference, facts: Facts) -> bool:
    """It was read before its ticket was archived or deleted."""
    if not d.is_extra or d.key not in facts.may.get(d.stream, ()):
        return False
    match d.stream:
        case "ticket_audits":
            return d.ticket_id in facts.archived | facts.deleted
        case "ticket_skips":
            return d.ticket_id in facts.archived
        case "ticket_metrics":
            return d.ticket_id in facts.deleted
        case _:
            return False


def is_removed(d: Difference, facts: Facts) -> bool:
    return d.stream not in SHOWN_IN_PART and d.is_extra and d.key in facts.may[d.stream]


EXPLANATIONS: Mapping[str, Callable[[Difference, Facts], bool]] = {
    "22 a value that is not text becomes Python's text": is_python_text,
    "22 and 1.3 an id or a count that its schema calls a number becomes a float": is_number,
    "22 and 1.3 a null at the top of a record is left out": is_omitted_null,
    "1.3 the via of a comment that is not an object is left out": is_via_without_channel,
    "1.3 comments of calls are left out: it keeps the event_type Comment alone": is_of_a_call,
    "1.5 ticket_metrics get a cursor of the connector's own": is_added_cursor,
    "1.2 tickets come with the deleted ones: no exclude_deleted": is_deleted_ticket,
    "1.2 nothing of AI agents' tickets: no support_type_scope": is_of_an_ai_agent,
    "1.2 no deleted groups and brands: asked for without them": is_deleted_configuration,
    "24 the list of metrics has no archived tickets": is_archived_metric,
    "16 ratings are filtered by creation: a late edit is lost": is_late_rating,
    "12 the children of an unchanged article are never asked for": is_below_an_unchanged_article,
    "12 votes move counters of what is not read again": is_moved_counter,
    "26 audits are read back to the first old one, whatever a restored ticket brought":
        is_unseen_audit,
    "docs/facts/zendesk-api.md#2.3.9, #5.1 of tickets archived or deleted since, less is shown":
        is_of_a_ticket_shown_no_longer,
    "what was removed without a trace is seen by no reader": is_removed,
}  # fmt: skip
# Those that a first read cannot meet.
AFTER_CHANGES = frozenset(
    {
        "16 ratings are filtered by creation: a late edit is lost",
        "12 the children of an unchanged article are never asked for",
        "12 votes move counters of what is not read again",
        "26 audits are read back to the first old one, whatever a restored ticket brought",
        "docs/facts/zendesk-api.md#2.3.9, #5.1 of tickets archived or deleted since, less is shown",
        "what was removed without a trace is seen by no reader",
    }
)
