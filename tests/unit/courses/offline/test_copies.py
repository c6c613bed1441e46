"""Copies of courses: whole, well formed, without keys, the same bytes for the same release."""

import io
import re
import shutil
import time
import xml.etree.ElementTree as ET
import zipfile
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from posixpath import join, normpath
from urllib.parse import unquote, urlsplit
from uuid import UUID

import html5lib
import pytest
import yaml

from training.content import service as content
from training.content.models import Release
from training.courses.manuscript import drawing, glossary, reader
from training.courses.offline import epub, service
from training.courses.offline.chapters import Edition, edition
from training.courses.offline.page import page
from training.settings import ROOT

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"
COURSES = sorted(file.parent for file in (ROOT / "courses").glob("*/course.yaml"))
OPF = "{http://www.idpf.org/2007/opf}"
TERMS = glossary.known(glossary.shipped(ROOT / "courses"))
LOADS = ("src", "srcset", "poster", "data", "action", "formaction", "background", "ping")


def release_of(folder: Path) -> Release:
    sha256, day = content.digest_of(folder), datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    return Release(kind="course", name=folder.name, sha256=sha256, published_at=day, number=1, current=True)


def edition_of(folder: Path, language: str = "", labs: dict[str, str] | None = None) -> Edition:
    course = reader.load(folder, language)
    return edition(course, release_of(folder), TERMS, labs or {})


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    folder = tmp_path / "courses" / "harbour"
    shutil.copytree(SAMPLE, folder)
    return folder


def editions_of(folder: Path) -> list[Edition]:
    """A course in each of its languages."""
    found = {made.language: made for made in (edition_of(folder, language) for language in ("", "fr", "ar"))}
    return list(found.values())


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def _tree(data: bytes) -> ET.Element:
    return ET.fromstring(data)  # noqa: S314 - made by the program itself


def faults(data: bytes) -> list[str]:
    """What is wrong with a book: its container, its package, its files, every link and id in them."""
    book = opened(data)
    names = book.namelist()
    found = []
    first = book.infolist()[0]
    if (first.filename, first.compress_type, first.extra) != ("mimetype", zipfile.ZIP_STORED, b""):
        found.append("mimetype does not come first, stored")
    if book.read("mimetype") != b"application/epub+zip" or book.testzip() is not None:
        found.append("not a whole EPUB")
    root = _tree(book.read("META-INF/container.xml"))
    package = next(one.attrib["full-path"] for one in root.iter() if one.tag.endswith("}rootfile"))
    opf = _tree(book.read(package))
    manifest = {one.attrib["id"]: one.attrib for one in opf.iter(f"{OPF}item")}
    listed = {join("EPUB", one["href"]) for one in manifest.values()}
    found += [
        f"{name} is not in the manifest"
        for name in set(names) - listed - {"mimetype", package, "META-INF/container.xml"}
    ]
    found += [f"{name} is not in the book" for name in listed - set(names)]
    found += [
        f"{one.attrib['idref']} in the spine"
        for one in opf.iter(f"{OPF}itemref")
        if one.attrib["idref"] not in manifest
    ]
    trees = {name: _tree(book.read(name)) for name in names if name.endswith(".xhtml")}
    ids = {name: [one.attrib["id"] for one in tree.iter() if "id" in one.attrib] for name, tree in trees.items()}
    for name, tree in trees.items():
        found += [f"{name}: id {one} twice" for one in ids[name] if ids[name].count(one) > 1]
        item = next(one for one in manifest.values() if join("EPUB", one["href"]) == name)
        for kind, sign in (
            ("svg", "{http://www.w3.org/2000/svg}svg"),
            ("mathml", "{http://www.w3.org/1998/Math/MathML}math"),
        ):
            if (kind in item.get("properties", "").split()) != any(one.tag == sign for one in tree.iter()):
                found.append(f"{name}: property {kind}")
        for one in tree.iter():
            found += [f"{name}: {one.tag} loads {key}" for key in one.attrib if key.rpartition("}")[2] in LOADS]
            href = one.attrib.get("href")
            if href is None or urlsplit(href).scheme in {"https", "mailto"}:
                continue
            path, inside = urlsplit(href).path, unquote(urlsplit(href).fragment)
            target = normpath(join("EPUB", path)) if path else name
            if target not in names or (inside and inside not in ids[target]):
                found.append(f"{name}: {href} leads nowhere")
    return found


