"""The table of streams: one row a stream, and what an account can read of it."""
