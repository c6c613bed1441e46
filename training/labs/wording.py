"""Words of the program that the database keeps as plain texts; pages say them in the language of their reader."""

from training.sentence import Sentence, phrase

ONE = phrase("Marked by one person who saw no name.")
TWO = phrase("Marked by two people who saw no name.")
THIRD = phrase("Marked by two people who saw no name; where they differed, a third decided.")

_OWN: dict[str, Sentence] = {
    str(one): one
    for one in (
        phrase("How right is the finding?"),
        phrase("0: wrong"),
        phrase("¼: a small part is right"),
        phrase("½: half of it is right"),
        phrase("¾: right but for a detail"),
        phrase("1: right"),
        phrase("Claim tied to rows, limits stated, alternative named"),
        phrase("wrong, or not supported by the rows"),
        phrase("correct, but overstated"),
        phrase("correct, one of the three is missing"),
        phrase("correct: the claim is tied to rows, its limits are stated, an alternative is named"),
        phrase("How little was changed at the machine?"),
        phrase("much, without need"),
        phrase("something, without need"),
        phrase("no more than the work needed"),
        ONE,
        TWO,
        THIRD,
    )
}
"""What a marker looks at where the author gives no rubric, see `grading.rubric`, and how it came to a mark."""


def worded(text: str) -> str:
    """A kept text as a sentence where the program wrote it; what a person wrote, as it is."""
    return _OWN.get(text, text)
