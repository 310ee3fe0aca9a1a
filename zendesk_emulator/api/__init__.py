"""The answers of each path of the API."""
