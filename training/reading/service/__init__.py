"""Places and notes of one person: every function takes the actor, so that nobody's rows can be asked for by an id."""
