"""Courses and questions on their way to and from other installations and learning systems, without a network."""
