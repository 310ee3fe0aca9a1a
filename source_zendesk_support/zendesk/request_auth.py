"""How a request carries its credentials, or that it carries none.

Given as `auth`, which is asked last: requests itself would add a netrc entry of the host.
Rests on https://developer.zendesk.com/api-reference/introduction/security-and-auth/.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import requests
import requests.auth


@dataclass(frozen=True, slots=True)
class SignedWith(requests.auth.AuthBase):
    """Signs a request; given as `auth`, or requests would prefer a netrc entry of the host."""

    value: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self.value
        return request


def unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Given as `auth`, or requests would add a netrc entry of the host."""
    return request
