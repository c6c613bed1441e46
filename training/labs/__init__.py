"""Labs: attempts at a case, runs and citations in it, findings and their verdicts."""
