"""What an answer means: judged by status and code, never by text, and never quoting the answer."""

import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given, strategies as st
from requests.structures import CaseInsensitiveDict

from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    CursorRefused,
    Failure,
    RecordRefused,
    Refusal,
    StartTimeTooRecent,
    StreamRefused,
    TokenRefused,
)
from source_zendesk_support.zendesk.responses import (
    NOT_JSON,
    Action,
    decide,
    failure_of,
    first_bytes,
    http_date_s,
    read_error,
    retry_after_s,
    unreachable,
)

NOW_S = 1_700_000_000.0
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "errors", "code", "title"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.fixture(params=["UTC", "America/Los_Angeles"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own time zone, which no rule may depend on."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


DECISIONS = [
    *((status, "any", Action.GO_ON) for status in (200,)),
    # A success without a page (no content, partial, a job that was taken on) is no page.
    *((status, "any", Action.FAIL) for status in (201, 202, 204, 206)),
    *((status, "any", Action.FAIL) for status in (301, 302, 303, 304, 307, 308)),
    *((status, "any", Action.FAIL) for status in (400, 402, 403, 404, 405, 406, 410, 413, 415)),
    *((status, "any", Action.FAIL) for status in (414, 422, 451)),
    *((status, "any", Action.RETRY) for status in (408, 409)),
    *((status, "any", Action.RETRY) for status in (500, 501, 502, 503, 520, 521, 522, 524, 529)),
    (429, "any", Action.WAIT),
    (401, "renew", Action.RENEW),
    (401, "no renew", Action.FAIL),
    (504, "shrink", Action.SMALLER_PAGE),
    (504, "no shrink", Action.RETRY),
]


@pytest.mark.parametrize(("status", "when", "action"), DECISIONS)
def test_decides_by_status(status: int, when: str, action: Action) -> None:
    renewals = {"renew": [True], "no renew": [False]}.get(when, [True, False])
    shrinks = {"shrink": [True], "no shrink": [False]}.get(when, [True, False])
    for can_renew in renewals:
        for can_shrink in shrinks:
            assert decide(status, can_renew=can_renew, can_shrink=can_shrink) is action


ENVELOPES: list[tuple[Any, str]] = [
    ({"error": {"title": "Forbidden", "message": "You do not have access."}}, ""),
    ({"error": "RecordNotFound", "description": "Not found"}, "RecordNotFound"),
    (
        {"error": "TooManyValues", "description": "Parameter  cannot", "max_count": 100},
        "TooManyValues",
    ),
    (
        {"errors": [{"code": "StartTimeTooRecent", "status": "400", "title": "must be older"}]},
        "StartTimeTooRecent",
    ),
    ({"errors": [{"code": "TooManyRequests", "title": "Too many requests"}]}, "TooManyRequests"),
    (
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {"base": [{"description": "x", "error": "y"}]},
        },
        "RecordInvalid",
    ),
    ({"error": "invalid_grant", "error_description": "expired"}, "invalid_grant"),
    # Prose in the place of a code is no code: it may quote what must not be repeated.
    ({"error": "Couldn't authenticate you"}, ""),
    ({"error": "no access for not-a-secret-0123456789"}, ""),
    ({"error": "x" * 500}, ""),
    ({"error": "Forbidden\n"}, ""),
    ({"errors": [{"code": None}]}, ""),
    ({"errors": [{"code": {"a": 1}}]}, ""),
    ({"errors": [{"title": "no code"}]}, ""),
    ({"errors": []}, ""),
    ({"errors": ["a text"]}, ""),
    ({"errors": {"code": "x"}}, ""),
    ({"error": None}, ""),
    ({"error": 5}, ""),
    ({}, ""),
    ("Rate limit exceeded", ""),
    ([], ""),
    ([{"error": "x"}], ""),
    (None, ""),
    (7, ""),
]


@pytest.mark.parametrize(("body", "code"), ENVELOPES)
def test_reads_the_code_of_every_envelope(body: Any, code: str) -> None:
    assert read_error(body).code == code


@pytest.mark.parametrize(("body", "_code"), ENVELOPES)
def test_only_an_object_as_error_can_be_about_the_account(body: Any, _code: str) -> None:
    is_object = isinstance(body, dict) and isinstance(body.get("error"), dict)
    assert read_error(body).is_about_the_account is is_object


@given(ANY_JSON)
def test_reads_any_json_without_failing(body: Any) -> None:
    read_error(body)
    for status in (400, 401, 403, 404, 422):
        failure_of(status, body, path="groups", is_oauth=True, start_age_s=30)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 93 ", 93.0),
        ("007", 7.0),
        ("1.5", 1.5),
        ("2.", 2.0),
        ("-3", 0.0),
        ("86400", 86_400.0),
        (formatdate(NOW_S + 30, usegmt=True), 30.0),
        (formatdate(NOW_S - 30, usegmt=True), 0.0),
        (formatdate(NOW_S, usegmt=True), 0.0),
        # A date without a zone is one of HTTP, so it is GMT.
        (formatdate(NOW_S + 30, usegmt=True).removesuffix(" GMT"), 30.0),
        (formatdate(NOW_S + 30, localtime=False), 30.0),
        ("", None),
        ("   ", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("1_0", None),
        ("1,5", None),
        ("10 s", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("21 Oct 99999999999 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 -99999999999", None),
    ],
)
@pytest.mark.usefixtures("_zone")
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after_s({"Retry-After": text}, now_s=NOW_S) == seconds


def test_retry_after_may_be_missing_and_in_any_case() -> None:
    assert retry_after_s({}, now_s=NOW_S) is None
    assert retry_after_s(CaseInsensitiveDict({"retry-after": "4"}), now_s=NOW_S) == 4.0


@given(
    st.text(max_size=30)
    | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,9} \d+:\d+(:\d+)? ?[-+]?\w*")
    | st.floats().map(str)
    | st.integers().map(str),
    st.floats(0, 4e9),
)
def test_retry_after_is_never_negative_and_never_fails(text: str, now_s: float) -> None:
    seconds = retry_after_s({"Retry-After": text}, now_s=now_s)
    assert seconds is None or seconds >= 0.0


