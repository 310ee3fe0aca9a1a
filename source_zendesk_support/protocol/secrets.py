"""The secrets of this process, and texts without them.

Owns the list of what must never be printed: the secrets of the configuration, and each token that
Zendesk gives meanwhile. Everything that is printed in words passes `without_secrets`. Thread-safe.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (secrets in a spec).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "****"
# One list for the whole process: a log line of any thread and any library is to be filtered.
_hidden: list[str] = []


def hide_only(secrets: Iterable[str]) -> None:
    """Hide these secrets from now on, and none of before: a new command has begun."""
    _hidden[:] = [secret for secret in secrets if secret]


def hide(secret: str | None) -> None:
    """Hide one more secret."""
    if secret:
        _hidden.append(secret)


def hidden() -> list[str]:
    """Return the list itself, which grows when tokens are renewed."""
    return _hidden


def without_secrets(text: str) -> str:
    """Return a text in which each secret is masked, also where one secret is a part of another."""
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
