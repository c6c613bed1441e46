"""Sentences that several services of reports say when they take no text."""

from training.sentence import phrase


def elsewhere() -> str:
    """What is said where a text was changed in another window."""
    return phrase(
        "This was changed in another window since you opened it. Nothing is overwritten: what is kept stands beside "
        "what you typed. Put the two together and keep the result."
    )


def too_long(what: str, count: int, most: int) -> str:
    """What is said of a text that is too long."""
    return phrase("%(what)s: %(n)s characters; at most %(most)s are kept.", what=what, n=count, most=most)
