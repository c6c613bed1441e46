"""The paper: the same bytes for the same facts, all facts as text, Arabic shaped and in its order."""

import re
import unicodedata
from pathlib import Path
from uuid import UUID

import pytest

from tests.unit.credentials.conftest import AT, SAID, facts_of, pages, texts
from training.credentials import fonts, short
from training.credentials.codes import spelled
from training.credentials.facts import Facts, Printed
from training.credentials.paper.draw import pdf
from training.credentials.paper.lines import rows
from training.credentials.square import square
from training.credentials.words import WORDS
from training.errors import Refused

CODE = "7K3M9QXD2VHT7RWB4F8N"


def paper(facts: Facts, number: int = 7) -> bytes:
    printed = Printed(UUID(int=number), CODE, AT, "did:key:z6MkTest", "https://training.example", facts)
    return pdf(printed, short.text(b"k" * 32, b"s" * 64, short.payload(short.of(printed))))


def letters(made: bytes) -> str:
    return re.sub(r"\s", "", "".join(texts(made)))


@pytest.mark.parametrize("language", SAID)
def test_the_same_facts_give_the_same_bytes(language: str) -> None:
    assert paper(facts_of(language)) == paper(facts_of(language))


def test_every_fact_stands_in_the_paper_as_text() -> None:
    facts = facts_of()
    drawn = letters(paper(facts))
    wanted = [facts.holder, facts.host.name, facts.title, facts.place, "33.5", "10 of 10 half-days", "A \u2013 passed"]
    wanted += ["K3 (Level 3)", "K3 Memory acquisition", "5 November 2024", "L1, release 3", "finance-workstation (Lab)"]
    wanted += ["ab" * 32, "R. Okafor", "2 November 2024 \u2013 6 November 2024 (days in Africa/Nairobi)", spelled(CODE)]
    wanted += ["6 November 2024", "did:key:z6MkTest", "https://training.example/certificates/", str(UUID(int=7))]
    assert [one for one in wanted if one.replace(" ", "") not in drawn] == []


@pytest.mark.parametrize("language", SAID)
def test_a_demonstration_and_an_early_issue_are_said_on_the_paper_and_in_what_is_signed(language: str) -> None:
    facts = facts_of(language, early=True, demonstration=True)
    printed = Printed(UUID(int=7), CODE, AT, "did:key:z6MkTest", "https://training.example", facts)
    words = WORDS[language]
    assert rows(printed, language)[0] == (words.remark, (words.demonstration, words.early))
    assert b'"demonstration":true' in printed.canonical()
    assert paper(facts) != paper(facts_of(language))
    if language == "en":
        assert words.demonstration.replace(" ", "") in letters(paper(facts))
        assert words.early.replace(" ", "") in letters(paper(facts))
    usual = Printed(UUID(int=7), CODE, AT, "did:key:z6MkTest", "https://training.example", facts_of(language))
    assert b"demonstration" not in usual.canonical()
    assert words.remark not in dict(rows(usual, language))


@pytest.mark.parametrize(("language", "hours"), [("en", "33.5"), ("fr", "33,5"), ("ar", "33.5")])
def test_hours_have_the_decimal_sign_of_the_paper_and_the_signed_facts_their_point(language: str, hours: str) -> None:
    facts = facts_of(language)
    printed = Printed(UUID(int=7), CODE, AT, "did:key:z6MkTest", "https://training.example", facts)
    assert (WORDS[language].hours, (hours,)) in rows(printed, language)
    assert hours in letters(paper(facts))
    assert b'"hours":"33.5"' in printed.canonical()
    assert short.of(printed).hours == "33.5"


def test_the_document_is_the_certificate() -> None:
    made = paper(facts_of(), number=0xABC)
    assert f"/ID [<{UUID(int=0xABC).hex.upper()}>".encode() in made
    assert f"urn:uuid:{UUID(int=0xABC)}".encode() in made


