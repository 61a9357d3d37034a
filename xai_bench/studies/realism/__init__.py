"""How close synthetic recordings come to real ones: measured, told apart, scored by models."""
