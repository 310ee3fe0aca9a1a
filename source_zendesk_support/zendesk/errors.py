"""The errors that users see: what happened, to what, what to do next, and who can repair it.

Values alone: which answer of Zendesk means which error is in responses.py.

    ConnectorError            what happened, to what, what to do next; carries a Failure
    +-- StreamRefused         403, 404 or 410: this resource is closed to the account, role or scope
    +-- RecordRefused         422: the record that the path names cannot be asked for this
    +-- TokenRefused          401 that renewing cannot repair
    +-- Unreachable           no usable answer for as long as we are patient
    +-- StartTimeTooRecent    400: the export withholds its last minute
    +-- CursorRefused         400: the page cursor is not (or no longer) known
    +-- PageSizeRefused       400: a list that may not take this `page[size]`
    +-- NoProgress            a page of a time export holds a part of one second only
"""

from __future__ import annotations

from enum import Enum


class Failure(Enum):
    """The side that can repair it: the user (config), time (transient), or only we (system)."""

    CONFIG = "config_error"
    TRANSIENT = "transient_error"
    SYSTEM = "system_error"


class ConnectorError(Exception):
    """An error for the user, in three parts.

    `what` happened, `about` which stream, bucket, scope or file, and what to do (`remedy`).
    None of them may hold a secret. `failure` says who can repair it.
    """

    def __init__(self, what: str, *, about: str, remedy: str, failure: Failure) -> None:
        super().__init__(f"{about}: {what} {remedy}")
        self.what = what
        self.about = about
        self.remedy = remedy
        self.failure = failure


class Refusal(Enum):
    """Why a resource is closed, as far as status and envelope show.

    See docs/facts/zendesk-api.md#5.5.
    """

    SCOPE = "the access token lacks the OAuth scope for it"
    PLAN_OR_ROLE = "the account's plan or the role of who signed in does not include it"
    PRODUCT = "the product or feature is not switched on in this account"
    EXPORT = (
        "Zendesk gives this incremental export to admins only, and closes it to third-party "
        "integrations"
    )


# Codes of a 404 of a single record (docs/facts/zendesk-api.md#5.5 and #2.3.5). InvalidEndpoint,
# FeatureNotEnabled, and a 404 without any code, which a missing Help Center gives, speak of the
# endpoint.
RECORD_CODES = frozenset({"RecordNotFound", "CustomObjectNotFound"})


class StreamRefused(ConnectorError):
    """403, 404 or 410 of a whole resource: its `status`, and the `reason` as far as it is known.

    `code` and `said` are Zendesk's own code and sentence (redacted), "" if none came.
    """

    def __init__(
        self,
        what: str,
        *,
        about: str,
        remedy: str,
        status: int,
        reason: Refusal,
        code: str = "",
        said: str = "",
    ) -> None:
        super().__init__(what, about=about, remedy=remedy, failure=Failure.CONFIG)
        self.status = status
        self.reason = reason
        self.code = code
        self.said = said

    @property
    def is_about_a_record(self) -> bool:
        """Return whether only the record that the path names is missing, not the endpoint."""
        return self.status == 404 and self.code in RECORD_CODES


class RecordRefused(ConnectorError):
    """422: what the path names cannot be asked for this, as side conversations of some tickets."""

    status = 422
    is_about_a_record = True


class TokenRefused(ConnectorError):
    """401 that renewing the token does not repair."""


class Unreachable(ConnectorError):
    """No usable answer within our patience."""


class StartTimeTooRecent(ConnectorError):
    """The export holds back its last minute and `start_time` lies in it.

    See docs/facts/zendesk-api.md#2.3.5.
    """


class CursorRefused(ConnectorError):
    """A page cursor that Zendesk does not know, or no longer knows."""


class PageSizeRefused(ConnectorError):
    """A 400 to a request with a page size: the list may have pages by number, or smaller ones."""


class NoProgress(ConnectorError):
    """A page of a time export holds no more than a part of one second."""