def test_it_holds_no_script_and_embeds_its_fonts() -> None:
    made = paper(facts_of("ar"))
    assert not re.search(rb"/JavaScript|/JS\b|/Launch|/EmbeddedFile|/URI", made)
    assert made.count(b"/FontFile2") >= 2
    assert b"/Lang (ar)" in made


def test_arabic_runs_from_the_right_and_names_stay_whole() -> None:
    made = paper(facts_of("ar"))
    runs = [unicodedata.normalize("NFKC", one) for one in texts(made)]
    right = [one[::-1] for one in runs]  # drawn from left to right, it is read from the right
    assert any("شهادة اجتياز" in one for one in right)
    assert any("محمد الأنصاري" in one.replace("لأ", "لأ") for one in right)
    assert "12 Harbour Street".replace(" ", "") in letters(made)


def test_arabic_letters_are_joined() -> None:
    # Forms that stand inside a word have other glyphs than letters that stand alone.
    whole, apart = (paper(facts_of("ar", holder=name)) for name in ("محمد", "م ح م د"))
    first = [next(one for one in texts(made) if sorted(set(one) - {" "}) == sorted("محد")) for made in (whole, apart)]
    assert len(first[0]) < len(first[1])
    assert pages(whole)[0] != pages(apart)[0]


@pytest.mark.parametrize("holder", ["Suharto", "Nguyễn Thị Ánh", "Łukasz Żółć", "Ольга Ковальчук", "Amara ديالو"])
def test_names_of_one_word_and_of_other_scripts_are_drawn(holder: str) -> None:
    drawn = letters(paper(facts_of(holder=holder)))
    assert all(one in drawn for one in unicodedata.normalize("NFC", holder) if not one.isspace())


def test_a_name_of_120_letters_and_forty_competencies_stay_on_the_paper() -> None:
    many = [{"id": f"K{n}", "name": "n" * 60, "level": 3, "shown": AT.date(), "evidence": "e" * 300} for n in range(40)]
    made = paper(facts_of(holder="Wilhelmina " * 10 + "Ng", competencies=many))
    assert len(pages(made)) > 3
    down = [float(y) for page in pages(made) for _, y in re.findall(rb"BT ([\d.]+) (-?[\d.]+) Td", page)]
    assert min(down) > 20


def test_letters_that_no_font_has_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="hidden"):
        paper(facts_of(place="\ue000"))
    with pytest.raises(Refused, match=r"U\+30000"):
        paper(facts_of(holder="\U00030000"))


def test_a_machine_without_fonts_says_which_package_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert fonts.missing(SAID) == {}
    monkeypatch.setattr(fonts, "installed", dict)
    assert fonts.missing(["en", "ar"]) == {"en": "fonts-dejavu-core", "ar": "fonts-noto-core"}
    with pytest.raises(Refused, match="apt install fonts-dejavu-core"):
        paper(facts_of())


def test_a_logo_may_be_a_drawing() -> None:
    drawn = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><circle cx="10" cy="10" r="8" fill="red"/></svg>'
    )
    made = paper(facts_of(host={"name": "X", "logo": drawn}))
    assert b"1 0 0 rg" in pages(made)[0]
    assert made == paper(facts_of(host={"name": "X", "logo": drawn}))


@pytest.mark.parametrize("data", [b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"<html/>"])
def test_a_logo_that_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="logo"):
        paper(facts_of(host={"name": "X", "logo": data}))


@pytest.mark.parametrize(("language", "largest"), [("en", 16), ("fr", 16), ("ar", 18)])
def test_the_signed_code_stays_small_enough_to_be_scanned(language: str, largest: int) -> None:
    competencies = [{"id": f"K{n}", "name": "x", "level": 3, "shown": AT.date(), "evidence": ""} for n in range(1, 9)]
    printed = Printed(UUID(int=7), CODE, AT, "did", "https://x", facts_of(language, competencies=competencies))
    made = square(short.text(b"k" * 32, b"s" * 64, short.payload(short.of(printed))))
    assert made.version <= largest
    assert 56 / made.side > 0.5  # millimetres of a module
