import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from tests.each import check_each
from training.analysis import cards
from training.analysis.command import parse
from training.errors import Damaged, NotThere
from training.sentence import LANGUAGES

CARDS = cards.load()
TOPICS = {
    "linux": (
        ("linux.pslist", "linux.pidhashtable", "linux.psscan"),
        ("linux.lsmod", "linux.malware.check_modules", "linux.malware.modxview"),
        ("linux.sockstat", "linux.sockscan"),
    ),
    "windows": (
        ("windows.pslist", "windows.psscan"),
        ("windows.modules", "windows.modscan"),
        ("windows.netstat", "windows.netscan"),
    ),
}
NEVER = {
    "yara-file", "yara-compiled-file", "isf", "strings-file", "output-dir", "config", "symbol-dirs", "plugin-dirs",
    "cache-path", "single-location",
}  # fmt: skip
COLUMN_TYPES = {
    "int", "str", "hex", "bool", "float", "bytes", "datetime", "hexbytes", "bin", "multitype", "disassembly",
    "layerdata",
}  # fmt: skip


def is_sentence(text: str) -> bool:
    return text[:1].upper() == text[:1] and text.endswith((".", "?"))


@check_each(CARDS, lambda card: card.name)
def test_every_card_says_what_it_must(card: cards.Card) -> None:
    for text in (card.lists, card.walks, card.shows, card.cannot_show, card.defeated_by):
        assert is_sentence(text), text
    assert card.family
    assert 0 < card.seconds < 120
    assert card.columns
    assert all(is_sentence(option.help) for option in card.options)
    for option in (name for group in card.needs for name in group):
        assert card.option(option), option


@check_each(CARDS, lambda card: card.name)
def test_every_card_answers_questions_in_every_language(card: cards.Card) -> None:
    assert card.asks
    for question in card.asks:
        texts = {"en": str(question.text), **question.text.others}  # type: ignore[attr-defined]
        assert set(texts) == set(LANGUAGES)
        assert all(0 < len(text) <= 80 for text in texts.values())
        assert texts["en"][0].isupper()
        assert texts["en"].endswith("?")
        assert texts["fr"].endswith("\N{NO-BREAK SPACE}?")
        assert texts["ar"].endswith("\N{ARABIC QUESTION MARK}")
        assert re.search("[\u0600-\u06ff]", texts["ar"])
    assert parse(card.ready, "linux" if card.os == "any" else card.os).plugin == card.name


def test_every_question_is_answered_and_asked_once() -> None:
    for language in LANGUAGES:
        texts = [{"en": str(one.text), **one.text.others}[language] for one in CARDS.questions]  # type: ignore[attr-defined]
        assert len(set(texts)) == len(texts), language
    answered = {question for system in ("linux", "windows") for question, _ in CARDS.answering(system)}
    assert answered == set(CARDS.questions)
    topics = [one.topic for one in CARDS.questions]
    assert [topic for n, topic in enumerate(topics) if topics[n - 1 : n] != [topic]] == list(dict.fromkeys(topics))
    assert {card.name for _, found in CARDS.answering("linux") for card in found} == {
        card.name for card in CARDS.for_os("linux")
    }


def test_a_command_to_begin_with_names_no_process_of_another_image() -> None:
    assert CARDS.get("linux.pslist").ready == "linux.pslist"
    assert CARDS.get("windows.vadregexscan").ready == "windows.vadregexscan --pattern 'https?://[a-z.]+'"
    assert "--pid" in CARDS.get("windows.pedump").ready, "it can't go without one"


@check_each(CARDS, lambda card: card.name)
def test_every_example_is_understood(card: cards.Card) -> None:
    system = "linux" if card.os == "any" else card.os
    assert parse(card.example, system).plugin == card.name
    assert parse(card.example.replace(card.name, card.cls), system).plugin == card.name


@check_each(CARDS, lambda card: card.name)
def test_every_column_is_explained(card: cards.Card) -> None:
    for column in card.columns:
        assert column.type in COLUMN_TYPES
        assert is_sentence(CARDS.meaning_of(card, column.name)), column.name


