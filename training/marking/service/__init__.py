"""What instructors do with findings."""
