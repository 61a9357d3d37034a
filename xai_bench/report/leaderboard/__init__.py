"""The leaderboard in a terminal, Markdown, LaTeX and on a page."""
