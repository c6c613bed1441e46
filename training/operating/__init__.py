"""Running an installation: start, verify, back up, restore, and the tour that plays a trainee's whole path."""
