from itertools import product

import pytest

from training.search.near import FAR, distance, near, slips

KNOWN = {
    "volatiliti": 40,
    "volatil": 9,
    "custodi": 30,
    "chain": 12,
    "quai": 2,
    "memoir": 3,
    "memori": 80,
    "ذاكر": 20,
    "قانون": 8,
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("volatilti", "volatiliti"),  # a letter left out
        ("voaltiliti", "volatiliti"),  # two that changed places
        ("vvolatilliti", "volatiliti"),  # two too many
        ("custody", "custodi"),  # another one
        ("cahin", "chain"),
        ("quya", "quai"),  # the stem of quay
        ("ذاكرر", "ذاكر"),
        ("قاونن", "قانون"),
    ],
)
def test_a_slip_leads_to_the_word_that_was_meant(typed: str, meant: str) -> None:
    assert near(typed, KNOWN)[0] == meant


@pytest.mark.parametrize("typed", ["zeppelin", "vol", "1337", "m3", "chn", "qxyzwvut", "ذكـ", "custxyz"])
def test_short_words_numbers_and_what_is_near_nothing_stay_as_they_are(typed: str) -> None:
    assert near(typed, KNOWN) == []


def test_of_words_as_near_as_each_other_the_more_common_one_comes_first() -> None:
    assert near("memoru", KNOWN) == ["memori"]
    assert near("memorr", {"memore": 1, "memort": 5}) == ["memort", "memore"]
    assert near("xhain", {"chain": 1, "xhair": 1})[0] == "xhair"  # the first letter is right more often than not


def test_long_words_may_hold_two_slips_and_short_ones_one() -> None:
    assert (slips("abc"), slips("abcd"), slips("abcdefg"), slips("abcdefgh")) == (0, 1, 1, 2)


def test_names_with_digits_are_neither_taken_for_others_nor_offered_for_them() -> None:
    assert (slips("sha256"), slips("volatilit1")) == (0, 0)
    assert near("sha256", {"sha25": 9, "shax": 1}) == []
    assert near("shall", {"shal1": 9, "shale": 1}) == ["shale"]


def naive(word: str, other: str) -> int:
    """The definition, read out: the cheapest way over all beginnings of both words."""
    if not word or not other:
        return len(word) + len(other)
    ways = [
        naive(word[:-1], other) + 1,
        naive(word, other[:-1]) + 1,
        naive(word[:-1], other[:-1]) + (word[-1] != other[-1]),
    ]
    if word[-2:] == other[-2:][::-1] and len(word) > 1 and len(other) > 1:
        ways.append(naive(word[:-2], other[:-2]) + 1)
    return min(ways)


def test_the_distance_is_that_of_its_definition_for_all_short_words() -> None:
    words = ["".join(letters) for length in range(1, 5) for letters in product("ab", repeat=length)]
    words += ["abcd", "abdc", "bacd", "dcba"]
    assert [(one, two) for one in words for two in words if distance(one, two, 9) != naive(one, two)] == []


def test_whatever_is_farther_than_asked_is_far() -> None:
    assert distance("memory", "zeppelin", 2) == FAR
