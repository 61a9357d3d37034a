"""Writes up how conclusions depend on what removed samples become."""
