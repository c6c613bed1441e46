"""Figures of the running program against their bars: how it starts, what a page weighs, how fast it grades, what kills
lose.
"""
