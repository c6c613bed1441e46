import re
from itertools import count
from pathlib import Path

import pytest

from training.content import source
from training.courses.manuscript import glossary
from training.courses.manuscript.course import marked
from training.settings import ROOT

SAMPLE = Path(__file__).parent / "sample"
TERMS = glossary.known(glossary.shipped(SAMPLE))
LINK = '<a href="../../glossary#exhibit" class="term" rel="noopener">an <em>exhibit</em></a>'


def test_the_glossary_of_the_repository_has_its_terms_in_three_languages() -> None:
    assert glossary.check(glossary.shipped(ROOT / "courses")) == []
    terms = glossary.known(glossary.shipped(ROOT / "courses"))
    assert len(terms) == 61
    for name, term in terms.items():
        assert name == re.sub(r"[^a-z0-9]+", "-", term.en.term.lower()).strip("-")
        assert re.search(r"[\u0600-\u06ff]", term.ar.term + term.ar.text), name
        assert not re.search(r"[\u0600-\u06ff]", term.en.text + term.fr.text), name
        for word in (term.en, term.fr, term.ar):
            assert word.text.endswith("."), name
            assert "(?)" not in word.term, name


def test_a_term_opens_its_definition_which_leads_to_the_glossary() -> None:
    numbers = count(1)
    html = glossary.explain(f"<p>{LINK} and {LINK}</p>", TERMS, "en", numbers)
    assert re.findall(r'popovertarget="([^"]+)"', html) == ["tip-1", "tip-2"]
    assert re.findall(r' id="([^"]+)"', html) == ["tip-1", "tip-2"]
    way = '<a href="../../glossary#exhibit"><b>exhibit</b></a>: An object'
    assert f'</button><span class="tip" popover id="tip-1">{way}' in html
    assert glossary.explain(LINK, TERMS, "en", numbers).count("tip-3") == 2


def test_a_term_that_is_open_has_the_english_one_beside_it() -> None:
    html = glossary.explain(LINK, TERMS, "fr", count(1))
    assert '<b>pièce à conviction</b></a> (<bdi lang="en">exhibit</bdi>): Objet' in html
    sure = glossary.explain(LINK.replace("exhibit", "hash-value", 1), TERMS, "fr", count(1))
    assert "<b>empreinte (valeur de hachage)</b></a>: Valeur" in sure


def test_a_definition_is_text_and_never_markup() -> None:
    html = glossary.explain(LINK.replace("exhibit", "hash-value", 1), TERMS, "en", count(1))
    assert "a file &lt;b&gt;." in html


def test_a_term_that_left_the_glossary_stays_a_plain_link() -> None:
    gone = LINK.replace("#exhibit", "#gone")
    assert glossary.explain(gone, TERMS, "en", count(1)) == gone


@pytest.mark.parametrize(("language", "first"), [("en", "exhibit"), ("fr", "hash-value"), ("ar", "hash-value")])
def test_terms_are_ordered_by_their_names_in_the_language(language: str, first: str) -> None:
    assert glossary.ordered(TERMS, language)[0][0] == first


def test_a_glossary_that_can_not_be_read_leaves_pages_without_definitions(tmp_path: Path) -> None:
    assert glossary.known(tmp_path) == {}
    (tmp_path / "glossary.yaml").write_bytes(b"\xff")
    assert glossary.known(tmp_path) == {}
    assert [one.message for one in glossary.check(tmp_path)] == ["not UTF-8 text; save the file as UTF-8"]


def test_a_change_of_the_glossary_is_seen_at_once(tmp_path: Path) -> None:
    text = (glossary.shipped(SAMPLE) / "glossary.yaml").read_text("utf-8")
    (tmp_path / "glossary.yaml").write_text(text, "utf-8")
    assert glossary.known(tmp_path)["exhibit"].en.term == "exhibit"
    (tmp_path / "glossary.yaml").write_text(text.replace('term: "exhibit"', 'term: "exhibit, item"'), "utf-8")
    assert glossary.known(tmp_path)["exhibit"].en.term == "exhibit, item"


def test_a_mistake_in_one_entry_hides_none_in_another(tmp_path: Path) -> None:
    (tmp_path / "g.yaml").write_text("a: {}\nb: {as_of: x}\na: {}\n", "utf-8")
    found = source.read_entries(tmp_path / "g.yaml", glossary.Term, "g.yaml")
    assert {one.line for one in found.mistakes} == {2, 3}
    assert any("a stands here a second time" in one.message for one in found.mistakes)


def test_a_mark_stands_under_the_heading_of_a_stale_section() -> None:
    html = '<h2 id="s1"><span class="no">1</span>One</h2><p>x</p><h2 id="s2"><span class="no">2</span>Two</h2>'
    assert marked(html, {"s2"}, "<p>!</p>") == html + "<p>!</p>"
    assert marked(html, set(), "<p>!</p>") == html
