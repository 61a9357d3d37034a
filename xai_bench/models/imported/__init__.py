"""Other people's checkpoints in; model folders out."""
