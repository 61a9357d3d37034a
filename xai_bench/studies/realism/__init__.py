"""How close synthetic recordings come to real ones: measured, compared, told apart."""
