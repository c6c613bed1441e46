"""Personal data: what is held about a person and where, its export, its erasure, and how long it is kept."""
