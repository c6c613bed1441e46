"""XML from elsewhere is read within bounds: bytes, elements, attributes and depth."""

import pytest

from training.content.source import ContentError
from training.courses.moving import safe_xml
from training.courses.moving.safe_xml import Node

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


def test_a_file_is_read_as_a_whole_with_its_lines() -> None:
    """Names lose their prefix, attributes keep it; a text is in one piece wherever its lines and entities divide it."""
    text = (
        '<?xml version="1.0"?>\n<!-- head -->\n<?pi x?>\n<m:quiz a="1" x:b="2">one\nand\n<b/>two &amp; '
        "&#233;<![CDATA[<x>]]><!-- c --><?pi y?>\n<c>\n<m:d e=''/>\n</c>\n<b/></m:quiz>\n<!-- tail -->"
    )
    first, last = Node("b", 6), Node("b", 10)
    inner = Node("c", 7, {}, ["\n", "\n"], [Node("d", 8, {"e": ""})])
    root = safe_xml.parse(text.encode(), "f.xml")
    assert root == Node(
        "quiz",
        4,
        {"a": "1", "x:b": "2"},
        ["one\nand\n", "two & é<x>", "\n", "\n"],
        [first, Node("#", 6, {}, [" c "]), inner, last],
    )
    assert root.text == "one\nand\ntwo & é<x>\n\n"
    assert (root.all("b"), root.all("d")) == ([first, last], [])
    assert (root.first("b"), root.first("c"), root.first("d")) == (first, inner, Node("d", 4))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\n<!DOCTYPE a><a/>", "2: a document type or an entity is not taken; save the file without it"),
        (b"\n<a>\n&x;</a>", "3: not XML: undefined entity: line 3, column 0"),
        (b"<a>\n<b>\n</a>", "3: not XML: mismatched tag: line 3, column 2"),
        (b"", "1: not XML: no element found: line 1, column 0"),
        (b"<!-- a -->", "1: not XML: no element found: line 1, column 10"),
        (b"<?xml version='1.0' encoding='utf-7'?>\n<a/>", "1: not XML: multi-byte encodings are not supported"),
        (b"<?xml version='1.0' encoding='none'?>\n<a/>", "1: not XML: unknown encoding: none"),
        (b"\n".join([b"<a>"] * 30), "30: nested more than 30 levels deep"),
        (b"\n" + attributes(31), "2: more than 100000 elements; divide the file"),
        (b" " * 4_000_001, "1: 4000001 bytes; at most 4000000 are read"),
    ],
    ids=range(10),
)
def test_what_is_refused_is_said_with_its_place(data: bytes, said: str) -> None:
    with pytest.raises(ContentError) as bad:
        safe_xml.parse(data, "f.xml")
    assert [str(one) for one in bad.value.mistakes] == [f"f.xml:{said}"]
