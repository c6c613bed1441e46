"""The named mistakes: each is recognised by a rule of its own from the record and from what happened.

What the machine's own account covers is decided by it: the text of a line is asked only where there is no account. What
can't be read is unknown and no mistake.
"""
