"""The lists around tickets, in one account: every kind of change, snapshots, and no secret."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.walks.snapshots import SNAPSHOT_AT, is_snapshot
from test_support.clock import CLOCK, HOUR_S
from test_support.connector.process import Destination, InProcess, Output
from zendesk_emulator import Emulator
from zendesk_emulator.api import other_exports
from zendesk_emulator.changes.seeded_lists import FAMILY_KINDS
from zendesk_emulator.data.picking import NothingLeftError
from zendesk_emulator.seed.access_families import HIDDEN
from zendesk_emulator.truth.families import RULES

if TYPE_CHECKING:
    from pathlib import Path

# The rules, of which usage is a snapshot, and what changes with their revisions.
RULES_AND_USAGE = ("macros", "triggers", "automations", "views")
NAMES = (*RULES, *RULES_AND_USAGE)
SYNCS = 4


@dataclass
class Synced:
    """Four syncs with every kind of change between them, and what each left."""

    outputs: list[Output]
    differences: list[list[str]]
    tables: dict[str, list[dict[str, Any]]]
    asked: dict[str, int]


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Synced:
    folder = tmp_path_factory.mktemp("small_lists")
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        connector = InProcess(folder, emulator.base_url, help_center_sweep_hours=0)
        catalog = connector.catalog(*NAMES)
        destination = Destination(catalog)
        outputs, differences = [], []
        for _ in range(SYNCS):
            emulator.site.log.reset()
            outputs.append(connector.read(catalog, destination.states()))
            destination.take(outputs[-1])
            differences.append(
                [it for name in NAMES for it in destination.differences(name, emulator.truth(name))]
            )
            for kind in (*FAMILY_KINDS, "update_trigger"):
                with suppress(NothingLeftError):  # as children, once all parents are deleted
                    emulator.change(kind)
            emulator.clock.advance(HOUR_S)
        tables = {name: list(rows.values()) for name, rows in destination.tables.items()}
        return Synced(outputs, differences, tables, dict(emulator.site.log.by_path))


def test_a_first_and_three_changing_syncs_equal_the_account(synced: Synced) -> None:
    assert [(output.code, output.errors) for output in synced.outputs] == [(0, [])] * SYNCS
    assert synced.differences == [[]] * SYNCS


def test_no_secret_is_printed(synced: Synced) -> None:
    assert synced.tables["oauth_tokens"][0]["scopes"] == ["read", "tickets:write"]
    for output in synced.outputs:
        assert HIDDEN not in str(output.messages)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if SNAPSHOT_AT in STREAMS[name].description]
)
def test_a_snapshot_has_one_time(synced: Synced, name: str) -> None:
    times = [
        {it["data"][SNAPSHOT_AT] for it in output.records if it["stream"] == name}
        for output in synced.outputs
    ]
    assert [len(found) for found in times] == [1] * SYNCS
    assert len(set.union(*times)) == SYNCS


@pytest.mark.parametrize("name", RULES_AND_USAGE)
def test_rules_and_their_usage_are_read_by_one_request(synced: Synced, name: str) -> None:
    assert synced.asked[f"/api/v2/{name}"] == 1
    assert "usage_7d" not in synced.tables[name][0]


def test_triggers_come_once_though_their_usage_moves(synced: Synced) -> None:
    counts = [output.counts() for output in synced.outputs]
    assert counts[0]["triggers"] == counts[0]["trigger_usage"]
    assert [count["triggers"] for count in counts[1:]] == [1] * (SYNCS - 1)


def test_revisions_are_asked_for_where_a_trigger_changed(synced: Synced) -> None:
    asked = [path for path in synced.asked if path.endswith("/revisions")]
    assert len(asked) == 1


def test_rules_are_read_where_their_usage_is_refused(tmp_path: Path) -> None:
    """The sideload is refused, and nothing else."""
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        serve = emulator.site.serve

        def serve_or_refuse(request: Any) -> Any:
            refuses = "usage_7d" in request.raw_query
            path = "/api/v2/" if refuses else "/no/such/path"
            emulator.site.refusals.clear()
            emulator.site.refusals.add(path, "plan")
            return serve(request)

        connector = InProcess(tmp_path, emulator.base_url)
        usage = [name for name, row in STREAMS.items() if is_snapshot(row)]
        catalog = connector.catalog(*RULES_AND_USAGE, *usage)
        emulator.site.serve = serve_or_refuse  # type: ignore[method-assign]
        output = connector.read(catalog)
        assert output.code == 1
        ends = {name: output.statuses(name)[-1] for name in (*RULES_AND_USAGE, *usage)}
        assert ends == dict.fromkeys(RULES_AND_USAGE, "COMPLETE") | dict.fromkeys(
            usage, "INCOMPLETE"
        )
        assert {output.counts()[name] > 0 for name in RULES_AND_USAGE} == {True}


def test_changes_of_skills_are_read_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old assignment that ends is news, wherever it stands."""
    monkeypatch.setattr(other_exports, "PAGE", 3)
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        connector = InProcess(tmp_path, emulator.base_url)
        catalog = connector.catalog("skill_assignments")
        destination = Destination(catalog)
        counts = []
        for _ in range(3):
            output = connector.read(catalog, destination.states())
            assert output.code == 0
            destination.take(output)
            counts.append(len(output.records))
            truth = emulator.truth("skill_assignments")
            assert destination.differences("skill_assignments", truth) == []
            emulator.clock.advance(HOUR_S)
            emulator.change("unassign_skill")
        assert counts == [len(truth.must), 1, 1]
