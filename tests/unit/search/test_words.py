import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.search.query import LONGEST, MOST, Query, parse
from training.search.snippet import AROUND, snippet
from training.search.words import stem, stems


@pytest.mark.parametrize(
    "forms",
    [
        "process processes Process PROCESSES",
        "memory memories Memory",
        "copy copies",
        "hash hashes",
        "employee employees",
        "effacé effacée effacés effacées",
        "réseau réseaux reseau RÉSEAUX",
        "journal journaux",
        "saisie saisies",
        "ذاكرة ذاكرةُ الذاكرة والذاكرة للذاكرة بالذاكرة ذاكِرة ذاكـــرة",
        "أدلة ادلة الأدلة",
        "وثيقة الوثيقة والوثيقة",
        "على علي",
        "4396 ٤٣٩٦ ۴۳۹۶",
        "ﬁle file",
    ],
)
def test_forms_of_one_word_are_one_stem(forms: str) -> None:
    assert len(set(stems(forms))) == 1


@pytest.mark.parametrize("pair", ["linux lin", "process produce", "bus but", "شاهد مشهد", "case cause", "order border"])
def test_other_words_stay_apart(pair: str) -> None:
    assert len(set(stems(pair))) == 2


def test_a_name_that_ends_like_a_plural_is_found_by_itself() -> None:
    assert stems("linux pslist dmesg windows") == stems("Linux PSLIST dmesg Windows")


@given(st.text(max_size=200))
def test_any_text_has_stems_that_hold_nothing_but_letters_and_digits(text: str) -> None:
    assert all(one.isalnum() and one == one.casefold() for one in stems(text))


@given(st.text(max_size=300))
def test_any_text_is_a_query(text: str) -> None:
    query = parse(text)
    assert len(query.terms) <= MOST
    assert all(word.isalnum() for term in query.terms for word in term)


def test_quotation_marks_and_full_stops_keep_words_side_by_side() -> None:
    assert parse('"chain of custody" linux.pslist').terms == (("chain", "of", "custodi"), ("linux", "pslist"))


def test_words_that_every_text_holds_are_left_out_unless_there_is_nothing_else() -> None:
    assert parse("the chain of the custody").terms == (("chain",), ("custodi",))
    assert parse("the of").terms == (("the",), ("of",))


def test_an_article_that_hangs_on_its_noun_is_left_out() -> None:
    assert parse("l'ordinateur d\u2019office qu'il").terms == (("ordinateur",), ("office",))


def test_the_last_word_may_go_on_and_a_quoted_one_may_not() -> None:
    assert parse("hidden proc") == Query((("hidden",), ("proc",)), begun=True)
    assert not parse('hidden "proc"').begun
    assert not parse("hidden pr").begun


def test_a_long_question_is_cut() -> None:
    assert len(parse("word " * 10_000).terms) == 1
    assert parse("a" * 10_000).terms == (("a" * 60,),)
    assert parse(" " * LONGEST + "late").terms == ()


def test_twelve_terms_and_eight_words_of_a_phrase_are_looked_for() -> None:
    """Written out as numbers: what a reader may ask for costs the index time, and is promised."""
    words = [f"n{number}" for number in range(1, 14)]
    assert parse(" ".join(words)).terms == tuple((word,) for word in words[:12])
    assert parse(f'"{" ".join(words)}"').terms == (tuple(words[:8]),)
    assert parse("x" + " " * 994 + "late lost").terms == (("x",), ("late",))


def test_only_a_word_that_was_typed_last_and_is_looked_for_may_go_on() -> None:
    assert not parse("proc hidden proc").begun
    assert parse(" ".join(f"wor{number}" for number in range(12))).begun
    assert not parse(" ".join(f"wor{number}" for number in range(13))).begun
    assert parse("hidden pro").begun


TEXT = " ".join(f"w{n}" for n in range(100)) + " the Memories of a <b>machine</b> & its memory " + "end " * 60


def test_a_snippet_marks_the_words_and_changes_nothing() -> None:
    pieces = snippet(TEXT, parse("memory machine"))
    assert [piece.text for piece in pieces if piece.marked] == ["Memories", "machine", "memory"]
    joined = "".join(piece.text for piece in pieces)
    assert joined.startswith("… ")
    assert joined.endswith(" …")
    assert joined.strip("… ") in TEXT
    assert len(re.findall(r"\w+", joined)) <= AROUND + 2


def test_a_snippet_of_a_short_text_is_the_text() -> None:
    assert "".join(piece.text for piece in snippet("One <b>word</b>.", parse("word"))) == "One <b>word</b>."
    assert snippet("", parse("word")) == ()
    assert snippet("Nothing of it.", parse("word"))[0] == ("Nothing of it.", False)


def test_a_snippet_begins_eight_words_before_its_first_hit_and_has_thirty_six() -> None:
    words = [f"w{number}" for number in range(100)]
    middle, end, near_end = (snippet(" ".join(words) + ".", parse(f'"{one}"')) for one in ("w50", "w99", "w72"))
    assert "".join(piece.text for piece in middle) == f"… {' '.join(words[42:78])} …"
    assert "".join(piece.text for piece in end) == f"… {' '.join(words[64:])}."
    assert "".join(piece.text for piece in near_end) == f"… {' '.join(words[64:])}."


def test_a_snippet_stands_at_the_first_place_with_most_different_words() -> None:
    far = " ".join(f"w{number}" for number in range(60))
    text = f"quay quay quay {far} quay rope {far} quay rope"
    pieces = snippet(text, parse("quay rope"))
    assert "".join(piece.text for piece in pieces).startswith("… w52 ")
    assert [piece.text for piece in pieces if piece.marked] == ["quay", "rope"]
    assert "".join(piece.text for piece in pieces).endswith("w25 …")


def test_arabic_words_are_marked_with_their_article() -> None:
    pieces = snippet("يحتفظ المحقق بصورة الذاكرةِ قبل إيقاف الجهاز", parse("ذاكرة"))
    assert [piece.text for piece in pieces if piece.marked] == ["الذاكرةِ"]
    assert stem("الذاكرةِ") == stem("ذاكرة")
