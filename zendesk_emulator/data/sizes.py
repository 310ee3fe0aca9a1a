"""The sizes of an account: the number of its records, and the length of its history."""

from dataclasses import dataclass, replace

DAY_S = 86_400

# Older than two years, so that a start date two years back leaves something out
HISTORY_S = 900 * DAY_S
# Records of the seed are older than the hold-back of the exports (docs/facts/zendesk-api.md#2.3.5)
QUIET_S = 3600


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of records; `cluster` of each exported resource share one second."""

    tickets: int
    users: int
    organizations: int
    groups: int
    brands: int
    tags: int
    ratings: int
    articles: int
    cluster: int
    rules: int  # of each kind: macros, triggers, views ...
    posts: int
    activities: int  # and as many skips and audit logs
    calls: int
    objects: int  # records of each custom object


SIZES = {
    "tiny": Size(40, 40, 30, 12, 4, 30, 20, 35, 12, 7, 12, 25, 20, 20),
    # several export pages of tickets and events; more groups than one page of 100 by cursor
    "small": Size(2_500, 800, 400, 150, 6, 260, 400, 140, 320, 130, 150, 350, 400, 240),
    "medium": Size(20_000, 6_000, 1_500, 200, 8, 900, 3_000, 260, 700, 220, 300, 900, 3_000, 1_500),
    "large": Size(
        100_000, 30_000, 5_000, 300, 10, 2_000, 12_000, 600, 900, 300, 600, 2_500, 20_000, 8_000
    ),
}


def size_of(name: str, **overrides: int) -> Size:
    """A named size with some numbers replaced. Raises KeyError or TypeError for unknown names."""
    return replace(SIZES[name], **overrides)
