"""The emulated site: from a request to an answer, without sockets.

The order of the checks is Zendesk's edge first, the account last: fault, address, sign-in, rate
limit, refusal, scope and role, endpoint.
"""

import hashlib
from dataclasses import dataclass, field, replace

from zendesk_emulator.api import files, refusals
from zendesk_emulator.api.exchange import Answer, RefusedError, Request, json_answer
from zendesk_emulator.api.refusals import Refusals
from zendesk_emulator.api.routes import plain_path, route_of
from zendesk_emulator.changes.ticket_removal import scrub_due_tickets
from zendesk_emulator.data.account import Account

from .callers import Caller
from .closing import Closing
from .faults import Fault, Faults
from .limits import Headers, Limits
from .request_log import RequestLog
from .sign_in import SignIn

TOKENS, AUTHORIZE = "/oauth/tokens", "/oauth/authorizations/new"
ME, CURRENT_TOKEN = "/api/v2/users/me", "/api/v2/oauth/tokens/current"

# docs/facts/zendesk-api.md#6.2: who `users/me` is without credentials
ANONYMOUS = {
    "id": None, "url": None, "name": "Anonymous user", "email": "invalid@example.com",
    "role": "end-user", "active": False, "verified": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """An answer, and the fault that may still spoil its way (`reset`, `truncated`, `trickle`)."""

    answer: Answer
    fault: Fault | None = None


@dataclass
class Site:
    account: Account
    limits: Limits
    sign_in: SignIn
    host: str | None = None  # only this Host has a help desk; None: every one
    faults: Faults = field(default_factory=Faults)
    refusals: Refusals = field(default_factory=Refusals)
    log: RequestLog = field(default_factory=RequestLog)
    closing: Closing = field(default_factory=Closing)

    def serve(self, request: Request) -> Served:
        """Answer a request and write it into the log."""
        fault = self.faults.matching(request)
        if fault is not None:
            self.faults.wait(fault)
        answer = fault.answer() if fault is not None else None
        if answer is None and fault is not None:
            answer = fault.spoiled(self._undisturbed(fault.asked(request)), request)
        elif answer is None:
            answer = self._undisturbed(request)
        status = 0 if fault is not None and fault.kind == "reset" else answer.status
        kind = None if fault is None else fault.kind
        self.log.add(self.account.clock.now(), request, status, kind)
        return Served(answer, fault)

    def _undisturbed(self, request: Request) -> Answer:
        try:
            answer = self._answer(request)
        except RefusedError as refused:
            answer = refused.answer
        return replace(answer, headers=(*self._usual_headers(request), *answer.headers))

    def _answer(self, request: Request) -> Answer:
        stored = files.serve_foreign(request)
        if stored is not None:
            return self.refusals.answer(request.path) or stored
        host = request.headers.get("host", "").partition(":")[0]
        if self.host not in (None, host):
            raise RefusedError(refusals.no_help_desk(host))
        if request.path == TOKENS and request.method == "POST":
            return self.sign_in.grant(request)
        if request.path == AUTHORIZE and request.method == "GET":
            return self.sign_in.authorize(request)
        caller = self._caller(request)
        headers, refused = self.limits.spend(request.path)
        answer = refused or self._allowed(request, caller)
        return replace(answer, headers=(*headers, *answer.headers))

    def _caller(self, request: Request) -> Caller | None:
        """None without a sign-in, which only `users/me` accepts (docs/facts/zendesk-api.md#6.1)."""
        if request.path == ME and "authorization" not in request.headers:
            return None
        return self.sign_in.caller(request)

    def _allowed(self, request: Request, caller: Caller | None) -> Answer:
        refused = self.refusals.answer(plain_path(request.path))
        if refused is not None:
            return refused
        try:
            with self.account.lock:
                scrub_due_tickets(self.account)
                closed = self.closing.refusal(request.path, self.account.clock.now())
                if closed is not None:
                    return closed
                return self._endpoint(request, caller)
        except RefusedError as refusal:
            return refusal.answer

    def _endpoint(self, request: Request, caller: Caller | None) -> Answer:
        if caller is None:
            return json_answer({"user": ANONYMOUS})
        if request.path == CURRENT_TOKEN and request.method == "GET":
            return self.sign_in.current(caller)
        if request.path == CURRENT_TOKEN and request.method == "DELETE":
            return self.sign_in.revoke_current(caller)
        if request.path == ME:
            users = self.account.table("users")
            return Answer(200, b'{"user":%s}' % users.body(users.rows[caller.user_id]))
        if files.is_file(request.path) and request.method == "GET":
            return files.serve_own(self.account, request)
        route = route_of(request.path) if request.method == "GET" else None
        if route is None:
            return refusals.endpoint_missing()
        if not caller.may_read(route.scope):
            return refusals.scope()
        if route.admin and not caller.admin:
            # incremental exports need an admin (docs/facts/zendesk-api.md#6.2)
            return refusals.plan()
        return route.handle(self.account, request)

    def _usual_headers(self, request: Request) -> Headers:
        """Return the headers that every answer carries (docs/facts/zendesk-api.md#1.3)."""
        asked = f"{self.account.revision}{request.path}{request.raw_query}".encode()
        mark = hashlib.md5(asked, usedforsecurity=False).hexdigest()
        return (
            ("x-zendesk-api-version", "v2"),
            ("x-request-id", f"emulator-{self.log.total}"),
            ("x-runtime", "0.010000"),
            ("etag", f'W/"{mark}"'),
            ("cache-control", "max-age=0, private, must-revalidate"),
        )
