"""The streams that `--streams` and `--again` name, and what a mistyped name may have meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable


def select(streams: str | None, option: str = "--streams") -> list[str]:
    """Return the streams of `tickets,users`; all without. Raises ConnectorError (config)."""
    if streams is None:
        return list(STREAMS)
    names = list(dict.fromkeys(name.strip() for name in streams.split(",") if name.strip()))
    unknown = sorted(set(names) - STREAMS.keys())
    if unknown or not names:
        raise ConnectorError(
            f"No such stream: {', '.join(unknown) or '(none is named)'}.",
            about=f"option {option}",
            remedy=f"{did_you_mean(unknown, STREAMS)}`zendesk-local plan` lists them all; separate "
            "them by commas.",
            failure=Failure.CONFIG,
        )
    return names


def did_you_mean(unknown: Iterable[str], known: Iterable[str]) -> str:
    """Return a question with what is most like the unknown names; "" when nothing is."""
    names = list(known)
    found = [near for name in unknown for near in get_close_matches(name, names, n=1)]
    return f"Did you mean {', '.join(dict.fromkeys(found))}? " if found else ""
