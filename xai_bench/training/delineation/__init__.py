"""How the net that finds waves is trained: planted waves, changed and reordered, and losses that
look at boundaries."""
