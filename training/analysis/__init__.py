"""Questions put to the evidence: a command becomes a run, a run a result that is kept and can be cited."""
