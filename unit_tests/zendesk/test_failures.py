"""Which error an answer becomes: judged by status and code, never by text."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    CursorRefused,
    Failure,
    PageSizeRefused,
    RecordRefused,
    Refusal,
    StartTimeTooRecent,
    StreamRefused,
    TokenRefused,
)
from source_zendesk_support.zendesk.failures import failure_of
from source_zendesk_support.zendesk.unreachable import (
    A_PAGE,
    NOT_JSON,
    NOT_THE_API,
    unreachable,
)
from test_support.client.odd_json import ANY_JSON

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
    (410, None, None, StreamRefused, CONFIG),
    (415, None, None, ConnectorError, SYSTEM),
]


@pytest.mark.parametrize(("status", "body", "start_age_s", "kind", "failure"), FAILURES)
def test_failure_has_its_class_and_its_kind(
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
def test_no_error_shows_a_secret_of_the_answer(
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


def test_a_wrong_address_differs_from_a_closed_resource() -> None:
    assert "subdomain" in failure_of(404, NO_DESK, path="x", is_oauth=True).remedy
    assert "plan" in failure_of(404, None, path="x", is_oauth=True).remedy
    assert "FeatureNotEnabled" in str(
        failure_of(404, {"errors": [{"code": "FeatureNotEnabled"}]}, path="x", is_oauth=True)
    )


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (403, {"error": {"title": "Forbidden", "message": "x"}}, Refusal.PLAN_OR_ROLE),
        (403, {"error": "Forbidden", "description": "x"}, Refusal.SCOPE),
        (403, {"errors": [{"code": "TriggerCategoriesNotEnabled"}]}, Refusal.PRODUCT),
        (403, None, Refusal.PLAN_OR_ROLE),
        (404, {"error": "InvalidEndpoint"}, Refusal.PRODUCT),
        (404, None, Refusal.PRODUCT),
        (410, None, Refusal.PRODUCT),
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
def test_a_missing_record_differs_from_a_missing_endpoint(
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
        (f"{A_PAGE} (text/html; 5 bytes)", "instead of JSON"),
        (f"{NOT_JSON} (text/html; 5 bytes)", "it is not JSON"),
        (f"{NOT_THE_API} (status 403)", "instead of JSON"),
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


EXPORTS = ("incremental/tickets/cursor", "incremental/users/cursor", "incremental/routing/x")
TALK = "channels/voice/stats/incremental/calls"


@pytest.mark.parametrize(
    ("path", "status", "body", "reason"),
    [
        *((path, 403, PLAN, Refusal.EXPORT) for path in EXPORTS),
        *((path, 404, {"error": "InvalidEndpoint"}, Refusal.EXPORT) for path in EXPORTS),
        *((path, 404, None, Refusal.EXPORT) for path in EXPORTS),
        *((path, 404, PLAN, Refusal.EXPORT) for path in EXPORTS),
        *((path, 403, {"errors": [{"code": "Forbidden"}]}, Refusal.EXPORT) for path in EXPORTS),
        *((path, 403, SCOPE | {"details": {}}, Refusal.EXPORT) for path in EXPORTS),
        *((path, 403, {"error": "It is closed."}, Refusal.EXPORT) for path in EXPORTS),
        *((path, 410, None, Refusal.EXPORT) for path in (*EXPORTS, TALK)),
        # A missing scope, a feature that is off and a missing record do not close exports.
        *((path, 403, SCOPE, Refusal.SCOPE) for path in EXPORTS),
        ("incremental/custom_objects/car/cursor", 404,
         {"errors": [{"code": "FeatureNotEnabled"}]}, Refusal.PRODUCT),
        ("incremental/custom_objects/car/cursor", 404,
         {"errors": [{"code": "CustomObjectNotFound"}]}, Refusal.PRODUCT),
        (TALK, 404, None, Refusal.PRODUCT),
        (TALK, 403, PLAN, Refusal.PLAN_OR_ROLE),
        ("help_center/incremental/articles", 403, PLAN, Refusal.PLAN_OR_ROLE),
        ("tickets", 410, None, Refusal.PRODUCT),
    ],
)  # fmt: skip
def test_a_refused_export_has_a_reason_of_its_own(
    path: str, status: int, body: Any, reason: Refusal
) -> None:
    error = failure_of(status, body, path=path, is_oauth=True)
    assert isinstance(error, StreamRefused)
    assert error.reason is reason
    assert ("admin" in error.remedy and "December 2026" in error.remedy) == (
        reason is Refusal.EXPORT
    )


def test_a_refusal_quotes_zendesk_without_addresses() -> None:
    body = {"error": {"title": "Forbidden", "message": "ann@example.com may not read this."}}
    error = failure_of(403, body, path="incremental/tickets/cursor", is_oauth=True)
    assert isinstance(error, StreamRefused)
    assert error.said == "Forbidden: *** may not read this."
    assert f'Zendesk says: "{error.said}"' in error.what


@pytest.mark.parametrize(
    ("location", "path", "words", "remedy"),
    [
        ("https://acme-new.zendesk.com/api/v2/x", "tickets", "renamed", "`acme-new`"),
        ("https://help.acme.example/api/v2/x", "help_center/articles", "mapped to the host help",
         "host mapping"),
        ("https://help.acme.example/x", "tickets", "another host (help.acme.example)", "proxy"),
        ("/access/unauthenticated", "tickets", "a page of its own", "subscription"),
        ("", "tickets", "a page of its own", "subscription"),
        ("http://[", "tickets", "a page of its own", "subscription"),
        ("https://ann@example.com:x/", "tickets", "another host (example.com)", "proxy"),
    ],
)  # fmt: skip
def test_a_redirect_names_the_cause_that_its_target_shows(
    location: str, path: str, words: str, remedy: str
) -> None:
    error = failure_of(301, None, path=path, is_oauth=True, location=location)
    assert words in error.what
    assert remedy in error.remedy
    assert error.failure is Failure.CONFIG


@pytest.mark.parametrize(
    ("params", "body", "kind"),
    [
        ({"page[size]": "100"}, {"error": {"title": "Invalid attribute"}}, PageSizeRefused),
        ({"page[size]": "100"}, BAD_CURSOR, PageSizeRefused),
        ({"page[size]": "100", "page[after]": "x"}, None, PageSizeRefused),
        ({"page[size]": "100", "page[after]": "x"}, BAD_CURSOR, CursorRefused),
        ({"per_page": "100"}, {"error": {"title": "Invalid attribute"}}, ConnectorError),
        ({"cursor": "x"}, BAD_CURSOR, CursorRefused),
    ],
)
def test_a_refused_page_size_differs_from_a_refused_cursor(
    params: dict[str, str], body: Any, kind: type[ConnectorError]
) -> None:
    assert type(failure_of(400, body, path="x", is_oauth=True, params=params)) is kind


@given(ANY_JSON, st.integers(100, 599), st.text(max_size=40), st.text(max_size=20))
def test_any_answer_becomes_an_error_for_the_user(
    body: Any, status: int, location: str, path: str
) -> None:
    error = failure_of(status, body, path=path, is_oauth=True, location=location)
    assert isinstance(error, ConnectorError)
    assert error.what
    assert error.remedy
