"""One recording, explained: regions, shares, sentences."""
