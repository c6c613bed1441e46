"""The forge: makes exhibits, from a scenario to a memory image with its symbols, its truth and its record."""
