"""The proof that a destination holds what Zendesk holds."""
