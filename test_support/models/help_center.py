"""A Help Center that changes between and during pages, and syncs of it.

The package does not hold it. It has articles with comments, votes and votes on comments. A child
does not touch its parent, but for the counters that docs/facts/records.md shows.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    CursorRefused,
    Failure,
    Refusal,
    StreamRefused,
)
from source_zendesk_support.zendesk.request import PageSize
from test_support.models.answers import iso

HOUR_S, DAY_S = 3600, 86_400
FAMILY = ("articles", "article_comments", "article_votes", "article_comment_votes")
T0_S = 1_700_000_000
ALL_VOTES = "help_center/votes"

Record = dict[str, Any]


def refused(kind: type[ConnectorError], status: int = 404) -> ConnectorError:
    if kind is StreamRefused:
        return StreamRefused("No.", about="GET", remedy="", status=status, reason=Refusal.PRODUCT)
    return kind("Refused.", about="GET", remedy="", failure=Failure.CONFIG)


def missing() -> ConnectorError:
    """The answer to who asks for a record that is not there."""
    return StreamRefused(
        "No.", about="GET", remedy="", status=404, reason=Refusal.PRODUCT, code="RecordNotFound"
    )


def tombstone(key: int | str, at_s: int, _parent: str = "") -> Record:
    return {"id": key, "updated_at": iso(at_s), "_ab_cdc_deleted_at": iso(at_s)}


@dataclass
class HelpCenter:
    """Articles by id, and below them comments and votes; `get` is the client's."""

    now_s: int = T0_S
    articles: dict[int, Record] = field(default_factory=dict)
    comments: dict[int, dict[int, Record]] = field(default_factory=dict)
    votes: dict[str, dict[int, Record]] = field(default_factory=dict)
    errors: dict[str, ConnectorError] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    dead_cursors: int = 0
    begun: int = 0
    most_begun: int = 0
    before_page: Callable[[], None] = lambda: None

    def _stamp(self, row: Record) -> Record:
        self.now_s += 1
        return {"created_at": iso(self.now_s), **row, "updated_at": iso(self.now_s)}

    def write_article(self, key: int) -> None:
        old = self.articles.get(key, {"vote_count": 0, "vote_sum": 0, "edits": 0})
        self.articles[key] = self._stamp({**old, "id": key, "edits": old["edits"] + 1})

    def write_comment(self, article: int, key: int) -> None:
        if article not in self.articles:
            return
        key += 100 * article
        old = self.comments.setdefault(article, {}).get(key, {"vote_count": 0, "vote_sum": 0})
        edits = old.get("edits", 0) + 1
        self.comments[article][key] = self._stamp(
            {**old, "id": key, "source_id": article, "edits": edits}
        )

    def vote(self, article: int, comment: int | None, user: int, value: int) -> None:
        """The item's counters move, its `updated_at` does not."""
        if comment is None:
            item, path = self.articles.get(article), f"{article}"
        else:
            comment += 100 * article
            item, path = self.comments.get(article, {}).get(comment), f"{article}/{comment}"
        if item is None:
            return
        votes = self.votes.setdefault(path, {})
        key = user + 10_000 * item["id"]
        kind = "Article" if comment is None else "ArticleComment"
        votes[key] = self._stamp(
            {"id": key, "value": value, "item_id": item["id"], "item_type": kind}
        )
        item["vote_count"] = len(votes)
        item["vote_sum"] = sum(vote["value"] for vote in votes.values())

    def delete_article(self, key: int) -> None:
        """Delete an article with everything below it."""
        self.articles.pop(key, None)
        self.comments.pop(key, None)
        for path in [it for it in self.votes if it.partition("/")[0] == f"{key}"]:
            del self.votes[path]

    def delete_comment(self, article: int, key: int) -> None:
        """It leaves the article as it is."""
        key += 100 * article
        self.comments.get(article, {}).pop(key, None)
        self.votes.pop(f"{article}/{key}", None)

    def withdraw_vote(self, article: int, comment: int | None, user: int) -> None:
        """The item's counters move, its `updated_at` does not."""
        row = self.articles.get(article)
        path = f"{article}"
        if comment is not None:
            comment += 100 * article
            row, path = self.comments.get(article, {}).get(comment), f"{article}/{comment}"
        if row is None:
            return
        votes = self.votes.get(path, {})
        votes.pop(user + 10_000 * row["id"], None)
        row["vote_count"] = len(votes)
        row["vote_sum"] = sum(vote["value"] for vote in votes.values())

    def zendesk_s(self) -> int:
        return self.now_s

    def _single(self, path: str) -> Page:
        *above, key = path.split("/")
        rows = self._listed("/".join(above))
        if int(key) not in rows:
            raise missing()
        return Page({"record": rows[int(key)]}, server_s=self.now_s)

    def get(
        self,
        path: str,
        params: dict[str, str],
        *,
        expects: str | tuple[str, ...],
        size: PageSize | None = None,
    ) -> Page:
        if expects == ():
            self.before_page()
            if path in self.errors:
                raise self.errors[path]
            return self._single(path)
        assert isinstance(expects, str)
        assert size is not None
        assert size.param == "page[size]"
        self.requests.append(path)
        self.before_page()
        if path in self.errors:
            raise self.errors[path]
        rows = sorted(self._listed(path).values(), key=lambda row: row["id"])
        if "page[after]" in params:
            if self.dead_cursors:
                self.dead_cursors -= 1
                raise refused(CursorRefused)
            rows = [row for row in rows if row["id"] > int(params["page[after]"])]
        page = json.loads(json.dumps(rows[: size.value]))
        meta = {
            "has_more": len(rows) > size.value,
            "after_cursor": str(page[-1]["id"]) if page else None,
        }
        return Page({expects: page, "meta": meta}, server_s=self.now_s)

    def ask(self, path: str, params: Any, **how: Any) -> Callable[[], Page]:
        """Answer at once; whether it was refused shows when the page is waited for."""
        self.begun += 1
        self.most_begun = max(self.most_begun, self.begun)
        answer: Page | ConnectorError
        try:
            answer = self.get(path, params, **how)
        except ConnectorError as error:
            answer = error

        def wait() -> Page:
            self.begun -= 1
            if isinstance(answer, ConnectorError):
                raise answer
            return answer

        return wait

    def _listed(self, path: str) -> dict[int, Record]:
        if path == ALL_VOTES:
            return {key: vote for votes in self.votes.values() for key, vote in votes.items()}
        return self._rows(path)

    def _rows(self, path: str) -> dict[int, Record]:
        parts = path.removeprefix("help_center/articles").strip("/").split("/")
        if parts == [""]:
            return self.articles
        article = int(parts[0])
        if parts[1:] == ["votes"]:
            return self.votes.get(f"{article}", {})
        if parts[1:] == ["comments"]:
            return self.comments.get(article, {})
        assert parts[1] == "comments"
        assert parts[3] == "votes"
        return self.votes.get(f"{article}/{parts[2]}", {})

    def truth(self) -> dict[str, dict[int, Record]]:
        on_comments, on_articles = {}, {}
        for path, votes in self.votes.items():
            (on_comments if "/" in path else on_articles).update(votes)
        return {
            "articles": self.articles,
            "article_comments": {k: c for rows in self.comments.values() for k, c in rows.items()},
            "article_votes": on_articles,
            "article_comment_votes": on_comments,
        }


