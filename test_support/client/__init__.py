"""A client of the Zendesk API against prepared answers, and what its rate limits leave room for."""
