"""The control API under `/_emulator/`, which moves the clock, changes the account, gives the truth.

Takes and answers JSON, from loopback peers only. It is not a part of Zendesk's API.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import orjson

from zendesk_emulator.api.exchange import Answer, Request, json_answer
from zendesk_emulator.api.resources import PAGINGS
from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.clock import epoch_s, iso
from zendesk_emulator.data.past import KEPT_S
from zendesk_emulator.truth.oracle import truth

from .closing import DEFAULT_ANSWER, FAMILIES, OPEN, plan_of
from .faults import fault_of
from .site import Site

PREFIX = "/_emulator/"

Fields = dict[str, Any]


def control(site: Site, request: Request) -> Answer:
    """Answer a control request, with 400, 403 or 404 for one that cannot be served."""
    if not ipaddress.ip_address(request.peer).is_loopback:
        return json_answer({"error": "only loopback peers"}, 403)
    handle = HANDLERS.get((request.method, request.path.removeprefix(PREFIX)))
    if handle is None:
        return json_answer({"error": f"no {request.method} {request.path}"}, 404)
    try:
        parsed = orjson.loads(request.body) if request.body else {}
        if request.method == "GET":
            parsed = dict(request.query)
        return json_answer(handle(site, parsed))
    except (LookupError, TypeError, ValueError) as wrong:
        return json_answer({"error": f"{type(wrong).__name__}: {wrong}"}, 400)


def _health(site: Site, _: Fields) -> Fields:
    now = site.account.clock.now()
    return {"ok": True, "clock_s": now, "clock": iso(now), "version": site.account.revision}


def _clock(site: Site, asked: Fields) -> Fields:
    if "advance_s" in asked:
        site.account.clock.advance(float(asked["advance_s"]))
    if "set" in asked:
        site.account.clock.set(epoch_s(asked["set"]))
    return _health(site, {})


def _change(site: Site, asked: Fields) -> Fields:
    changed = change(
        site.account,
        asked["kind"],
        count=int(asked.get("count", 1)),
        seed=int(asked.get("seed", 0)),
        row_id=asked.get("id"),
    )
    return {"changed": [asdict(each) for each in changed]}


def _truth(site: Site, asked: Fields) -> Fields:
    until = asked.get("visible_until_s")
    return asdict(
        truth(
            site.account,
            asked["stream"],
            start_s=int(asked.get("start_s", 0)),
            visible_until=None if until is None else int(until),
            include_deleted_tickets=asked.get("include_deleted_tickets") == "true",
        )
    )


def _requests(site: Site, _: Fields) -> Fields:
    return site.log.state()


def _forget_requests(site: Site, _: Fields) -> Fields:
    site.log.reset()
    return {"ok": True}


def _faults(site: Site, asked: Any) -> Fields:
    faults = [fault_of(each) for each in (asked if isinstance(asked, list) else [asked])]
    site.faults.add(*faults)
    return {"added": len(faults)}


def _no_faults(site: Site, _: Fields) -> Fields:
    site.faults.clear()
    return {"ok": True}


def _refuse(site: Site, asked: Fields) -> Fields:
    site.refusals.add(asked["path"], asked["kind"])
    return {"ok": True}


def _refuse_nothing(site: Site, _: Fields) -> Fields:
    site.refusals.clear()
    return {"ok": True}


def _exports(site: Site, asked: Fields) -> Fields:
    """Close or open the exports: `exports`, `answer`, and `after` or `families` to close a part."""
    plan = plan_of(
        asked.get("exports", OPEN),
        asked.get("answer", DEFAULT_ANSWER),
        after=asked.get("after"),
        families=asked.get("families", FAMILIES),
    )
    with site.account.lock:
        site.closing.set(plan)
    return {"ok": True}


def _paging(site: Site, asked: Fields) -> Fields:
    """Page a list another way than its row says: `{"path", "paging"}` (resources.Listing)."""
    if asked["paging"] not in PAGINGS:
        raise ValueError(asked["paging"])
    with site.account.lock:
        site.account.paging[asked["path"]] = asked["paging"]
        site.account.changed()
    return {"ok": True}


def _search(site: Site, asked: Fields) -> Fields:
    """How far the search index is behind: `{"delay_s"}`."""
    delay_s = int(asked["delay_s"])
    if not 0 <= delay_s <= KEPT_S:
        raise ValueError(delay_s)
    site.account.search_delay_s = delay_s
    return {"ok": True}


def _limits(site: Site, asked: Fields) -> Fields:
    """Every change of the limits begins with fresh windows."""
    site.limits.reset()
    site.limits.enabled = bool(asked.get("enabled", site.limits.enabled))
    site.limits.high_volume = bool(asked.get("high_volume", site.limits.high_volume))
    per_minute = asked.get("account_per_minute", site.limits.account_per_minute)
    site.limits.account_per_minute = int(per_minute)
    return {"enabled": site.limits.enabled, "account_per_minute": int(per_minute)}


def _tokens(site: Site, _: Fields) -> Fields:
    return site.sign_in.state()


def _change_tokens(site: Site, asked: Fields) -> Fields:
    """`revoke`, `expire`: an access token. `issue`: its scopes. `code`: a code to be spent."""
    sign_in = site.sign_in
    if "revoke" in asked:
        sign_in.revoke(asked["revoke"])
    if "expire" in asked:
        sign_in.expire(asked["expire"])
    if "default_expires_s" in asked:
        sign_in.default_expires_s = asked["default_expires_s"]
    if "longest_expires_s" in asked:
        sign_in.longest_expires_s = asked["longest_expires_s"]
    if "client_scopes" in asked:
        scopes = asked["client_scopes"]
        sign_in.client_scopes = None if scopes is None else frozenset(scopes)
    answer = sign_in.state()
    if "issue" in asked:
        token = sign_in.issue(
            frozenset(asked["issue"]),
            expires_s=asked.get("expires_s"),
            admin=bool(asked.get("admin", True)),
        )
        answer = {**sign_in.state(), "issued": token.access, "refresh_token": token.refresh}
    if asked.get("code"):
        answer["code"] = sign_in.new_code()
    return answer


def _counts(site: Site, _: Fields) -> Fields:
    with site.account.lock:
        return {name: len(table.rows) for name, table in site.account.tables.items()}


HANDLERS: dict[tuple[str, str], Callable[[Site, Any], Fields]] = {
    ("GET", "health"): _health,
    ("POST", "clock"): _clock,
    ("POST", "change"): _change,
    ("GET", "truth"): _truth,
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget_requests,
    ("POST", "faults"): _faults,
    ("DELETE", "faults"): _no_faults,
    ("POST", "refusals"): _refuse,
    ("DELETE", "refusals"): _refuse_nothing,
    ("POST", "exports"): _exports,
    ("POST", "paging"): _paging,
    ("POST", "search"): _search,
    ("POST", "limits"): _limits,
    ("GET", "tokens"): _tokens,
    ("POST", "tokens"): _change_tokens,
    ("GET", "counts"): _counts,
}
