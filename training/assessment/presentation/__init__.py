"""How results are shown: the radar, plots of groups, words for flags, changes between rounds, tables, the report."""
