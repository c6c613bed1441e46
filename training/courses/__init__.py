"""Reads courses/: modules, figures, plugin output and questions, and shows them as a textbook."""
