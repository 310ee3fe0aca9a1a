"""The streams that `--streams` names."""

from __future__ import annotations

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.zendesk.errors import ConnectorError, Failure


def select(streams: str | None) -> list[str]:
    """Return the streams of `tickets,users`; all without. Raises ConnectorError (config)."""
    if streams is None:
        return list(STREAMS)
    names = list(dict.fromkeys(name.strip() for name in streams.split(",") if name.strip()))
    unknown = sorted(set(names) - STREAMS.keys())
    if unknown or not names:
        raise ConnectorError(
            f"No such stream: {', '.join(unknown) or '(none is named)'}.",
            about="option --streams",
            remedy="`zendesk-local plan` lists them all; separate them by commas.",
            failure=Failure.CONFIG,
        )
    return names
