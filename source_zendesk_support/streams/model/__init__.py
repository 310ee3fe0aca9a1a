"""The parts of rows and walks: values that both sides name, and no rule."""
