"""Which orders of two methods hold on every fold and training? For people to read."""
