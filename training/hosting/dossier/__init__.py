"""Dossiers: all that a session left, sealed in one file that can be checked without this program."""
