"""Every command that README.md and docs/ name, and how it is run: in which row, with what in place of its words in
capitals, and how it has to end.
"""

import re
from dataclasses import dataclass, field

from training.settings import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_FENCED = re.compile(r"^[^`\n|]*python app\.py (.+)$", re.MULTILINE)
_INLINE = re.compile(r"`(?:\.venv/bin/)?(?:python )?app\.py ([^`]+)`")
_COMMENT = re.compile(r"\s+#.*$")
_NO_COMMAND = {"COMMAND", "…"}


def named() -> dict[str, str]:
    """The commands that the pages name, each with the first page that does."""
    texts: dict[str, str] = {}
    for page in PAGES:
        content = page.read_text("utf-8")
        for text in (*_FENCED.findall(content), *_INLINE.findall(content)):
            plain = " ".join(_COMMENT.sub("", text.replace("\\|", "|")).split())
            if plain not in _NO_COMMAND:
                texts.setdefault(plain, page.relative_to(ROOT).as_posix())
    return texts


@dataclass(frozen=True, slots=True)
class Named:
    """A command as a page has it; `fill` replaces parts of it, and what earlier ones of its row noted comes besides."""

    text: str
    code: int = 0
    fill: dict[str, str] = field(default_factory=dict)
    notes: str = ""
    """A pattern: its named groups are found in the output, and stand for their names in what comes later."""


def filled(text: str, *values: dict[str, str]) -> str:
    """The command with its placeholders replaced, the longest first."""
    pairs = {name: value for each in values for name, value in each.items()}
    for name in sorted(pairs, key=len, reverse=True):
        value = pairs[name].replace("\\", r"\\")
        text = re.sub(rf"(?<![\w/-]){re.escape(name)}(?![\w-])", value, text)
    return text
