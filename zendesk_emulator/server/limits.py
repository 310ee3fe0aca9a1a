"""Rate limits: the account's counters and the endpoints' own, their headers and their 429s.

Windows run on the emulator's clock: a frozen clock never refills them
(developer.zendesk.com/api-reference/introduction/rate-limits).
"""

import math
import re
import threading
from dataclasses import dataclass

from zendesk_emulator.api.exchange import Answer, json_answer
from zendesk_emulator.data.clock import Clock

MINUTE_S = 60
# requests a minute of Suite and Support Enterprise (docs/facts/zendesk-api.md#1.1)
ENTERPRISE = 700
HIGH_VOLUME = 2500  # the account's total with the add-on (docs/facts/zendesk-api.md#1.1)
WEBHOOKS = 100  # of the webhooks API, which counts apart (docs/facts/zendesk-api.md#1.2)
# over all sources (docs/facts/zendesk-api.md#1.1); what headers say with limits off
CEILING = 100_000

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Bucket:
    """An endpoint limit: so many requests in a window (docs/facts/zendesk-api.md#1.2)."""

    name: str
    path: re.Pattern[str]
    total: int
    high_volume: int  # with the add-on
    header: str | None  # None: the endpoint counts but sends no header of its own
    refusal: str = "Number of allowed API requests per minute exceeded"
    coded: bool = False  # it refuses in the envelope with codes
    window_s: int = MINUTE_S


# The first that matches counts, so the narrow ones stand first (docs/facts/zendesk-api.md#1.2,
# #1.3)
BUCKETS = (
    Bucket(
        "sample", re.compile(r"/api/v2/incremental/[a-z_]+/sample$"), 10, 10, None,
        "Number of allowed incremental export API requests per minute exceeded",
        window_s=20 * MINUTE_S,
    ),
    Bucket(
        "users-cursor",
        re.compile(r"/api/v2/incremental/users/cursor$"),
        20, 60,
        "Zendesk-RateLimit-incremental-exports-cursor",
        "Number of allowed incremental export API requests per minute exceeded",
    ),
    # Whether this and Talk's also count among the global exports is unverified of Zendesk.
    Bucket(
        "custom-objects", re.compile(r"/api/v2/incremental/custom_objects/[^/]+/cursor$"), 10, 10,
        None, "Rate limit exceeded. Maximum 10 requests per minute.", coded=True,
    ),
    Bucket(
        "talk", re.compile(r"/api/v2/channels/voice/stats/incremental/(calls|legs)$"), 10, 10, None,
    ),
    Bucket(
        "incremental",
        # recorded answers of ticket_metric_events carry no such header: account limit only
        re.compile(r"/api/v2/incremental/(?!ticket_metric_events$)"),
        10, 30,
        "zendesk-ratelimit-incremental-exports",
        "Number of allowed incremental export API requests per minute exceeded",
    ),
    Bucket(
        "side-conversation-events", re.compile(r"/api/v2/tickets/side_conversations/events$"),
        600, 600, None, window_s=10 * MINUTE_S,
    ),
    Bucket("search-export", re.compile(r"/api/v2/search/export$"), 100, 100, None),
    Bucket("search", re.compile(r"/api/v2/search$"), 2500, 2500, "Zendesk-RateLimit-search-index"),
    Bucket("deleted-tickets", re.compile(r"/api/v2/deleted_tickets$"), 10, 10, None),
    # seen as 100, 20,000 and 100,000; the middle one stands for a production account
    Bucket(
        "tickets", re.compile(r"/api/v2/tickets$"), 20_000, 20_000,
        "zendesk-ratelimit-tickets-index",
    ),
    Bucket(
        "tags", re.compile(r"/api/v2/tags$"), 100, 100, "zendesk-ratelimit-tags-index",
    ),
)  # fmt: skip

_HELP_CENTER = re.compile(r"/api/v2/(help_center|community|guide)/")
_WEBHOOKS = re.compile(r"/api/v2/webhooks(/|$)")


