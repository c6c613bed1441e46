"""A cartridge keeps the rules of Common Cartridge 1.3 that can be stated without its schemas."""

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from posixpath import join, normpath
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest

from tests.unit.courses.moving.conftest import SAMPLES
from training.content import service as content
from training.content.models import Release
from training.courses.manuscript import glossary, reader
from training.courses.moving import asked, cartridge, qti
from training.courses.moving.asked import Loss
from training.courses.offline.chapters import edition
from training.settings import ROOT

COURSES = [*sorted(file.parent for file in (ROOT / "courses").glob("*/course.yaml")), SAMPLES / "harbour"]
TERMS = glossary.known(glossary.shipped(ROOT / "courses"))
CP, QTI = f"{{{cartridge.SPACE}}}", f"{{{qti.SPACE}}}"
XHTML = "{http://www.w3.org/1999/xhtml}"
every_course = pytest.mark.parametrize("folder", COURSES, ids=lambda one: one.name)


def written(folder: Path) -> tuple[bytes, list[Loss]]:
    sha256, day = content.digest_of(folder), datetime(2026, 11, 26, tzinfo=UTC)
    release = Release(kind="course", name=folder.name, sha256=sha256, published_at=day, number=1, current=True)
    made = edition(reader.load(folder), release, TERMS, {})
    return cartridge.write(made, asked.of_course(folder))


def parsed(data: bytes) -> ET.Element:
    return ET.fromstring(data)  # noqa: S314 - a file of our own


def opened(folder: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written(folder)[0])) as file:
        return {name: file.read(name) for name in file.namelist()}


@every_course
def test_the_manifest_is_in_order(folder: Path) -> None:
    files = opened(folder)
    root = parsed(files["imsmanifest.xml"])
    assert root.tag == f"{CP}manifest"
    assert root.findtext(f"{CP}metadata/{CP}schema") == "IMS Common Cartridge"
    assert root.findtext(f"{CP}metadata/{CP}schemaversion") == "1.3.0"
    assert root.find(f"{CP}metadata/{{{cartridge.LOM}}}lom/{{{cartridge.LOM}}}general") is not None
    (organization,) = root.findall(f"{CP}organizations/{CP}organization")
    assert organization.get("structure") == "rooted-hierarchy"
    (top,) = organization.findall(f"{CP}item")
    assert top.find(f"{CP}title") is None
    assert "identifierref" not in top.attrib
    leaves = top.findall(f"{CP}item")
    assert all(leaf.findtext(f"{CP}title") for leaf in leaves)
    identifiers = [one.get("identifier") or "" for one in root.iter() if one.get("identifier")]
    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", one) for one in identifiers)
    resources = {one.get("identifier"): one for one in root.findall(f"{CP}resources/{CP}resource")}
    assert {leaf.get("identifierref") for leaf in leaves} <= resources.keys()
    for resource in resources.values():
        assert resource.get("type") in {"webcontent", "imsqti_xmlv1p2/imscc_xmlv1p3/assessment"}
        assert [one.get("href") for one in resource.findall(f"{CP}file")] == [
            resource.get("href") or (resource.find(f"{CP}file") or ET.Element("x")).get("href")
        ] or resource.get("type") != "webcontent"
        assert {one.get("identifierref") for one in resource.findall(f"{CP}dependency")} <= resources.keys()
    listed = {one.get("href") for one in root.iter(f"{CP}file")}
    assert listed == files.keys() - {"imsmanifest.xml"}


@every_course
def test_every_page_is_well_formed_and_leads_to_files_of_the_cartridge(folder: Path) -> None:
    files = opened(folder)
    pages = [name for name in files if name.endswith(".html")]
    assert len(pages) > 2
    for name in pages:
        root = parsed(files[name])
        assert root.tag == f"{XHTML}html"
        assert not any(one.tag in {f"{XHTML}script", f"{XHTML}form", f"{XHTML}iframe"} for one in root.iter())
        for element in root.iter():
            for key in ("href", "src"):
                address = urlsplit(element.get(key) or "")
                if address.scheme or not address.path:
                    continue
                assert normpath(join("web", unquote(address.path))) in files, (name, element.get(key))
    figures = sum(path.read_text("utf-8").count("](media/") for path in folder.glob("*/index.md"))
    drawn = sum(files[name].count(b"<svg") for name in pages)
    assert drawn >= figures > 0


@every_course
def test_every_question_is_one_that_a_cartridge_allows(folder: Path) -> None:
    files = opened(folder)
    items = {item.name: item for item in asked.of_course(folder)}
    found: list[str] = []
    for name in (one for one in files if one.startswith("quiz/")):
        root = parsed(files[name])
        assert root.tag == f"{QTI}questestinterop"
        assert len(root.findall(f"{QTI}assessment/{QTI}section")) == 1
        for item in root.iter(f"{QTI}item"):
            found.append(item.get("ident") or "")
            entries = [one.text for one in item.iter(f"{QTI}fieldentry")]
            assert entries == [qti.PROFILES[items[found[-1]].type]]
            (response,) = [one for one in item.iter() if one.tag in {f"{QTI}response_lid", f"{QTI}response_str"}]
            idents = {one.get("ident") for one in response.iter(f"{QTI}response_label")}
            scored = [one for one in item.iter(f"{QTI}respcondition") if one.find(f"{QTI}setvar") is not None]
            assert [one.findtext(f"{QTI}setvar") for one in scored] == ["100"]
            named = {one.text for one in scored[0].iter(f"{QTI}varequal")}
            assert named
            assert named <= idents or response.tag == f"{QTI}response_str"
            shown = {one.get("linkrefid") for one in item.iter(f"{QTI}displayfeedback")}
            assert shown == {one.get("ident") for one in item.findall(f"{QTI}itemfeedback")}
    lost = {one.name for one in written(folder)[1] if one.what.startswith("the question:")}
    assert set(found) | lost == items.keys()
    assert not set(found) & lost
    assert all(items[name].type in {"order", "matching"} for name in lost)


def test_the_same_release_gives_the_same_bytes() -> None:
    assert written(SAMPLES / "harbour")[0] == written(SAMPLES / "harbour")[0]


def test_the_right_answers_are_those_of_the_keys() -> None:
    folder = ROOT / "courses" / "memory-analysis"
    files = opened(folder)
    items = {item.name: item for item in asked.of_course(folder)}
    seen = set()
    for name in (one for one in files if one.startswith("quiz/")):
        for item in parsed(files[name]).iter(f"{QTI}item"):
            asks = items[item.get("ident") or ""]
            scored = next(one for one in item.iter(f"{QTI}respcondition") if one.find(f"{QTI}setvar") is not None)
            condition = scored.find(f"{QTI}conditionvar")
            assert condition is not None
            inside = condition.find(f"{QTI}and")
            positive = condition if inside is None else inside
            right = {one.text for one in positive.findall(f"{QTI}varequal")}
            seen.add(asks.type)
            if asks.type in {"choice", "multiple"}:
                assert right == asked.right(asks)
            if asks.type == "multiple":
                wrong = {one.text for one in positive.findall(f"{QTI}not/{QTI}varequal")}
                assert wrong == dict(asks.options).keys() - asked.right(asks)
            if asks.type == "number":
                assert right == {str(asks.answer)}
    assert {"choice", "multiple", "number"} <= seen
