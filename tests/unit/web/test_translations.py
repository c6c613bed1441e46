"""The catalogues are whole, fit the sources, and nothing visible in a template escapes translation."""

import gettext
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from jinja2 import Environment, nodes

from tests.each import check_each
from training.sentence import LANGUAGES
from training.settings import ROOT
from training.web.language import FOLDER

TRANSLATED = [code for code in LANGUAGES if code != "en"]
TEMPLATES = sorted(ROOT.glob("training/**/templates/**/*.html"))
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
HOW = (
    "Run the three commands of docs/translating.md (pybabel extract && pybabel update && pybabel compile) in the "
    f"program's folder, translate what is new in {FOLDER.relative_to(ROOT)}/<language>/LC_MESSAGES/messages.po, and "
    "run the last of them once more."
)

SAME_IN_ALL_LANGUAGES = (
    "Volatility Software License 1.0",
    "Apache-2.0",
    "CC BY 4.0",
    "Engram",
    "MiB",
    "SHA-256",
    "linux.pslist",
    ".pslist",  # after the name of the system
    "python app.py prove",
    "CSV",
    "JSON",
    "Moodle XML",
    "Common Cartridge 1.3",
    "Common Cartridge",
    'aria-invalid="true" aria-describedby="refused"',
    'class="fit"',  # an attribute that a page hands to the frame of all pages
    'aria-invalid="true" aria-describedby="wrong"',  # attributes that a macro gives to a field
    'aria-invalid="true" aria-describedby="late"',
)
READ_OUT = {"alt", "aria-label", "placeholder", "title"}
VOID = {"br", "hr", "img", "input", "link", "meta", "circle", "path", "rect", "use"}

Id = str | tuple[str, ...]


def po(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def translations(language: str) -> list[Message]:
    return [message for message in po(language) if message.id]


def forms(message: Message) -> list[tuple[str, str]]:
    """Each translated form beside the English one that it stands for."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return [(message.id[-1], form) for form in message.string or ()]


@pytest.fixture(scope="module")
def sources() -> set[Id]:
    """The ids of all strings that the templates and the Python files ask a translation for."""
    with (FOLDER / "sources.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "phrase": None, "counted": (1, 2)}
    return {found[2] for found in extract_from_dir(ROOT / "training", methods, options, keywords)}


def test_the_template_of_catalogues_holds_the_strings_of_the_sources(sources: set[Id]) -> None:
    with (FOLDER / "messages.pot").open("rb") as file:
        known = {message.id for message in read_po(file) if message.id}
    assert len(sources) > 300
    assert known == sources, HOW


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_string_is_translated_and_none_is_a_guess(language: str, sources: set[Id]) -> None:
    found = {message.id: message for message in translations(language)}
    assert set(found) == sources, HOW
    empty = [id_ for id_, message in found.items() if not all(form.strip() for _english, form in forms(message))]
    assert empty == [], HOW
    assert [id_ for id_, message in found.items() if message.fuzzy] == [], HOW


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_kept(language: str) -> None:
    catalog = po(language)
    assert [str(error) for _message, errors in catalog.check() for error in errors] == []
    for message in translations(language):
        assert [str(error) for error in message.check(catalog)] == []
        for at, (english, form) in enumerate(forms(message)):
            wanted, kept = set(PLACEHOLDER.findall(english)), set(PLACEHOLDER.findall(form))
            # Forms for none, one and two may say the number in words.
            assert kept == wanted or (message.pluralizable and at < 3 and kept < wanted), (english, form)
            rest = PLACEHOLDER.sub("", form).replace("%%", "")
            assert "%" not in rest, f"a percent sign of its own is written %%: {form}"


def test_lists_are_joined_with_the_comma_of_the_reader() -> None:
    """Arabic has its own comma and semicolon: a template takes them from the catalogue."""
    joint = re.compile(r"loop\.(?:last|first) %\}[,;] |(?:authors|names|titles|certificates)\|join\(\"[,;] \"\)")
    assert [file.name for file in TEMPLATES if joint.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_digits_stay_western_and_isolated_runs_are_closed(language: str) -> None:
    for message in translations(language):
        for english, form in forms(message):
            assert re.search(r"[^\D0-9]", form) is None, english
            depth = 0
            for letter in form:
                depth += (letter in "\u2066\u2067\u2068") - (letter == "\u2069")
                assert depth in {0, 1, 2}, english
            assert depth == 0, english


def entries(compiled: io.BufferedIOBase) -> dict[object, str]:
    """What a compiled catalogue says, without the line that names the version of the compiler."""
    said = dict(gettext.GNUTranslations(compiled)._catalog)  # type: ignore[attr-defined]  # the only way to all entries
    said[""] = "\n".join(line for line in said[""].splitlines() if not line.startswith("Generated-By:"))
    return said


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_runs_is_what_the_catalogue_compiles_to(language: str) -> None:
    fresh = io.BytesIO()
    write_mo(fresh, po(language))
    fresh.seek(0)
    with (FOLDER / language / "LC_MESSAGES" / "messages.mo").open("rb") as kept:
        assert entries(kept) == entries(fresh), HOW


def test_arabic_counts_in_six_forms() -> None:
    arabic = gettext.translation("messages", FOLDER, ["ar"])
    counted = (0, 1, 2, 3, 10, 11, 99, 100)
    said = {n: arabic.ngettext("%(num)s person", "%(num)s people", n) % {"num": n} for n in counted}
    assert said == {
        0: "لا أشخاص",
        1: "شخص واحد",
        2: "شخصان",
        3: "3 أشخاص",
        10: "10 أشخاص",
        11: "11 شخصًا",
        99: "99 شخصًا",
        100: "100 شخص",
    }


class Words(HTMLParser):
    """The words that a template shows or has read out, apart from what its expressions say."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.feed(re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", " ", template, flags=re.DOTALL))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in READ_OUT and value]
        if tag not in VOID:
            # In an element that names its language, and in the letters of a figure, words stay as they are.
            named = any(name == "lang" and (value or "").strip() for name, value in attrs)
            self.open.append((tag, named or tag in {"text", "script"}))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(foreign for _tag, foreign in self.open):
            self.found.append(data)