def _counter_of(path: str) -> str:
    """Products and webhooks count apart (docs/facts/zendesk-api.md#1.1, #1.2)."""
    if _WEBHOOKS.match(path):
        return "webhooks"
    return "help_center" if _HELP_CENTER.match(path) else "support"


@dataclass(slots=True)
class _Window:
    """A span of time that begins with its first request."""

    length_s: int = MINUTE_S
    ends_at: float = -math.inf
    used: int = 0

    def remaining(self, total: int, now: float) -> int:
        if now >= self.ends_at:
            self.ends_at, self.used = now + self.length_s, 0
        return total - self.used

    def resets_s(self, now: float) -> int:
        return max(1, math.ceil(self.ends_at - now))


class Limits:
    """Counts requests and refuses those beyond a limit; refused ones do not count."""

    def __init__(
        self,
        clock: Clock,
        *,
        enabled: bool = True,
        account_per_minute: int = ENTERPRISE,
        high_volume: bool = False,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self.enabled = enabled
        self.high_volume = high_volume
        self.account_per_minute = HIGH_VOLUME if high_volume else account_per_minute

    def reset(self) -> None:
        with self._lock:
            self._windows.clear()

    def spend(self, path: str) -> tuple[Headers, Answer | None]:
        """Count a request: the headers its answer carries, and a 429 when it has no room."""
        account = _counter_of(path)
        bucket = next((each for each in BUCKETS if each.path.match(path)), None)
        now = self._clock.now()
        with self._lock:
            all_of_it = WEBHOOKS if account == "webhooks" else self.account_per_minute
            room, length_s = {account: self._total(all_of_it)}, {account: MINUTE_S}
            if bucket is not None:
                own = bucket.high_volume if self.high_volume else bucket.total
                room[bucket.name], length_s[bucket.name] = self._total(own), bucket.window_s
            left = {
                name: self._windows.setdefault(name, _Window(length_s[name])).remaining(total, now)
                for name, total in room.items()
            }
            empty = [name for name in left if left[name] <= 0]
            if not empty and self.enabled:
                for name in left:
                    self._windows[name].used += 1
                    left[name] -= 1
            resets = {name: self._windows[name].resets_s(now) for name in left}
        headers = self._headers(account, bucket, room, left, resets)
        return headers, self._refusal(empty, bucket, resets) if empty else None

    def _total(self, documented: int) -> int:
        return documented if self.enabled else CEILING

    def _headers(
        self,
        account: str,
        bucket: Bucket | None,
        room: dict[str, int],
        left: dict[str, int],
        resets: dict[str, int],
    ) -> Headers:
        """The header set of docs/facts/zendesk-api.md#1.3.

        Help Center answers carry only the first two; of webhooks no more was seen.
        """
        total, remaining = str(room[account]), str(max(0, left[account]))
        headers = [("x-rate-limit", total), ("x-rate-limit-remaining", remaining)]
        if account == "support":
            headers += [
                ("ratelimit-limit", total),
                ("ratelimit-remaining", remaining),
                ("ratelimit-reset", str(resets[account])),
            ]
        if bucket is not None and bucket.header is not None:
            own = f"total={room[bucket.name]}; remaining={max(0, left[bucket.name])}"
            headers.append((bucket.header, f"{own}; resets={resets[bucket.name]}"))
        return tuple(headers)

    def _refusal(self, empty: list[str], bucket: Bucket | None, resets: dict[str, int]) -> Answer:
        """429 with `Retry-After`; the narrower bucket explains itself.

        See docs/facts/zendesk-api.md#1.4.
        """
        text = "Number of allowed API requests per minute exceeded"
        if bucket is not None and bucket.name in empty:
            text = bucket.refusal
        wait_s = max(resets[name] for name in empty)
        wait = (("Retry-After", str(wait_s)),)
        if bucket is not None and bucket.name in empty and bucket.coded:
            error = {"code": "RateLimitExceeded", "status": "429", "title": text}
            return json_answer({"errors": [error]}, 429, wait)
        return json_answer(
            {"error": "APIRateLimitExceeded", "description": text},
            429,
            wait,
        )