happening = st.one_of(
    st.tuples(st.just("article"), st.integers(1, 6)),
    st.tuples(st.just("comment"), st.integers(1, 6), st.integers(1, 4)),
    st.tuples(
        st.just("vote"),
        st.integers(1, 6),
        st.none() | st.integers(1, 4),
        st.integers(1, 3),
        st.sampled_from([1, -1]),
    ),
)
happenings = st.lists(happening, max_size=12)
deletions = st.one_of(
    st.tuples(st.just("delete article"), st.integers(1, 6)),
    st.tuples(st.just("delete comment"), st.integers(1, 6), st.integers(1, 4)),
    st.tuples(
        st.just("withdraw vote"),
        st.integers(1, 6),
        st.none() | st.integers(1, 4),
        st.integers(1, 3),
    ),
)


def let_happen(center: HelpCenter, story) -> None:
    kinds = {
        "article": center.write_article,
        "comment": center.write_comment,
        "vote": center.vote,
        "delete article": center.delete_article,
        "delete comment": center.delete_comment,
        "withdraw vote": center.withdraw_vote,
    }
    for kind, *rest in story:
        kinds[kind](*rest)


def busy_center(articles: int = 7) -> HelpCenter:
    center = HelpCenter()
    for key in range(1, articles + 1):
        center.write_article(key)
        center.write_comment(key, 1)
        center.vote(key, None, 1, 1)
        center.vote(key, 1, 2, -1)
    return center
