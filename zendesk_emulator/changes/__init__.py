"""What happens in the emulated account between two reads."""