@pytest.mark.parametrize("folder", COURSES, ids=lambda one: one.name)
def test_every_course_of_the_repository_is_a_whole_book_and_a_whole_page(folder: Path) -> None:
    for made in editions_of(folder):
        assert faults(epub.epub(made)) == []
        parser = html5lib.HTMLParser()
        tree = parser.parse(page(made).decode())
        assert [one for one in parser.errors if "self-closing" not in str(one[1])] == []
        ids = [one.attrib["id"] for one in tree.iter() if "id" in one.attrib]
        assert len(ids) == len(set(ids))
        inside = [one.attrib["href"] for one in tree.iter() if one.attrib.get("href", "").startswith("#")]
        assert [one for one in inside if one[1:] not in ids] == []
        assert len(inside) > len(made.course.modules)


@pytest.mark.parametrize("folder", [SAMPLE, *COURSES], ids=lambda one: one.name)
def test_a_copy_holds_no_key_and_no_feedback(folder: Path) -> None:
    keys = yaml.safe_load((folder / "keys.yaml").read_text("utf-8"))
    secrets = [said for key in keys.values() for said in (key["explanation"], *key.get("feedback", {}).values())]
    assert len(secrets) > 10
    made = edition_of(folder)
    book = opened(epub.epub(made))
    texts = [page(made).decode(), *(book.read(name).decode() for name in book.namelist())]
    plain = [" ".join(unescape(re.sub("<[^>]*>", "", text)).split()) for text in texts]
    assert [said for said in secrets if any(said in text for text in (*map(unescape, texts), *plain))] == []
    forms = ("<form", "<input", "<button", " checked", "<script", "keys.yaml")
    assert [one for one in forms if any(one in tag for text in texts for tag in re.findall("<[^>]*>", text))] == []


def test_a_page_asks_for_nothing(harbour: Path) -> None:
    text = page(edition_of(harbour)).decode()
    tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(text)
    assert [one.tag for one in tree.iter() if set(one.attrib) & set(LOADS)] == []
    assert [one for one in tree.iter() if one.tag in {"link", "script", "img", "iframe", "object", "use"}] == []
    assert "url(http" not in text
    assert "@import" not in text
    assert "default-src &#x27;none&#x27;" in text


def test_the_same_release_gives_the_same_bytes_and_another_one_others(harbour: Path) -> None:
    first = edition_of(harbour)
    again = edition_of(shutil.copytree(harbour, harbour.parent / "elsewhere" / "harbour"))
    assert epub.epub(first) == epub.epub(again)
    assert page(first) == page(again)
    text = harbour / "01-quay" / "index.md"
    text.write_text(text.read_text("utf-8").replace("I compared two values", "I compared three values"), "utf-8")
    reader._load.cache_clear()
    assert epub.epub(edition_of(harbour)) != epub.epub(first)


def test_a_copy_is_that_of_no_reader(harbour: Path) -> None:
    release = release_of(harbour)
    course = reader.load(harbour)
    made = edition(course, release, {}, {})
    mine = drawing.for_person(course, UUID(int=7), release.sha256)
    assert [q.options for m in made.course.modules for q in m.questions] != [
        q.options for m in mine.modules for q in m.questions
    ]
    assert edition(course, release, {}, {}) == made


def test_a_copy_is_made_once_and_kept_by_what_it_is_made_of(tmp_path: Path, harbour: Path) -> None:
    made = edition_of(harbour)
    path = service.path_of(tmp_path, made, "epub")
    assert service.copy(tmp_path, made, "epub") == epub.epub(made) == path.read_bytes()
    path.write_bytes(b"the kept one")
    assert service.copy(tmp_path, made, "epub") == b"the kept one"
    renamed = edition_of(harbour, labs={"finance-workstation": "Renamed"})
    assert service.copy(tmp_path, renamed, "epub") == epub.epub(renamed)
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_copy_that_can_not_be_kept_is_given_all_the_same(tmp_path: Path, harbour: Path) -> None:
    (tmp_path / "offline").write_text("in the way")
    assert service.copy(tmp_path / "offline", edition_of(harbour), "html") == page(edition_of(harbour))


