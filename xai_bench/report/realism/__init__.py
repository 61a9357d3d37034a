"""The study of realism, for people to read."""
