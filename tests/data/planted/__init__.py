"""Evidence planted into recordings, and backgrounds for it."""
