"""The container engine, the image and the scheduled job that is run from it."""