def constants(node: nodes.Node) -> Iterator[str]:
    """Strings in the expressions of a template that read like words and are not handed to a translation."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Const) and isinstance(child.value, str):
            wrapped = isinstance(node, nodes.Call) and getattr(node.node, "name", "") in {"_", "gettext", "ngettext"}
            if not wrapped and re.search(r"^[A-Z][a-z]|[a-z] [a-z]", child.value):
                yield child.value
        yield from constants(child)


def unwrapped(template: str) -> list[str]:
    """Visible English of a template that no translation reaches."""
    seen = [*Words(template).found, *constants(Environment(autoescape=True).parse(template))]
    seen = [re.sub(r'[a-z-]+="[^"<>]*"', "", words) for words in seen]  # attributes that a macro writes are no words
    for same in SAME_IN_ALL_LANGUAGES:
        seen = [words.replace(same, "") for words in seen]
    return [words.strip() for words in seen if re.search(r"[A-Za-z]{2}", words)]


@check_each(TEMPLATES)
def test_no_visible_english_is_left_unwrapped(path: Path) -> None:
    assert unwrapped(path.read_text("utf-8")) == [], f"{path.relative_to(ROOT)}: wrap these words in _()"


@pytest.mark.parametrize(
    "template",
    [
        "<p>Left alone</p>",
        "<p>{{ _('Wrapped') }} but not this</p>",
        '<button aria-label="Close">{{ icon("x") }}</button>',
        '{{ state("ok", "Done") }}',
        "{{ {'a': 'kept for later'}[x] }}",
        "{% if a %}yes{% endif %}",
    ],
)
def test_the_search_finds_what_is_unwrapped(template: str) -> None:
    assert len(unwrapped(template)) == 1


@pytest.mark.any_database
def test_pages_speak_the_language_of_their_reader_even_side_by_side(app: Flask) -> None:
    def title(language: str) -> str:
        page = app.test_client().get("/sign-in", headers={"Accept-Language": language}).get_data(as_text=True)
        return f"{re.findall(r'<html lang=.(..). dir=.(...).', page)} {re.findall('<h1>(.*?)</h1>', page)}"

    wanted = {"ar": "[('ar', 'rtl')] ['تسجيل الدخول']", "en": "[('en', 'ltr')] ['Sign in']"}
    asked = ["ar", "en"] * 8
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(title, asked)) == [wanted[language] for language in asked]
