"""Whether single records still exist: each is asked for by its own path, once in a run.

Owns what counts as gone: Zendesk's own 404 of that record, and nothing else. A refusal, a fault and
a 404 of the endpoint say nothing. Never ends a stream.
Rests on docs/facts/zendesk-api.md#5.5.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from source_zendesk_support.zendesk.errors import ConnectorError, RecordRefused, StreamRefused

if TYPE_CHECKING:
    from source_zendesk_support.zendesk.client import ZendeskClient

# Requests for single records that a stream may spend in one sync: a minute and a half of the
# smallest account's budget. The next sync asks for the rest.
MOST_ASKED = 300


class Answer(Enum):
    """Zendesk's word on a record."""

    GONE = auto()
    THERE = auto()
    REFUSED = auto()
    NOT_ASKED = auto()  # no answer came, or no request is left


class SingleRecords:
    """Asks for single records of one stream."""

    def __init__(self, client: ZendeskClient, *, missing_is_bare: bool = False) -> None:
        """`missing_is_bare`: a record that is gone is a 404 without a code."""
        self._client = client
        self._missing_is_bare = missing_is_bare
        self._answers: dict[str, Answer] = {}
        self._left = MOST_ASKED
        self.fault: ConnectorError | None = None

    def take_one(self) -> bool:
        """Return whether one more request may be sent, and count it."""
        if self.fault or self._left == 0:
            return False
        self._left -= 1
        return True

    def ask(self, path: str) -> Answer:
        """Return what Zendesk says of the record at a path. After a fault nothing is asked."""
        if path not in self._answers:
            if not self.take_one():
                return Answer.NOT_ASKED
            self._answers[path] = self._asked(path)
        return self._answers[path]

    def _asked(self, path: str) -> Answer:
        try:
            self._client.get(path, {}, expects=())
        except StreamRefused as refused:
            is_bare = self._missing_is_bare and refused.status == 404 and not refused.code
            return Answer.GONE if refused.is_about_a_record or is_bare else Answer.REFUSED
        except RecordRefused:
            return Answer.REFUSED
        except ConnectorError as fault:
            self.fault = fault
            return Answer.NOT_ASKED
        return Answer.THERE
