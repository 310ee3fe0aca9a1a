"""Where a stream stands: positions, marks and digests, and how states hold them."""
