"""What is read from Zendesk, and how: a table of streams and a handful of walks."""
