"""The account in memory: tables, clock, ids, and the words that it is drawn from."""
