"""The first state of an account: its records, drawn from a seed."""
