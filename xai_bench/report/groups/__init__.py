"""Scores by class and by outcome."""
