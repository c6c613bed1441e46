"""One thing has one word: what docs/vocabulary.md says is never used stands in no template, catalogue or page."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from training.settings import ROOT
from training.web.language import FOLDER

PAGE = ROOT / "docs" / "vocabulary.md"
LANGUAGES = {"en": "English", "fr": "French", "ar": "Arabic"}
CODE = re.compile(r"^```.*?^```|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->", re.DOTALL | re.MULTILINE)
PLACEHOLDER = re.compile(r"%\(\w+\)s")
HISTORY = {"CHANGES.md"}
"""Says what things were called when they were made."""


@dataclass(frozen=True, slots=True)
class Text:
    """Something that people read: where it begins, and what it says. A text of several lines is counted from there."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Banned:
    """A word that is not used, what stands for it, and phrases in which it means something else."""

    word: str
    instead: str
    allowed: tuple[str, ...]

    def at(self, text: str) -> Iterator[int]:
        """Places in a text where it stands."""
        if self.word.split()[0].casefold() not in text.casefold():  # as nearly always
            return
        for phrase in self.allowed:
            text = re.sub(re.escape(phrase), lambda found: "·" * len(found[0]), text, flags=re.IGNORECASE)
        word = re.escape(self.word).replace(r"\ ", r"\s+")
        yield from (found.start() for found in re.finditer(rf"(?<!\w){word}s?(?!\w)", text, re.IGNORECASE))


def vocabulary(language: str, page: str) -> list[Banned]:
    """The words of one language that the page bans."""
    section = page.split(f"\n## {LANGUAGES[language]}\n", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    found = list[Banned]()
    for name, said, never, allowed in rows[2:]:
        phrases = tuple(re.findall("`([^`]+)`", allowed))
        instead = name if language == "en" else said
        found += [Banned(word, instead, phrases) for word in re.findall("`([^`]+)`", never)]
    return found


def wrong(texts: Iterable[Text], banned: Sequence[Banned]) -> list[str]:
    """Each banned word with its file and line, and the word that stands for it."""
    return [
        f"{one.file}:{line}: '{word}', say '{instead}'"
        for one in texts
        for line, word, instead in sorted(
            (one.line + one.text.count("\n", 0, at), each.word, each.instead)
            for each in banned
            for at in each.at(one.text)
        )
    ]


def sources() -> Iterator[Text]:
    """Every string of templates and code that is shown, as Babel finds it."""
    with (FOLDER / "sources.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "phrase": None, "counted": (1, 2)}
    for name, line, said, *_ in extract_from_dir(ROOT / "training", methods, options, keywords):
        for text in (said,) if isinstance(said, str) else said:
            yield Text(f"training/{name}", line, PLACEHOLDER.sub("", text))


def catalogue(language: str) -> Iterator[Text]:
    """Every translation of a language, at the line where its entry begins."""
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        messages = [one for one in read_po(file, locale=language) if one.id]
    for one in messages:
        for text in (one.string,) if isinstance(one.string, str) else one.string or ():
            yield Text(path.relative_to(ROOT).as_posix(), one.lineno or 0, PLACEHOLDER.sub("", text))


def pages() -> Iterator[Text]:
    """The pages of the documentation, without code and addresses."""
    for file in (*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))):
        if file != PAGE and file.name not in HISTORY:
            text = CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), file.read_text("utf-8"))
            yield Text(file.relative_to(ROOT).as_posix(), 1, text)


@pytest.fixture(scope="module")
def words() -> str:
    return PAGE.read_text("utf-8")


def test_templates_code_and_pages_use_the_words(words: str) -> None:
    assert wrong([*sources(), *pages()], vocabulary("en", words)) == []


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_translations_use_the_words(language: str, words: str) -> None:
    assert wrong(catalogue(language), vocabulary(language, words)) == []


def test_the_page_bans_no_word_that_it_uses_itself(words: str) -> None:
    for language in LANGUAGES:
        banned = vocabulary(language, words)
        assert len(banned) > 15
        assert [one.word for one in banned for each in banned if [*one.at(each.instead)]] == []


def test_a_planted_word_is_found_with_its_line_and_an_allowed_phrase_is_not(words: str, tmp_path: Path) -> None:
    planted = tmp_path / "page.md"
    planted.write_text(
        "A trainee.\nTwo Students\nread `student.py`. A one-week workshop,\nno other\nworkshop.", "utf-8"
    )
    text = CODE.sub(lambda found: " " * len(found[0]), planted.read_text("utf-8"))
    assert wrong([Text("page.md", 1, text)], vocabulary("en", words)) == [
        "page.md:2: 'student', say 'trainee'",
        "page.md:5: 'workshop', say 'session'",
    ]
    french = Text("fr", 7, "Les apprenants lisent la version du pays hôte.")
    assert wrong([french], vocabulary("fr", words)) == ["fr:7: 'apprenant', say 'stagiaire'"]
