"""The table of endpoints: which path is answered by what, and who may ask.

A route is a path pattern with a function; lists and their counts come from resources.LISTINGS.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from zendesk_emulator.data.account import Account
from zendesk_emulator.seed.config import SETTINGS_ID

from . import children, files
from .activity_listings import ACTIVITY_BRANCHES, ACTIVITY_LISTINGS
from .audits import ticket_audits
from .branches import CONFIG_BRANCHES, Branch
from .config_listings import CONFIG_LISTINGS, attribute_definitions
from .conversation_events import conversation_events
from .custom_objects import OBJECT_BRANCHES, OBJECT_LISTINGS, export_records
from .exchange import Answer, Request
from .exports import Export, cursor_export, paged_export, sample_export, time_export
from .family_listings import FAMILY_BRANCHES, FAMILY_LISTINGS
from .help_center_listings import HELP_CENTER_BRANCHES, HELP_CENTER_LISTINGS
from .messaging import MESSAGING_BRANCHES, MESSAGING_LISTINGS, engagements
from .omnichannel import OMNICHANNEL_LISTINGS
from .other_exports import ARTICLES, CALLS, LEGS, plain_export, skill_assignments
from .resources import LISTINGS, Listing, count, serve_list
from .search import search, search_count, search_export
from .show_many import (
    ORGANIZATIONS as ORGANIZATIONS_MANY,
    TICKETS as TICKETS_MANY,
    USERS as USERS_MANY,
    show_many,
)
from .sideloads import export_event
from .single_records import pattern_of, show_child, show_listed, show_vote
from .votes import ALL_VOTES, list_votes

Handler = Callable[[Account, Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    handle: Handler
    scope: str = "read"  # `<scope>:read` is enough
    admin: bool = False  # agents are refused (docs/facts/zendesk-api.md#2.3)


@dataclass(frozen=True, slots=True)
class ChildRoute:
    pattern: re.Pattern[str]
    handle: Callable[..., Answer]  # takes what the pattern found in the path
    scope: str
    admin: bool = False


TICKETS = Export("tickets", "tickets", ticket_filters=True)
USERS = Export("users", "users")
# end_time repeats the last second (docs/facts/zendesk-api.md#2.3.4)
ORGANIZATIONS = Export("organizations", "organizations", repeats_end=True)
TICKET_EVENTS = Export(
    "ticket_events", "ticket_events", ticket_filters=True, projection=export_event
)
# its events belong to all tickets: the API knows no support_type_scope here
# (docs/facts/zendesk-api.md#2.3.11)
METRIC_EVENTS = Export(
    "ticket_metric_events", "ticket_metric_events", deleted_filter=True, says_end=False
)


def metric_events(account: Account, request: Request) -> Answer:
    """By cursor with `page[size]`, else by time (docs/facts/zendesk-api.md#2.3.11)."""
    if any(name.startswith("page[") for name, _ in request.query):
        return paged_export(account, METRIC_EVENTS, request)
    return time_export(account, METRIC_EVENTS, request)


TALK = "/api/v2/channels/voice/stats"


def account_settings(account: Account, _: Request) -> Answer:
    table = account.table("account_settings")
    return Answer(200, b'{"settings":%s}' % table.body(table.rows[SETTINGS_ID]))


def _exports() -> dict[str, Route]:
    paths: tuple[tuple[str, Handler, str], ...] = (
        ("tickets/cursor", lambda a, r: cursor_export(a, TICKETS, r), "tickets"),
        ("tickets", lambda a, r: time_export(a, TICKETS, r), "tickets"),
        ("users/cursor", lambda a, r: cursor_export(a, USERS, r), "users"),
        ("users", lambda a, r: time_export(a, USERS, r), "users"),
        ("organizations", lambda a, r: time_export(a, ORGANIZATIONS, r), "organizations"),
        ("ticket_events", lambda a, r: time_export(a, TICKET_EVENTS, r), "tickets"),
        ("ticket_metric_events", metric_events, "tickets"),
    )
    samples: tuple[tuple[str, Handler, str], ...] = tuple(
        (f"{export.table}/sample", partial(_listed, sample_export, export), scope)
        for export, scope in (
            (TICKETS, "tickets"), (TICKET_EVENTS, "tickets"), (USERS, "users"),
            (ORGANIZATIONS, "organizations"),
        )
    )  # fmt: skip
    return {
        f"/api/v2/incremental/{path}": Route(handle, scope, admin=True)
        for path, handle, scope in (*paths, *samples)
    }


ALL_LISTINGS: tuple[Listing, ...] = (
    *LISTINGS,
    *CONFIG_LISTINGS,
    *HELP_CENTER_LISTINGS,
    *ACTIVITY_LISTINGS,
    *OBJECT_LISTINGS,
    *FAMILY_LISTINGS,
    *OMNICHANNEL_LISTINGS,
    *MESSAGING_LISTINGS,
)


def _lists() -> dict[str, Route]:
    routes = {}
    for listing in ALL_LISTINGS:
        served = partial(_listed, serve_list, listing)
        routes[listing.path] = Route(served, listing.scope, listing.admin)
        if listing.counted:
            counted = partial(_listed, count, listing)
            routes[f"{listing.path}/count"] = Route(counted, listing.scope, listing.admin)
    return routes


def _listed(serve: Callable[..., Answer], listing: object, account: Account, r: Request) -> Answer:
    return serve(account, listing, r)


ROUTES: dict[str, Route] = {
    **_exports(),
    **_lists(),
    "/api/v2/account/settings": Route(account_settings),
    f"{TALK}/incremental/calls": Route(lambda a, r: plain_export(a, CALLS, r), admin=True),
    f"{TALK}/incremental/legs": Route(lambda a, r: plain_export(a, LEGS, r), admin=True),
    "/api/v2/tickets/side_conversations/events": Route(conversation_events, "tickets", admin=True),
    "/api/v2/engagements": Route(engagements, admin=True),
    ALL_VOTES.path: Route(list_votes, ALL_VOTES.scope),
    "/api/v2/ticket_audits": Route(ticket_audits, "tickets", admin=True),
    "/api/v2/help_center/incremental/articles": Route(
        lambda a, r: plain_export(a, ARTICLES, r), "hc"
    ),
    "/api/v2/incremental/routing/instance_values": Route(skill_assignments, admin=True),
    "/api/v2/routing/attributes/definitions": Route(attribute_definitions, admin=True),
    **{
        f"/api/v2/{many.table}/show_many": Route(partial(_listed, show_many, many), many.table)
        for many in (TICKETS_MANY, USERS_MANY, ORGANIZATIONS_MANY)
    },
    "/api/v2/search": Route(search),
    "/api/v2/search/count": Route(search_count),
    "/api/v2/search/export": Route(search_export),
}


def _of_number(
    handle: Callable[..., Answer],
    account: Account,
    request: Request,
    *found: str,
) -> Answer:
    return handle(account, request, *map(int, found))


def _of_list(
    show: Callable[..., Answer], rows: object, account: Account, request: Request, *ids: str
) -> Answer:
    return show(account, request, rows, *ids)


ALL_BRANCHES: tuple[Branch, ...] = (
    *CONFIG_BRANCHES,
    *HELP_CENTER_BRANCHES,
    *ACTIVITY_BRANCHES,
    *OBJECT_BRANCHES,
    *FAMILY_BRANCHES,
    *MESSAGING_BRANCHES,
)
_BRANCHES = tuple(
    ChildRoute(branch.pattern, branch.serve, branch.listing.scope, branch.listing.admin)
    for branch in ALL_BRANCHES
)
_OBJECT_EXPORT = ChildRoute(
    re.compile(r"/api/v2/incremental/custom_objects/([^/]+)/cursor$"), export_records, "read"
)
_ON_TICKETS_AND_USERS = tuple(
    ChildRoute(re.compile(rf"/api/v2/{pattern}$"), partial(_of_number, handle), scope)
    for pattern, handle, scope in (
        (r"tickets/(\d+)", children.show_ticket, "tickets"),
        (r"tickets/(\d+)/metrics", children.show_metrics, "tickets"),
        (r"tickets/(\d+)/metric_events", children.ticket_metric_events, "tickets"),
        (r"tickets/(\d+)/comments", children.ticket_comments, "tickets"),
        (r"tickets/(\d+)/audits", children.ticket_audits, "tickets"),
        (
            r"tickets/(\d+)/comments/count",
            children.count_of(children.ticket_comments),
            "tickets",
        ),
        (r"tickets/(\d+)/audits/count", children.count_of(children.ticket_audits), "tickets"),
        (r"users/(\d+)", children.show_user, "users"),
        (r"users/(\d+)/identities", children.user_identities, "users"),
        (r"users/(\d+)/identities/(\d+)", children.show_identity, "users"),
    )
)
# docs/facts/endpoints.md: ShowAttachment, ShowArticleAttachmentNoArticle
_ATTACHMENTS = (
    ChildRoute(re.compile(r"/api/v2/attachments/(\d+)$"), files.show_attachment, "tickets"),
    ChildRoute(
        re.compile(r"/api/v2/help_center/articles/attachments/(\d+)$"),
        files.show_article_attachment,
        "hc",
    ),
)
# Paths with an answer of their own come first.
_OWN_ROUTES = (*_ATTACHMENTS, *_BRANCHES, _OBJECT_EXPORT, *_ON_TICKETS_AND_USERS)
_SINGLE_RECORDS = (
    ChildRoute(re.compile(r"/api/v2/help_center/votes/([^/]+)$"), show_vote, "hc"),
    *(
        ChildRoute(
            pattern_of(branch.listing.path),
            partial(_of_list, show_child, branch),
            branch.listing.scope,
            branch.listing.admin,
        )
        for branch in ALL_BRANCHES
    ),
    *(
        ChildRoute(
            pattern_of(listing.path),
            partial(_of_list, show_listed, listing),
            listing.scope,
            listing.admin,
        )
        for listing in ALL_LISTINGS
    ),
)
CHILD_ROUTES = (*_OWN_ROUTES, *_SINGLE_RECORDS)


def _with(
    handle: Callable[..., Answer], found: tuple[str, ...], account: Account, request: Request
) -> Answer:
    return handle(account, request, *found)


def plain_path(path: str) -> str:
    """The community is served at two addresses (docs/facts/zendesk-api.md#2.1)."""
    return path.replace("/api/v2/help_center/community/", "/api/v2/community/")


def route_of(path: str) -> Route | None:
    path = plain_path(path)
    found = ROUTES.get(path)
    if found is not None:
        return found
    for route in CHILD_ROUTES:
        match = route.pattern.match(path)
        if match:
            handle = partial(_with, route.handle, match.groups())
            return Route(handle, route.scope, route.admin)
    return None
