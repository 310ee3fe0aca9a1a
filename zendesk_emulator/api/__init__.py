"""What each path of the emulated API answers."""
