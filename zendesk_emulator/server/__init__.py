"""The account on a port: HTTP, rate limits, faults, sign-in, and control."""
