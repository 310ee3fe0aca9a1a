"""The form of records: one schema per stream, and its values made to fit."""
