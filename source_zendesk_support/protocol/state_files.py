"""The forms in which platforms keep a state, each turned into the messages of the protocol.

Owns what is taken for a state and what is not. An input that is not understood is an error. It is
never a first read, which would begin a history anew. Pure; a stream's own state is read in
streams/state/codec.py. Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol
(state messages). Rests also on the state of a connection as the platform's API, its database and
its pages show it.
"""

from __future__ import annotations

import re
from typing import Any

from source_zendesk_support.streams.catalog.table import STREAMS

Form = dict[str, Any]

# Where each kind of wrapper has what it holds: the API's name, the database's, the page's.
_HELD = {
    "stream": ("streamState", "stream_state", "stateMessages", "state_messages", "state"),
    "global": ("globalState", "global_state", "global", "state"),
    "legacy": ("legacyState", "legacy_state", "state"),
}
_NAME = re.compile(r"\w{1,60}\Z", re.ASCII)  # what may be quoted of a file


class NotAStateError(ValueError):
    """The file does not hold a state; the text says why, and quotes nothing but names."""


def to_messages(content: Any) -> list[Form]:
    """Return the state messages that any form of a whole state stands for; [] for an empty one.

    Raises NotAStateError.
    """
    if isinstance(content, list):
        if not all(isinstance(item, dict) for item in content):
            raise NotAStateError("is a list of something else than states of streams")
        return [message for item in content for message in to_messages(item)]
    if not isinstance(content, dict):
        raise NotAStateError("holds something that is not the state of a stream")
    if content.get("type") == "STATE":  # a printed line
        return to_messages(content.get("state"))
    kind = _either(content, "stateType", "state_type")
    if kind is not None:
        return _unwrapped(content, kind)
    return _messages(content)


def _messages(content: Form) -> list[Form]:
    """Return what a message, a stream's state without one, or an object by stream stands for."""
    if content.get("stream") is not None:
        return [{"type": "STREAM", "stream": _stream(content["stream"])}]
    if content.get("global") is not None:
        return [{"type": "GLOBAL", "global": _global(content["global"])}]
    if _either(content, "stream_descriptor", "streamDescriptor") is not None:
        return [{"type": "STREAM", "stream": _stream(content)}]
    if "data" in content:
        return _legacy(content["data"])
    if content.keys() == {"state"}:
        return to_messages(content["state"])
    return _legacy(content)


def _unwrapped(content: Form, kind: Any) -> list[Form]:
    """`{"stateType": "stream", "connectionId": "...", "streamState": [...]}`."""
    if kind == "not_set":  # the API's word for a connection that was never synced
        return []
    keys = _HELD.get(str(kind).lower(), ())
    held = _either(content, *keys)
    if held is None:
        raise NotAStateError("is of a kind that is not known, or holds no state")
    if kind.lower() == "global" and isinstance(held, dict):
        return [{"type": "GLOBAL", "global": _global(held)}]
    return to_messages(held)


def _legacy(data: Any) -> list[Form]:
    """`{"tickets": {"generated_timestamp": "..."}}`: one object for all streams, the oldest form.

    One of them may be damaged, which is its own error (streams/state/codec.py); all of them are no
    state.
    """
    if not isinstance(data, dict):
        raise NotAStateError("holds something that is not the state of a stream")
    if not data:
        return []
    if not any(isinstance(data[name], dict | None) for name in data.keys() & STREAMS.keys()):
        names = ", ".join(f"`{key}`" if _NAME.match(key) else "?" for key in sorted(data)[:5])
        raise NotAStateError(f"has no state of a stream of this connector; its keys are {names}")
    return [{"type": "LEGACY", "data": data}]


def _global(part: Any) -> Form:
    streams = _either(part, "stream_states", "streamStates") if isinstance(part, dict) else None
    if not isinstance(streams, list):
        raise NotAStateError("has a global part without a list of stream states")
    return {"stream_states": [_stream(stream) for stream in streams]}


def _stream(part: Any) -> Form:
    descriptor = state = None
    if isinstance(part, dict):
        descriptor = _either(part, "stream_descriptor", "streamDescriptor")
        state = _either(part, "stream_state", "streamState")
    if not isinstance(descriptor, dict) or not isinstance(descriptor.get("name"), str):
        raise NotAStateError("has a state without the name of its stream")
    # The protocol's model would make an empty state of a list.
    if not isinstance(state, dict | None):
        raise NotAStateError("has a state of a stream that is not an object")
    return {"stream_descriptor": {"name": descriptor["name"]}, "stream_state": state}


def _either(content: Form, *keys: str) -> Any:
    """Return the value of the first of these keys that has one."""
    return next((content[key] for key in keys if content.get(key) is not None), None)
