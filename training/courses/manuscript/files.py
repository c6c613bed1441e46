"""The files of a course: their names, how they are called in messages, front matter and text of a module."""

import re
from pathlib import Path

from training.content import source
from training.content.source import ContentError, Mistake

FILE, TEXT, KEYS = "course.yaml", "index.md", "keys.yaml"
DIGEST_CHARS = 64
FIGURE_FILE = re.compile(r"media/[\w.-]+\.svg")


def course_of(folder: Path) -> str:
    """The name of the course: a release lies in a folder named by its digest, below one that has the course's name."""
    return folder.parent.name if is_release(folder) else folder.name


def is_release(folder: Path) -> bool:
    """Whether a folder is a frozen copy and not a course in work."""
    return len(folder.name) == DIGEST_CHARS


def called(folder: Path, file: str) -> str:
    """A file of a course as it is called in messages."""
    return f"courses/{course_of(folder)}/{file}"


def translated(file: str, language: str) -> str:
    """The name of a file's translation: index.fr.md for index.md."""
    stem, _, ending = file.rpartition(".")
    return f"{stem}.{language}.{ending}"


def split(path: Path, name: str) -> tuple[str, str, int]:
    """Front matter of a module, its text, and the line on which the text begins. Raises ContentError."""
    try:
        whole = path.read_bytes()[: source.LIMIT].decode("utf-8").replace("\r\n", "\n")
    except OSError as bad:
        raise ContentError([Mistake(name, 1, f"can't be read: {bad.strerror}")]) from None
    except UnicodeDecodeError:
        raise ContentError([Mistake(name, 1, "not UTF-8 text; save the file as UTF-8")]) from None
    front, fence, text = whole.removeprefix("---\n").partition("\n---\n")
    if not whole.startswith("---\n") or not fence:
        raise ContentError([Mistake(name, 1, "no front matter; begin with a line ---, fields, and a line ---")])
    return front, text, front.count("\n") + 4
