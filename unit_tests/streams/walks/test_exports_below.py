"""Exports with something below them: side conversations of tickets, records of custom objects."""

from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.export_position import ExportPosition
from source_zendesk_support.streams.walks.export_children import CHECKPOINT
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.zendesk.errors import ConnectorError, RecordRefused, StreamRefused
from test_support.models.exports import BELOW, SIDE, T0_S, Account, error, sync


def test_side_conversations_are_asked_for_below_changed_tickets_alone(make_context) -> None:
    account, states = Account(), {}
    for key in range(1, 6):
        account.ticket(key)
    account.ticket(6, "deleted")
    came = sync(make_context, account, states, "tickets", "side_conversations")
    assert [it["id"] for it in came["side_conversations"]] == [f"s{key}" for key in range(1, 6)]
    assert {it["updated_at"] for it in came["side_conversations"]} == {SIDE}
    assert account.requests.count("incremental/tickets/cursor") == 3
    assert states["tickets"]["after_cursor"] == states["side_conversations"]["after_cursor"]

    came = sync(make_context, account, states, "tickets", "side_conversations")
    assert account.requests == ["incremental/tickets/cursor"]
    assert came["tickets"] == came["side_conversations"] == []

    account.ticket(3)
    came = sync(make_context, account, states, "tickets", "side_conversations")
    assert account.requests == ["incremental/tickets/cursor", "tickets/3/side_conversations"]
    assert [it["id"] for it in came["tickets"]] == [3]


def test_refused_tickets_are_left_out_and_faults_end_side_conversations_alone(
    make_context,
) -> None:
    account, states = Account(), {}
    account.ticket(1)
    sync(make_context, account, states, "tickets", "side_conversations")
    for key in (2, 3, 4, 5):
        account.ticket(key)
    account.errors["tickets/2/side_conversations"] = error(StreamRefused, 403)
    account.errors["tickets/3/side_conversations"] = error(RecordRefused, 422)
    kept = dict(states)
    came = sync(make_context, account, states, "tickets", "side_conversations", page=9)
    assert came["left out"] == [
        "side_conversations: 1 parents that Zendesk refused with status 403",
        "side_conversations: 1 parents that Zendesk refused with status 422",
    ]
    assert [it["id"] for it in came["side_conversations"]] == ["s4", "s5"]

    account.errors = {"tickets/4/side_conversations": error(ConnectorError, 500)}
    states = kept
    before = states["side_conversations"]
    came = sync(make_context, account, states, "tickets", "side_conversations", page=9)
    assert came["failed"] == ["side_conversations"]
    assert len(came["tickets"]) == 4
    assert states["side_conversations"] == before
    assert states["tickets"] != before


def test_a_published_state_of_side_conversations_resumes_at_its_tickets(make_context) -> None:
    account = Account()
    for key in (1, 2, 3):
        account.ticket(key)
    account.now_s += 100
    states = {
        "side_conversations": {
            "use_global_cursor": False,
            "states": [
                {"partition": {"ticket_id": 1, "parent_slice": {}}, "cursor": {"updated_at": SIDE}}
            ],
            "state": {"updated_at": SIDE},
            "lookback_window": 1,
            "parent_state": {"tickets": {"generated_timestamp": str(T0_S + 2)}},
        }
    }
    came = sync(make_context, account, states, "side_conversations")
    assert [it["id"] for it in came["side_conversations"]] == ["s2", "s3"]


def test_each_custom_object_has_a_place_of_its_own(make_context) -> None:
    account, states = Account(), {}
    for key in "abcde":
        account.record("car", key)
    account.record("boat", "x")
    account.now_s += 100
    names = ("custom_objects", "custom_object_records")
    came = sync(make_context, account, states, *names)
    assert [it["id"] for it in came["custom_object_records"]] == [*"abcde", "x"]
    assert set(states["custom_object_records"]["exports"]) == {"car", "boat"}

    came = sync(make_context, account, states, *names)
    assert came["custom_object_records"] == came["custom_objects"] == []
    assert len(account.requests) == 3

    account.record("car", "b")
    account.objects["plane"] = {}
    account.record("plane", "p")
    account.now_s += 100
    account.errors["incremental/custom_objects/boat/cursor"] = error(StreamRefused, 404)
    account.errors["custom_objects/boat/records"] = error(StreamRefused, 404)
    came = sync(make_context, account, states, *names)
    assert [it["id"] for it in came["custom_object_records"]] == ["b", "p"]
    assert [it["key"] for it in came["custom_objects"]] == ["plane"]
    assert came["left out"] == [
        "custom_object_records: 1 parents that Zendesk refused with status 404"
    ]
    assert set(states["custom_object_records"]["exports"]) == {"car", "boat", "plane"}


def test_an_object_too_young_to_be_exported_waits_for_the_next_sync(make_context) -> None:
    account, states = Account(), {}
    account.record("car", "a")
    context_start = account.now_s
    came = sync(
        lambda *args, **more: make_context(*args, start_s=context_start, **more),
        account,
        states,
        "custom_object_records",
    )
    assert came["custom_object_records"] == []
    account.now_s += 100
    came = sync(
        lambda *args, **more: make_context(*args, start_s=context_start, **more),
        account,
        states,
        "custom_object_records",
    )
    assert [it["id"] for it in came["custom_object_records"]] == ["a"]


def test_a_page_of_many_parents_has_checkpoints_within(make_context) -> None:
    account = Account()
    for key in range(1, 3 * CHECKPOINT):
        account.ticket(key)
    stream = BELOW
    context = make_context(account, lambda: account.now_s + 1000)
    run = WalkRun(stream.resource, (stream,), {stream.name: ExportPosition()})
    states = []
    for result in stream.resource.walk.read(context, begin(context, run).run):
        states += [state for _, state in result.states]
    assert account.requests.count("incremental/tickets/cursor") == 1
    assert [bool(state.get("within")) for state in states] == [True, True, False]

    # A sync that was killed after the second hundred resumes there, on the same page.
    account.requests.clear()
    saved = {"side_conversations": states[1]}
    came = sync(make_context, account, saved, "side_conversations", page=1000)
    asked = [path for path in account.requests if path.endswith("/side_conversations")]
    assert len(asked) == CHECKPOINT - 1
    assert next(it["ticket_id"] for it in came["side_conversations"]) == 2 * CHECKPOINT + 1

    # Its ticket has changed since, and stands at the end of the export: its second comes again.
    account.ticket(2 * CHECKPOINT)
    saved = {"side_conversations": states[1]}
    came = sync(make_context, account, saved, "side_conversations", page=1000)
    found = [it["ticket_id"] for it in came["side_conversations"]]
    assert found == [*range(2 * CHECKPOINT + 1, 3 * CHECKPOINT), 2 * CHECKPOINT]