@check_each(CARDS, lambda card: card.name)
def test_what_checks_a_plugin_is_offered_and_reads_something_else(card: cards.Card) -> None:
    assert card.check_with or is_sentence(card.alone)
    for name, why in card.check_with:
        assert is_sentence(why)
        other = CARDS.get(name)
        assert other.family != card.family, name
        assert other.os in {card.os, "any"} or card.os == "any", name


@check_each(CARDS, lambda card: card.name)
def test_every_kind_of_absence_has_an_explanation(card: cards.Card) -> None:
    for kind in get_args(cards.Absence):
        assert is_sentence(CARDS.absence_of(card, kind))
    assert all(is_sentence(text) for text in card.absent.values())


@pytest.mark.parametrize("system", TOPICS)
def test_each_topic_is_seen_in_more_than_one_structure(system: str) -> None:
    for topic in TOPICS[system]:
        assert len({CARDS.get(name).family for name in topic}) == len(topic), topic


def test_nothing_that_opens_files_is_an_option() -> None:
    assert not {option.name for card in CARDS for option in card.options} & NEVER


def test_options_that_write_files_are_marked() -> None:
    for card in CARDS:
        for option in card.options:
            assert option.files == (option.name.startswith("dump") and option.type == "bool"), (card.name, option.name)


def test_yara_text_is_bounded() -> None:
    rules = [option for card in CARDS for option in card.options if option.type == "yara"]
    assert rules
    assert {(option.name, option.length) for option in rules} == {("yara-rules", 20_000)}


def test_what_is_left_out_has_a_reason_and_no_card() -> None:
    assert {"linux.pagecache.RecoverFs", "linux.malware.hidden_modules", "timeliner", "layerwriter"} <= set(
        CARDS.left_out
    )
    for name, reason in CARDS.left_out.items():
        assert name not in CARDS
        assert is_sentence(reason)


def test_no_sentence_is_on_two_cards_as_what_they_show() -> None:
    shown = [card.shows for card in CARDS]
    assert len(set(shown)) == len(shown)


def test_looking_up() -> None:
    assert CARDS.get("linux.pslist").cls == "linux.pslist.PsList"
    assert CARDS.get("linux.pslist").option("pid") is not None
    assert CARDS.get("linux.pslist").option("nothing") is None
    assert "linux.pslist" in CARDS
    assert len(CARDS) == len(list(CARDS))
    with pytest.raises(NotThere):
        CARDS.get("linux.nothing")


def test_cards_of_a_system() -> None:
    linux, windows = (CARDS.for_os(system) for system in ("linux", "windows"))
    assert {card.os for card in linux} == {"linux", "any"}
    assert {card.os for card in windows} == {"windows", "any"}
    assert {card.name for card in (*linux, *windows)} == {card.name for card in CARDS}
    assert "banners" in {card.name for card in linux} & {card.name for card in windows}


def test_our_own_assemblies_are_marked() -> None:
    assert [card.name for card in CARDS if card.own] == ["engram.timeline", "engram.bytes", "engram.walk"]
    assert CARDS.get("engram.timeline").cls == "engram.timeline"
    assert CARDS.get("engram.timeline").os == "any"


def test_which_runs_write_files() -> None:
    pslist = CARDS.get("linux.pslist")
    assert pslist.writes_files({"dump": True})
    assert not pslist.writes_files({"dump": False, "pid": [1]})
    assert not pslist.writes_files({})
    assert CARDS.get("linux.module_extract").writes_files({"base": 4096})


def test_usage() -> None:
    pslist = CARDS.get("linux.pslist")
    yara = CARDS.get("yarascan")
    options = [pslist.option("pid"), pslist.option("threads"), yara.option("yara-rules"), yara.option("yara-string")]
    assert [option.usage for option in options if option] == [
        "--pid N …",
        "--threads",
        "--yara-rules 'RULES'",
        "--yara-string TEXT",
    ]


