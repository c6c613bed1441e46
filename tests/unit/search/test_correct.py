"""A word that nothing holds is taken for a slip, and the reader is told."""

import pytest

from tests.unit.search.conftest import Harbour

pytestmark = pytest.mark.database

SECTION = ("module", "harbour", "m1-1", "s1")


@pytest.mark.parametrize(
    ("asked", "instead"),
    [
        ("authorty", [("authorty", "authority")]),
        ("Authorty quya", [("Authorty", "authority"), ("quya", "quay")]),
        ('"write down the authroity"', [("authroity", "authority")]),
    ],
)
def test_a_word_with_a_slip_finds_the_near_one_and_says_so(
    harbour: Harbour, asked: str, instead: list[tuple[str, str]]
) -> None:
    found = harbour.find(asked)
    assert [tuple(one) for one in found.instead] == instead
    assert found.every
    assert SECTION in [(hit.kind, hit.name, hit.place, hit.anchor) for hit in found.hits]
    assert "authority" in [word for hit in found.hits for word, marked in hit.text if marked]


def test_who_wants_exactly_these_words_gets_nothing_else(harbour: Harbour) -> None:
    found = harbour.find("authorty", exact=True)
    assert (found.hits, found.instead) == ((), ())


def test_a_word_that_is_there_is_never_taken_for_another(harbour: Harbour) -> None:
    assert harbour.find("authority").instead == ()
    assert harbour.find("authority zeppelin").instead == ()
    assert harbour.find("author").instead == ()  # the beginning of a word


def test_what_is_near_nothing_finds_nothing(harbour: Harbour) -> None:
    found = harbour.find("zeppelin")
    assert (found.hits, found.instead) == ((), ())


def test_slips_are_seen_in_all_languages_and_a_reader_s_own_comes_first(harbour: Harbour) -> None:
    harbour.terms(
        "memory-image:\n"
        '  en: {term: "memory image", text: "A copy of the bytes of the memory of a machine."}\n'
        '  fr: {term: "image mémoire", text: "Tous les octets de la mémoire d\'une machine."}\n'
        '  ar: {term: "صورة الذاكرة", text: "نسخة من محتوى ذاكرة الجهاز بايتاً بايتاً."}\n'
        "  as_of: 2026-11-26\n"
    )
    assert [tuple(one) for one in harbour.find("mémoirre", "fr").instead] == [("mémoirre", "mémoire")]
    assert [tuple(one) for one in harbour.find("memorry", "en").instead] == [("memorry", "memory")]
    assert [tuple(one) for one in harbour.find("ذاكررة", "ar").instead] == [("ذاكررة", "ذاكرة")]
    assert harbour.find("ذاكررة", "ar").hits[0].language == "ar"


def test_words_of_a_release_that_a_reader_does_not_see_are_unknown_to_that_reader(harbour: Harbour) -> None:
    harbour.change("01-quay/index.md", "Write down the authority", "Write down the harbourmaster")
    pinned = harbour.enrol()
    harbour.change("01-quay/index.md", "Write down the harbourmaster", "Write down the dockmaster")
    harbour.publish()
    assert harbour.find("dockmastr").instead[0].shown == "dockmaster"
    assert harbour.find("dockmastr", reader=pinned).instead == ()
