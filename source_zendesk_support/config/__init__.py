"""The user's configuration: parsed, checked, and turned into frozen values."""
