"""Marking rounds: people mark findings that no key can judge, without names, and their marks count once released."""
