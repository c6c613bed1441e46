"""XML from elsewhere is read within bounds: bytes, elements, attributes and depth."""

import pytest

from training.content.source import ContentError
from training.courses.moving import safe_xml

pytestmark = pytest.mark.any_database


def nested(depth: int) -> bytes:
    return ("<a>" * depth + "</a>" * depth).encode()


def attributes(count: int) -> bytes:
    listed = " ".join(f"b{n}='1'" for n in range(count))
    return f"<a {listed}/>".encode()


def refused(data: bytes) -> str:
    with pytest.raises(ContentError) as bad:
        safe_xml.parse(data, "f.xml")
    return bad.value.mistakes[0].message


def test_elements_are_nested_so_deep_and_not_deeper() -> None:
    assert safe_xml.parse(nested(safe_xml.DEEPEST - 1), "f.xml").name == "a"
    assert refused(nested(safe_xml.DEEPEST)) == "nested more than 30 levels deep"


def test_an_element_has_so_many_attributes_and_no_more() -> None:
    assert len(safe_xml.parse(attributes(safe_xml.MOST_ATTRIBUTES), "f.xml").attributes) == safe_xml.MOST_ATTRIBUTES
    assert "divide the file" in refused(attributes(safe_xml.MOST_ATTRIBUTES + 1))


def test_a_file_has_so_many_elements_with_its_comments_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_xml, "MOST_NODES", 3)
    assert len(safe_xml.parse(b"<a><b/><!-- c --></a>", "f.xml").children) == 2
    assert refused(b"<a><b/><!-- c --><d/></a>") == "more than 3 elements; divide the file"


def test_a_file_has_so_many_bytes_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_xml, "LARGEST", 7)
    assert safe_xml.parse(b"<a></a>", "f.xml").name == "a"
    assert refused(b"<a> </a>") == "8 bytes; at most 7 are read"


@pytest.mark.parametrize("head", ["<!DOCTYPE a>", '<!DOCTYPE a [<!ENTITY b "c">]>'])
def test_a_document_type_is_refused_even_where_nothing_uses_it(head: str) -> None:
    assert "a document type or an entity is not taken" in refused(f"{head}<a/>".encode())