@given(st.integers(0, 250_000_000_000))
def test_http_date_is_read_back(at_s: int) -> None:
    assert http_date_s(formatdate(at_s, usegmt=True)) == at_s


PLAN = {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
NO_DESK = {"error": {"title": "No help desk at foo.zendesk.com", "message": "There is no"}}
SCOPE = {"error": "Forbidden", "description": "Missing the following required scopes: read"}
TOO_RECENT = {"errors": [{"code": "StartTimeTooRecent", "status": "400", "title": "60 seconds"}]}
TOO_RECENT_OLD = {"error": "InvalidValue", "description": "Too recent start_time."}
BAD_CURSOR = {"errors": [{"code": "InvalidPaginationParameter", "title": "is not valid"}]}

CONFIG, TRANSIENT, SYSTEM = Failure.CONFIG, Failure.TRANSIENT, Failure.SYSTEM
# The third column is how long ago the `start_time` lay that was sent; None: none was sent.
FAILURES: list[tuple[int, Any, int | None, type[ConnectorError], Failure]] = [
    (401, {"error": "Couldn't authenticate you"}, None, TokenRefused, CONFIG),
    (401, {"error": "invalid_token", "error_description": "expired"}, 30, TokenRefused, CONFIG),
    (401, None, None, TokenRefused, CONFIG),
    (403, PLAN, None, StreamRefused, CONFIG),
    (403, SCOPE, 30, StreamRefused, CONFIG),
    (403, None, None, StreamRefused, CONFIG),
    (404, {"error": "InvalidEndpoint", "description": "Not found"}, None, StreamRefused, CONFIG),
    (404, {"errors": [{"code": "FeatureNotEnabled"}]}, None, StreamRefused, CONFIG),
    (404, None, None, StreamRefused, CONFIG),
    (404, NO_DESK, None, ConnectorError, CONFIG),
    (400, TOO_RECENT, 30, StartTimeTooRecent, TRANSIENT),
    (422, TOO_RECENT, 30, StartTimeTooRecent, TRANSIENT),
    (422, TOO_RECENT_OLD, 30, StartTimeTooRecent, TRANSIENT),
    # Older accounts hold back five minutes.
    (422, TOO_RECENT_OLD, 299, StartTimeTooRecent, TRANSIENT),
    # A clock of ours that is ahead asks for what is yet to come.
    (400, TOO_RECENT, -3600, StartTimeTooRecent, TRANSIENT),
    # Believed wrongly, this ends a stream as complete although nothing was read.
    (400, TOO_RECENT_OLD, 30, ConnectorError, SYSTEM),
    (400, TOO_RECENT, 3600, ConnectorError, SYSTEM),
    (422, TOO_RECENT, 3600, ConnectorError, SYSTEM),
    (422, TOO_RECENT_OLD, 3600, ConnectorError, SYSTEM),
    (422, TOO_RECENT_OLD, None, RecordRefused, SYSTEM),
    (400, TOO_RECENT, None, ConnectorError, SYSTEM),
    (400, BAD_CURSOR, None, CursorRefused, TRANSIENT),
    (400, {"errors": [{"code": "InvalidCursor"}]}, None, CursorRefused, TRANSIENT),
    (422, BAD_CURSOR, None, RecordRefused, SYSTEM),
    (400, {"errors": [{"code": "InvalidPaginationDepth"}]}, None, ConnectorError, CONFIG),
    (400, None, 30, ConnectorError, SYSTEM),
    (301, None, None, ConnectorError, CONFIG),
    (302, None, None, ConnectorError, CONFIG),
    (402, None, None, ConnectorError, CONFIG),
    (204, None, None, ConnectorError, SYSTEM),
    (415, None, None, ConnectorError, SYSTEM),
]


@pytest.mark.parametrize(("status", "body", "start_age_s", "kind", "failure"), FAILURES)
def test_failure_has_its_class_and_who_can_mend_it(
    status: int, body: Any, start_age_s: int | None, kind: type[ConnectorError], failure: Failure
) -> None:
    error = failure_of(status, body, path="groups", is_oauth=True, start_age_s=start_age_s)
    assert type(error) is kind
    assert error.failure is failure
    assert error.about == "GET groups"
    assert error.what
    assert error.remedy
    assert str(error) == f"GET groups: {error.what} {error.remedy}"


@pytest.mark.parametrize(("status", "body", "start_age_s", "_kind", "_failure"), FAILURES)
@pytest.mark.parametrize("place", ["title", "message", "description", "detail", "code", "error"])
def test_no_error_quotes_the_answer(
    status: int,
    body: Any,
    start_age_s: int | None,
    place: str,
    _kind: object,
    _failure: object,
) -> None:
    secret = "not-a-secret-5f2e"
    for poisoned in (
        {**(body or {}), place: f"text {secret} text"},
        {"error": {place: secret}},
        {"errors": [{place: secret}]},
        secret,
    ):
        error = failure_of(status, poisoned, path="groups", is_oauth=True, start_age_s=start_age_s)
        assert secret not in f"{error}{error!r}{error.what}{error.about}{error.remedy}"


def test_a_wrong_address_is_told_apart_from_a_closed_resource() -> None:
    assert "subdomain" in failure_of(404, NO_DESK, path="x", is_oauth=True).remedy
    assert "plan" in failure_of(404, None, path="x", is_oauth=True).remedy
    assert "FeatureNotEnabled" in str(
        failure_of(404, {"errors": [{"code": "FeatureNotEnabled"}]}, path="x", is_oauth=True)
    )


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"<html>\n<head><title>Zendesk</title>", "<html> <head><title>Zendesk</title>"),
        (b"", ""),
        (b"upstream request timeout", "upstream request timeout"),
        (b'{"users":[{"id":12345,"name":"Ann Lee","on":true},{"name":"Bo',
         '{"users":[{"id":***,"name":"***","on":true},{"name":"***"'),
        (b"mail ann@example.com now", "mail *** now"),
        (b"Bearer abcdefghijklmnopqrstuvwxyz", "Bearer ***"),
        (b"it says short-one", "it says ***"),
        (b"\xff\xfe\x00", "\ufffd\ufffd\x00"),
    ],
)  # fmt: skip
def test_the_first_bytes_show_what_came_and_nobodys_data(content: bytes, shown: str) -> None:
    assert first_bytes(content, hide="short-one") == shown


