"""Evidence planted into recordings whose truth is otherwise unknown, and backgrounds for it."""
