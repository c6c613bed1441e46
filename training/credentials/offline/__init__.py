"""The offline verifier: one file with our keys and a dated list of what was revoked, for any browser."""
