"""Each stream takes its part out of a shared page, and leaves the page to the others."""

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.records.normalize import compile_normalizer
from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog import comment_transforms, transforms as extraction
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.walks.delivery import deliver
from source_zendesk_support.streams.walks.requests import ListRequest

TICKETS = [
    {
        "id": 1,
        "status": "open",
        "generated_timestamp": 1709373602,
        "metric_set": {"id": 11, "ticket_id": 1, "reply_time_in_minutes": {"calendar": 5}},
    },
    {"id": 2, "status": "deleted", "generated_timestamp": 1709373603, "metric_set": None},
    {"id": 3, "status": "new", "generated_timestamp": 1709373604},
]
EVENT = {
    "id": 900,
    "ticket_id": 7,
    "timestamp": 1709373602,
    "created_at": "2024-03-02T10:00:02Z",
    "via": "Web form",
    "via_reference_id": 27,
    "metadata": {},
    "child_events": [
        {"id": 901, "event_type": "Change", "status": "open", "previous_value": ["a", "b"]},
        {
            "id": 902,
            "event_type": "Comment",
            "type": "Comment",
            "via": "Web form",
            "body": 12,
            "public": True,
            "attachments": [{"id": 5, "thumbnails": []}],
            "metadata": {"system": {"latitude": 1}},
            "via_reference_id": 99,
        },
        {"id": 903, "event_type": "Comment", "via": {"channel": "email"}, "body": None},
    ],
}


def plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value))


def test_tickets_come_without_the_sideload_of_another_stream() -> None:
    before = copy.deepcopy(TICKETS)
    taken = extraction.tickets_without_metrics(TICKETS, {})
    assert [ticket["id"] for ticket in taken] == [1, 2, 3]
    assert not any("metric_set" in ticket for ticket in taken)
    assert taken[0]["generated_timestamp"] == 1709373602
    assert before == TICKETS


LIVE, DELETED = {"id": 1, "status": "open"}, {"id": 2, "status": "deleted"}


SIDELOADS = (extraction.METRIC_SETS, extraction.IDENTITIES, extraction.ATTRIBUTE_VALUES)


@pytest.mark.parametrize(
    ("sideload", "page", "lacking"),
    [
        ("metric_sets", {"tickets": []}, []),
        ("metric_sets", {"tickets": TICKETS[:2]}, []),
        ("metric_sets", {"tickets": [DELETED]}, []),
        ("metric_sets", {"tickets": [LIVE | {"metric_set": None}]}, []),
        ("metric_sets", {"tickets": [DELETED, LIVE, {"id": 3, "metric_set": {}}]}, [1]),
        ("metric_sets", {"tickets": [{"id": 1}]}, [1]),
        ("metric_sets", {"tickets": [LIVE | {"metric_set": "x"}]}, [1]),
        ("metric_sets", {"tickets": [LIVE | {"metric_set": [{"id": 3}]}]}, [1]),
        ("identities", {"users": []}, []),
        ("identities", {"users": [{"id": 1}], "identities": []}, []),
        ("identities", {"users": [{"id": 1}], "identities": [{"id": 5}]}, []),
        ("identities", {"users": [{"id": 1}]}, [1]),
        ("identities", {"users": [{"id": 1}], "identities": None}, [1]),
        ("attribute_values", {"attributes": [{"id": "a"}], "attribute_values": []}, []),
        ("attribute_values", {"attributes": [{"id": "a"}]}, ["a"]),
    ],
)
def test_the_items_that_lack_a_sideload(
    sideload: str, page: dict[str, Any], lacking: list[Any]
) -> None:
    asked = {it.name: it for it in SIDELOADS}[sideload]
    key = next(iter(page))
    assert [item["id"] for item in asked.lacking(page[key], page)] == lacking


def test_a_page_without_any_is_asked_for_once_more() -> None:
    request = ListRequest("p", "tickets", sideloads=(extraction.METRIC_SETS,))
    assert request.is_without_sideload({"tickets": [LIVE, DELETED]})
    assert not request.is_without_sideload({"tickets": [LIVE, {"id": 3, "metric_set": {}}]})
    assert not request.is_without_sideload({"tickets": [DELETED]})
    assert not request.is_without_sideload({"tickets": []})
    assert not ListRequest("p", "tickets").is_without_sideload({"tickets": [LIVE]})


