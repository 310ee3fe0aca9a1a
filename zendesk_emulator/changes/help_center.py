"""Changes of the help center and the community.

Votes and comments move the counters of their parent, never its time
(docs/facts/published-connector.md#6.12).
"""

from collections.abc import Callable

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.seed import community as seed_community, help_center as seed_help_center
from zendesk_emulator.seed.families import BELOW
from zendesk_emulator.seed.help_center import Drawn, votes

from .seeded_lists import touch

Written = list[tuple[str, int]]
Change = Callable[[Account, Draw, int | None], Written]

# what goes with a record that is deleted
CHILDREN_OF = {
    "articles": (
        "article_votes", "article_comments", "article_attachments", "article_translations",
    ),
    "article_comments": ("article_comment_votes",),
    "posts": ("post_votes", "post_comments"),
    "post_comments": ("post_comment_votes",),
}  # fmt: skip
# children -> their parents, and how a child is drawn
_CHILD_TABLES: dict[str, tuple[str, Drawn]] = {
    "article_votes": ("articles", seed_help_center.article_vote),
    "article_comments": ("articles", seed_help_center.article_comment),
    "article_attachments": ("articles", seed_help_center.attachment),
    "article_comment_votes": ("article_comments", seed_help_center.article_comment_vote),
    "post_votes": ("posts", seed_community.post_vote),
    "post_comments": ("posts", seed_community.post_comment),
    "post_comment_votes": ("post_comments", seed_community.post_comment_vote),
}


def _recount(account: Account, table: str, row: Row) -> Written:
    """Write the counters of a record; its time stays."""
    match table:
        case "posts":
            counters = seed_community.counters(account, row)
        case "articles":
            counters = votes(account, "article_votes", row)
        case _:
            counters = votes(account, table.replace("comments", "comment_votes"), row)
    stored = account.table(table)
    before = stored.body(row)
    stored.amend(row, **counters)
    return [] if stored.body(row) == before else [(table, row.id)]


def _create(name: str) -> Change:
    parents, drawn = _CHILD_TABLES[name]

    def new(account: Account, draw: Draw, row_id: int | None) -> Written:
        parent = pick(account.table(parents), draw, row_id)
        account.table(parents).body(parent)  # as it was before
        table = account.table(name)
        now_s = account.clock.now_s()
        ordinal = len(table.children(parent.id))
        row = Row(table.next_id(), now_s, now_s, now_s, parent=parent.id, ordinal=ordinal)
        table.add(row, drawn(account, row, Draw(account.seed, row.id)))
        return [(name, row.id), *_recount(account, parents, parent)]

    return new


def _delete(name: str) -> Change:
    def delete(account: Account, draw: Draw, row_id: int | None) -> Written:
        row = pick(account.table(name), draw, row_id)
        written = _remove(account, name, row)
        if name in _CHILD_TABLES:
            parents = _CHILD_TABLES[name][0]
            written += _recount(account, parents, account.table(parents).rows[row.parent])
        return written

    return delete


def _remove(account: Account, name: str, row: Row) -> Written:
    written: Written = []
    for lower in (*CHILDREN_OF.get(name, ()), *BELOW.get(name, ())):
        for child in list(account.table(lower).children(row.id)):
            written += _remove(account, lower, child)
    account.table(name).remove(row)
    return [*written, (name, row.id)]


def _turn(name: str) -> Change:
    """A voter votes the other way: the vote is touched, the sum moves."""

    def turn(account: Account, draw: Draw, row_id: int | None) -> Written:
        table = account.table(name)
        row = pick(table, draw, row_id)
        parents = _CHILD_TABLES[name][0]
        parent = account.table(parents).rows[row.parent]
        account.table(parents).body(parent)
        turned = touch(account, name, row, value=-table.record(row)["value"])
        return [turned, *_recount(account, parents, parent)]

    return turn


def _edit(name: str, field: str) -> Change:
    def edit(account: Account, draw: Draw, row_id: int | None) -> Written:
        row = pick(account.table(name), draw, row_id)
        text = f"{draw.of(words.SENTENCES)} ({draw.below(10**6)})"
        return [touch(account, name, row, **{field: text})]

    return edit


def new_article(account: Account, _: Draw, __: int | None) -> Written:
    table, translations = account.table("articles"), account.table("article_translations")
    now_s = account.clock.now_s()
    row = Row(table.next_id(), now_s, now_s, now_s, ordinal=len(table.rows))
    table.add(row, seed_help_center.article(account, row))
    translation = Row(translations.next_id(), now_s, now_s, now_s, parent=row.id)
    translations.add(translation, seed_help_center.translation(account, translation))
    return [("articles", row.id), ("article_translations", translation.id)]


def update_article(account: Account, draw: Draw, row_id: int | None) -> Written:
    """The text of an article is that of its first translation, which changes with it."""
    table = account.table("article_translations")
    row = pick(account.table("articles"), draw, row_id)
    body = f"<p>{draw.of(words.SENTENCES)} {draw.below(10**6)}</p>"
    edited_at = iso(account.clock.now_s())
    written = [touch(account, "articles", row, body=body, edited_at=edited_at)]
    source = table.children(row.id)[0]
    return [*written, touch(account, "article_translations", source, body=body)]


def update_translation(account: Account, draw: Draw, row_id: int | None) -> Written:
    """Another language than the source's does not touch the article (unverified)."""
    table = account.table("article_translations")
    row = pick(table, draw, row_id, lambda each: each.ordinal > 0)
    return [touch(account, table.name, row, title=f"Titel {draw.below(10**6)}", outdated=False)]


def add_translation(account: Account, draw: Draw, row_id: int | None) -> Written:
    table = account.table("article_translations")
    most = len(seed_help_center.LOCALES)
    article = pick(
        account.table("articles"), draw, row_id, lambda each: len(table.children(each.id)) < most
    )
    now_s = account.clock.now_s()
    ordinal = len(table.children(article.id))
    row = Row(table.next_id(), now_s, now_s, now_s, parent=article.id, ordinal=ordinal)
    table.add(row, seed_help_center.translation(account, row))
    return [(table.name, row.id)]


def new_post(account: Account, _: Draw, __: int | None) -> Written:
    table = account.table("posts")
    now_s = account.clock.now_s()
    row = Row(table.next_id(), now_s, now_s, now_s, ordinal=len(table.rows))
    table.add(row, seed_community.post(account, row))
    return [("posts", row.id)]


_VOTES = tuple(name for name in _CHILD_TABLES if name.endswith("votes"))

KINDS: dict[str, Change] = {
    **{f"new_{name.removesuffix('s')}": _create(name) for name in _CHILD_TABLES},
    **{f"delete_{name.removesuffix('s')}": _delete(name) for name in _CHILD_TABLES},
    **{f"turn_{name.removesuffix('s')}": _turn(name) for name in _VOTES},
    "edit_article_comment": _edit("article_comments", "body"),
    "edit_post_comment": _edit("post_comments", "body"),
    "new_article": new_article,
    "update_article": update_article,
    "delete_article": _delete("articles"),
    "add_translation": add_translation,
    "update_translation": update_translation,
    "update_section": _edit("sections", "description"),
    "update_category": _edit("categories", "description"),
    "new_post": new_post,
    "update_post": _edit("posts", "details"),
    "delete_post": _delete("posts"),
}
