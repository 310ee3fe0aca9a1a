"""What a perfect reader would hold: every record that the account must deliver."""
