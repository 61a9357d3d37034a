"""Pages of the study of concepts."""
