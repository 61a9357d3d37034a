"""What checks of a model, method or metric found."""
