"""Leftovers of dead runs of version 6.0.0, and files that are not theirs."""

import os
from pathlib import Path

import pytest

from source_zendesk_support.local.leftovers import DAY_S, is_leftover, remove_folders

NOW_S = 1_800_000_000


@pytest.mark.parametrize(
    ("table", "is_one"),
    [
        ("tickets_01m8abcde", True),
        ("ticket_metric_events_01hzzzz9k", True),
        ("tickets", False),
        ("ticket_metrics", False),
        ("tickets_by_month", False),
        ("orders_01m8abcde", False),  # not a stream's
        ("tickets_91m8abcde", False),  # such an id begins with a time of this millennium
        ("tickets_01m8abcdef", False),
    ],
)
def test_a_leftover_is_known_by_its_name(table: str, is_one: bool) -> None:
    assert is_leftover(table) is is_one


def test_folders_of_dead_runs_are_removed_after_a_day(tmp_path: Path) -> None:
    for name, age_s in (("zendesk-local-old", DAY_S + 1), ("zendesk-local-new", 60), ("mine", 1e6)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        for path in (folder / "config.json", folder):
            os.utime(path, (NOW_S - age_s, NOW_S - age_s))
    assert remove_folders(NOW_S, tmp_path) == [tmp_path / "zendesk-local-old"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "zendesk-local-new"]
