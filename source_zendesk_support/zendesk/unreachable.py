"""The error of a request that had no usable answer for as long as we are patient.

Owns the names of faults and what each of them means to a user. Shows no text of an answer.
Rests on https://developer.zendesk.com/api-reference/introduction/requests/#response-format.
"""

from __future__ import annotations

from .errors import Failure, Unreachable

# How a fault begins when the answer was no JSON at all, or a page for browsers.
NOT_JSON = "a 200 that is not JSON"
A_PAGE = "a 200 that is a page (HTML)"
NOT_THE_API = "an answer that is not JSON"  # with any other status
# How the name of a fault begins, what it means, and what to do.
_FAULTS = (
    (
        ("SSLError",),
        "The TLS connection cannot be trusted or breaks off.",
        (
            "Check the clock of this machine, and whether a proxy on the way replaces "
            "certificates: its CA must be trusted here (REQUESTS_CA_BUNDLE)."
        ),
    ),
    (
        ("ConnectionError", "ConnectTimeout", "ProxyError"),
        "The network connection to Zendesk is missing.",
        (
            "Check DNS, firewall and proxy of this machine, and status.zendesk.com; then run it "
            "again: it resumes where it stopped."
        ),
    ),
    (
        (A_PAGE, NOT_THE_API),
        "Something other than Zendesk's API answers: a page (HTML) instead of JSON.",
        (
            "Open https://<subdomain>.zendesk.com in a browser: a proxy, a sign-in page or a "
            "suspended account may stand in between. Then run it again."
        ),
    ),
    (
        (NOT_JSON,),
        "Zendesk's answer cannot be read: it is not JSON, or it was cut off.",
        (
            "Look for a proxy on the way and at status.zendesk.com, and run it again: it resumes "
            "where it stopped. If it stays so, please report this with the log of the sync."
        ),
    ),
    (
        ("",),
        "Zendesk gives no usable answer.",
        "Check the network and status.zendesk.com, and run it again: it resumes where it stopped.",
    ),
)


def unreachable(fault: str, *, about: str, patience_s: float) -> Unreachable:
    """Return the exception for a request that had no usable answer for `patience_s` seconds.

    `fault` names what happened last: a class of `requests` (SSLError), a status, or what was wrong
    with the answer.
    """
    what, remedy = next((w, r) for names, w, r in _FAULTS if fault.startswith(names))
    tried = f" for {patience_s:.0f} s" if patience_s else ""
    return Unreachable(
        f"{what} Zendesk could not be read{tried}; the last fault was: {fault}.",
        about=about,
        remedy=remedy,
        failure=Failure.TRANSIENT,
    )
