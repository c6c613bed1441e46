"""What of labs, packs and courses came with the program: each folder by a digest of its files.

The list lies beside this module, so that it needs no version control: an installation may be an unpacked archive. A
folder that isn't on it, or was changed since, is this installation's own. `python -m training.content.shipped` writes
the list anew from the repository; a test says when that is due.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from training.content import service as content
from training.errors import UNREADABLE
from training.settings import Settings

LIST = Path(__file__).with_name("shipped.json")
LABS, PACKS, COURSES = "labs", "labs/exhibits", "courses"


def folders(settings: Settings) -> dict[str, Path]:
    """Every folder of a lab, pack or course, by what it is called wherever it lies, such as `labs/exhibits/case-a`."""
    places = {LABS: settings.labs, PACKS: settings.labs / "exhibits", COURSES: settings.courses}
    found = {f"{kind}/{path.name}": path for kind, place in places.items() for path in _children(place)}
    found.pop(PACKS, None)
    return found


def own(settings: Settings) -> dict[str, Path]:
    """The folders that didn't come with the program, or were changed; one that can't be read is among them."""
    return {name: path for name, path in folders(settings).items() if not is_shipped(name, path)}


def is_shipped(name: str, folder: Path) -> bool:
    """Whether a folder of this name holds the very files that came with the program."""
    return name in _known() and _digest(folder) == _known()[name]


def whole() -> dict[str, str]:
    """The list as it should be for the repository that this program lies in."""
    return {name: _digest(path) for name, path in sorted(folders(Settings.load({})).items())}


@cache
def _known() -> Mapping[str, str]:
    known: Mapping[str, str] = json.loads(LIST.read_text("utf-8"))
    return known


def _digest(folder: Path) -> str:
    try:
        return content.digest_of(folder)
    except UNREADABLE:
        return ""


def _children(place: Path) -> list[Path]:
    try:
        found = sorted(place.iterdir())
    except OSError:
        return []
    return [path for path in found if path.is_dir() and not path.name.startswith((".", "__"))]


if __name__ == "__main__":
    LIST.write_text(json.dumps(whole(), indent=0) + "\n", "utf-8")
