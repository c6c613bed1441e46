"""A briefing in its sections: what is read first is short, in every lab, and nothing of it is lost."""

import re
from html import unescape
from pathlib import Path

import pytest

from training.content import markdown
from training.labs import reader
from training.labs.briefing import Section, sections
from training.settings import ROOT

FIRST = 150
"""Words that are read before the first question: the summary and the first section."""

LABS = sorted(path.parent for path in (ROOT / "labs").glob("*/lab.yaml"))


def words(html: str) -> list[str]:
    """The words of a text, without its marks."""
    return unescape(re.sub(r"<[^>]+>", "", html)).split()


def test_bold_beginnings_are_headings() -> None:
    made = sections(
        "<p>Before.</p>\n<p><strong>The case.</strong> One.</p>\n<p>Two.</p>\n<p><strong>Law</strong> Three.</p>"
    )
    assert made == (
        Section("", "<p>Before.</p>\n"),
        Section("The case", "<p>One.</p>\n<p>Two.</p>\n"),
        Section("Law", "<p>Three.</p>"),
    )
    assert sections("<p>A word <strong>within</strong>.</p>") == (
        Section("", "<p>A word <strong>within</strong>.</p>"),
    )
    assert sections("") == ()


@pytest.mark.parametrize("folder", LABS, ids=lambda folder: folder.name)
def test_the_first_view_of_every_lab_is_short_and_all_of_it_is_there(folder: Path) -> None:
    brief = markdown.render((folder / reader.BRIEF).read_text("utf-8"), file=reader.BRIEF).html
    made = sections(brief)
    assert len(made) >= 4
    assert all(one.title for one in made)
    assert len(reader.draft(folder).summary.split()) + len(words(made[0].html)) <= FIRST
    told = " ".join(f"{one.title}. {one.html}" for one in made)
    assert words(told) == words(brief)
