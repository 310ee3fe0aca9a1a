"""Three questions that a help desk is asked, in the SQL of DuckDB, over the tables of a sync."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words, and as SQL."""

    text: str
    sql: str


QUESTIONS = (
    Question(
        "How much work is there, and since when?",
        """SELECT status, count(*) AS tickets, count(*) FILTER (assignee_id IS NULL) AS unassigned,
       min(updated_at)::DATE AS untouched_since
FROM tickets
GROUP BY status
ORDER BY tickets DESC""",
    ),
    Question(
        "How long do customers wait for a first reply?",
        """SELECT coalesce(priority, 'none') AS priority, count(*) AS answered,
       round(median((reply_time_in_minutes ->> 'calendar')::INT) / 60, 1) AS median_hours,
       round(max((reply_time_in_minutes ->> 'calendar')::INT) / 60, 1) AS longest_hours
FROM ticket_metrics JOIN tickets ON tickets.id = ticket_metrics.ticket_id
WHERE (reply_time_in_minutes ->> 'calendar') IS NOT NULL
GROUP BY ALL
ORDER BY median_hours DESC""",
    ),
    Question(
        "Who answers most, and how are they rated?",
        """SELECT users.name AS agent, count(DISTINCT comments.id) AS replies,
       count(DISTINCT comments.ticket_id) AS tickets,
       count(DISTINCT ratings.id) FILTER (score LIKE 'good%') AS good,
       count(DISTINCT ratings.id) FILTER (score LIKE 'bad%') AS bad
FROM ticket_comments AS comments
JOIN users ON users.id = comments.author_id AND users.role <> 'end-user'
LEFT JOIN satisfaction_ratings AS ratings ON ratings.assignee_id = users.id
WHERE comments.public
GROUP BY ALL
ORDER BY replies DESC
LIMIT 5""",
    ),
)
