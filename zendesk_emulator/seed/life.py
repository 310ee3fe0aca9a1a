"""The life of a ticket: what happened to it, step by step, from its creation to its last update.

Pure: a life follows from the account's seed, the ticket's number and its frame. The frame is when
the ticket was created and last updated, and how it ended. Events, metrics, SLA events, ratings and
the ticket itself are all drawn from the life, so that they agree. Statuses:
docs/facts/zendesk-api.md#2.3.6 and #2.3.7.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from zendesk_emulator.data.account import Account
from zendesk_emulator.data.drawing import Draw

from .config import SCHEDULES
from .hours import at_work

AGENT, REQUESTER, RULE, ADMIN = "agent", "requester", "rule", "admin"
PRIORITIES = ("low", "normal", "high", "urgent", None)
PUBLIC, PRIVATE, SILENT = "public", "private", ""
ESCALATED = "escalated"
_HOUR_S = 3600
_KEPT = 4096  # tickets: several records of one are drawn one after the other

T = TypeVar("T")

Teams = tuple[tuple[int, tuple[int, ...]], ...]


class Frame(NamedTuple):
    """The part of a life that is decided when the account is laid out."""

    created_s: int
    updated_s: int
    status: str


class Step(NamedTuple):
    """One update of a ticket: who did it, what they said, and the ticket after it."""

    at_s: int
    actor: str
    comment: str
    status: str
    priority: str | None
    group_id: int | None
    assignee_id: int | None
    escalated: bool

    @property
    def is_reply(self) -> bool:
        return self.actor == AGENT and self.comment == PUBLIC


class Life(NamedTuple):
    """All of a ticket's steps, the first of which creates it."""

    steps: tuple[Step, ...]
    schedule: int | None  # which schedule it got when it was created
    policy: int | None  # which SLA policy, if one covers it


class _Move(NamedTuple):
    actor: str
    comment: str
    status: str | None  # None: it stays
    hours: int  # how long it takes, about
    moves_group: bool = False
    escalates: bool = False


_MOVES = {
    "reply": _Move(AGENT, PUBLIC, "pending", 3),
    "note": _Move(AGENT, PRIVATE, "open", 2),
    "hand_over": _Move(AGENT, PRIVATE, "open", 6, moves_group=True),
    "escalate": _Move(AGENT, PRIVATE, "open", 4, escalates=True),
    "answer": _Move(REQUESTER, PUBLIC, "open", 14),
    "solve": _Move(AGENT, PUBLIC, "solved", 3),
    "reopen": _Move(REQUESTER, PUBLIC, "open", 30),
    "chase": _Move(REQUESTER, PUBLIC, None, 20),
    "hold": _Move(AGENT, PRIVATE, "hold", 8),
    "close": _Move(RULE, SILENT, "closed", 96),
    "delete": _Move(ADMIN, SILENT, "deleted", 48),
}
# Updates before the end: most tickets are solved by the first answer.
_MIDDLES: tuple[tuple[str, ...], ...] = (
    (), (), (), (), (), (), (), (), (), (), (), (),
    ("reply", "answer"), ("reply", "answer"), ("note", "reply", "answer"),
    ("hand_over", "reply", "answer"), ("escalate", "reply", "answer"), ("solve", "reopen"),
    ("reply", "answer", "solve", "reopen"), ("solve", "reopen", "hand_over", "solve", "reopen"),
)  # fmt: skip
_ENDS: dict[str, tuple[str, ...]] = {
    "new": ("chase",), "open": ("chase",), "pending": ("reply",), "hold": ("hold",),
    "solved": ("solve",), "closed": ("solve", "close"), "deleted": ("delete",),
}  # fmt: skip


def remembered(kept: dict[int, T], ticket_id: int, draw: Callable[[], T]) -> T:
    """Return what is kept of a ticket; draw it first where nothing is."""
    found = kept.get(ticket_id)
    if found is None:
        if len(kept) >= _KEPT:
            kept.clear()
        found = kept[ticket_id] = draw()
    return found


def life_of(account: Account, ticket_id: int) -> Life:
    """Return the life that a ticket had when it was laid out; later changes are not part of it."""
    lives: dict[int, Life] = account.lives
    frames, teams = account.frames, account.teams
    return remembered(
        lives, ticket_id, lambda: _life(account.seed, ticket_id, frames[ticket_id], teams)
    )


def steps_of(account: Account, ticket_id: int) -> tuple[Step, ...]:
    """Return all steps of a ticket, those that changes have added too."""
    return (*life_of(account, ticket_id).steps, *account.later_steps.get(ticket_id, ()))


def _life(seed: int, ticket_id: int, frame: Frame, teams: Teams) -> Life:
    draw = Draw(seed, 25, ticket_id)
    priority = draw.of(PRIORITIES)
    group_id, agents = _team(draw, teams)
    has_group = draw.chance(85)
    first = Step(
        frame.created_s, REQUESTER, PUBLIC, "new", priority, group_id if has_group else None, None,
        escalated=False,
    )  # fmt: skip
    schedule = None if draw.chance(10) else group_id % SCHEDULES
    policy = None if priority is None or draw.chance(25) else draw.below(3)
    steps = [first]
    names = _moves(draw, frame)
    agent_id = _agent(draw, agents)
    for number, name in enumerate(names):
        move = _MOVES[name]
        last = steps[-1]
        is_end = number == len(names) - 1
        if move.moves_group:
            group_id, agents = _team(draw, teams)
            agent_id = _agent(draw, agents)
        works = move.actor == AGENT
        steps.append(
            Step(
                frame.updated_s if is_end else _when(draw, move, agent_id, last.at_s, frame),
                move.actor,
                move.comment,
                move.status or last.status,
                "urgent" if move.escalates else last.priority,
                group_id if works else last.group_id,
                agent_id if works else last.assignee_id,
                last.escalated or move.escalates,
            )
        )
    return Life(tuple(steps), schedule, policy)


def _moves(draw: Draw, frame: Frame) -> tuple[str, ...]:
    middle = draw.of(_MIDDLES)
    if frame.status == "new":
        return _ENDS["new"] if frame.updated_s > frame.created_s else ()
    if frame.status == "open" and not middle:
        middle = ("note",)
    return (*middle, *_ENDS[frame.status])


def _team(draw: Draw, teams: Teams) -> tuple[int, tuple[int, ...]]:
    """A team; the first ones have most of the work."""
    many = len(teams)
    return teams[draw.below(many) * draw.below(many) // many]


def _agent(draw: Draw, agents: tuple[int, ...]) -> int:
    """An agent of a team: their loads differ, too."""
    return agents[draw.below(len(agents)) * (1 + draw.below(2)) // 2]


def _when(draw: Draw, move: _Move, agent_id: int, after_s: int, frame: Frame) -> int:
    """When a step happens: agents work by day, each at their own speed, and no step is the last."""
    # Most steps are quick and a few take long: half of the mean is the median, about.
    takes_s = draw.below(4 * move.hours * _HOUR_S) * draw.below(100) // 100
    if move.actor == AGENT:
        skill = 2 + agent_id // 19 % 5  # 4 is the average
        takes_s = takes_s * skill // 4
    at_s = after_s + takes_s
    if move.actor == AGENT:
        at_s = at_work(at_s)
    if at_s < frame.updated_s:
        return at_s
    return after_s + (frame.updated_s - after_s) * (20 + draw.below(60)) // 100
