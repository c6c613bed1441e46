"""What all answer types share: limits of a text, marks that nobody sees, the registry, what authors are told of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from tests.unit.grading.typed import SPECS
from training.grading.values import base, texts
from training.grading.values.amounts import decimal_text, of_number
from training.grading.values.base import REGISTRY, AnswerType, Spec, Unreadable, answer_type
from training.grading.values.network import address, endpoint
from training.grading.values.reading import kind_of, names, read
from training.grading.values.sets import ELEMENTS
from training.grading.values.times import iso, of_iso


def refused(text: str, longest: int | None = None) -> str:
    with pytest.raises(Unreadable) as caught:
        base.readable(text) if longest is None else base.readable(text, longest)
    assert (caught.value.expected, caught.value.example) == ("", "")
    return caught.value.why


def test_a_text_is_within_its_limits() -> None:
    assert base.readable("x" * 2_000) == "x" * 2_000
    assert base.readable("xyz", 3) == "xyz"
    assert base.readable(" \u200b e\u0301\n") == "\u00e9"
    assert refused("x" * 2_001) == "The answer has 2,001 characters; at most 2,000 are read."
    assert refused("xyza", 3) == "The answer has 4 characters; at most 3 are read."
    assert refused(" " * 2_001) == "The answer has 2,001 characters; at most 2,000 are read."
    for odd in ("\0", "a\0b", "\ud800", "\udfff", "a\udabc"):
        assert refused(odd) == "The answer holds a character that is not text."
    for fine in ("\ud7ff", "\ue000"):
        assert base.readable(f"a{fine}b") == f"a{fine}b"
    for nothing in ("", " \t\n", "\u200b\u202e", "\x07\x1b", "\u00ad"):
        assert refused(nothing) == "Nothing was typed."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", ""),
        ("a", "a"),
        (" a b ", "a b"),
        ("\u200e\x07 a\u200bb\u00ad\n", "a\u200bb"),
        (" ", ""),
        ("\u200b", ""),
        ("a ", "a"),
        (" a", "a"),
    ],
)
def test_white_space_and_marks_at_the_ends_go(text: str, left: str) -> None:
    assert base.trimmed(text) == left


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "''"),
        ("a" * 60, f"'{'a' * 60}'"),
        ("a" * 61, f"'{'a' * 59}…'"),
        ("a\nb\u202e", "'a<U+000A>b<U+202E>'"),
        ("it's", "'it's'"),
    ],
)
def test_a_refusal_repeats_a_text_in_marks(text: str, shown: str) -> None:
    assert base.quoted(text) == shown


@pytest.mark.parametrize(
    ("char", "named", "removed", "stays"),
    [
        ("\u200e", "a direction mark (U+200E)", "A direction mark (U+200E) was removed.",
         "A direction mark (U+200E) is a part of the text."),
        ("\u202e", "a direction mark (U+202E)", "A direction mark (U+202E) was removed.",
         "A direction mark (U+202E) is a part of the text."),
        ("\u061c", "a direction mark (U+061C)", "A direction mark (U+061C) was removed.",
         "A direction mark (U+061C) is a part of the text."),
        ("\u200b", "an invisible character (U+200B)", "An invisible character (U+200B) was removed.",
         "An invisible character (U+200B) is a part of the text."),
        ("\U000e0041", "an invisible character (U+E0041)", "An invisible character (U+E0041) was removed.",
         "An invisible character (U+E0041) is a part of the text."),
    ],
)  # fmt: skip
def test_an_invisible_mark_has_a_name(char: str, named: str, removed: str, stays: str) -> None:
    assert base.named(char) == named
    assert base.marks(f"a{char}b{char}", "ab") == (removed,)
    assert base.marks(f"a{char}b{char}", f"a{char}b") == (stays,)
    assert base.marks(f"{char}\u00ad", char) == (stays, "An invisible character (U+00AD) was removed.")
    assert base.marks("a b\t\x07", "") == ()
    assert read(f"7{char}", SPECS["pid"]).notes == (removed,)
    assert read(f"a{char}b", SPECS["string"]).notes == (stays,)


def test_a_control_character_is_named_and_refused() -> None:
    assert base.named("\x07") == "a control character (U+0007)"
    assert base.without_controls("\x07a\tb\r\nc\x1b") == "\x07a\tb\r\nc\x1b"
    for char in "\x07\x1b\x7f\x85":
        with pytest.raises(Unreadable) as caught:
            read(f"a{char}b", SPECS["string"])
        why = (
            f"The answer holds a control character (U+{ord(char):04X}), which no answer has. Type it again without it."
        )
        told = caught.value
        assert (told.why, told.expected, told.example) == (
            why,
            "the exact text, as the plugin prints it",
            "ls -l /var/log",
        )


def test_digits_of_other_scripts() -> None:
    note = "Digits of another script were read as 0 to 9."
    assert base.plain_digits("a\u0661\u200b\u09672") == ("a112", (note,))
    assert base.plain_digits("\u0660") == ("0", (note,))
    assert base.plain_digits("a12\u200b") == ("a12", ())
    assert base.plain_digits("\u00b2\u2167\u4e8c") == ("\u00b2\u2167\u4e8c", ())
    assert base.from_hexadecimal(1_000, "0x3e8") == "Read as 1000 from hexadecimal 0x3e8."


def test_a_type_is_registered_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "REGISTRY", registry := dict(REGISTRY))

    class Again(texts.String):
        """One more text."""

        name = "again"

    assert answer_type(Again) is Again
    assert type(registry["again"]) is Again
    assert list(registry)[:-1] == list(REGISTRY)
    with pytest.raises(ValueError, match=r"^two answer types are named again$"):
        answer_type(Again)


def test_what_an_author_is_told_of_a_type() -> None:
    assert REGISTRY["chain"].schema() == {
        "type": "chain",
        "description": re.sub(r"\n +", "\n", (type(REGISTRY["chain"]).__doc__ or "").strip()),
        "needs": {},
        "may": {},
        "canonical": {"items": {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "type": "array"},
        "example": "1 > 120 > 145",
    }
    assert REGISTRY["written"].schema()["needs"] == {"rubric": {}}
    assert REGISTRY["set"].schema()["needs"] == {
        "element": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "title": "Element"}
    }
    assert REGISTRY["choices"].schema()["may"] == {
        "method": {"default": "net", "enum": ["net", "coverage", "each", "all"], "title": "Method", "type": "string"}
    }
    assert list(REGISTRY["number"].schema()["may"]) == ["band", "tolerance", "unit"]  # type: ignore[call-overload]
    assert list(REGISTRY["matching"].schema()["needs"]) == ["items", "options"]  # type: ignore[call-overload]
    assert REGISTRY["statement"].schema()["canonical"] == {
        "maxItems": 2,
        "minItems": 2,
        "prefixItems": [{"enum": ["true", "false"], "type": "string"}, {"type": "string"}],
        "type": "array",
    }
    assert {name: REGISTRY[name].schema()["canonical"] for name in ("pid", "path")} == {
        "pid": {"type": "integer"},
        "path": {"type": "string"},
    }


def test_what_each_type_is() -> None:
    """Its fields, whether it is a collection, whether each element is shown, whether its key may be a constant."""
    assert {
        name: "".join(
            letter for letter, is_so in (("m", kind.many), ("e", kind.each), ("c", kind.constant)) if is_so
        )
        for name, kind in REGISTRY.items()
        if kind.many or kind.each or kind.constant
    } == {
        "number": "c", "choice": "c", "choices": "mc", "matching": "mc", "statement": "c", "chain": "me",
        "sequence": "mec", "set": "me", "text": "c",
    }  # fmt: skip
    assert {name: kind.longest for name, kind in REGISTRY.items() if kind.longest != 2_000} == {"written": 8_000}
    assert {name: sorted(kind.needs) for name, kind in REGISTRY.items() if kind.needs} == {
        "choice": ["options"], "choices": ["options"], "matching": ["items", "options"], "statement": ["reasons"],
        "sequence": ["steps"], "set": ["element"], "pattern": ["pattern"], "written": ["rubric"],
    }  # fmt: skip
    assert {name: sorted(kind.may) for name, kind in REGISTRY.items() if kind.may} == {
        "number": ["band", "tolerance", "unit"], "duration": ["band", "tolerance"], "timestamp": ["band", "tolerance"],
        "choices": ["method"], "sequence": ["before"], "set": ["method", "options"], "pattern": ["ignore_case"],
    }  # fmt: skip
    assert names() == tuple(sorted(REGISTRY))
    assert kind_of(Spec(type="pid")) is REGISTRY["pid"]


@pytest.mark.parametrize("element", ELEMENTS)
def test_a_set_says_how_its_values_are_separated(element: str) -> None:
    lines = {"string", "timestamp", "endpoint"}
    said = (
        "all values, each on a line of its own"
        if element in lines
        else "all values, separated by commas or line breaks"
    )
    spec = Spec(type="set", element=element)
    assert kind_of(spec).wanted(spec) == said
    assert REGISTRY["pid"].wanted(SPECS["pid"]) == "one process identifier as a decimal number"


def test_the_spec_of_an_element_is_that_of_one_value() -> None:
    whole = Spec(type="set", element="timestamp", tolerance=2, options={"a": "A"}, method="all", unit="KiB")
    assert whole.of_element() == Spec(type="timestamp", tolerance=2, method="all", unit="KiB")
    assert Spec(type="pid").of_element().type == ""


@pytest.mark.parametrize(
    ("spec", "one", "between", "beyond"),
    [
        (SPECS["chain"], "7", ">", "201 processes were typed; at most 200 are read."),
        (SPECS["sequence"], "boot", ">", "201 steps were typed; at most 200 are read."),
        (SPECS["pids"], "7", ",", "201 values were typed; at most 200 are read."),
    ],
)
def test_two_hundred_values_are_read(spec: Spec, one: str, between: str, beyond: str) -> None:
    read(between.join([one] * 200), spec)
    with pytest.raises(Unreadable) as caught:
        read(between.join([one] * 201), spec)
    told = caught.value
    assert (told.why, told.expected, told.example) == (beyond, kind_of(spec).expected, kind_of(spec).example)


def test_a_refusal_takes_the_form_and_the_example_of_its_type() -> None:
    kind = REGISTRY["pid"]
    for told, expected in ((kind.refuse("Why."), kind.expected), (kind.refuse("Why.", "a form"), "a form")):
        assert (str(told), told.why, told.expected, told.example) == ("Why.", "Why.", expected, "145")
    bare = Unreadable("Why.")
    assert (bare.why, bare.expected, bare.example) == ("Why.", "", "")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-10T12:10:44Z", datetime(2026, 3, 10, 12, 10, 44, tzinfo=UTC)),
        ("2026-03-10T12:10:44.1Z", datetime(2026, 3, 10, 12, 10, 44, 100_000, tzinfo=UTC)),
        ("2026-03-10T12:10:44.123456+00:00", datetime(2026, 3, 10, 12, 10, 44, 123_456, tzinfo=UTC)),
        ("2026-03-10T12:10:44.1234567+01:30", datetime(2026, 3, 10, 10, 40, 44, 123_456, tzinfo=UTC)),
        ("2026-03-10T12:10:44.000001-01:00", datetime(2026, 3, 10, 13, 10, 44, 1, tzinfo=UTC)),
        ("2026-03-10T12:10:44", None),
        ("2026-03-10 12:10:44Z", None),
        ("2026-03-10T12:10:44.Z", None),
        ("2026-03-10T12:10:44Zx", None),
        ("2026-02-30T12:10:44Z", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("2026-03-10T12:10:44+25:00", None),
    ],
)
def test_times_of_plugins(text: str, moment: datetime | None) -> None:
    found = of_iso(text)
    assert found == moment
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 10, 12, 10, tzinfo=UTC), "2026-03-10T12:10:00Z"),
        (datetime(2026, 3, 10, 12, 10, 0, 120_000, tzinfo=UTC), "2026-03-10T12:10:00.12Z"),
        (datetime(2026, 3, 10, 1, tzinfo=timezone(timedelta(hours=2))), "2026-03-09T23:00:00Z"),
    ],
)
def test_times_in_canonical_form(moment: datetime, text: str) -> None:
    assert iso(moment) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("10", "10"),
        ("1E+3", "1000"),
        ("1.50", "1.5"),
        ("-0.0", "0"),
        ("0.000", "0"),
        ("-2.0", "-2"),
        ("1E-7", "0.0000001"),
    ],
)
def test_decimal_numbers_in_canonical_form(number: str, text: str) -> None:
    assert decimal_text(Decimal(number)) == text


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (7, Decimal(7)), (10**30, Decimal(10**30)), (0.1 + 0.2, Decimal("0.3")), (1e300, Decimal("1e300")),
        (1.23456789012345678, Decimal("1.23456789012346")),
        (True, None), ("7", None), (None, None), (float("nan"), None), (float("inf"), None),
    ],
)  # fmt: skip
def test_numbers_of_cells(data: object, number: Decimal | None) -> None:
    assert of_number(data) == number


def test_ends_of_connections_in_canonical_form() -> None:
    typed = ("192.0.2.1", "2001:DB8:0::1", "::ffff:192.0.2.1", "fe80::1%eth0", "1.2.3.4%x")
    assert [address(one) for one in typed] == [
        "192.0.2.1", "2001:db8::1", "192.0.2.1", "fe80::1", "1.2.3.4",
    ]  # fmt: skip
    assert [endpoint("::1", 0), endpoint("192.0.2.1", 65_535)] == ["[::1]:0", "192.0.2.1:65535"]
    for port in (-1, 65_536):
        with pytest.raises(ValueError, match=r"^a port is a number from 0 to 65535$"):
            endpoint("::1", port)


def test_a_text_is_folded_until_it_stays() -> None:
    assert texts.folded("  \uff21 b\u00a0STRASSE \u0661 ") == "a b strasse 1"
    assert texts.folded("\ufdfa" * 100) == texts.folded(texts.folded("\ufdfa" * 100))
    assert len(texts.folded("\ufdfa" * 111)) == 111 * 18
    assert texts.folded("\u3316" * 333 + "a") == "\u30ad\u30ed\u30e1\u30fc\u30c8\u30eb" * 333 + "a"
    with pytest.raises(Unreadable) as caught:
        texts.folded("\ufdfa" * 112)
    assert caught.value.why == "Written out, the answer has more than 2,000 characters."
    assert len(texts.folded("x" * 2_000)) == 2_000
    with pytest.raises(Unreadable, match="more than 2,000"):
        texts.folded("X" * 2_001)


def test_a_type_without_a_body_is_none() -> None:
    with pytest.raises(TypeError, match="abstract"):
        AnswerType()  # type: ignore[abstract]