def test_a_record_that_was_found_singly_takes_its_place() -> None:
    tickets, page = extraction.METRIC_SETS.with_found([LIVE, DELETED], {}, {1: {"id": 9}})
    assert [it["id"] for it in extraction.metric_sets(tickets, page)] == [9]
    assert "metric_set" not in LIVE
    users, page = extraction.IDENTITIES.with_found(
        [{"id": 1}, {"id": 2}], {"users": []}, {1: [{"id": 5}], 2: []}
    )
    assert extraction.identities(users, page) == [{"id": 5}]
    attributes, page = extraction.ATTRIBUTE_VALUES.with_found(
        [{"id": "a"}, {"id": "b"}], {}, {"a": [{"id": "v"}], "b": []}
    )
    assert extraction.attribute_values(attributes, page) == [{"id": "v", "attribute_id": "a"}]


def test_a_child_that_is_not_an_object_costs_itself() -> None:
    comment = {"id": 5, "event_type": "Comment", "attachments": [None, {"id": 7}]}
    events = [{"id": 1, "child_events": [None, "x", comment]}, {"id": 2, "child_events": "x"}]
    assert [it["id"] for it in comment_transforms.comments(events, {})] == [5]
    assert [it["id"] for it in comment_transforms.attachments(events, {})] == [7]
    assert extraction.identities([], {"identities": [None, {"id": 3}]}) == [{"id": 3}]


def test_tickets_of_a_walk_without_metrics_are_taken_whole() -> None:
    tickets = [{"id": 1, "status": "open"}]
    assert extraction.tickets_without_metrics(tickets, {}) == [{"id": 1, "status": "open"}]


def test_metric_sets_carry_the_published_cursor() -> None:
    before = copy.deepcopy(TICKETS)
    assert extraction.metric_sets(TICKETS, {}) == [
        {
            "id": 11,
            "ticket_id": 1,
            "reply_time_in_minutes": {"calendar": 5},
            "generated_timestamp": 1709373602,
            "_ab_updated_at": 1709373602,
        }
    ]
    assert before == TICKETS


@pytest.mark.parametrize("page", [{}, {"identities": None}, {"identities": []}])
def test_a_page_of_users_without_identities(page) -> None:
    assert extraction.identities([{"id": 1}], page) == []


def test_identities_are_those_beside_the_users() -> None:
    page = {"users": [{"id": 1}], "identities": [{"id": 8, "user_id": 1}]}
    assert extraction.identities(page["users"], page) == [{"id": 8, "user_id": 1}]


def test_comments_know_their_event() -> None:
    before = copy.deepcopy(EVENT)
    first, second = comment_transforms.comments([EVENT], {})
    assert (first["id"], first["ticket_id"], first["timestamp"]) == (902, 7, 1709373602)
    assert first["via_reference_id"] == second["via_reference_id"] == 27
    # a text has no place in the schema (docs/facts/published-connector.md#1.3)
    assert first["via"] is None
    assert second["via"] == {"channel": "email"}
    assert before == EVENT


@pytest.mark.parametrize("children", [None, [], [{"event_type": "Change"}], [{}]])
def test_an_event_without_comments(children) -> None:
    assert comment_transforms.comments([{"id": 1, "child_events": children}], {}) == []
    assert comment_transforms.comments([{"id": 1}], {}) == []


def test_a_comment_shares_nothing_with_its_event() -> None:
    event = copy.deepcopy(EVENT)
    comment = comment_transforms.comments([event], {})[0]
    comment["attachments"][0]["thumbnails"].append("changed")
    comment["metadata"]["system"].clear()
    assert event == EVENT


def test_definitions_of_both_lists_carry_their_condition() -> None:
    lists = {"conditions_all": [{"title": "Brand"}], "conditions_any": [{"title": "Group"}]}
    assert extraction.attribute_definitions([lists], {}) == [
        {"title": "Brand", "condition": "all"},
        {"title": "Group", "condition": "any"},
    ]
    assert extraction.attribute_definitions([{"conditions_all": None}], {}) == []


