"""Courses and labs are written in the browser: working copies, previews, releases, national notes of hosts."""
