"""Questions asked of models, methods and recordings whose answers are tables."""
