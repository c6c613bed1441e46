"""Who was there: by half-day, from check-in with a code that changes, the grid of the staff, paper, and files."""
