"""The command `zendesk-local` and the databases that it fills."""
