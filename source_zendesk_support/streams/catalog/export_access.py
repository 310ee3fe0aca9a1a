"""Whether Zendesk answers the incremental exports to this sign-in, and what to say of it.

Owns the probe, which costs none of the ten exports a minute: samples have a limit of their own. An
answer that does not come says nothing; only a refusal does.
Rests on docs/facts/closing-of-exports.md#1 and docs/facts/zendesk-api.md#1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.zendesk.errors import ConnectorError, Failure, Refusal, StreamRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from source_zendesk_support.zendesk.client import ZendeskClient

SAMPLE = "incremental/tickets/sample"
# A sample begins a day back: any time is answered but the last minute.
_BACK_S = 86_400
CLOSING = "December 2026"
# The streams of exports that no list replaces.
WITHOUT_LISTS = "calls, call_legs and skill_assignments"
MARKETPLACE_NOTICE = (
    "`marketplace` is set, which declares this connector to be an app of a third party: Zendesk "
    f"closes the incremental exports to third parties in {CLOSING}. Remove it, unless you run a "
    "Marketplace app for others."
)


def probe_exports(
    client: ZendeskClient, scopes: frozenset[str] | None, log: Callable[[str], None]
) -> StreamRefused | None:
    """Return how Zendesk refuses the exports; None when it answers, or nothing is known.

    A closed export may answer as a missing scope does: the granted scopes tell them apart.
    """
    is_in_scope = scopes is not None and not scopes.isdisjoint({"read", "tickets:read"})
    start_s = max(0, client.zendesk_s() - _BACK_S)
    try:
        client.get(SAMPLE, {"start_time": str(start_s)}, expects="tickets")
    except StreamRefused as refused:
        return refused if refused.reason is not Refusal.SCOPE or is_in_scope else None
    except ConnectorError as error:
        log(f"Whether Zendesk answers the incremental exports is not known: {error}")
    return None


def export_diagnosis(
    refused: StreamRefused, *, role: str | None, has_marketplace: bool, reads_lists: bool
) -> str:
    """Return who is refused the exports and why, the cure, and the engine, in one sentence."""
    who = "this admin" if role == "admin" else "this sign-in"
    cure = "sign in with an OAuth client of the account itself"
    cure += ", and remove `marketplace`" if has_marketplace else ", without `marketplace`"
    engine = (
        f"until then the engine `lists` reads all streams but {WITHOUT_LISTS}"
        if reads_lists
        else f"or set `engine` to auto, which reads all streams but {WITHOUT_LISTS} with lists"
    )
    return (
        f"Zendesk refuses the incremental exports to {who} with status {refused.status}: it takes "
        f"the connection for a third party, and closes the exports to third parties in {CLOSING}; "
        f"to keep them, {cure}; {engine}."
    )


def closed_exports(sentence: str) -> ConnectorError:
    """Return the error of a configuration that wants exports where there are none."""
    return ConnectorError(
        sentence,
        about=f"GET {SAMPLE}",
        remedy="The page docs/when-zendesk-closes-the-exports.md says what is different then.",
        failure=Failure.CONFIG,
    )
