"""The truth: every record that a perfect reader of the account holds."""
