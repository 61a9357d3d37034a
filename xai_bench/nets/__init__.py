"""Architectures. A trained, citable instance of one is a folder in models/."""
