"""A session's facts in three languages, an installation that signs, and a PDF read back without its own library."""

import io
import re
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from tests.conftest import People
from training.accounts import service as accounts
from training.accounts.actor import Actor
from training.credentials.facts import Facts, checked
from training.credentials.making import Award, Site
from training.settings import Settings

SESSION = UUID("01900000-0000-7000-8000-000000000001")
AT = datetime(2024, 11, 6, 15, 0, tzinfo=UTC)
SAID = {
    "en": ("University of Norvala", "Live data forensics", "Room 204", "Amara Diallo", "Memory acquisition", "passed"),
    "fr": ("Université de Norvala", "Données vives", "Salle 204", "Aïssatou N\u2019Diaye", "Acquisition", "réussi"),
    "ar": ("جامعة نورفالا", "التحليل الجنائي الرقمي", "القاعة 204", "محمد الأنصاري", "اقتناء الذاكرة", "ناجح"),
}


def logo(colour: str = "#0b5660") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 20), colour).save(out, "PNG")
    return out.getvalue()


def facts_of(language: str = "en", **changed: Any) -> Facts:
    host, title, place, holder, competency, result = SAID[language]
    given: dict[str, Any] = {
        "kind": "achievement",
        "holder": holder,
        "host": {"name": host, "address": ("12 Harbour Street",), "logo": logo()},
        "title": title,
        "starts": date(2024, 11, 2),
        "ends": date(2024, 11, 6),
        "zone": "Africa/Nairobi",
        "place": place,
        "language": language,
        "hours": "33.5",
        "attended": 10,
        "half_days": 10,
        "examinations": [{"name": "A", "result": result}],
        "competencies": [
            {"id": "K3", "name": competency, "level": 3, "shown": date(2024, 11, 5), "evidence": "L1, release 3"}
        ],
        "releases": [{"kind": "lab", "name": "finance-workstation", "number": 3, "sha256": "ab" * 32}],
        "instructors": ["R. Okafor"],
    }
    return checked(**{**given, **changed})


@pytest.fixture
def site(settings: Settings) -> Site:
    return Site(settings.instance, "https://training.example")


@pytest.fixture
def award(people: People) -> Callable[..., Award]:
    def made(name: str = "trainee", **changed: Any) -> Award:
        language = str(changed.pop("language", "en"))
        return Award(people[name], SESSION, people.home, facts_of(language, **changed))

    return made


@pytest.fixture
def actor_of(people: People) -> Callable[[Session, str], Actor]:
    def found(session: Session, name: str) -> Actor:
        person = accounts.find(session, people[name])
        assert person
        return accounts.actor_of(person)

    return found


PLAIN, PACKED = re.compile(rb"\n(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL), re.compile(rb"(?<!end)stream\n")
DRAWN = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)


def texts(pdf: bytes) -> list[str]:
    """Each piece of text as it was drawn, from left to right, by the fonts' own tables from glyphs to letters."""
    objects = {int(n): body for n, body in PLAIN.findall(pdf)}
    fonts = {}
    for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", pdf):
        table = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
        assert table
        pairs = re.findall(rb"<([0-9A-F]{4})> <((?:[0-9A-F]{4})+)>\n", objects[int(table[1])])
        fonts[name] = {glyph.decode(): bytes.fromhex(to.decode()).decode("utf-16-be") for glyph, to in pairs}
    drawn = []
    for page in pages(pdf):
        font: dict[str, str] = {}
        for used, packed in DRAWN.findall(page):
            if used:
                font = fonts[used]
                continue
            codes = _unescaped(packed).hex().upper()
            drawn.append("".join(font[codes[at : at + 4]] for at in range(0, len(codes), 4)))
    return drawn


def pages(pdf: bytes) -> list[bytes]:
    """What is drawn on each page."""
    unpacked = [
        zlib.decompressobj().decompress(pdf[match.end() :])
        for match in PACKED.finditer(pdf)
        if pdf[match.end()] == 0x78
    ]
    return [one for one in unpacked if b" Tf" in one]


def _unescaped(packed: bytes) -> bytes:
    return re.sub(
        rb"\\(.)",
        lambda match: {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(match[1], match[1]),
        packed,
        flags=re.DOTALL,
    )