def test_a_column_of_a_stored_result_needs_no_explanation() -> None:
    assert cards.Column("PID", "int") == cards.Column("PID", "int", "Number of the process.")


# -- reading --

ABOUT = {
    "licence": "VSL-1.0",
    "island": 2,
    "volatility": "9.9",
    "absences": {kind: f"It is {kind}." for kind in get_args(cards.Absence)},
    "columns": {
        "any": {"PID": "Number of the process.", "Name": "Some name."},
        "linux": {"Name": "Name on Linux."},
        "windows": {"Name": "Name on Windows."},
    },
    "left_out": {"bad": "It is bad."},
}
CARD = {
    "class": "linux.some.Some",
    "version": "1.0.0",
    "lists": "L.",
    "walks": "W.",
    "shows": "S.",
    "cannot_show": "C.",
    "defeated_by": "D.",
    "check_with": {"linux.other": "It looks elsewhere."},
    "family": "some list",
    "seconds": 1,
    "columns": {"PID": "int", "Name": "str"},
}


def test_columns_with_credentials_are_secret() -> None:
    named = {one.name for one in CARDS if "credentials" in one.lists}
    assert named == {one.name for one in CARDS if one.secret}
    assert {one.name for one in CARDS for question in one.asks if question.name == "secrets"} <= named
    telling = re.compile(r"hash|passw|passphrase|^secret", re.IGNORECASE)
    for card in CARDS:
        assert {one.name for one in card.columns if telling.search(one.name)} <= card.secret.keys()


def folder_of(folder: Path, *, about: object = ABOUT, **files: object) -> Path:
    for name, content in {"about": about, **files}.items():
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def test_files_of_a_folder_are_put_together(tmp_path: Path) -> None:
    windows = CARD | {"class": "windows.some.Some", "columns": {"Name": {"type": "str", "means": "Own name."}}}
    generic = {"own": True, **{key: value for key, value in CARD.items() if key != "class"}}
    read = cards.read(
        folder_of(
            tmp_path,
            one={"plugins": {"linux.some": CARD}},
            two={"plugins": {"windows.some": windows}, "left_out": {"windows.bad": "It is bad too."}},
            three={"plugins": {"any.some": generic}},
        )
    )
    assert {card.name: card.os for card in read} == {
        "linux.some": "linux",
        "windows.some": "windows",
        "any.some": "any",
    }
    assert read.left_out == {"bad": "It is bad.", "windows.bad": "It is bad too."}
    assert read.get("linux.some").check_with == (("linux.other", "It looks elsewhere."),)
    assert read.get("linux.some").example == "linux.some"
    assert read.get("any.some").cls == "any.some"


def test_explanations_fall_back_from_the_card_to_its_system_to_all(tmp_path: Path) -> None:
    explained = CARD | {"columns": {"Name": {"type": "str", "means": "Own name."}, "PID": "int", "Other": "int"}}
    absent = CARD | {"class": "windows.some.Some", "absent": {"not available": "It is not said."}}
    read = cards.read(
        folder_of(tmp_path, one={"plugins": {"linux.own": explained, "linux.some": CARD, "windows.some": absent}})
    )
    own, some, windows = (read.get(name) for name in ("linux.own", "linux.some", "windows.some"))
    assert read.meaning_of(own, "Name") == "Own name."
    assert read.meaning_of(some, "Name") == "Name on Linux."
    assert read.meaning_of(windows, "Name") == "Name on Windows."
    assert read.meaning_of(some, "PID") == "Number of the process."
    assert read.meaning_of(own, "Other") == ""
    assert read.meaning_of(own, "not a column") == ""
    assert read.absence_of(windows, "not available") == "It is not said."
    assert read.absence_of(windows, "unreadable") == "It is unreadable."


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ({}, "plugins.linux.some.version"),
        ({key: value for key, value in CARD.items() if key != "walks"}, "plugins.linux.some.walks"),
        (CARD | {"colour": "red"}, "plugins.linux.some.colour"),
        (CARD | {"own": True}, "either a class or own: true"),
        ({key: value for key, value in CARD.items() if key != "class"}, "either a class or own: true"),
        (CARD | {"alone": "There is none."}, "either check_with or alone"),
        (CARD | {"check_with": {}}, "either check_with or alone"),
        (CARD | {"absent": {"lost": "It is lost."}}, "plugins.linux.some.absent.lost"),
        (CARD | {"options": {"pid": {"type": "number", "help": "H."}}}, "plugins.linux.some.options.pid.type"),
        (CARD | {"columns": {"PID": {"type": "int", "mean": "M."}}}, "plugins.linux.some.columns.PID.mean"),
        (CARD | {"secret": {"Password": []}}, "secret names no column of it: Password"),
        ([], "plugins.linux.some"),
    ],
)
def test_a_card_that_is_not_as_it_should_be_is_named_with_its_file(tmp_path: Path, card: object, said: str) -> None:
    with pytest.raises(Damaged) as damaged:
        cards.read(folder_of(tmp_path, one={"plugins": {"linux.some": card}}))
    assert said in damaged.value.message
    assert str(tmp_path / "one.yaml") in damaged.value.message


