"""Sentences: English texts that can be said in another language."""

import copy
import json

import pytest
from flask import Flask, render_template_string
from flask_babel import gettext

from training.sentence import changed, counted, joined, listed, packed, phrase, unpacked
from training.web.language import spoken

pytestmark = pytest.mark.any_database

BUTTON = "Submit finding"  # a string that the catalogue has


def test_a_sentence_is_an_english_text() -> None:
    said = phrase("The finding has %(n)s characters; at most %(most)s fit.", n=12_345, most=2_000)
    assert said == "The finding has 12,345 characters; at most 2,000 fit."
    assert f"{said}" == str(said) == said.strip()
    assert phrase("A rise of 5 %") == "A rise of 5 %"
    assert phrase("It costs %(part)s of %(share)s.", part=phrase("half"), share=0.123456) == "It costs half of 0.1235."


def test_what_is_counted_takes_its_form() -> None:
    assert [counted("%(num)s try of %(of)s", "%(num)s tries of %(of)s", n, of="q1") for n in (0, 1, 1_000)] == [
        "0 tries of q1",
        "1 try of q1",
        "1,000 tries of q1",
    ]


def test_a_place_without_a_value_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="most"):
        phrase("At most %(most)s of %(n)s.", n=2)


def test_sentences_are_joined_once_each() -> None:
    one, two = phrase("One."), phrase("%(n)s two.", n=2)
    assert joined(one, "", two, one, "Author's 100 %.") == "One. 2 two. Author's 100 %."
    assert joined() == ""


def test_a_list_has_the_comma_of_its_reader(app: Flask) -> None:
    assert [listed(row) for row in ([], ["a"], ["a", "b"], "abcde")] == ["", "a", "a, b", "a, b, c, d, e"]
    assert listed(["a, b", "c"], heavy=True) == "a, b; c"
    long = listed(str(n) for n in range(5_000))  # as deep as its halves, not as its items
    assert unpacked(json.loads(json.dumps(packed(long)))) == long
    with app.test_request_context(headers={"Accept-Language": "ar"}):
        light, heavy = (str(spoken(listed("abc", heavy=one))) for one in (False, True))
        assert spoken(long) != long
    assert [light.count(one) for one in (",", "\u060c")] == [0, 2]
    assert [heavy.count(one) for one in (";", "\u061b")] == [0, 2]
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert spoken(listed("abc")) == "a, b, c"


@pytest.mark.parametrize(
    "said",
    [
        "plain, 100 %",
        phrase("A rise of 5 %"),
        counted("%(num)s try of %(of)s", "%(num)s tries of %(of)s", 3, of=phrase("%(n)s", n=0.5)),
        joined(phrase("One."), "100 % the author's.", counted("%(num)s a", "%(num)s b", 1)),
    ],
)
def test_a_sentence_goes_through_json_and_copies(said: str) -> None:
    again = unpacked(json.loads(json.dumps(packed(said))))
    assert (again, packed(again)) == (said, packed(said))
    other = copy.deepcopy(said)
    assert (other, packed(other)) == (said, packed(said))


def test_only_what_was_put_into_a_sentence_is_changed() -> None:
    said = joined(phrase("It has %(n)s of %(kind)s.", n=2, kind=phrase("these")), "typed")
    made = changed(said, str.upper)
    assert made == "It has 2 of these. TYPED"
    assert packed(made) == packed(joined(phrase("It has %(n)s of %(kind)s.", n=2, kind=phrase("these")), "TYPED"))
    assert changed("typed", str.upper) == "TYPED"


@pytest.mark.parametrize(
    "data",
    [
        3,
        None,
        [],
        {},
        {"say": 1},
        {"say": "a", "code": "b"},
        {"say": "%(a)s", "with": {"a": []}},
        {"say": "%(a)s", "with": {"b": 1}},
        {"say": "a", "many": "b"},
        {"say": "a", "many": 3},
        {"say": "a", "with": []},
    ],
)
def test_what_is_no_sentence_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="packed sentence"):
        unpacked(data)


def test_a_page_says_it_in_the_language_of_its_reader(app: Flask) -> None:
    said = phrase(BUTTON)
    page = "{{ said }}|{{ '%s' % said }}|{{ plain }}"
    with app.test_request_context(headers={"Accept-Language": "ar"}):
        arabic = gettext(BUTTON)
        assert arabic != BUTTON
        assert render_template_string(page, said=said, plain=BUTTON) == f"{arabic}|{BUTTON}|{BUTTON}"
        assert spoken(said) == arabic
    with app.test_request_context():
        assert render_template_string("{{ said }}", said=said) == BUTTON


def test_values_are_said_too_and_are_escaped(app: Flask) -> None:
    said = counted("%(num)s of %(thing)s", "%(num)s of %(thing)s", 1_234, thing=joined(phrase(BUTTON), "<b>"))
    with app.test_request_context(headers={"Accept-Language": "ar"}):
        assert render_template_string("{{ said }}", said=said) == f"1,234 of {gettext(BUTTON)} &lt;b&gt;"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_said_is_nothing_on_the_page(app: Flask, language: str) -> None:
    assert packed(joined()) == ""
    with app.test_request_context(headers={"Accept-Language": language}):
        assert render_template_string("({{ said }}{{ plain }})", said=joined(), plain=phrase("")) == "()"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0001, "0.0001"), (12.5, "12.5"), (1 / 3, "0.3333"), (1_234.0, "1,234")]
)
def test_a_page_shows_as_many_digits_as_the_text(app: Flask, value: float, shown: str) -> None:
    said = phrase("%(n)s percent", n=value)
    assert said.replace(",", "") == f"{shown} percent".replace(",", "")
    with app.test_request_context():
        assert render_template_string("{{ said }}", said=said) == f"{shown} percent"