def test_attachments_know_their_comment_and_their_ticket() -> None:
    (found,) = comment_transforms.attachments([EVENT], {})
    assert found == {
        "id": 5,
        "thumbnails": [],
        "ticket_id": 7,
        "comment_id": 902,
        "audit_id": 900,
        "created_at": "2024-03-02T10:00:02Z",
        "timestamp": 1709373602,
    }


def test_comments_below_articles_and_posts_carry_the_published_pair() -> None:
    (on_article,) = comment_transforms.article_comments([{"id": 5, "source_id": 3}], {})
    assert on_article["_airbyte_parent_id"] == {"article_id": 3, "comment_id": 5}
    (on_post,) = comment_transforms.post_comments([{"id": 5, "post_id": 4}], {})
    assert on_post["_airbyte_parent_id"] == {"post_id": 4, "comment_id": 5}


# Values that Zendesk was seen to send where others are declared (docs/facts/zendesk-api.md#2.3.12).
odd = st.sampled_from(
    [None, True, 0, 12, 1.5, "web", "12", "true", [], ["a", 1], {}, {"channel": "web"}, [{"id": 1}]]
)
child_fields = [*sorted(load_schema("ticket_comments")["properties"]), "previous_value", "status"]
children = st.dictionaries(st.sampled_from(child_fields), odd, max_size=8).map(
    lambda child: child | {"id": 2, "event_type": "Comment"}
)
events = st.builds(
    lambda event, found: event | {"id": 1, "child_events": found},
    st.dictionaries(
        st.sampled_from(["via", "via_reference_id", "ticket_id", "timestamp", "metadata"]), odd
    ),
    st.lists(children, max_size=3),
)
tickets = st.dictionaries(
    st.sampled_from(["via", "custom_fields", "tags", "generated_timestamp", "subject"]), odd
).map(lambda ticket: ticket | {"id": 1})
metric_sets = st.none() | st.dictionaries(
    st.sampled_from(["ticket_id", "reopens", "reply_time_in_minutes", "generated_timestamp"]), odd
).map(lambda metrics: metrics | {"id": 5})
shared_pages = st.one_of(
    st.tuples(
        st.just(("ticket_events", "ticket_comments")),
        st.lists(events, max_size=3).map(lambda items: {"ticket_events": items}),
    ),
    st.tuples(
        st.just(("tickets", "ticket_metrics")),
        st.lists(
            st.builds(lambda ticket, found: ticket | {"metric_set": found}, tickets, metric_sets),
            max_size=3,
        ).map(lambda items: {"tickets": items}),
    ),
    st.tuples(
        st.just(("users", "user_identities")),
        st.builds(
            lambda users, found: {"users": users, "identities": found},
            st.lists(
                st.dictionaries(st.sampled_from(["email", "photo", "identities", "tags"]), odd).map(
                    lambda user: user | {"id": 1}
                ),
                max_size=2,
            ),
            st.lists(
                st.dictionaries(st.sampled_from(["value", "user_id", "verified"]), odd).map(
                    lambda identity: identity | {"id": 3}
                ),
                max_size=2,
            ),
        ),
    ),
)
NORMALIZERS = {
    name: compile_normalizer(load_schema(name))
    for name in (
        "ticket_events",
        "ticket_comments",
        "tickets",
        "ticket_metrics",
        "users",
        "user_identities",
    )
}


@given(shared_pages, st.booleans())
def test_records_never_depend_on_what_else_is_selected(make_context, shared_page, turned) -> None:
    names, page = shared_page
    context = make_context(None, lambda: 0, normalize=NORMALIZERS)

    def delivered(*selected: str) -> dict[str, Any]:
        members = tuple(STREAMS[name] for name in selected)
        body = plain(page)
        kind = members[0].position_type
        run = WalkRun(members[0].resource, members, {name: kind() for name in selected})
        delivery = deliver(context, run, body[members[0].resource.key], body, kind(1))
        # A record is printed after all of its page were made, so it is looked at afterwards too.
        return plain(dict(delivery.records))

    together = delivered(*(reversed(names) if turned else names))
    for name in names:
        assert together[name] == delivered(name)[name]