def test_a_question_stands_in_every_language_and_under_one_topic(tmp_path: Path) -> None:
    whole = {"en": "Which?", "fr": "Lequel ?", "ar": "أيّ؟"}
    asking = CARD | {"asks": ["which"]}
    about = ABOUT | {"questions": {"files": {"which": whole}}}
    read = cards.read(folder_of(tmp_path, about=about, one={"plugins": {"linux.some": asking}}))
    assert read.get("linux.some").asks == read.questions
    assert [(question.topic, [card.name for card in found]) for question, found in read.answering("linux")] == [
        ("files", ["linux.some"])
    ]
    assert read.answering("windows") == []
    for questions, said in (
        ({}, "asks: no question which"),
        (
            {"files": {"which": {"en": "Which?", "fr": "Lequel ?"}}},
            "questions.files.which: it needs a text in en, fr, ar",
        ),
        ({"files": {"which": whole}, "memory": {"which": whole}}, "questions.memory.which: another topic has it"),
        ({"colours": {"which": whole}}, "questions.colours"),
    ):
        folder_of(tmp_path, about=ABOUT | {"questions": questions})
        with pytest.raises(Damaged) as damaged:
            cards.read(tmp_path)
        assert said in damaged.value.message


def test_every_mistake_is_told(tmp_path: Path) -> None:
    with pytest.raises(Damaged) as damaged:
        cards.read(
            folder_of(tmp_path, about=ABOUT | {"licence": "MIT"}, one="plugins: [", two={"plugins": {"linux.some": {}}})
        )
    for said in ("about.yaml: licence", "one.yaml: not a file of plugin cards", "two.yaml: plugins.linux.some.version"):
        assert said in damaged.value.message


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"about": "[]"}, "about.yaml"),
        ({"about": ABOUT | {"absences": {"lost": "It is lost."}}}, "about.yaml: absences.lost"),
        ({"one": {"plugins": {"a": CARD}}, "two": {"plugins": {"a": CARD}}}, "two.yaml: plugins.a: it has a card"),
        ({"one": {"plugins": {"bad": CARD}}}, "left_out.bad: it has a card"),
        ({"one": "plugins: {}\nplugins: {}"}, "the name 'plugins' stands twice"),
        ({"one": "plugins:\n  a: {version: 1.0.0, version: 1.0.1}"}, "the name 'version' stands twice"),
        ({"one": "plugins: {[a]: 1}"}, "one.yaml: not a file of plugin cards"),
        ({"one": {"plugins": {}, "columns": {}}}, "one.yaml: columns"),
    ],
)
def test_files_that_do_not_go_together(tmp_path: Path, files: dict[str, object], said: str) -> None:
    with pytest.raises(Damaged) as damaged:
        cards.read(folder_of(tmp_path, **files))
    assert said in damaged.value.message


def test_a_folder_without_its_first_file(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match=r"about\.yaml"):
        cards.read(tmp_path)
