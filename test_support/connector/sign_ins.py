"""The ways to sign in to an emulated account, as configurations have them."""

from __future__ import annotations

CLIENT = {
    "credentials": "oauth2_client_credentials",
    "client_id": "emulator-client",
    "client_secret": "emulator-client-secret",
}


REFRESH = {
    **CLIENT,
    "credentials": "oauth2_refresh",
    "refresh_token": "emulator-refresh-token-1",
}


TOKEN = {"credentials": "oauth2.0", "access_token": "emulator-access-token"}


TOKENS = "/oauth/tokens"
