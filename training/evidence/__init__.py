"""Exhibits by SHA-256: the registry, the unpacked files, the custody log."""
