"""Words of the template that an author has not replaced: a course that still holds them is not published."""

from collections.abc import Iterator, Mapping

from training.authoring.beginnings import BEGINNINGS
from training.content.source import Mistake

REPLACED = ("summary", "source", "opening", "text", "objective", "stem", "explanation")
"""Fields of a beginning that say what is to be written there, or speak of its example. A title may stay."""
WORDS = tuple(dict.fromkeys(getattr(beginning, field) for beginning in BEGINNINGS.values() for field in REPLACED))


def remaining(name: str, files: Mapping[str, bytes]) -> Iterator[Mistake]:
    """Each line of a course's texts that still holds words of the template; `name` is the course's."""
    for path in sorted(files):
        if not path.endswith((".md", ".yaml")):
            continue
        for number, line in enumerate(files[path].decode("utf-8", "replace").splitlines(), 1):
            if (words := _words(line)) is not None:
                yield Mistake(f"courses/{name}/{path}", number, f'"{words}" is of the template; write your own')


def _words(line: str) -> str | None:
    return next((one for one in WORDS if one in line), None)
