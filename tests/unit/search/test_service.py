"""The index follows what is published, and holds nothing that is not offered."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from sqlalchemy import text

from tests.unit.search.conftest import SAMPLE, Harbour
from training.content import service as content
from training.content.models import Release
from training.courses.manuscript.tags import text_of
from training.labs import reader as labs
from training.search import gather, service
from training.settings import ROOT


def said(pieces: tuple[tuple[str, bool], ...]) -> str:
    return "".join(piece for piece, _ in pieces)


def test_a_section_is_found_by_its_text_with_the_way_to_it(harbour: Harbour) -> None:
    assert harbour.found("authority quay") == [("module", "harbour", "m1-1", "s1")]
    (hit,) = harbour.find("authority quay").hits
    assert said(hit.title) == "1.1 The quay"
    assert said(hit.section) == "First things & last things"
    assert "Write down the authority for the search." in said(hit.text)
    assert [word for word, marked in hit.text if marked] == ["quay", "authority"]


def test_a_title_comes_before_a_text_and_a_figure_is_found_by_what_it_shows(harbour: Harbour) -> None:
    assert harbour.found("harbour office")[0] == ("course", "harbour", "", "")
    assert ("module", "harbour", "m1-1", "s1") in harbour.found("square circle")


def test_plugin_cards_are_found_by_name_and_by_what_they_show(harbour: Harbour) -> None:
    assert harbour.found("linux.pslist")[0] == ("plugin", "linux.pslist", "", "")
    assert ("plugin", "linux.pslist", "", "") in harbour.found("pslis")


def test_no_key_no_feedback_and_no_question_is_found(harbour: Harbour) -> None:
    keys = yaml.safe_load((SAMPLE / "keys.yaml").read_text("utf-8"))
    secrets = [said for key in keys.values() for said in (key["explanation"], *key.get("feedback", {}).values())]
    assert len(secrets) > 10
    for secret in secrets:
        assert harbour.found(f'"{secret}"') == []
    assert harbour.found('"Which byte lies 300 further on"') == []
    service.keep(harbour.store, harbour.settings)
    with harbour.store.reading() as session:
        kept = " ".join(row for (row,) in session.execute(text("SELECT text FROM search_index")))
    assert [secret for secret in secrets if secret in kept] == []


def test_of_a_lab_its_brief_is_found_and_no_question_hint_or_explanation() -> None:
    lab = labs.load(ROOT / "labs" / "finance-workstation")
    (passage,) = gather.of_lab(ROOT / "labs" / "finance-workstation")
    assert text_of(lab.brief) in passage.text
    hints = [hint.text for one in lab.questions for hint in one.hints]
    secrets = [*hints, *(said for one in lab.questions for said in (one.text, one.after) if said)]
    assert len(secrets) > len(lab.questions) + len(hints) > 20
    assert [secret for secret in secrets if secret in passage.text] == []


def test_nothing_is_read_twice_and_a_new_release_is_read_at_the_next_search(harbour: Harbour) -> None:
    assert service.keep(harbour.store, harbour.settings) == 2  # the course, the plugins; there is no glossary
    assert service.keep(harbour.store, harbour.settings) == 0
    harbour.change("01-quay/index.md", "Write down the authority", "Write down the harbourmaster")
    assert harbour.found("harbourmaster") == []  # a draft until it is published
    harbour.publish()
    assert harbour.found("harbourmaster") == [("module", "harbour", "m1-1", "s1")]
    assert harbour.found("authority") == []


def test_many_searches_at_once_after_a_publication_read_it_once(harbour: Harbour) -> None:
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda _: service.keep(harbour.store, harbour.settings), range(8)))
    assert sorted(read) == [0] * 7 + [2]
    assert harbour.found("authority quay") == [("module", "harbour", "m1-1", "s1")]
    with harbour.store.reading() as session:
        places = list(session.execute(text("SELECT kind, name, place, anchor, language FROM search_index")))
    assert len(places) == len(set(places)) > 100


def test_a_roll_back_takes_the_index_back(harbour: Harbour) -> None:
    harbour.change("01-quay/index.md", "Write down the authority", "Write down the harbourmaster")
    harbour.publish()
    assert harbour.found("harbourmaster")
    with harbour.store.writing() as session:
        content.rollback(session, harbour.settings.instance, harbour.folder, "course", 1, harbour.clock())
    assert harbour.found("harbourmaster") == []
    assert harbour.found("authority")


def test_what_is_no_longer_offered_is_not_found(harbour: Harbour) -> None:
    assert harbour.found("authority quay")
    with harbour.store.writing() as session:
        release = content.get(session, "course", "harbour")
        session.get_one(Release, release.id).current = False
    assert harbour.found("authority quay") == []


def test_a_release_whose_files_are_gone_does_not_stop_the_others(harbour: Harbour) -> None:
    with harbour.store.reading() as session:
        folder = content.folder_of(harbour.settings.instance, content.get(session, "course", "harbour"))
    shutil.move(folder, folder.with_name("away"))
    assert harbour.found("authority quay") == []
    assert harbour.found("linux.pslist")


def test_the_language_of_the_reader_comes_first_and_stands_once(harbour: Harbour) -> None:
    harbour.terms(
        "memory-image:\n"
        '  en: {term: "memory image", text: "A copy of the bytes of the memory of a machine."}\n'
        '  fr: {term: "image mémoire", text: "Tous les octets de la mémoire d\'une machine."}\n'
        '  ar: {term: "صورة الذاكرة", text: "نسخة من محتوى ذاكرة الجهاز بايتاً بايتاً."}\n'
        "  as_of: 2026-11-26\n"
    )
    assert harbour.found("الذاكرةُ", "ar") == [("term", "memory-image", "", "memory-image")]
    assert harbour.find("image", "fr").hits[0].language == "fr"
    assert harbour.find("image", "en").hits[0].language == "en"
    assert harbour.found("image machine", "fr").count(("term", "memory-image", "", "memory-image")) == 1


def test_where_nothing_has_all_words_some_are_enough(harbour: Harbour) -> None:
    found = harbour.find("quay zeppelin")
    assert not found.every
    assert ("module", "harbour", "m1-1", "s1") in [(h.kind, h.name, h.place, h.anchor) for h in found.hits]
    assert harbour.find("zeppelin airship").hits == ()


def test_long_lists_come_in_pages_and_a_page_that_is_not_there_is_the_last_one(harbour: Harbour) -> None:
    first = harbour.find("linux")
    assert (first.page, len(first.hits)) == (1, service.PAGE)
    assert first.pages == -(-first.total // service.PAGE)
    last = harbour.find("linux", page=10**9)
    assert last.page == first.pages
    assert harbour.find("linux", page=-5).page == 1
    seen = [hit for page in range(1, first.pages + 1) for hit in harbour.find("linux", page=page).hits]
    assert len(seen) == len(set(seen)) == first.total


HOSTILE = [
    "",
    " ",
    '"',
    '""""',
    "'",
    "a' OR 1=1 --",
    "NEAR(a b)",
    "a AND",
    "OR",
    "NOT NOT",
    "title: x",
    "{head} : x",
    "^x",
    "-x",
    "x*",
    "*",
    "(",
    "))))",
    "a:b & c | !d <-> e",
    "\\",
    "%_",
    ":name",
    "\ufffd\ud7ff\U0010ffff",
    "\x01\x1b[31m",
    "\u202e\u2066abc",
    "x" * 10_240,
    "word " * 2_048,
    '"' * 10_240,
    "\U0001d468 \u00bd \ufdfa \u0664\u0663",
    "ـــــ",
    "e\u0301" * 100,
]


@pytest.mark.database
@pytest.mark.parametrize("asked", HOSTILE)
def test_any_question_is_answered(harbour: Harbour, asked: str) -> None:
    found = harbour.find(asked)
    assert found.total >= len(found.hits)


def test_words_of_the_index_language_are_only_words(harbour: Harbour) -> None:
    assert harbour.found("quay NOT authority") == harbour.found("quay authority")
    assert ("module", "harbour", "m1-1", "s1") in harbour.found("authority AND quay")
