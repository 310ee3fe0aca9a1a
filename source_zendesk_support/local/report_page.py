"""`zendesk-local report`: the answers as one page of HTML that needs no network.

Owns the questions, their order and their words. Shows no personal data but the names of agents, and
not those where the user wants none. Reads the tables of answers alone (docs/answers.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from . import charts
from .typed_rows import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Rows = list[tuple[Any, ...]]
    Ask = Callable[[str], Rows]

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MOST_BARS = 15
_MONTHS = 24  # two years of months fit a phone
_BACKLOG_DAYS = 365
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { font-size: 1.5rem; margin: .5rem 0; } h2 { font-size: 1.05rem; margin: 0 0 .4rem; }
p { margin: .2rem 0; } .note { font-size: .85rem; opacity: .75; }
.tiles, .charts { display: grid; gap: 1rem; margin: 1rem 0; }
.tiles { grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
.charts { grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
.tile, section { border: 1px solid color-mix(in srgb, currentColor 22%, transparent);
  border-radius: .5rem; padding: .7rem; }
.tile b { display: block; font-size: 1.4rem; }
svg { width: 100%; height: auto; display: block; }
@media print { body { max-width: none; padding: 0; } section { break-inside: avoid; } }
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One question: its heading, its chart, and what is to be known about it."""

    title: str
    chart: str
    note: str


def page(ask: Ask, schema: str, *, anonymous: bool = False) -> str:
    """Return the report. `ask` returns the rows of a query; `schema` has the answers."""
    names = _Tables(schema)
    parts = [
        _backlog(ask, names),
        *_speed(ask, names),
        _service_levels(ask, names),
        _satisfaction(ask, names),
        _busy_hours(ask, names),
        _tags(ask, names),
        _agents(ask, names, anonymous=anonymous),
    ]
    sections = "".join(
        f"<section><h2>{escape(it.title)}</h2>{it.chart}<p class='note'>{escape(it.note)}</p>"
        "</section>"
        for it in parts
        if it.chart
    )
    tiles = "".join(
        f"<div class='tile'><b>{escape(value)}</b>{escape(name)}</div>"
        for name, value in _tiles(ask, names)
    )
    first, last = ask(f"SELECT min(day), max(day) FROM {names.of('backlog_by_day')}")[0]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<link rel='icon' href='data:,'>"
        f"<title>Support report</title><style>{_STYLE}</style></head><body>"
        f"<h1>Support report</h1><p class='note'>From {first} to {last}. Times are in UTC.</p>"
        f"<div class='tiles'>{tiles}</div><div class='charts'>{sections}</div></body></html>\n"
    )


@dataclass(frozen=True, slots=True)
class _Tables:
    schema: str

    def of(self, table: str) -> str:
        return f"{quoted(self.schema)}.{quoted(table)}"


def _tiles(ask: Ask, names: _Tables) -> list[tuple[str, str]]:
    times = names.of("ticket_times")
    ((tickets, reply, solved, one_touch),) = ask(
        "SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY first_reply_minutes), "
        "sum(CASE WHEN status IN ('solved', 'closed') THEN 1 ELSE 0 END), "
        f"sum(CASE WHEN is_one_touch THEN 1 ELSE 0 END) FROM {times}"
    )
    backlog = names.of("backlog_by_day")
    ((waiting,),) = ask(
        f"SELECT sum(tickets) FROM {backlog} WHERE day = (SELECT max(day) FROM {backlog})"
    )
    ((good, bad),) = ask(f"SELECT sum(good), sum(bad) FROM {names.of('csat_by_month')}")
    return [
        ("tickets", f"{tickets:,}"),
        ("not solved now", f"{int(waiting or 0):,}"),
        ("median first reply", "—" if reply is None else f"{reply / 60:.1f} h"),
        ("solved at one touch", _percent(one_touch, solved)),
        ("good ratings", _percent(good, (good or 0) + (bad or 0))),
    ]


def _percent(part: Any, whole: Any) -> str:
    return f"{100 * float(part or 0) / float(whole):.0f} %" if whole else "—"


