"""The study of dose response, for people to read."""
