"""Answer types: how typed text becomes a value, and how two values compare. `reading.read` is the way in."""