def _backlog(ask: Ask, names: _Tables) -> Section:
    rows = ask(
        f"SELECT day, sum(tickets) FROM {names.of('backlog_by_day')} GROUP BY day ORDER BY day"
    )[-_BACKLOG_DAYS:]
    title = "Backlog by day"
    chart = charts.lines(
        title,
        [str(day)[:7] for day, _ in rows],
        {"tickets": [float(it) for _, it in rows]},
        "tickets",
    )
    return Section(title, chart, "Tickets that were not solved at midnight.")


def _speed(ask: Ask, names: _Tables) -> list[Section]:
    found = []
    for title, field, note in (
        ("First reply by month", "first_reply", "By the month of creation; by the calendar."),
        ("Full resolution by month", "full_resolution", "To the last solution; by the calendar."),
    ):
        rows = ask(
            f"SELECT month, {field}_median_minutes / 60.0, {field}_p90_minutes / 60.0 "
            f"FROM {names.of('months')} ORDER BY month"
        )[-_MONTHS:]
        series = {
            name: [None if row[place] is None else float(row[place]) for row in rows]
            for place, name in ((1, "median"), (2, "90th percentile"))
        }
        chart = charts.lines(title, [str(row[0])[:7] for row in rows], series, "hours")
        found.append(Section(title, chart, note))
    return found


def _service_levels(ask: Ask, names: _Tables) -> Section:
    rows = ask(
        f"SELECT policy_title, sum(met), sum(breached) FROM {names.of('sla_by_day')} "
        "GROUP BY policy_title ORDER BY sum(targets) DESC"
    )[:_MOST_BARS]
    title = "SLA targets by policy"
    series = {"met": _column(rows, 1), "breached": _column(rows, 2)}
    chart = charts.bars(title, [str(row[0]) for row in rows], series, "targets")
    return Section(title, chart, "Targets that are still running are left out.")


def _satisfaction(ask: Ask, names: _Tables) -> Section:
    rows = ask(
        f"SELECT month, sum(good), sum(bad) FROM {names.of('csat_by_month')} "
        "GROUP BY month ORDER BY month"
    )[-_MONTHS:]
    shares = [
        100 * float(good) / float(good + bad) if good + bad else None for _, good, bad in rows
    ]
    title = "Good ratings by month"
    chart = charts.lines(title, [str(row[0])[:7] for row in rows], {"good": shares}, "percent")
    return Section(title, chart, "The share of good ones among those given.")


def _busy_hours(ask: Ask, names: _Tables) -> Section:
    rows = ask(
        "SELECT extract(dow FROM created_at), extract(hour FROM created_at), count(*) "
        f"FROM {names.of('tickets_enriched')} WHERE created_at IS NOT NULL GROUP BY 1, 2"
    )
    counts = [[0.0] * 24 for _ in _DAYS]
    for day, hour, number in rows:
        counts[int(day)][int(hour)] = float(number)
    title = "When tickets are created"
    return Section(title, charts.hours(title, counts, _DAYS) if rows else "", "By day and hour.")


def _tags(ask: Ask, names: _Tables) -> Section:
    rows = ask(
        f"SELECT tag, sum(tickets) FROM {names.of('tags_by_month')} "
        "GROUP BY tag ORDER BY sum(tickets) DESC, tag"
    )[:_MOST_BARS]
    title = "Most frequent tags"
    chart = charts.bars(
        title, [str(row[0]) for row in rows], {"tickets": _column(rows, 1)}, "tickets"
    )
    return Section(title, chart, "Tags that the tickets have now.")


def _agents(ask: Ask, names: _Tables, *, anonymous: bool) -> Section:
    rows = ask(
        "SELECT agent, sum(public_replies), sum(private_notes) "
        f"FROM {names.of('workload_by_hour')} GROUP BY agent_id, agent "
        "ORDER BY sum(public_replies) DESC, agent_id"
    )[:_MOST_BARS]
    labels = [
        f"agent {place}" if anonymous else str(row[0]) for place, row in enumerate(rows, start=1)
    ]
    series = {"public replies": _column(rows, 1), "private notes": _column(rows, 2)}
    title = "Comments by agent"
    chart = charts.bars(title, labels, series, "comments")
    return Section(title, chart, "Those who wrote most, in the whole time.")


def _column(rows: Sequence[tuple[Any, ...]], place: int) -> list[float]:
    return [float(row[place] or 0) for row in rows]
