"""Every form in which a platform keeps a state is read, and nothing is taken for a first read."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.protocol.state_files import NotAStateError, to_messages

STATE = {"updated_at": "2024-03-02T10:00:00Z"}
SNAKE = {"stream_descriptor": {"name": "groups"}, "stream_state": STATE}
CAMEL = {"streamDescriptor": {"name": "groups"}, "streamState": STATE}
MESSAGE = {"type": "STREAM", "stream": SNAKE}
LEGACY = {"groups": STATE}

FORMS: dict[str, Any] = {
    "messages": [MESSAGE],
    "one message": MESSAGE,
    "one message without its type": {"stream": SNAKE},
    "messages in camel case": [{"type": "STREAM", "stream": CAMEL}],
    "messages in small letters": [{"type": "stream", "stream": SNAKE}],
    "a message as older platforms kept it": [{**MESSAGE, "data": {"tickets": {}}}],
    "what the page of a connection shows": [CAMEL],
    "with a namespace": [{**CAMEL, "streamDescriptor": {"name": "groups", "namespace": None}}],
    "printed": {"type": "STATE", "state": MESSAGE},
    "the API": {"stateType": "stream", "connectionId": "1", "streamState": [CAMEL]},
    "the API, global": {
        "stateType": "global",
        "connectionId": "1",
        "globalState": {"sharedState": {"a": 1}, "streamStates": [CAMEL]},
    },
    "the API, legacy": {"stateType": "legacy", "connectionId": "1", "state": LEGACY},
    "the database": {"state_type": "STREAM", "state": [MESSAGE]},
    "the database, legacy": {"state_type": "LEGACY", "state": LEGACY},
    "a platform's worker": {"stateType": "STREAM", "stateMessages": [MESSAGE], "global": None},
    "global": [{"type": "GLOBAL", "global": {"shared_state": {}, "stream_states": [SNAKE]}}],
    "legacy": LEGACY,
    "legacy beside other streams": {**LEGACY, "tickets_search": STATE, "version": 3},
    "a legacy message": [{"type": "LEGACY", "data": LEGACY}],
    "a legacy message without its type": {"data": LEGACY},
    "the state of the oldest API": {"state": LEGACY},
}


def by_stream(messages: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for message in messages:
        found |= message.get("data", {})
        shared = message.get("global", {}).get("stream_states", [])
        for stream in [message["stream"]] if "stream" in message else shared:
            found[stream["stream_descriptor"]["name"]] = stream["stream_state"]
    return found


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_the_same_state(form: str) -> None:
    assert by_stream(to_messages(FORMS[form]))["groups"] == STATE


@pytest.mark.parametrize(
    "content",
    [
        *([], {}, {"state": {}}, {"state": []}, {"data": {}}, {"type": "LEGACY", "data": {}}),
        {"stateType": "not_set", "connectionId": "1"},
        {"stateType": "stream", "connectionId": "1", "streamState": []},
        {"state_type": "LEGACY", "state": {}},
    ],
    ids=str,
)
def test_an_empty_state_is_one(content: Any) -> None:
    assert to_messages(content) == []


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"group": STATE}, "`group`"),
        ({"streams": LEGACY}, "`streams`"),
        ({"Groups": STATE}, "`Groups`"),
        (STATE, "`updated_at`"),
        ({"a": {}, "b c": {}}, "`a`, ?"),
        ({"type": "STREAM"}, "`type`"),
        ([{"type": "RECORD", "record": {}}], "`record`, `type`"),
        ({"data": {"group": STATE}}, "`group`"),
        ({"state": {"group": STATE}}, "`group`"),
        ({"stateType": "legacy", "state": {"group": STATE}}, "`group`"),
    ],
    ids=str,
)
def test_an_object_that_names_no_stream_is_refused_by_its_keys(content: Any, named: str) -> None:
    """It would begin every history anew, silently."""
    with pytest.raises(NotAStateError) as caught:
        to_messages(content)
    assert str(caught.value).endswith(f"its keys are {named}")


@pytest.mark.parametrize(
    "content",
    [
        *(3, "x", None, True, [3], [[]], [[MESSAGE]], ["groups"]),
        *({"groups": "x"}, {"groups": [STATE]}, {"id": 1, "tags": ["vip"]}),
        *({"data": [LEGACY]}, {"state": "x"}, {"state": None}, {"type": "STATE"}),
        *({"stream": 1}, {"stream": {}}, {"stream": {"stream_state": STATE}}),
        *({"stream": {**SNAKE, "stream_state": [STATE]}}, {"stream": {"stream_descriptor": {}}}),
        *({"global": 3}, {"global": {}}, {"global": {"stream_states": 3}}),
        {"global": {"stream_states": [{**SNAKE, "stream_state": "x"}]}},
        *({"stateType": "stream"}, {"stateType": "else", "state": LEGACY}, {"stateType": 5}),
        {"stateType": "global", "globalState": {"sharedState": {}}},
    ],
    ids=str,
)
def test_other_files_than_states_are_refused(content: Any) -> None:
    with pytest.raises(NotAStateError):
        to_messages(content)


WORDS = st.sampled_from(
    ["type", "STATE", "stateType", "state", "stream", "global", "data", "groups", "streamState"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_every_state_that_is_read_is_well_formed(content: Any) -> None:
    try:
        messages = to_messages(content)
    except NotAStateError as error:
        assert str(error)  # noqa: PT017 - a state is as good
        return
    for message in messages:
        assert message["type"] in {"STREAM", "GLOBAL", "LEGACY"}
    by_stream(messages)
