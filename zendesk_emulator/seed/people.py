"""Draws users with their identities, organizations, and memberships (docs/facts/records.md)."""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.sizes import DAY_S, HISTORY_S, QUIET_S, Size

from .config import GROUP_BASE

USER_BASE, USER_STEP = 370_112_000_000, 19
ORGANIZATION_BASE, ORGANIZATION_STEP = 360_310_000_000, 7
IDENTITY_BASE, IDENTITIES_MOST = 361_500_000_000, 4
GROUP_MEMBERSHIP_BASE = 360_007_000_000
ORGANIZATION_MEMBERSHIP_BASE = 360_009_000_000
AGENT_EVERY = 8  # every eighth user works here; number 0 is the account's owner
ADMIN_ID = USER_BASE  # whom the emulator's admin credentials sign in
AGENT_ID = USER_BASE + USER_STEP * AGENT_EVERY
EMAILS = {ADMIN_ID: "admin@example.com", AGENT_ID: "agent@example.com"}
# even the smallest account has both kinds of inactive users
_ALWAYS_INACTIVE = {5: "inactive", 6: "permanently_deleted"}


def user_id(number: int) -> int:
    return USER_BASE + USER_STEP * number


def is_agent(number: int) -> bool:
    return number % AGENT_EVERY == 0


def share_one_second(rows: list[Row], cluster: int) -> None:
    """Let `cluster` neighbours in time share a second, beside and across page borders."""
    ordered = sorted(rows, key=lambda row: (row.at_s, row.id))
    first = len(ordered) * 2 // 5 - cluster // 2
    together = ordered[max(0, first) : first + cluster]
    for row in together:
        row.at_s = row.updated_s = together[-1].at_s


def lay_out_people(account: Account, size: Size, now_s: int) -> None:
    _organizations(account, size, now_s)
    _users(account, size, now_s)
    _identities(account)
    _group_memberships(account)
    _organization_memberships(account)


