"""Public ids that are text: the emulator numbers its rows, Zendesk shows some as ULID or UUID.

The text of a number sorts as the number does, so that order and cursors can use either.
"""

METRIC_SET_BASE = 40_000_000_000  # a ticket's metric set has this id plus the ticket's


def ulid(number: int) -> str:
    """26 characters, as queues, webhooks, content tags and custom object records have."""
    return f"01H{number:023d}"


def uuid(number: int) -> str:
    """As routing attributes and side conversations have."""
    digits = f"{number:032x}"
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts)
