"""Names of files and folders that may stand in a working copy. What is not named here is refused."""

import re
from typing import Literal

from training.errors import Refused
from training.sentence import phrase

Kind = Literal["course", "lab"]
NAME = re.compile(r"[a-z][a-z0-9-]{0,59}")
PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
FIGURE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\.svg")
LONGEST, DEEPEST = 200, 4
KEYS = re.compile(r"keys(?:\.[a-z]{2})?\.yaml|keys/.*")
TEXTS = (".md", ".yaml", ".csv", ".txt", ".json", ".svg", ".log")


def path(text: str) -> str:
    """A path in the folder of a course or lab. Raises Refused for one that could lead out of it, or is hidden."""
    parts = text.split("/")
    fits = len(text) <= LONGEST and len(parts) <= DEEPEST and all(PART.fullmatch(part) for part in parts)
    if not fits or ".." in text or not text.endswith((*TEXTS, "LICENSE")):
        raise Refused(
            phrase(
                "%(name)s can't be the name of a file here: use letters, digits, dashes and dots, such as "
                "01-first-steps/index.md.",
                name=text[:80] or "-",
            ),
            field="path",
        )
    return text


def name(text: str) -> str:
    """The name of a course or lab. Raises Refused."""
    if not NAME.fullmatch(text):
        raise Refused(
            phrase("A name has small letters, digits and dashes, begins with a letter and is at most 60 long."),
            field="name",
        )
    return text


def figure(text: str) -> str:
    """A safe file name for a figure, made of the one that it was sent with."""
    stem = re.sub(r"[^a-z0-9]+", "-", text.rpartition("/")[2].rpartition("\\")[2].lower().removesuffix(".svg"))
    return f"{stem.strip('-')[:50] or 'figure'}.svg"


def slug(title: str) -> str:
    """The words of a title as a name of a folder."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:50].strip("-") or "module"


def secret(kind: str, where: str) -> bool:
    """Whether a file holds answers: keys of courses, and all of a lab but its briefing."""
    return bool(KEYS.fullmatch(where)) if kind == "course" else where != "brief.md"


def is_text(where: str) -> bool:
    """Whether people write it here; rows of output blocks and sealed keys are made by the program."""
    return where.endswith((".md", ".yaml", ".csv", ".txt", ".log"))
