"""Which streams this account can read, and why not: learned from a few requests.

Owns what is asked and how the answers are judged. A row of the catalog names its gates, so this
module names no stream but the core ones. Only a refusal closes a gate; a missing answer never does.
Rests on docs/facts/zendesk-api.md#5.5, #6.1 and #6.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    Failure,
    Refusal,
    StreamRefused,
    Unreachable,
)
from source_zendesk_support.zendesk.failures import ALLOWLIST, EXPORT_REMEDY
from source_zendesk_support.zendesk.wording import quoted

from .export_access import probe_exports
from .gates import EXPORTS, SIDE_CONVERSATIONS, SKILL_EXPORT, TALK
from .table import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.zendesk.client import ZendeskClient

# A warehouse without these does not mirror a help desk: refused, they always fail.
CORE_STREAMS = frozenset({"tickets", "users", "organizations"})
_OPTION = "skip_unavailable_streams"
GATES = tuple(dict.fromkeys(gate for stream in STREAMS.values() for gate in stream.gates))


# Paths that a narrower scope than `read` opens: `tickets:read` and the like
# (docs/facts/zendesk-api.md#6.2).
_RESOURCES = (
    (r"(incremental/)?(tickets|ticket_|deleted_tickets)", "tickets"),
    (r"(incremental/)?(users|user_)", "users"),
    (r"(incremental/)?(organizations|organization_)", "organizations"),
    (r"help_center/|community/|guide/", "hc"),
    (r"satisfaction_ratings", "satisfaction_ratings"),
    (r"audit_logs", "auditlogs"),
    (r"triggers", "triggers"),
    (r"automations", "automations"),
    (r"macros", "macros"),
)


@dataclass(frozen=True, slots=True)
class Access:
    """A sign-in, as far as it is known.

    Attributes:
        role: The role of the user who signed in; None where it is unknown.
        scopes: The granted OAuth scopes; None where they are unknown.
        closed: The reason for each closed gate, by its name. Nothing is known of the others.
        exports_refused: How Zendesk refuses the incremental exports to an admin.

    """

    role: str | None = None
    scopes: frozenset[str] | None = None
    closed: Mapping[str, str] = field(default_factory=dict)
    exports_refused: StreamRefused | None = None


def examine(client: ZendeskClient, *, is_oauth: bool, log: Callable[[str], None]) -> Access:
    """Ask Zendesk what this sign-in can read.

    One protected request comes first: `users/me` answers 200 without a sign-in
    (docs/facts/zendesk-api.md#6.1). The granted scopes and the role come next, then one request for
    each gate that has a probe. Raises ConnectorError when the first one fails: then nothing can be
    read.
    """
    settings: Mapping[str, Any] = {}
    scopes: frozenset[str] | None = None
    try:
        page = client.get("account/settings", {}, expects="settings", expected_type=dict)
        settings = page.body["settings"]
    except StreamRefused as refused:
        if not (is_oauth and refused.reason is Refusal.SCOPE):
            raise _closed_account(refused) from refused
        scopes = frozenset()
    if is_oauth:
        granted = _object_of(client, "oauth/tokens/current", "token", log).get("scopes")
        if isinstance(granted, list):
            scopes = frozenset(map(str, granted))
    # `id` is null for the anonymous user, which says nothing about who signed in.
    me = _object_of(client, "users/me", "user", log)
    role = me.get("role") if me.get("id") is not None else None
    access = Access(role if isinstance(role, str) else None, scopes)
    if fault_of(access):
        return access
    closed = _closed_gates(client, settings, access.role, log)
    return Access(access.role, scopes, closed, probe_exports(client, scopes, log))


def _object_of(
    client: ZendeskClient, path: str, key: str, log: Callable[[str], None]
) -> Mapping[str, Any]:
    """Return an object of Zendesk; an empty one where no answer comes, which is not a failure."""
    try:
        found = client.get(path, {}, expects=key, expected_type=dict).body[key]
    except ConnectorError as error:
        log(f"Not known to this check: {error}")
        return {}
    return found if isinstance(found, dict) else {}


def _closed_gates(
    client: ZendeskClient,
    settings: Mapping[str, Any],
    role: str | None,
    log: Callable[[str], None],
) -> dict[str, str]:
    closed = {}
    panel = settings.get("side_conversations")
    if isinstance(panel, dict) and panel.get("show_in_context_panel") is False:
        closed[SIDE_CONVERSATIONS.name] = Refusal.PRODUCT.value
    for gate in GATES:
        if gate.probe is None:
            continue
        path, key = gate.probe
        try:
            client.get(path, {"page[size]": "1"}, expects=key)
        except StreamRefused as refused:
            closed[gate.name] = _reason(refused, role)
        except Unreachable as error:
            log(f"What this account can read is not fully known: {error}")
            break
        except ConnectorError as error:
            log(f"Whether this account can read {gate.name} is not known: {error}")
    return closed


def _reason(refused: StreamRefused, role: str | None) -> str:
    """An admin is refused for the plan; Zendesk's answer is the same as for a missing role."""
    reason = refused.reason.value
    if refused.reason is Refusal.PLAN_OR_ROLE and role == "admin":
        reason = "the account's plan does not include it"
    return f'{reason} (Zendesk says: "{refused.said}")' if refused.said else reason


def why_not(stream: Stream, access: Access) -> str | None:
    """Return why this account cannot read a stream; None when it can, or nothing is known."""
    if access.scopes is not None and "read" not in access.scopes:
        resource = _resource(stream)
        if resource is None or f"{resource}:read" not in access.scopes:
            narrow = f" (or `{resource}:read`)" if resource else ""
            return f"{Refusal.SCOPE.value}: `read`{narrow}"
    for gate in stream.gates:
        if gate in (EXPORTS, SKILL_EXPORT) and access.role not in (None, "admin"):
            return f"the role of who signed in is {access.role}, and only an admin may read exports"
        if gate in (TALK, SKILL_EXPORT) and access.exports_refused:
            return f"{Refusal.EXPORT.value}, and no list replaces it"
        if gate.name in access.closed:
            return f"{access.closed[gate.name]}; it needs {gate.needs}"
    return None


def _resource(stream: Stream) -> str | None:
    path = stream.resource.path
    return next((name for pattern, name in _RESOURCES if re.match(pattern, path)), None)


def fault_of(access: Access) -> ConnectorError | None:
    """Return what makes every sync fail although the sign-in is accepted; None when nothing does.

    A role other than admin, and a token without any scope to read.
    """
    if access.scopes is not None and not any(
        scope == "read" or scope.endswith(":read") for scope in access.scopes
    ):
        return ConnectorError(
            "The access token lacks the OAuth scope `read`.",
            about="GET oauth/tokens/current",
            remedy="Add the scope `read` to the OAuth client in Admin Center > Apps and "
            "integrations > APIs > OAuth clients, and authenticate again.",
            failure=Failure.CONFIG,
        )
    if access.role not in (None, "admin"):
        return ConnectorError(
            f"The role of who signed in is {access.role}, not admin, and Zendesk gives the "
            "incremental exports (tickets, users, organizations, events) to admins only.",
            about="GET users/me",
            remedy="Sign in as an admin, or let an admin create the OAuth client.",
            failure=Failure.CONFIG,
        )
    return None


def refusal_of_account(client: ZendeskClient) -> ConnectorError | None:
    """Return why the account refuses even what every agent may read; None where it does not.

    A token of a narrow scope is not the account's refusal, and a fault shows nothing.
    """
    try:
        client.get("account/settings", {}, expects="settings", expected_type=dict)
    except StreamRefused as refused:
        return None if refused.reason is Refusal.SCOPE else _closed_account(refused)
    except ConnectorError:
        return None
    return None


def _closed_account(refused: StreamRefused) -> ConnectorError:
    """Every agent may read the account's settings: refused, more is wrong than a permission."""
    return ConnectorError(
        f"Zendesk refuses even the account's settings (status {refused.status}): this address is "
        "not allowed, the account is suspended, its trial has ended, or the user who signed in is "
        f"neither agent nor admin.{quoted(refused.said)}",
        about=refused.about,
        remedy="Sign in to Zendesk in a browser, as an admin, and settle the subscription if it "
        f"asks for that. {ALLOWLIST}",
        failure=Failure.CONFIG,
    )


def explain(stream: Stream, refused: StreamRefused, *, below: bool = False) -> ConnectorError:
    """Return the error of a stream that is refused as a whole: its reason, and the cure.

    `below` says that Zendesk refuses the children of records, not the records themselves.
    """
    gate = stream.children.gate if below and stream.children else stream.resource.gate
    needs = gate.needs if gate else stream.needs
    if refused.reason is Refusal.EXPORT:
        cure = f"{EXPORT_REMEDY} Until then"
    elif refused.reason is Refusal.SCOPE:
        cure = "Give the OAuth client the scope `read` and authenticate again"
    elif needs:
        cure = f"It needs {needs}: provide it"
    else:
        cure = "Provide what it needs (plan, role, product)"
    skip = "" if stream.name in CORE_STREAMS else f", or set `{_OPTION}`"
    return ConnectorError(
        f"Zendesk refuses this stream to the account with status {refused.status}: "
        f"{refused.reason.value}.{quoted(refused.said)}",
        about=refused.about,
        remedy=f"{cure}, take the stream out of the connection{skip}.",
        failure=Failure.CONFIG,
    )
