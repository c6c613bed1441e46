"""Organisations: their members and roles, how they show themselves, and the list of all for administrators."""
