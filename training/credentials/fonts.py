"""Fonts of this machine, found when they are needed: none is part of the program.

A certificate needs a text font and, for Arabic, one that joins letters. A name may hold letters that neither has; then
the other fonts of the machine are asked, in the order of their paths, so that the same machine gives the same paper.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unicodedata import category

from fontTools.ttLib import TTFont, TTLibError

from training.errors import Refused
from training.sentence import phrase

FOLDERS = (
    *(Path(one) for one in ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")),
    *(Path(one) for one in ("C:/Windows/Fonts", "/nix/var/nix/profiles/system/sw/share/X11/fonts")),
)
TEXT = (
    ("NotoSerif-Regular.ttf", "NotoSerif-Bold.ttf"),
    ("DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf"),
    ("LiberationSerif-Regular.ttf", "LiberationSerif-Bold.ttf"),
)
ARABIC = (
    ("NotoNaskhArabic-Regular.ttf", "NotoNaskhArabic-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
)
FIXED = ("DejaVuSansMono.ttf", "NotoSansMono-Regular.ttf", "LiberationMono-Regular.ttf")
"""Fonts in which every letter is as wide as any other, for what a machine wrote."""
WANTED = {"en": TEXT, "fr": TEXT, "ar": ARABIC}
PACKAGES = {"en": "fonts-dejavu-core", "fr": "fonts-dejavu-core", "ar": "fonts-noto-core"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A font in two weights, as files."""

    regular: Path
    bold: Path


@cache
def installed() -> dict[str, Path]:
    """The TrueType fonts of this machine by file name; of two with one name the first path counts."""
    found: dict[str, Path] = {}
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.ttf")) if folder.is_dir() else ():
            found.setdefault(path.name, path)
    return found


def pair(language: str) -> Pair | None:
    """The font for a language, or None where this machine has none."""
    for regular, bold in WANTED[language]:
        if regular in installed():
            return Pair(installed()[regular], installed().get(bold, installed()[regular]))
    return None


def fixed() -> Path:
    """A font of fixed width; the text font where this machine has none. Raises Refused where it has neither."""
    return next((installed()[name] for name in FIXED if name in installed()), None) or of("en").regular


def missing(languages: Iterable[str]) -> dict[str, str]:
    """The languages of these in which no certificate can be printed here, each with the package that holds a font."""
    return {one: PACKAGES[one] for one in languages if pair(one) is None or pair("en") is None}


def of(language: str) -> Pair:
    """The font for a language. Raises Refused with the package to install."""
    found = pair(language)
    if found is None:
        raise Refused(
            phrase(
                "This machine has no font for certificates in this language (%(language)s). Install one, on Debian: "
                "apt install %(package)s",
                language=language,
                package=PACKAGES[language],
            )
        )
    return found


def for_letters(text: str, held: Iterable[Path]) -> list[Path]:
    """Further fonts that the letters of a text need beside those held. Raises Refused for letters that none has."""
    lacking = {ord(one) for one in text if not one.isspace() and category(one) != "Cf"}
    for path in held:
        lacking -= letters(path)
    needed = []
    for path in _others() if lacking else ():
        if lacking & letters(path):
            needed.append(path)
            lacking -= letters(path)
        if not lacking:
            break
    if lacking:
        raise Refused(
            phrase(
                "No font of this machine has %(letters)s. Install one that has, on Debian: apt install "
                "fonts-noto-core fonts-noto-cjk",
                letters=" ".join(f"{chr(one)} (U+{one:04X})" for one in sorted(lacking)[:5]),
            )
        )
    return needed


def _others() -> list[Path]:
    found = installed()
    return [found[name] for name in sorted(found) if "Bold" not in name and "Italic" not in name and "Obl" not in name]


@cache
def letters(path: Path) -> frozenset[int]:
    """The code points that a font draws; none for a file that is no font."""
    try:
        with TTFont(path, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError):
        return frozenset()
