"""Grading, pure: answer types, questions, keys, verdicts, credit. No clock, no input or output, no Flask, no database.

Start reading at `question` (what an author writes), then `proving` (how its key is proved and sealed),
`judge` (how a finding becomes a verdict) and `credit` (how verdicts become points).
"""
