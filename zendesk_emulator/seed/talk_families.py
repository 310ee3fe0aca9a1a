"""How Talk is set up: numbers, lines, greetings, IVRs, addresses; and its statistics of now.

Fields are those of https://developer.zendesk.com/api-reference/voice/talk-api/introduction/. No
answer was seen on the wire.
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.drawing import Draw

from .config import BRAND_BASE, GROUP_BASE
from .family import family
from .people import AGENT_EVERY, user_id
from .rows import REDRAWN

VOICE = "channels/voice"
NUMBER_BASE, IVR_BASE = 380_001_000_000, 380_002_000_000
GREETING_BASE = 380_003_000_000
_CATEGORIES = ("voicemail", "available", "wait", "hold", "callback")
_ACTIONS = ("group", "voicemail", "textback", "menu", "phone_number")


def _number(_: Account, row: Row, draw: Draw) -> Record:
    digits = f"+4930{row.ordinal:07}"
    return {
        "number": digits, "display_number": f"+49 30 {row.ordinal:07}", "external": False,
        "name": f"{draw.of(words.TEAMS)} line", "nickname": f"Line {row.ordinal}",
        "brand_id": BRAND_BASE, "country_code": "DE", "location": "Berlin", "line_type": "phone",
        "toll_free": draw.chance(30), "priority": 0, "recorded": draw.chance(50),
        "call_recording_consent": "always", "transcription": False, "voice_enabled": True,
        "sms_enabled": draw.chance(50), "sms_group_id": None, "outbound_enabled": True,
        "group_ids": [GROUP_BASE], "default_group_id": GROUP_BASE, "ivr_id": None,
        "schedule_id": None, "failover_number": None, "greeting_ids": [str(GREETING_BASE)],
        "default_greeting_ids": ["voicemail_en", "available_en"],
        "categorised_greetings": {str(GREETING_BASE): 1},
        "categorised_greetings_with_sub_settings": {"1": {"voicemail_on": str(GREETING_BASE)}},
        "capabilities": {"sms": True, "mms": False, "voice": True},
    }  # fmt: skip


def _line(account: Account, row: Row, draw: Draw) -> Record:
    """A phone number, or a digital line with an id of its own for the web widget."""
    if row.ordinal % 2 == 0:
        return _number(account, row, draw)
    return {
        "line_type": "digital", "line_id": f"line-{row.ordinal}", "brand_id": BRAND_BASE,
        "nickname": f"Digital line {row.ordinal}", "priority": 0, "recorded": False,
        "group_ids": [GROUP_BASE], "default_group_id": GROUP_BASE, "schedule_id": None,
        "transcription": False, "outbound_number": None, "call_recording_consent": "always",
        "greeting_ids": [], "default_greeting_ids": ["voicemail_en"],
    }  # fmt: skip


def _greeting(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "name": f"{draw.of(words.TEAMS)} greeting", "category_id": 1 + row.ordinal % 5,
        "default": False, "default_lang": False, "active": draw.chance(70), "pending": False,
        "audio_url": f"/system/voice/uploads/{row.id}.mp3", "audio_name": f"greeting-{row.id}.mp3",
        "has_sub_settings": False, "ivr_ids": [], "phone_number_ids": [NUMBER_BASE],
        "upload_id": row.id,
    }  # fmt: skip


def _ivr(_: Account, row: Row, draw: Draw) -> Record:
    """An IVR carries its menus, and each menu its routes."""
    name = f"{draw.of(words.TEAMS)} menus {row.ordinal}"
    return {
        "name": name, "menus": [_menu(row.id * 10 + n, n, draw) for n in range(1 + draw.below(2))],
        "phone_number_ids": [NUMBER_BASE], "phone_number_names": ["Line 0"],
    }  # fmt: skip


def _menu(menu_id: int, number: int, draw: Draw) -> Record:
    routes: list[Record] = [
        {
            "id": menu_id * 10 + n, "keypress": str(n), "greeting": None, "action": action,
            "options": {"group_ids": [GROUP_BASE]}, "option_text": "Support",
            "overflow_options": [],
        }
        for n, action in enumerate(draw.some(_ACTIONS, 3))
    ]  # fmt: skip
    return {
        "id": menu_id, "name": f"Menu {number}", "default": number == 0,
        "greeting_id": GREETING_BASE, "routes": routes,
    }  # fmt: skip


def _address(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "name": draw.of(words.COMPANIES), "street": f"Market Street {row.ordinal}",
        "city": "San Francisco", "province": "California", "state": None, "zip": "94103",
        "country_code": "US", "provider_reference": f"AD{row.id}",
    }  # fmt: skip


def _agent_activity(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "agent_id": user_id(AGENT_EVERY * row.ordinal), "name": f"Agent {row.ordinal}",
        "agent_state": draw.of(("online", "offline", "away")), "call_status": None, "via": "client",
        "avatar_url": None, "forwarding_number": None, "available_time": draw.below(9000),
        "away_time": draw.below(900), "online_time": draw.below(9000), "transfers_only_time": 0,
        "calls_accepted": draw.below(40), "calls_denied": 0, "calls_missed": draw.below(5),
        "accepted_transfers": 0, "started_transfers": draw.below(3), "calls_put_on_hold": 1,
        "accepted_third_party_conferences": 0, "started_third_party_conferences": 0,
        "total_call_duration": draw.below(9000), "total_talk_time": draw.below(8000),
        "total_hold_time": 60, "total_wrap_up_time": 30, "average_talk_time": draw.below(300),
        "average_hold_time": 20, "average_wrap_up_time": 10,
    }  # fmt: skip


def _agents_overview(_: Account, __: Row, draw: Draw) -> Record:
    return {
        "average_wrap_up_time": draw.below(60), "total_calls_accepted": draw.below(90),
        "total_calls_denied": 0, "total_calls_missed": draw.below(9), "total_talk_time": 4000,
        "total_wrap_up_time": 300, "average_calls_accepted": 7, "average_calls_denied": 0,
        "average_calls_missed": 1, "average_available_time": 3600, "total_hold_time": 60,
        "average_hold_time": 5, "total_calls_put_on_hold": 3, "average_calls_put_on_hold": 0,
        "average_away_time": 400, "average_online_time": 4000, "average_transfers_only_time": 0,
        "average_talk_time": 190, "average_started_transfers": 0, "average_accepted_transfers": 0,
        "total_started_transfers": 0, "total_accepted_transfers": 0,
        "total_started_third_party_conferences": 0, "total_accepted_third_party_conferences": 0,
        "average_started_third_party_conferences": 0, "average_accepted_third_party_conferences": 0,
    }  # fmt: skip


def _account_overview(_: Account, __: Row, draw: Draw) -> Record:
    return {
        "total_calls": draw.below(90), "total_voicemails": draw.below(9),
        "average_call_duration": 33, "average_queue_wait_time": 1, "average_wrap_up_time": 1,
        "max_calls_waiting": 1, "max_queue_wait_time": 10, "total_call_duration": 41,
        "total_wrap_up_time": 11, "average_callback_wait_time": 0, "average_hold_time": 4,
        "average_time_to_answer": 8, "total_callback_calls": 0, "total_calls_abandoned_in_queue": 1,
        "total_calls_outside_business_hours": 0, "total_calls_with_exceeded_queue_wait_time": 0,
        "total_calls_with_requested_voicemail": 0, "total_embeddable_callback_calls": 0,
        "total_hold_time": 9, "total_inbound_calls": 30, "total_outbound_calls": 9,
        "total_textback_requests": 0,
    }  # fmt: skip


def _queue_activity(_: Account, __: Row, draw: Draw) -> Record:
    return {
        "agents_online": draw.below(12), "average_wait_time": draw.below(90), "calls_waiting": 2,
        "callbacks_waiting": 0, "embeddable_callbacks_waiting": 0, "ai_agent_calls": 0,
        "longest_wait_time": draw.below(300),
    }  # fmt: skip


_ALL = ("url", "id", "created_at", "updated_at")
_TIMELESS = ("url", "created_at", "updated_at")

TALK_FAMILIES = (
    family("phone_numbers", NUMBER_BASE, 4, f"{VOICE}/phone_numbers", _number,
           lacks=("url", "updated_at"), touched="nickname", paging="offset"),
    family("talk_lines", 380_004_000_000, 5, f"{VOICE}/lines", _line, key="lines",
           lacks=("url", "updated_at"), touched="nickname", paging="offset"),
    # ids of the greetings that come with Zendesk are names
    family("greetings", GREETING_BASE, 4, f"{VOICE}/greetings", _greeting,
           lacks=_TIMELESS, ids=str, paging="offset"),
    family("greeting_categories", 1, 5, f"{VOICE}/greeting_categories",
           lambda _, row, __: {"id": row.id, "name": _CATEGORIES[row.ordinal % 5]},
           lacks=_TIMELESS, paging="none"),
    family("ivrs", IVR_BASE, 3, f"{VOICE}/ivr", _ivr, lacks=_TIMELESS, paging="offset"),
    family("talk_addresses", 380_005_000_000, 3, f"{VOICE}/addresses", _address,
           key="addresses", lacks=_TIMELESS, paging="offset"),
    family("talk_agents_activity", 380_006_000_000, 4,
           f"{VOICE}/stats/agents_activity", _agent_activity, key="agents_activity", lacks=_ALL,
           touched="call_status", paging="offset"),
    *(
        family(f"talk_{key}", base, 1, f"{VOICE}/stats/{key}", fields, key=key, lacks=_ALL,
               touched=REDRAWN, removable=False, paging="object")
        for key, base, fields in (
            ("agents_overview", 380_007_000_001, _agents_overview),
            ("account_overview", 380_007_000_002, _account_overview),
            ("current_queue_activity", 380_007_000_003, _queue_activity),
        )
    ),
)  # fmt: skip
