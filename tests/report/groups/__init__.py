"""Scores by class and outcome."""
