"""Facts that are frozen."""

from uuid import UUID

import pytest

from tests.unit.credentials.conftest import AT, SAID, facts_of, logo
from training.credentials.facts import Printed, stored, tidy, visible
from training.errors import Refused


def printed(language: str = "en") -> Printed:
    return Printed(UUID(int=7), "A" * 20, AT, "did:key:z6Mk", "https://training.example", facts_of(language))


@pytest.mark.parametrize("language", SAID)
def test_the_canonical_form_gives_the_same_facts_back(language: str) -> None:
    one = printed(language)
    assert stored(one.canonical().decode(), logo()) == one
    assert stored(one.canonical().decode(), logo()).canonical() == one.canonical()


def test_another_logo_is_another_record() -> None:
    changed = Printed(UUID(int=7), "A" * 20, AT, "did:key:z6Mk", "https://training.example", facts_of(
        host={"name": SAID["en"][0], "address": ("12 Harbour Street",), "logo": logo("red")}
    ))  # fmt: skip
    assert changed.canonical() != printed().canonical()


@pytest.mark.parametrize("name", ["a\u202eb", "a\x00b", "a\u2066b", "", "x" * 121])
def test_names_that_would_lie_on_paper_are_refused(name: str) -> None:
    with pytest.raises(Refused, match="holder"):
        facts_of(holder=name)


def test_names_keep_their_joiners_and_lose_double_spaces() -> None:
    assert facts_of(holder="  نرگس\u200cکریمی   بهمن ").holder == "نرگس\u200cکریمی بهمن"


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(Refused) as bad:
        facts_of(hours="33.55", place="\u202e", attended=200)
    assert all(field in bad.value.message for field in ("hours", "place", "attended"))


@pytest.mark.parametrize("blank", ["\u2800", "\u3164", "\uffa0", "\u200d", "\u00a0", "\u0301"])
def test_a_line_in_which_nothing_can_be_seen_is_refused(blank: str) -> None:
    with pytest.raises(Refused):
        tidy(blank * 12, field="reason")
    assert visible(f"{blank * 12}ab{blank}ح٣ \U0001f600") == 5
