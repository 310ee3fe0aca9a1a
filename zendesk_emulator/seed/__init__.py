"""The first state of an account, drawn from a seed."""
