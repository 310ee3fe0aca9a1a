"""A few answers show which streams an account cannot read; an unknown answer closes nothing."""

import re
from dataclasses import replace
from typing import Any

import pytest

from source_zendesk_support.streams.catalog import gates
from source_zendesk_support.streams.catalog.availability import (
    CORE_STREAMS,
    GATES,
    Access,
    examine,
    explain,
    fault_of,
    why_not,
)
from source_zendesk_support.streams.catalog.export_access import SAMPLE
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.stream import Stream
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    Failure,
    Refusal,
    StreamRefused,
    TokenRefused,
    Unreachable,
)

SETTINGS = {"settings": {"side_conversations": {"show_in_context_panel": True}}}
OPEN: dict[str, Any] = {
    "account/settings": SETTINGS,
    "oauth/tokens/current": {"token": {"scopes": ["read"]}},
    "users/me": {"user": {"id": 1, "role": "admin"}},
    SAMPLE: {"tickets": []},
    **{gate.probe[0]: {gate.probe[1]: []} for gate in GATES if gate.probe},
}


def at(path: str) -> Stream:
    """A stream that is read from a path."""
    tags = STREAMS["tags"]
    return replace(tags, resource=replace(tags.resource, path=path))


def refused(reason: Refusal, status: int = 403) -> StreamRefused:
    return StreamRefused("no", about="GET x", remedy="open it", status=status, reason=reason)


def unreachable() -> Unreachable:
    return Unreachable("gone", about="GET x", remedy="wait", failure=Failure.TRANSIENT)


