"""The live board of a session: who works on what, who is stuck, what was said to all, who asked for help."""
