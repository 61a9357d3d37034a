"""The study of territories as tables, sentences, pictures and a page."""
