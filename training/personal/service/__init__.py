"""What can be done with personal data, without the web: export, erasure, retention."""
