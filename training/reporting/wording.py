"""Sentences that several services of reports say when they take no text."""

from training.sentence import phrase

MADE = (
    ("Captured by the forge:", "Captured for training by the exhibit's own maker:"),
    ("Written by the forge:", "Written for training by the exhibit's own maker:"),
)


def elsewhere() -> str:
    """What is said where a text was changed in another window."""
    return phrase(
        "This was changed in another window since you opened it. Nothing is overwritten: what is kept stands beside "
        "what you typed. Put the two together and keep the result."
    )


def custody(text: str) -> str:
    """A line of the record of custody for somebody who knows nothing of this program; the record stays as it is."""
    said = next((each for each in MADE if text.startswith(each[0])), None)
    return text.replace(*said, 1) if said else text


def too_long(what: str, count: int, most: int) -> str:
    """What is said of a text that is too long."""
    return phrase("%(what)s: %(n)s characters; at most %(most)s are kept.", what=what, n=count, most=most)
