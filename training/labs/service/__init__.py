"""The use cases of labs: attempts, runs, the notebook, findings, results."""
