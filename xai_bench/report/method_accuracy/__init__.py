"""Writes up how near methods come to the truth about known nets."""
