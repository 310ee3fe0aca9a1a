"""The truth about the help center and the community: children by their own times.

Records from before the start may be there; a deleted record leaves no trace.
"""

from zendesk_emulator.data.account import Account
from zendesk_emulator.seed.community import POST_COUNTERS
from zendesk_emulator.seed.help_center import COUNTERS

from .rules import Query, Rule, Truth, listed, updated_from


def _with_parent(table: str, parent: str, field: str) -> Rule:
    """With `_airbyte_parent_id`, as the published connector adds it.

    See docs/facts/published-connector.md#1.3.
    """
    plain = updated_from(table, COUNTERS)

    def rule(account: Account, query: Query) -> Truth:
        truth = plain(account, query)
        must = [
            {**record, "_airbyte_parent_id": {parent: record[field], "comment_id": record["id"]}}
            for record in truth.must
        ]
        return Truth(truth.key, must, truth.may, truth.drifting)

    return rule


RULES: dict[str, Rule] = {
    "categories": listed("categories"),
    "sections": listed("sections"),
    "articles": updated_from("articles", COUNTERS),
    "article_attachments": updated_from("article_attachments"),
    "article_comments": _with_parent("article_comments", "article_id", "source_id"),
    "article_comment_votes": updated_from("article_comment_votes"),
    "article_votes": updated_from("article_votes"),
    "article_translations": updated_from("article_translations"),
    "posts": updated_from("posts", POST_COUNTERS),
    "post_comments": _with_parent("post_comments", "post_id", "post_id"),
    "post_comment_votes": updated_from("post_comment_votes"),
    "post_votes": updated_from("post_votes"),
}
