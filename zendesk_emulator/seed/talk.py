"""Draws calls and their legs, as Talk exports them (docs/facts/records.md)."""

from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.sizes import DAY_S, HISTORY_S, QUIET_S, Size

from .people import share_one_second
from .rows import stamps
from .ticket_records import an_agent, someone

CALL_BASE, LEG_BASE, LEGS_MOST = 360_060_000_000, 360_061_000_000, 3

_NULLS = (
    "agent_id", "call_group_id", "call_recording_consent_action", "call_recording_consent_keypress",
    "callback_source", "copilot_suggestions_generated_successful",
    "copilot_suggestions_generated_total", "ivr_action", "ivr_destination_group_name", "ivr_hops",
    "ivr_routed_to", "ivr_time_spent", "overflowed_to", "post_call_summary",
    "post_call_summary_created", "post_call_transcription", "post_call_transcription_created",
    "real_time_transcription", "time_to_answer", "transcription_language",
)  # fmt: skip
_SAID = ("callback", "customer_requested_voicemail", "default_group", "exceeded_queue_wait_time",
         "outside_business_hours", "overflowed", "voicemail")  # fmt: skip
_LEG_NULLS = (
    "available_via", "conference_from", "conference_time", "conference_to", "consultation_from",
    "consultation_time", "consultation_to", "forwarded_to", "transferred_from", "transferred_to",
    "wrap_up_time",
)  # fmt: skip


def lay_out_talk(account: Account, size: Size, now_s: int) -> None:
    calls = account.add_table("calls", lambda row: call(account, row))
    legs = account.add_table("call_legs", lambda row: leg(account, row))
    rows = []
    for number in range(size.calls):
        draw = Draw(account.seed, CALL_BASE, number)
        created_s = draw.between(now_s - HISTORY_S, now_s - DAY_S)
        updated_s = draw.between(created_s, min(created_s + DAY_S, now_s - QUIET_S))
        row = calls.add(Row(CALL_BASE + 3 * number, updated_s, created_s, updated_s))
        rows.append(row)
        for n in range(draw.between(1, LEGS_MOST)):
            row_id = LEG_BASE + LEGS_MOST * number + n
            legs.add(Row(row_id, row.at_s, row.created_s, row.updated_s, parent=row.id, ordinal=n))
    # far fewer than a page, or its export would make no progress
    share_one_second(rows, size.cluster // 4)


def call(account: Account, row: Row) -> Record:
    draw = Draw(account.seed, row.id)
    talked_s = draw.below(900)
    return {
        "id": row.id, **stamps(row), **dict.fromkeys(_NULLS), **dict.fromkeys(_SAID, False),
        "call_channel": "phone_number", "call_charge": f"0.{draw.below(90):03}",
        "call_recording_consent": "always", "consultation_time": 0,
        "completion_status": draw.of(("completed", "abandoned_in_queue")),
        "customer_id": someone(account, draw), "direction": draw.of(("inbound", "outbound")),
        "duration": talked_s, "hold_time": 0, "line": "+4930000000", "line_id": 360_000_001,
        "line_type": "phone", "minutes_billed": -(-talked_s // 60), "not_recording_time": 0,
        "phone_number": "+4930000000", "phone_number_id": 360_000_001,
        "quality_issues": draw.some(("one_way_audio", "packet_loss"), 1),
        "recording_control_interactions": 0, "recording_time": talked_s, "talk_time": talked_s,
        "ticket_id": draw.between(1, 999), "wait_time": draw.below(60), "wrap_up_time": 0,
    }  # fmt: skip


def leg(account: Account, row: Row) -> Record:
    draw = Draw(account.seed, row.id)
    return {
        "id": row.id, "call_id": row.parent, **stamps(row), **dict.fromkeys(_LEG_NULLS),
        "agent_id": an_agent(account, draw) if row.ordinal else None, "call_charge": "0.002",
        "completion_status": draw.of(("completed", "missed")), "duration": draw.below(900),
        "hold_time": 0, "minutes_billed": 1, "quality_issues": ["none"], "talk_time": 5,
        "type": "agent" if row.ordinal else "customer", "user_id": someone(account, draw),
    }  # fmt: skip
