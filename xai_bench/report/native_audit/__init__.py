"""The audit of native explanations, for people to read."""
