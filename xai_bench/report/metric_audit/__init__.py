"""The audit of metrics, for people to read."""
