"""Small models of Zendesk for tests of walks; no part of the emulator."""
