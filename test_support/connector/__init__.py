"""The whole connector, ours and the published one, and what its destination must hold."""
