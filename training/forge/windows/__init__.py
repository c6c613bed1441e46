"""Memory images of Windows that are written structure by structure from a plan, for training; none is captured."""
