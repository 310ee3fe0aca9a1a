"""The connector's messages beside its records: log lines, errors, rotated sign-ins, figures.

Owns what becomes of each. Writes to no database, and never lets a rotated token pass before it was
stored.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from source_zendesk_support.protocol.messages import STREAMS_FAILED
from source_zendesk_support.zendesk.json_text import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FIGURES = '{"summary":'
# The part of an error that names its stream and request.
_ABOUT = re.compile(r" \[stream [^]]*\]")


@dataclass(slots=True)
class MessageHandler:
    """Messages of a sync beside its rows.

    `store` gets each new configuration and returns only when it is safe. `show` gets each line for
    people, with its level. `statuses` holds the last status of each stream. `notes` holds the lines
    that are more than information. `estimates` holds the records that Zendesk counts of a stream.
    `waits` holds until when (epoch seconds) a stream waits for its limit.
    """

    store: Callable[[Mapping[str, Any]], None]
    show: Callable[[str, str], None]
    records: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    estimates: dict[str, int] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)
    _errors_shown: Counter[str] = field(default_factory=Counter)

    def hear(self, line: bytes) -> dict[str, Any] | None:
        """Take a line in; return its message when it is about a table's content.

        These are records, states, statuses of streams and catalogs.
        """
        try:
            message: dict[str, Any] = loads(line).value  # no digit is lost
        except ValueError:  # a library of the connector's has printed something
            self._show("WARN", line.decode(errors="replace").strip())
            return None
        kind = message["type"]
        if kind == "CONTROL":
            if "connectorConfig" in message["control"]:
                self.store(message["control"]["connectorConfig"]["config"])
            return None
        if kind == "LOG":
            self._log(message["log"]["level"], message["log"]["message"])
            return None
        if kind == "CONNECTION_STATUS":
            if message["connectionStatus"]["status"] != "SUCCEEDED":
                self.errors.append(message["connectionStatus"].get("message", ""))
            return None
        if kind == "TRACE":
            return message if self._trace(message["trace"]) else None
        return message

    def _log(self, level: str, text: str) -> None:
        # Once the figures have come, what is left is the same in words.
        if level not in ("DEBUG", "INFO") or (level == "INFO" and not self.figures):
            self._show(level, text)
        elif level == "DEBUG" and text.startswith(_FIGURES):
            self.figures = orjson.loads(text)["summary"]
            self.records.update(self.figures["records"])

    def _show(self, level: str, text: str) -> None:
        self.show(level, text)
        if level != "INFO" and (level, text) not in self.notes:
            self.notes.append((level, text))

    def _trace(self, trace: dict[str, Any]) -> bool:
        if trace["type"] == "ERROR":
            self._error(trace["error"])
            return False
        if trace["type"] == "ESTIMATE":
            estimate = trace["estimate"]
            self.estimates[estimate.get("name", "")] = estimate.get("row_estimate") or 0
        if trace["type"] != "STREAM_STATUS":
            return False
        name = trace["stream_status"]["stream_descriptor"]["name"]
        status = trace["stream_status"]["status"]
        self.statuses[name] = status
        self._note_wait(name, trace["stream_status"].get("reasons") or [])
        if status == "COMPLETE":
            self.show("INFO", f"{name}: read to the end.")
        return True

    def _error(self, error: dict[str, Any]) -> None:
        """Keep an error, and show it once where streams differ in what it is about alone.

        The whole log has each. The last error only names the streams that have one, as
        `unfinished` does.
        """
        text = error["message"]
        self.errors.append(text)
        name = (error.get("stream_descriptor") or {}).get("name")
        if name is None and error.get("internal_message") == STREAMS_FAILED:
            self.show("INFO", text)
            return
        alike = _ABOUT.sub("", text, count=1) if name else text
        self._errors_shown[alike] += 1
        if self._errors_shown[alike] == 1:
            self._show("ERROR", text)
        else:
            self.show("INFO", text)

    def _note_wait(self, name: str, reasons: list[dict[str, Any]]) -> None:
        """Note until when a stream waits; a status without that reason ends the wait."""
        self.waits.pop(name, None)
        for reason in reasons:
            reset_ms = (reason.get("rate_limited") or {}).get("quota_reset")
            if reset_ms is not None:
                self.waits[name] = reset_ms / 1000

    def warn(self, text: str) -> None:
        """Show and keep a line of this package's own."""
        self._show("WARN", text)

    @property
    def repeated(self) -> int:
        """How many errors were not shown, as they were those of another stream."""
        return self._errors_shown.total() - len(self._errors_shown)

    @property
    def unfinished(self) -> list[str]:
        """The streams that did not come to their end."""
        return sorted(name for name, status in self.statuses.items() if status != "COMPLETE")
