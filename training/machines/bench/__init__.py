"""Figures of a class at live machines, against their bars."""
