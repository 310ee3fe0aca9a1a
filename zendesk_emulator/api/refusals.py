"""Every refusal the emulator can give, in Zendesk's five error envelopes.

See docs/facts/zendesk-api.md#6.4.

Holds the answers, and the refusals that a test switches on: of a plan, a role, a scope or an
endpoint. Other modules decide when to refuse.
"""

import threading
from dataclasses import dataclass

from .exchange import Answer, json_answer

# docs/facts/zendesk-api.md#5.5: the text until 2025, and the newer one seen in 2026
PLAN_TEXT = (
    "You do not have access to this page. "
    "Please contact the account owner of this help desk for further help."
)
NEWER_PLAN_TEXT = (
    "Access to this resource is restricted. "
    "Please contact the account administrator for assistance."
)


def plan(text: str = PLAN_TEXT) -> Answer:
    """Neither plan nor role allow it (docs/facts/zendesk-api.md#5.5)."""
    return json_answer({"error": {"title": "Forbidden", "message": text}}, 403)


def scope(missing: str = "read") -> Answer:
    """The token lacks an OAuth scope (docs/facts/zendesk-api.md#5.5)."""
    text = f"You are missing the following required scopes: {missing}"
    return json_answer({"error": "Forbidden", "description": text}, 403)


def endpoint_missing() -> Answer:
    """The endpoint is not on this account (docs/facts/zendesk-api.md#5.5)."""
    return json_answer({"error": "InvalidEndpoint", "description": "Not found"}, 404)


def record_missing() -> Answer:
    """The record is missing or deleted (docs/facts/zendesk-api.md#5.5)."""
    return json_answer({"error": "RecordNotFound", "description": "Not found"}, 404)


def no_help_desk(host: str) -> Answer:
    """The subdomain is free (docs/facts/zendesk-api.md#6.3)."""
    message = (
        "There is no help desk configured at this address. This means that the address is "
        "available and that you can claim it at http://www.zendesk.com/signup"
    )
    return json_answer({"error": {"title": f"No help desk at {host}", "message": message}}, 404)


def not_authenticated() -> Answer:
    """Basic credentials are wrong or absent (docs/facts/zendesk-api.md#6.2)."""
    return json_answer({"error": "Couldn't authenticate you"}, 401)


def invalid_token() -> Answer:
    """The bearer token is unknown, revoked or expired (docs/facts/zendesk-api.md#6.2)."""
    text = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    return json_answer(
        {"error": "invalid_token", "error_description": text},
        401,
        (("WWW-Authenticate", 'Bearer realm="Zendesk", error="invalid_token"'),),
    )


def pagination_parameter(title: str) -> Answer:
    """A sort field or cursor that cursor pagination does not take.

    See docs/facts/zendesk-api.md#2.1.
    """
    return json_answer({"errors": [{"code": "InvalidPaginationParameter", "title": title}]}, 400)


def pagination_depth() -> Answer:
    """Offset pagination ends at 10,000 records.

    See docs/facts/zendesk-api.md#2.2; full title unverified.
    """
    title = (
        "Pagination requests using Offset Pagination are limited to 100 pages or 10,000 records. "
        "Please use Cursor Pagination instead."
    )
    return json_answer({"errors": [{"code": "InvalidPaginationDepth", "title": title}]}, 400)


def start_time_too_recent() -> Answer:
    """`start_time` lies in the last minute (docs/facts/zendesk-api.md#2.3.5)."""
    title = "start_time must be more than 60 seconds ago"
    error = {"code": "StartTimeTooRecent", "status": "400", "title": title}
    return json_answer({"errors": [error]}, 400)


def invalid_cursor() -> Answer:
    """A broken export cursor.

    See docs/facts/zendesk-api.md#2.3.5; documented for custom objects only.
    """
    error = {"code": "InvalidCursor", "status": "400", "title": "cursor is not valid"}
    return json_answer({"errors": [error]}, 400)


def custom_object_missing() -> Answer:
    """No custom object has this key (docs/facts/zendesk-api.md#2.3.5)."""
    error = {"code": "CustomObjectNotFound", "status": "404", "title": "Custom object not found"}
    return json_answer({"errors": [error]}, 404)


def feature_off() -> Answer:
    """Custom objects are switched off (docs/facts/zendesk-api.md#5.5)."""
    error = {"code": "FeatureNotEnabled", "status": "404", "title": "Feature is not enabled"}
    return json_answer({"errors": [error]}, 404)