def test_only_the_latest_copies_are_kept(tmp_path: Path, harbour: Path) -> None:
    for n in range(service.MOST + 3):
        service.copy(tmp_path, edition_of(harbour, labs={"finance-workstation": f"Lab {n}"}), "html")
    assert len(list((tmp_path / "offline" / "harbour").iterdir())) == service.MOST


def test_a_course_in_arabic_goes_from_right_to_left(harbour: Path) -> None:
    course = harbour / "course.yaml"
    text = course.read_text("utf-8").replace("language: en", "language: ar")
    course.write_text(text.replace("Memory of a harbour office", "ذاكرة مكتب الميناء"), "utf-8")
    reader._load.cache_clear()
    made = edition_of(harbour)
    assert made.language == "ar"
    assert '<html lang="ar" dir="rtl">' in page(made).decode()
    assert '<p class="lab">السؤال 1 من 5</p>' in page(made).decode()
    book = opened(epub.epub(made))
    assert '<spine page-progression-direction="rtl">' in book.read("EPUB/book.opf").decode()
    chapter = book.read("EPUB/m1-1.xhtml").decode()
    assert 'lang="ar" xml:lang="ar" dir="rtl"' in chapter
    assert '<pre class="code" tabindex="0" dir="ltr">' in chapter
    assert re.search('<svg xmlns="http://www.w3.org/2000/svg"[^>]* direction="ltr"', chapter)
    assert faults(epub.epub(made)) == []


def test_the_style_of_a_book_says_no_direction_and_code_has_its_own(harbour: Path) -> None:
    # EPUB 3.3 forbids both properties in style sheets; the attribute does what they would.
    book = opened(epub.epub(edition_of(harbour)))
    style = book.read("EPUB/book.css").decode()
    assert [name for name in ("direction", "unicode-bidi") if name in style] == []
    codes = re.findall("<code[^>]*>", book.read("EPUB/m1-1.xhtml").decode())
    assert codes
    assert [one for one in codes if 'dir="ltr"' not in one] == []


def test_landmarks_of_a_whole_course_have_names_of_their_own(harbour: Path) -> None:
    text = harbour / "02-crane" / "index.md"  # the module before it has a note
    text.write_text(text.read_text("utf-8") + "\n\nA claim.[^own]\n\n[^own]: A note.\n", "utf-8")
    reader._load.cache_clear()
    labels = re.findall('<section[^>]* aria-label="([^"]*)"', page(edition_of(harbour)).decode())
    assert labels == ["Notes (Module 1.1)", "Notes (Module 1.2)"]


def test_titles_that_look_like_markup_are_text(harbour: Path) -> None:
    hostile = '</title><script>x</script> & "a" ]]> <b'
    course = harbour / "course.yaml"
    text = course.read_text("utf-8").replace("Memory of a harbour office", f"'{hostile}'")
    course.write_text(text, "utf-8")
    reader._load.cache_clear()
    made = edition_of(harbour, labs={"finance-workstation": hostile})
    assert faults(epub.epub(made)) == []
    assert b"<script" not in page(made)
    package = _tree(opened(epub.epub(made)).read("EPUB/book.opf"))
    assert next(one.text for one in package.iter() if one.tag.endswith("}title")) == hostile


def test_links_lead_into_the_copy_or_out_of_it_and_nowhere_else(harbour: Path) -> None:
    text = page(edition_of(harbour)).decode()
    assert '<a href="#m1-2">The crane</a>' in text
    assert 'href="#m1-1-g-memory-area"' in text
    book = opened(epub.epub(edition_of(harbour)))
    assert '<a href="m1-2.xhtml">The crane</a>' in book.read("EPUB/m1-1.xhtml").decode()


def test_a_copy_takes_few_seconds() -> None:
    folder = max(COURSES, key=_size)
    made = edition_of(folder)
    begun = time.process_time()
    page(made), epub.epub(made)
    assert time.process_time() - begun < 8


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*/index.md"))


def test_every_language_has_all_labels() -> None:
    from training.content.markdown.words import WORDS as LABELS  # noqa: PLC0415

    for labels in LABELS.values():
        assert all(labels)
        for name, text in zip(labels._fields, labels, strict=True):
            assert text.count("{") == getattr(LABELS["en"], name).count("{"), name
