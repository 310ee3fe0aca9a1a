"""The streams of Zendesk and how to read them: a table of rows and a handful of walks."""
