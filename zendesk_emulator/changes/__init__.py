"""Changes of the account, as agents, customers and Zendesk itself make them."""
