"""Parts of sentences that several parts of the reader use."""

import difflib
from collections.abc import Iterable, Sequence

from training.errors import Refused
from training.sentence import phrase

MOST_QUOTED = 80  # characters of a typed word that a message repeats
MOST_NAMED = 12  # names that one message lists
SYSTEMS = {"linux": "Linux", "windows": "Windows", "mac": "macOS"}


def no(message: str) -> Refused:
    """The refusal of a command."""
    return Refused(message, field="command")


def clipped(word: str) -> str:
    """A typed word of bounded length, with what would be invisible written out."""
    short = word if len(word) <= MOST_QUOTED else word[: MOST_QUOTED - 1] + "…"
    return short if short.isprintable() else repr(short)[1:-1]


def quoted(word: str) -> str:
    """A typed word as a message repeats it: clipped, in quotation marks."""
    return repr(word if len(word) <= MOST_QUOTED else word[: MOST_QUOTED - 1] + "…")


def either(names: Sequence[str]) -> str:
    """`a, b or c`, and no more than a message holds."""
    if len(names) > MOST_NAMED:
        return phrase("%(names)s and others", names=", ".join(names[:MOST_NAMED]))
    if len(names) == 1:
        return names[0]
    return phrase("%(names)s or %(last)s", names=", ".join(names[:-1]), last=names[-1])


def nearest(word: str, names: Iterable[str], likeness: float = 0.5) -> str | None:
    """The name that is most like a mistyped word, whatever its case."""
    spelled = {name.lower(): name for name in names}
    near = difflib.get_close_matches(word[:MOST_QUOTED].lower(), spelled, 1, likeness)
    return spelled[near[0]] if near else None
