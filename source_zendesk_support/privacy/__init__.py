"""Privacy: fields that are dropped, hashed or redacted before a record is printed."""
