"""Runs of many people as a leaderboard: pages that need no server."""
