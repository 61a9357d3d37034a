"""Rules of clauses, in words, as a table and as a picture."""
