"""The Airbyte protocol: messages in and out, state files, and how a sync ends."""