class Zendesk:
    """Answers by path, or refuses; remembers what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = OPEN | {path.replace("__", "/"): it for path, it in answers.items()}
        self.asked: list[str] = []

    def zendesk_s(self) -> int:
        return 1_780_000_000

    def get(self, path: str, params: Any, *, expects: str, expected_type: type = list) -> Page:
        self.asked.append(path)
        answer = self.answers[path]
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer[expects], expected_type), params
        return Page(answer, 0)


def access(zendesk: Zendesk, *, is_oauth: bool = True) -> Access:
    return examine(zendesk, is_oauth=is_oauth, log=lambda _: None)  # type: ignore[arg-type]


def test_an_open_account_closes_nothing() -> None:
    found = access(Zendesk())
    assert found == Access("admin", frozenset({"read"}), {})
    assert fault_of(found) is None
    assert [name for name, stream in STREAMS.items() if why_not(stream, found)] == []


@pytest.mark.parametrize("is_oauth", [True, False])
def test_the_protected_request_comes_first_and_there_are_few(is_oauth: bool) -> None:
    zendesk = Zendesk()
    access(zendesk, is_oauth=is_oauth)
    assert zendesk.asked[0] == "account/settings"
    assert ("oauth/tokens/current" in zendesk.asked) is is_oauth
    probed = {gate.probe for stream in STREAMS.values() for gate in stream.gates if gate.probe}
    # The settings, the token, the user, and a sample of the exports; then one for each gate.
    assert len(zendesk.asked) == len(set(zendesk.asked)) <= 4 + len(probed)


@pytest.mark.parametrize(
    "error",
    [
        TokenRefused("no", about="x", remedy="y", failure=Failure.CONFIG),
        unreachable(),
        refused(Refusal.PLAN_OR_ROLE),
        refused(Refusal.PRODUCT, 404),
    ],
    ids=repr,
)
def test_a_refusal_of_the_first_request_ends_it(error: ConnectorError) -> None:
    zendesk = Zendesk(account__settings=error)
    with pytest.raises(ConnectorError):
        access(zendesk)
    assert zendesk.asked == ["account/settings"]


def test_a_scope_that_is_too_narrow_for_the_settings_is_looked_at() -> None:
    narrow = {"token": {"scopes": ["tickets:read"]}}
    found = access(Zendesk(account__settings=refused(Refusal.SCOPE), oauth__tokens__current=narrow))
    assert found.scopes == {"tickets:read"}
    assert fault_of(found) is None
    unknown = access(
        Zendesk(
            account__settings=refused(Refusal.SCOPE), oauth__tokens__current=refused(Refusal.SCOPE)
        )
    )
    fault = fault_of(unknown)
    assert fault is not None
    assert "scope `read`" in fault.what


@pytest.mark.parametrize("answer", [refused(Refusal.SCOPE), unreachable(), {"user": {"id": None}}])
def test_a_role_that_zendesk_hides_is_not_known(answer: Any) -> None:
    if isinstance(answer, dict):
        answer["user"]["role"] = "end-user"  # the anonymous user has one too
    found = access(Zendesk(users__me=answer))
    assert found.role is None
    assert fault_of(found) is None


@pytest.mark.parametrize("role", ["agent", "end-user"])
def test_only_admins_may_export(role: str) -> None:
    zendesk = Zendesk(users__me={"user": {"id": 5, "role": role}})
    found = access(zendesk)
    fault = fault_of(found)
    assert fault is not None
    assert role in fault.what
    assert fault.failure is Failure.CONFIG
    assert role in str(why_not(STREAMS["tickets"], found))
    assert why_not(STREAMS["tags"], found) is None
    assert zendesk.asked[-1] == "users/me", "nothing more is asked"


@pytest.mark.parametrize("reason", Refusal)
def test_a_refused_probe_closes_its_gate(reason: Refusal) -> None:
    found = access(Zendesk(satisfaction_ratings=refused(reason)))
    why = why_not(STREAMS["satisfaction_ratings"], found)
    assert why is not None
    expected = "the account's plan" if reason is Refusal.PLAN_OR_ROLE else reason.value
    assert expected in why
    assert [n for n, s in STREAMS.items() if why_not(s, found)] == [
        "satisfaction_ratings",
        "satisfaction_reasons",
    ]


def test_a_probe_that_is_not_answered_ends_the_probing_and_closes_nothing() -> None:
    failing = {gate.probe[0].replace("/", "__"): unreachable() for gate in GATES if gate.probe}
    zendesk = Zendesk(**failing)
    assert access(zendesk).closed == {}
    probes = {gate.probe[0] for gate in GATES if gate.probe}
    assert len([path for path in zendesk.asked if path in probes]) == 1


FAMILIES = (
    ("incremental/routing/", gates.SKILL_EXPORT),
    ("incremental/(?!custom_objects/)", gates.EXPORTS),
    ("channels/voice/stats/incremental/", gates.TALK),
    ("channels/voice/", gates.TALK_SET_UP),
    ("it_asset_management/", gates.ASSETS),
    ("guide/survey_responses", gates.SURVEYS),
    ("agent_availabilities|capacity/|engagements", gates.OMNICHANNEL),
    ("help_center/|guide/", gates.HELP_CENTER),
    ("community/|gather/", gates.COMMUNITY),
    ("audit_logs|custom_roles|routing/attributes|group_slas/", gates.ENTERPRISE),
    ("slas/|business_hours/", gates.SERVICE_LEVELS),
    ("ticket_forms", gates.TICKET_FORMS),
    ("satisfaction_", gates.SATISFACTION_RATINGS),
)


def test_rows_of_one_family_of_paths_have_the_same_gate() -> None:
    """A new row that forgets its gate would be read, and refused, stream by stream."""
    for stream in STREAMS.values():
        path = stream.resource.path
        gate = next((gate for family, gate in FAMILIES if re.match(family, path)), None)
        assert gate is None or stream.resource.gate is gate, stream.name


def test_side_conversations_need_their_add_on() -> None:
    stream = STREAMS["side_conversations"]
    assert stream.gates == (gates.SIDE_CONVERSATIONS,)
    off = {"settings": {"side_conversations": {"show_in_context_panel": False}}}
    found = access(Zendesk(account__settings=off))
    assert "Collaboration" in str(why_not(stream, found))
    closed = [name for name, it in STREAMS.items() if why_not(it, found)]
    assert closed == ["side_conversation_events", stream.name]
    for below in (False, True):
        refusal = explain(stream, refused(Refusal.PLAN_OR_ROLE), below=below)
        assert "role admin" in refusal.remedy


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("incremental/tickets/cursor", "tickets"),
        ("incremental/ticket_events", "tickets"),
        ("ticket_fields", "tickets"),
        ("incremental/users/cursor", "users"),
        ("user_fields", "users"),
        ("organization_memberships", "organizations"),
        ("help_center/categories", "hc"),
        ("community/topics", "hc"),
        ("audit_logs", "auditlogs"),
        ("macros", "macros"),
    ],
)
def test_a_narrow_scope_opens_its_own_resource(path: str, scope: str) -> None:
    assert why_not(at(path), Access("admin", frozenset({f"{scope}:read"}))) is None
    why = why_not(at(path), Access("admin", frozenset({"webhooks:read"})))
    assert f"`{scope}:read`" in str(why)
    assert why_not(at("tags"), Access("admin", frozenset({f"{scope}:read"})))


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("reason", Refusal)
def test_a_refusal_says_reason_and_cure(name: str, reason: Refusal) -> None:
    error = explain(STREAMS[name], refused(reason))
    assert reason.value in error.what
    assert error.failure is Failure.CONFIG
    assert ("skip_unavailable_streams" in error.remedy) is (name not in CORE_STREAMS)
    if reason is Refusal.SCOPE:
        assert "scope `read`" in error.remedy


def test_the_core_is_there() -> None:
    assert set(STREAMS) > CORE_STREAMS
