"""Two worlds compared, purely: what one side means (`bound`), what changed between two (`changes`), and who is hit (`impact`)."""
