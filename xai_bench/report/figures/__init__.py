"""Pictures: how methods look, ECG paper, diagrams."""
