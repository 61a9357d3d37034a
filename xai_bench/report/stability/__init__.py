"""The study of stability, for people to read."""
