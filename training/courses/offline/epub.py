"""A course as a book: EPUB 3 (W3C, EPUB 3.3), the same bytes for the same release.

Entries have a fixed time and order; the day of the book is that of the release.
"""

import io
import uuid
import zipfile
from collections.abc import Iterator

from training.content.markdown import escape
from training.content.markdown.words import direction, words
from training.courses.offline.chapters import Chapter, Edition, chapters, front
from training.courses.offline.page import STYLE

XML = '<?xml version="1.0" encoding="utf-8"?>\n'
CONTAINER = (
    f'{XML}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="EPUB/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)
TYPE = "application/epub+zip"
SHOWN = "application/xhtml+xml"
THEN = (1980, 1, 1, 0, 0, 0)  # the first day that a zip file knows


def epub(made: Edition) -> bytes:
    """The file. Its type stands first, not packed, as readers look for it there."""
    cover = Chapter("front", made.course.title, made.language, front(made))
    found = [cover, *chapters(made, lambda chapter, inside: f"{chapter}.xhtml" + (f"#{inside}" if inside else ""))]
    made_of = io.BytesIO()
    with zipfile.ZipFile(made_of, "w") as book:
        book.writestr(zipfile.ZipInfo("mimetype", THEN), TYPE, zipfile.ZIP_STORED)
        for name, text in _files(made, found):
            entry = zipfile.ZipInfo(name, THEN)
            entry.external_attr = 0o644 << 16
            book.writestr(entry, text, zipfile.ZIP_DEFLATED, 9)
    return made_of.getvalue()


def _files(made: Edition, found: list[Chapter]) -> Iterator[tuple[str, str]]:
    yield "META-INF/container.xml", CONTAINER
    yield "EPUB/book.opf", _package(made, found)
    yield "EPUB/nav.xhtml", _nav(made, found)
    yield "EPUB/book.css", STYLE
    for one in found:
        yield f"EPUB/{one.id}.xhtml", _file(one.language, one.title, f"<section>{one.body}</section>")


def _package(made: Edition, found: list[Chapter]) -> str:
    course, release, language = made.course, made.release, made.language
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"engram:{course.id}:{release.sha256}:{language}")
    items = "".join(
        f'<item id="{one.id}" href="{one.id}.xhtml" media-type="{SHOWN}"{_properties(one)}/>' for one in found
    )
    spine = "".join(f'<itemref idref="{one.id}"/>' for one in found)
    return (
        f'{XML}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="book" '
        f'xml:lang="{language}" dir="{direction(language)}"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="book">urn:uuid:{name}</dc:identifier><dc:title>{escape(course.title)}</dc:title>'
        f"<dc:language>{language}</dc:language>"
        + "".join(f"<dc:creator>{escape(author)}</dc:creator>" for author in course.file.authors)
        + f"<dc:rights>{course.file.licence}</dc:rights><dc:description>{escape(course.file.summary)}</dc:description>"
        f'<meta property="dcterms:modified">{release.published_at:%Y-%m-%dT%H:%M:%SZ}</meta>{_access()}</metadata>'
        f'<manifest><item id="nav" href="nav.xhtml" media-type="{SHOWN}" properties="nav"/>'
        f'<item id="style" href="book.css" media-type="text/css"/>{items}</manifest>'
        f'<spine page-progression-direction="{direction(language)}">{spine}</spine></package>\n'
    )


def _access() -> str:
    """What the book is like for those who read it otherwise than with their eyes."""
    said = {
        "accessMode": ("textual", "visual"),
        "accessModeSufficient": ("textual",),
        "accessibilityFeature": ("alternativeText", "structuralNavigation", "tableOfContents", "MathML"),
        "accessibilityHazard": ("none",),
    }
    return "".join(f'<meta property="schema:{name}">{one}</meta>' for name, values in said.items() for one in values)


def _properties(one: Chapter) -> str:
    held = [name for sign, name in (("<math", "mathml"), ("<svg", "svg")) if sign in one.body]
    return f' properties="{" ".join(held)}"' if held else ""


def _nav(made: Edition, found: list[Chapter]) -> str:
    said = words(made.language)
    lines = "".join(f'<li><a href="{one.id}.xhtml">{escape(one.title)}</a></li>' for one in found)
    body = f'<nav epub:type="toc" id="toc"><h1>{said.contents}</h1><ol>{lines}</ol></nav>'
    return _file(made.language, said.contents, body)


def _file(language: str, title: str, body: str) -> str:
    return (
        f'{XML}<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f'lang="{language}" xml:lang="{language}" dir="{direction(language)}"><head><title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="book.css"/></head><body>{body}</body></html>\n'
    )