def _organizations(account: Account, size: Size, now_s: int) -> None:
    table = account.add_table(
        "organizations",
        lambda row: organization_record(account, row, Draw(account.seed, 5, row.id)),
    )
    rows = []
    for number in range(size.organizations):
        draw = Draw(account.seed, 6, number)
        created_s = draw.between(now_s - HISTORY_S, now_s - 5 * DAY_S)
        updated_s = draw.between(created_s, now_s - QUIET_S)
        row = Row(
            ORGANIZATION_BASE + ORGANIZATION_STEP * number, updated_s, created_s, updated_s,
            ordinal=number, gone=number == 3 or (number > 3 and draw.chance(4)),
        )  # fmt: skip
        rows.append(table.add(row))
    share_one_second(rows, size.cluster // 2)


def organization_record(account: Account, row: Row, draw: Draw) -> Record:
    """`deleted_at` is null while it is alive (docs/facts/zendesk-api.md#2.3.8)."""
    name = f"{draw.of(words.COMPANIES)} {draw.of(words.COMPANY_FORMS)} {row.ordinal}"
    return {
        "url": account.url(f"organizations/{row.id}"), "id": row.id, "name": name,
        "shared_tickets": draw.chance(10), "shared_comments": draw.chance(10),
        "external_id": f"crm-{row.ordinal}" if draw.chance(50) else None,
        "created_at": iso(row.created_s), "updated_at": iso(row.updated_s),
        "domain_names": [f"company{row.ordinal}.example"] if draw.chance(60) else [],
        "details": draw.of(words.SENTENCES) if draw.chance(30) else None,
        "notes": "🚚 key account" if draw.chance(20) else None,
        "group_id": GROUP_BASE if draw.chance(20) else None,
        "tags": draw.some(words.TAG_WORDS, 3),
        "organization_fields": {
            "contract": draw.of(("basic", "plus", None)), "seats": draw.below(500),
            "renewal": "2027-01-31T00:00:00+00:00" if draw.chance(50) else None,
        },
        "deleted_at": iso(row.updated_s) if row.gone else None,
    }  # fmt: skip


def _users(account: Account, size: Size, now_s: int) -> None:
    organizations = list(account.table("organizations").rows.values())
    table = account.add_table(
        "users", lambda row: user_record(account, row, Draw(account.seed, 7, row.id))
    )
    rows = []
    for number in range(size.users):
        draw = Draw(account.seed, 8, number)
        created_s = draw.between(now_s - HISTORY_S, now_s - 3 * DAY_S)
        updated_s = draw.between(created_s, now_s - QUIET_S)
        created_s -= HISTORY_S  # all are there before the first ticket
        status = _ALWAYS_INACTIVE.get(number, "")
        if not is_agent(number) and draw.chance(5):
            status = draw.of(("inactive", "permanently_deleted"))
        inactive = status != ""
        organization = draw.of(organizations) if organizations and draw.chance(60) else None
        belongs = organization is not None and not organization.gone and not inactive
        row = Row(
            user_id(number), updated_s, created_s, updated_s, ordinal=number, status=status,
            gone=inactive, parent=organization.id if belongs and organization else 0,
        )  # fmt: skip
        rows.append(table.add(row))
    share_one_second(rows, size.cluster)
    account.population = size.users
    account.first_organizations = {row.id: row.parent for row in rows if row.parent}


def user_email(row: Row) -> str:
    return EMAILS.get(row.id, f"user{row.ordinal}@example.com")


def user_record(account: Account, row: Row, draw: Draw) -> Record:
    """Inactive users have no email and say whether they are gone for good.

    See docs/facts/zendesk-api.md#2.3.8.
    """
    agent = is_agent(row.ordinal)
    name = f"{draw.of(words.FIRST_NAMES)} {draw.of(words.LAST_NAMES)}"
    zone, iana_zone = draw.of(words.TIME_ZONES)
    locale, locale_id = draw.of(words.LOCALES)
    role = "admin" if row.id == ADMIN_ID else "agent" if agent else "end-user"
    record: Record = {
        "id": row.id, "url": account.url(f"users/{row.id}"), "name": name,
        "email": None if row.gone else user_email(row), "created_at": iso(row.created_s),
        "updated_at": iso(row.updated_s), "time_zone": zone, "iana_time_zone": iana_zone,
        "phone": None, "shared_phone_number": None, "photo": _photo(account, row, draw),
        "locale_id": locale_id, "locale": locale, "organization_id": row.parent or None,
        "role": role, "verified": draw.chance(90),
        "external_id": f"ext-{row.ordinal}" if draw.chance(30) else None,
        "tags": draw.some(words.TAG_WORDS, 2), "alias": "Ally ✨" if draw.chance(10) else None,
        "active": not row.gone, "shared": False, "shared_agent": False,
        "last_login_at": iso(row.updated_s - 60) if agent or draw.chance(30) else None,
        "two_factor_auth_enabled": False if agent else None,
        "signature": "Kind regards\n💚" if agent and draw.chance(20) else None,
        "details": "" if draw.chance(50) else None,
        "notes": draw.of(words.SENTENCES) if draw.chance(20) else "",
        "role_type": 4 if role == "admin" else 0 if agent else None,
        "custom_role_id": 360_000_111_222 if agent else None, "moderator": agent,
        "is_billing_admin": row.id == ADMIN_ID,
        "ticket_restriction": None if agent else "requested", "only_private_comments": False,
        "restricted_agent": not agent, "suspended": draw.chance(2), "suspension_details": None,
        "default_group_id": GROUP_BASE if agent else None, "report_csv": role == "admin",
        "user_fields": {
            "plan": draw.of(("gold", "silver", None)), "score": draw.below(100),
            "newsletter": draw.chance(50),
        },
    }  # fmt: skip
    if row.gone:
        record["permanently_deleted"] = row.status == "permanently_deleted"
    return record


def _photo(account: Account, row: Row, draw: Draw) -> Record | None:
    if not draw.chance(15):
        return None
    host = f"https://{account.subdomain}.zendesk.com/system/photos/{row.id}"
    picture: Record = {
        "url": account.url(f"attachments/{row.id}"), "id": row.id, "file_name": "photo.png",
        "content_url": f"{host}/photo.png", "mapped_content_url": f"{host}/photo.png",
        "content_type": "image/png", "size": 4_021, "width": 80, "height": 80, "inline": False,
        "deleted": False,
    }  # fmt: skip
    small = {**picture, "file_name": "photo_thumb.png", "size": 1_010, "width": 32, "height": 32}
    return {**picture, "thumbnails": [small]}


def _identities(account: Account) -> None:
    """Active users have an email address, some more (docs/facts/zendesk-api.md#5.2)."""
    table = account.add_table(
        "user_identities", lambda row: identity_record(account, row, Draw(account.seed, 9, row.id))
    )
    for user in account.table("users").rows.values():
        if not user.gone:
            draw = Draw(account.seed, 10, user.ordinal)
            count = 1 + (draw.between(1, IDENTITIES_MOST - 1) if draw.chance(25) else 0)
            for n in range(count):
                number = IDENTITIES_MOST * user.ordinal + n
                created_s = draw.between(user.created_s, user.updated_s)
                table.add(
                    Row(
                        IDENTITY_BASE + number, created_s, created_s, created_s,
                        parent=user.id, ordinal=n,
                    )
                )  # fmt: skip


def identity_record(account: Account, row: Row, draw: Draw) -> Record:
    primary = row.ordinal == 0
    kind = "email" if primary else draw.of(("email", "phone_number", "google", "messaging"))
    value = {
        "phone_number": f"+4930{row.id % 10**7:07}", "messaging": f"id-{row.id}",
    }.get(kind, f"identity{row.id}@example.com")  # fmt: skip
    if primary:
        value = user_email(account.table("users").rows[row.parent])
    record: Record = {
        "url": account.url(f"users/{row.parent}/identities/{row.id}"), "id": row.id,
        "user_id": row.parent, "type": kind, "value": value, "verified": draw.chance(80),
        "primary": primary, "created_at": iso(row.created_s), "updated_at": iso(row.updated_s),
        "verified_at": iso(row.created_s) if draw.chance(80) else None,
        "verification_method": draw.of(("none", "low", "full")),
    }  # fmt: skip
    if kind == "email":
        record["undeliverable_count"] = 0
        record["deliverable_state"] = "deliverable"
    return record


def _group_memberships(account: Account) -> None:
    table = account.add_table("group_memberships")
    groups = [row for row in account.table("groups").rows.values() if not row.gone]
    agents = [row for row in account.table("users").rows.values() if is_agent(row.ordinal)]
    number = 0
    teams: dict[int, list[int]] = {group.id: [] for group in groups}
    for agent in agents:
        draw = Draw(account.seed, 11, agent.id)
        chosen = [groups[0], *(group for group in draw.some(groups[1:], 4))]
        for group in chosen:
            created_s = max(agent.created_s, group.created_s)
            row = Row(GROUP_MEMBERSHIP_BASE + 5 * number, created_s, created_s, created_s)
            row.parent = agent.id
            record = group_membership_record(account, row, group.id, default=group is groups[0])
            table.add(row, record)
            teams[group.id].append(agent.id)
            number += 1
    account.teams = tuple((group, tuple(members)) for group, members in teams.items() if members)


def group_membership_record(account: Account, row: Row, group_id: int, *, default: bool) -> Record:
    return {
        "url": account.url(f"group_memberships/{row.id}"), "id": row.id, "user_id": row.parent,
        "group_id": group_id, "default": default, "created_at": iso(row.created_s),
        "updated_at": iso(row.updated_s),
    }  # fmt: skip


def _organization_memberships(account: Account) -> None:
    table = account.add_table("organization_memberships")
    organizations = account.table("organizations").rows
    for user in account.table("users").rows.values():
        if user.parent:
            created_s = max(user.created_s, organizations[user.parent].created_s)
            row = Row(ORGANIZATION_MEMBERSHIP_BASE + 3 * user.ordinal, created_s, created_s,
                      created_s, parent=user.id)  # fmt: skip
            table.add(row, organization_membership_record(account, row, user.parent))


def organization_membership_record(account: Account, row: Row, organization_id: int) -> Record:
    organization = account.table("organizations")
    return {
        "url": account.url(f"organization_memberships/{row.id}"), "id": row.id,
        "user_id": row.parent, "organization_id": organization_id, "default": True,
        "organization_name": organization.record(organization.rows[organization_id])["name"],
        "view_tickets": True, "created_at": iso(row.created_s), "updated_at": iso(row.updated_s),
    }  # fmt: skip
