"""Do the gates of a net say which of its channels matter? For people to read."""