def trigger_categories_off() -> Answer:
    """See docs/facts/zendesk-api.md#5.3; the title is unverified."""
    error = {"code": "TriggerCategoriesNotEnabled", "title": "Trigger categories are not enabled"}
    return json_answer({"errors": [error]}, 403)


def no_help_center() -> Answer:
    """No Help Center, no community: a page of HTML (docs/facts/zendesk-api.md#5.4)."""
    body = b"<html><body><h1>The page you were looking for doesn't exist</h1></body></html>"
    return Answer(404, body, content_type="text/html; charset=utf-8")


def invalid_attribute(name: str, expected: str) -> Answer:
    """A parameter of the wrong type (docs/facts/zendesk-api.md#4, seen on `/search`)."""
    message = f"You passed an invalid value for the {name} attribute. {name} {expected}"
    return json_answer({"error": {"title": "Invalid attribute", "message": message}}, 400)


def too_many_values(most: int) -> Answer:
    """More values than a parameter takes (docs/facts/zendesk-api.md#6.4)."""
    text = f"Parameter  cannot specify more than {most} values"
    return json_answer({"error": "TooManyValues", "description": text, "max_count": most}, 400)


def search_too_deep() -> Answer:
    """`/search` ends after 1,000 results (docs/facts/zendesk-api.md#4)."""
    text = "Invalid search: Requested response size was greater than Search Response Limits"
    return json_answer({"error": "invalid", "description": text}, 422)


def record_invalid(field: str, description: str, code: str) -> Answer:
    """The validation envelope (docs/facts/zendesk-api.md#6.4.4)."""
    details = {field: [{"description": description, "error": code}]}
    return json_answer(
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": details,
        },
        422,
    )


def oauth(code: str, description: str, status: int = 400) -> Answer:
    """The token endpoint's errors (docs/facts/zendesk-api.md#6.2)."""
    return json_answer({"error": code, "error_description": description}, status)


# The answer of closed exports is unverified: this sentence is ours
CLOSED_TEXT = "The Incremental Export API is no longer available to third-party applications."
_CLOSED_NAMES = {403: "Forbidden", 404: "InvalidEndpoint", 410: "Gone"}
# The envelopes of docs/facts/zendesk-api.md#6.4 by the names that tests choose them with
ENVELOPES = ("object", "described", "coded", "details", "bare", "html", "empty")


def closed_exports(status: int, envelope: str) -> Answer:
    """The answer of an export that is closed to third parties. Raises KeyError."""
    name, text = _CLOSED_NAMES[status], CLOSED_TEXT
    if envelope == "html":
        page = f"<html><body><h1>{text}</h1></body></html>".encode()
        return Answer(status, page, content_type="text/html; charset=utf-8")
    if envelope == "empty":
        return Answer(status, b"")
    bodies = {
        "object": {"error": {"title": name, "message": text}},
        "described": {"error": name, "description": text},
        "coded": {"errors": [{"code": name, "title": text, "detail": text, "status": str(status)}]},
        "details": {
            "error": name,
            "description": text,
            "details": {"base": [{"description": text, "error": name}]},
        },
        "bare": {"error": text},
    }
    return json_answer(bodies[envelope], status)


KINDS = {
    "plan": plan(),
    "plan_newer": plan(NEWER_PLAN_TEXT),
    "role": plan(),  # Zendesk answers a missing role and a missing plan alike
    "scope": scope(),
    "missing": endpoint_missing(),
    "record_missing": record_missing(),
    "feature_off": feature_off(),
    "trigger_categories_off": trigger_categories_off(),
    "no_help_center": no_help_center(),
    "record_invalid": record_invalid("base", "The record is not valid", "InvalidValue"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    path: str  # prefix of the request's path
    kind: str  # one of KINDS


class Refusals:
    """The refusals a test has switched on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refusals: tuple[Refusal, ...] = ()

    def add(self, path: str, kind: str) -> None:
        """Raises KeyError for a kind that does not exist."""
        if kind not in KINDS:
            raise KeyError(kind)
        with self._lock:
            self._refusals = (*self._refusals, Refusal(path, kind))

    def clear(self) -> None:
        with self._lock:
            self._refusals = ()

    def answer(self, path: str) -> Answer | None:
        for refusal in self._refusals:
            if path.startswith(refusal.path):
                return KINDS[refusal.kind]
        return None