@given(st.binary(max_size=400), st.text(min_size=1, max_size=40), st.integers(0, 50))
def test_no_first_bytes_hold_the_credential_or_an_address(
    content: bytes, secret: str, at: int
) -> None:
    token = f"{secret}-0123456789abcdef"
    whole = content[:at] + token.encode() + b" a@b " + content[at:]
    shown = first_bytes(whole, hide=token)
    assert token not in shown
    assert "a@b" not in shown
    assert len(shown) < 400


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (403, {"error": {"title": "Forbidden", "message": "x"}}, Refusal.PLAN_OR_ROLE),
        (403, {"error": "Forbidden", "description": "x"}, Refusal.SCOPE),
        (403, {"errors": [{"code": "TriggerCategoriesNotEnabled"}]}, Refusal.PRODUCT),
        (403, None, Refusal.PLAN_OR_ROLE),
        (404, {"error": "InvalidEndpoint"}, Refusal.PRODUCT),
        (404, None, Refusal.PRODUCT),
    ],
)
@pytest.mark.parametrize("is_oauth", [True, False])
def test_the_reason_of_a_refusal_goes_by_status_and_envelope(
    status: int, body: Any, reason: Refusal, is_oauth: bool
) -> None:
    if reason is Refusal.SCOPE and not is_oauth:
        reason = Refusal.PLAN_OR_ROLE  # no scope limits an API token
    error = failure_of(status, body, path="x", is_oauth=is_oauth)
    assert isinstance(error, StreamRefused)
    assert (error.status, error.reason) == (status, reason)
    assert ("OAuth" in error.remedy) == is_oauth


