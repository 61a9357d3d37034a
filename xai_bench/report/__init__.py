"""What people look at: figures on ECG paper, tables in the terminal, a progress bar."""
