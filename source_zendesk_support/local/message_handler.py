"""What the connector says beside its records and states, while PyAirbyte reads it.

Owns what becomes of log lines, errors, rotated sign-ins and the figures of a sync. Writes to no
database, and never lets a rotated token pass before it was stored.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_RECORD = '{"type":"RECORD"'  # how each record's line begins; most lines are such
_FIGURES = '{"summary":'


@dataclass(slots=True)
class MessageHandler:
    """What is known of a sync beside its rows.

    `store` gets each new configuration and returns only when it is safe; `show` gets each line for
    people, with its level. `statuses` holds the last status of each stream, `notes` the lines that
    are more than information.
    """

    store: Callable[[Mapping[str, Any]], None]
    show: Callable[[str, str], None]
    records: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def passes(self, line: str) -> bool:
        """Take a line of the connector in; tell whether it is for PyAirbyte too."""
        if line.startswith(_RECORD):
            return True
        message = orjson.loads(line)
        kind = message["type"]
        if kind == "CONTROL":
            if "connectorConfig" in message["control"]:
                self.store(message["control"]["connectorConfig"]["config"])
            return False
        if kind == "LOG":
            self._log(message["log"]["level"], message["log"]["message"])
            return False
        if kind == "TRACE":
            return self._trace(message["trace"])
        return True

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
            text = trace["error"]["message"]
            self.errors.append(text)
            self._show("ERROR", text)
            return False
        if trace["type"] != "STREAM_STATUS":
            return False
        name = trace["stream_status"]["stream_descriptor"]["name"]
        status = trace["stream_status"]["status"]
        self.statuses[name] = status
        if status == "COMPLETE":
            self.show("INFO", f"{name}: read to the end.")
        return True

    @property
    def unfinished(self) -> list[str]:
        """The streams that did not come to their end."""
        return sorted(name for name, status in self.statuses.items() if status != "COMPLETE")
