"""People, organisations, roles, sign-in and the second factor."""
