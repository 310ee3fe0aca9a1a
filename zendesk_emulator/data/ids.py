"""Public ids that are text: the emulator numbers its rows, Zendesk shows some as ULID or UUID.

The text of a number sorts as the number does, so that order and cursors can use either.
"""

METRIC_SET_BASE = 40_000_000_000  # a ticket's metric set has this id plus the ticket's


def ulid(number: int) -> str:
    """26 characters, as queues, webhooks, content tags and custom object records have."""
    return f"01H{number:023d}"


_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBERS_A_MILLISECOND = 4_000_000


def timed_number(at_s: int, number: int) -> int:
    """A row's number that begins with its time: `timed_ulid` shows it."""
    return at_s * 1000 * _NUMBERS_A_MILLISECOND + number % _NUMBERS_A_MILLISECOND


def timed_ulid(number: int) -> str:
    """A ULID as it is specified: ten characters of time, and sixteen that tell records apart."""
    in_ms, rest = divmod(number, _NUMBERS_A_MILLISECOND)
    time = "".join(_DIGITS[in_ms >> shift & 31] for shift in range(45, -1, -5))
    return f"{time}{rest:016d}"


def time_in_ulid_s(text: str) -> int:
    """The second that a ULID begins with."""
    return sum(_DIGITS.index(digit) << 5 * n for n, digit in enumerate(text[9::-1])) // 1000


def hexadecimal(number: int) -> str:
    """As engagements have it, 32 digits without dashes."""
    return f"{number:032X}"


def uuid(number: int) -> str:
    """As routing attributes and side conversations have."""
    digits = f"{number:032x}"
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts)
