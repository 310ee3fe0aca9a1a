"""What a record looks like: one schema per stream, and its values made to fit."""
