"""What can go wrong, in words that a person can act on.

A service raises one of these; the web turns it into a page that keeps what was typed, the command line into a sentence
and an exit code. The message says what was wrong, where, and what to do.
"""


class DomainError(Exception):
    """Something asked for can't be done; `field` names the form field that it concerns, where there is one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Refused(DomainError):
    """The input can't be accepted as it stands."""


class NotThere(DomainError):
    """There is no such thing, or not for this person: the two look alike on purpose."""


class Conflict(DomainError):
    """Something else stands in the way, such as the same request with other content."""


class TooMany(DomainError):
    """A limit was reached; the message says when to try again."""


class Damaged(DomainError):
    """Evidence or content is not as it should be; nothing was done with it."""


UNREADABLE = (DomainError, OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError)
"""What reading files can raise that anybody may have changed: a link to itself is a RuntimeError. Catch it where one of
several is read, and go on with the others. Faults of the database are not among it."""


def describe(bad: Exception) -> str:
    """One of `UNREADABLE` in one line for people who look after the files."""
    if isinstance(bad, DomainError):
        return " ".join(str(bad.message).splitlines())
    if isinstance(bad, OSError):
        return f"{bad.filename}: {bad.strerror}" if bad.filename else str(bad.strerror or bad)
    return f"it can't be read ({type(bad).__name__})"
