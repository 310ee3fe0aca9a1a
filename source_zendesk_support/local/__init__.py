"""Optional: the connector without a platform. Only the command `zendesk-local` imports this."""
