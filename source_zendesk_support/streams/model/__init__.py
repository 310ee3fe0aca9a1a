"""What rows and walks are made of: the values that both sides name, and no rule."""
