"""Certificates and badges: facts frozen at issue, drawn once, signed, and told apart from forged ones by anybody."""
