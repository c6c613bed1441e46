"""Use cases of preparation."""