@pytest.mark.parametrize(
    ("status", "body", "is_about_a_record"),
    [
        (404, {"error": "RecordNotFound", "description": "Not found"}, True),
        (404, {"errors": [{"code": "CustomObjectNotFound", "status": "404"}]}, True),
        (404, {"error": "InvalidEndpoint", "description": "Not found"}, False),
        (404, {"errors": [{"code": "FeatureNotEnabled", "status": "404"}]}, False),
        (404, {"description": "RecordNotFound"}, False),
        (404, None, False),
        (403, {"error": {"title": "Forbidden", "message": "x"}}, False),
        (403, {"error": "RecordNotFound"}, False),
    ],
)
def test_a_missing_record_is_told_from_a_missing_endpoint(
    status: int, body: Any, is_about_a_record: bool
) -> None:
    error = failure_of(status, body, path="x", is_oauth=True)
    assert isinstance(error, StreamRefused)
    assert error.is_about_a_record is is_about_a_record


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("SSLError", "TLS"),
        ("ConnectionError", "network connection"),
        ("ConnectTimeout", "network connection"),
        ("ProxyError", "network connection"),
        (f"{NOT_JSON} (5 bytes)", "instead of JSON"),
        ("status 503", "no usable answer"),
        ("ReadTimeout", "no usable answer"),
    ],
)
def test_every_fault_has_its_own_cure(fault: str, words: str) -> None:
    error = unreachable(fault, about="GET x", patience_s=10)
    assert words in error.what
    assert fault in error.what
    assert "10 s" in error.what
    assert error.failure is Failure.TRANSIENT
    assert "0 s" not in unreachable(fault, about="GET x", patience_s=0).what
