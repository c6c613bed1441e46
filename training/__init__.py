"""Engram: a training platform for live data forensics."""
