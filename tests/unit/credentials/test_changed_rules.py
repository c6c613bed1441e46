"""Rules that became others after the opening: on the paper, in the canonical form, and nowhere without a change."""

import json
from uuid import UUID

import pytest

from tests.unit.credentials.conftest import AT, SAID, facts_of, pages
from tests.unit.credentials.test_paper import letters, paper
from training.credentials.facts import PRESENT, Facts, Printed, stored
from training.credentials.words import WORDS

CHANGED = tuple(f"2024-11-0{n}: Half-days: 8 instead of 9. A storm took Friday afternoon" for n in range(1, 7))


def printed(facts: Facts) -> Printed:
    return Printed(UUID(int=7), "A" * 20, AT, "did:key:z6Mk", "https://training.example", facts)


def document(facts: Facts) -> dict[str, object]:
    found = json.loads(printed(facts).canonical())["facts"]
    assert isinstance(found, dict)
    return found


def test_facts_without_a_change_have_the_form_that_they_always_had() -> None:
    assert not {"present", "changes"} & document(facts_of()).keys()
    assert facts_of().present == PRESENT


def test_changes_are_frozen_with_the_facts_and_read_back() -> None:
    facts = facts_of(present=70, changes=CHANGED)
    assert document(facts)["changes"] == list(CHANGED)
    one = printed(facts)
    assert stored(one.canonical().decode(), facts.host.logo) == one


@pytest.mark.parametrize("language", SAID)
def test_the_paper_names_each_change_and_the_share_that_held(language: str) -> None:
    facts = facts_of(language, kind="attendance", present=70, changes=CHANGED)
    made = paper(facts)
    drawn = letters(made)
    for one in CHANGED:
        assert one.replace(" ", "") in drawn
    usual = paper(facts_of(language, kind="attendance"))
    assert CHANGED[0].replace(" ", "") not in letters(usual)
    assert "70" in WORDS[language].criteria("attendance", 70)
    assert WORDS[language].criteria("attendance", 70) != WORDS[language].criteria("attendance")
    assert len(pages(made)) == len(pages(usual))


def test_many_changes_go_on_further_pages() -> None:
    made = paper(facts_of(changes=CHANGED * 16))
    assert len(pages(made)) > 2
    assert letters(made).count(CHANGED[0].replace(" ", "")) == 16
