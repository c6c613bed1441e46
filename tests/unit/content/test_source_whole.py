"""Files read whole: every mistake with its file, line and words; each part of a value has its line."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.content.source import ContentError, Entries, Mistake, Source, line_of, load, parse, read, read_entries

THIRTY = "9" * 30
NO_DAY, NO_TEXT = "is not a day such as 2027-05-31", "is not a text; put a text between quotation marks"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = "x"
    kind: Literal["a", "b"] = "a"
    day: date | None = None
    count: Annotated[int, Field(ge=1)] = 1


class Square(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    form: Literal["square"]
    side: int


class Circle(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    form: Literal["circle"]
    radius: int


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str = "x"
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=2)] = (Part(),)
    names: dict[Annotated[str, Field(pattern="^[a-z]+$")], int] = Field(default_factory=dict)
    pair: Annotated[tuple[str, ...], Field(min_length=2)] = ("a", "b")
    shape: Annotated[Square | Circle, Field(discriminator="form")] | None = None

    @model_validator(mode="after")
    def _named(self) -> "Whole":
        if self.title == "nothing":
            msg = "a title says something"
            raise ValueError(msg)
        return self


def mistakes(text: str, first_line: int = 1) -> list[tuple[int, str]]:
    with pytest.raises(ContentError) as caught:
        parse(text, Whole, "w.yaml", first_line)
    assert {one.file for one in caught.value.mistakes} == {"w.yaml"}
    assert str(caught.value) == "\n".join(f"w.yaml:{one.line}: {one.message}" for one in caught.value.mistakes)
    return [(one.line, one.message) for one in caught.value.mistakes]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: [x]\n", [(1, f"title: ['x'] {NO_TEXT}")]),
        ("titel: x\n", [(1, "titel: not a known field")]),
        ("title: x\nparts:\n- kind: c\n", [(3, "parts.0.kind: c is none of 'a' or 'b'")]),
        ("parts:\n- {}\n- {day: 3 May}\n", [(3, "parts.1.day: 3 May is not a day such as 2027-05-31")]),
        ("parts:\n- {day: 2027-05-31T10:00:00}\n", [(2, f"parts.0.day: 2027-05-31T10:00:00 {NO_DAY}")]),
        ("parts:\n- {day: [1]}\n", [(2, "parts.0.day: [1] is not a day such as 2027-05-31")]),
        ("parts:\n- {count: 0}\n", [(2, "parts.0.count: Input should be greater than or equal to 1")]),
        ("names: {a: 1, B: 2}\n", [(1, "names.B: String should match pattern '^[a-z]+$'")]),
        ("pair: [a]\n", [(1, "pair: at least 2 expected, here are 1")]),
        ("title: x\n? [a]\n: b\n", [(2, "not plain YAML: found unhashable key")]),
        ("parts: []\n", [(1, "parts: at least 1 expected, here are 0")]),
        ("title: x\nparts: [{}, {}, {}]\n", [(2, "parts: at most 2 expected, here are 3")]),
        ("title: x\nparts:\n- name: [1]\n", [(3, f"parts.0.name: [1] {NO_TEXT}")]),
        (f"title: [{'x' * 70}]\n", [(1, f"title: ['{'x' * 58} {NO_TEXT}")]),
        ("title: nothing\n", [(1, "the file: a title says something")]),
        ("- a\n", [(1, "the file: Input should be a valid dictionary or instance of Whole")]),
        ("shape:\n  form: square\n  radius: 3\n", [(1, "shape.side: missing"), (3, "shape.radius: not a known field")]),
        ("shape:\n  form: circle\n  radius: x\n", [
            (3, "shape.radius: Input should be a valid integer, unable to parse string as an integer"),
        ]),
        ("title: a\ntitle: b\ntitle: c\n", [
            (2, "title stands here a second time"),
            (3, "title stands here a second time"),
        ]),
        ("parts:\n- {name: a, name: b}\ntitel: x\n", [
            (2, "name stands here a second time"),
            (3, "titel: not a known field"),
        ]),
        ("title: &a x\nparts: *a\n", [(2, "an alias (*name) can't be used; write the value out")]),
        ("title: !!str x\n", [(1, "a tag (!!str) can't be used; write the value alone")]),
        (f"title: !{'x' * 60} x\n", [(1, f"a tag (!{'x' * 39}) can't be used; write the value alone")]),
        (f"title: x\nparts:\n- count: 1{THIRTY}\n", [
            (3, "a number of more than 30 digits can't be used; put a text between quotation marks"),
        ]),
        ("title: 'x\n", [(2, "not YAML: found unexpected end of stream")]),
        ("title: x\n\tparts: []\n", [(2, "not YAML: found a tab character that violates indentation")]),
        ("title: x\0\n", [(1, "not YAML: unacceptable character #x0000: control characters are not allowed")]),
        ('title: "\\UFFFFFFFF"\n', [(1, "not YAML: found invalid Unicode character escape code")]),
        ("title: a\n---\ntitle: b\n", [(2, "not YAML: but found another document")]),
    ],
)  # fmt: skip
def test_a_file_is_told_all_that_is_wrong_with_it_by_line(text: str, told: list[tuple[int, str]]) -> None:
    assert mistakes(text) == told
    assert mistakes(text, 41) == [(line + 40, message) for line, message in told]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("yes", "yes"),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", "Null"),
        ("12", 12),
        ("-12", -12),
        ("+1", 1),
        ("1.50", 1.5),
        ("-0.5", -0.5),
        ("1.", "1."),
        (".5", ".5"),
        ("1e5", "1e5"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("'12'", "12"),
        ('"true"', "true"),
        (THIRTY, int(THIRTY)),
        (f"-{THIRTY}.5", float(f"-{THIRTY}.5")),
        (f"0.{'1' * 398}", float(f"0.{'1' * 398}")),
        ("=", "="),
        ("<<", "<<"),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("[1, [a, {b: c}]]", [1, ["a", {"b": "c"}]]),
    ],
)
def test_a_value_is_what_stands_there(text: str, value: object) -> None:
    assert load(f"x: {text}", "w.yaml") == ({"x": value}, load(f"x: {text}", "w.yaml")[1])


@pytest.mark.parametrize("number", [f"1{THIRTY}", f"-1{THIRTY}", f"1{THIRTY}.5", f"0.{'1' * 399}"])
def test_a_number_of_one_digit_more_than_can_be_used_is_told(number: str) -> None:
    with pytest.raises(ContentError) as caught:
        load(f"a: 1\nx: {number}\ny: !!int 3\n", "w.yaml", 5)
    assert caught.value.mistakes == [
        Mistake("w.yaml", 6, "a number of more than 30 digits can't be used; put a text between quotation marks"),
        Mistake("w.yaml", 7, "a tag (!!int) can't be used; write the value alone"),
    ]


def test_each_part_of_a_value_has_its_line() -> None:
    text = "title: x\nparts:\n  - name: a\n    kind: b\n  -\n    name: c\nshape: {form: circle,\n  radius: 3}\n"
    lines = {
        (): 7,
        ("title",): 7,
        ("parts",): 8,
        ("parts", 0): 9,
        ("parts", 0, "name"): 9,
        ("parts", 0, "kind"): 10,
        ("parts", 1): 12,
        ("parts", 1, "name"): 12,
        ("shape",): 13,
        ("shape", "form"): 13,
        ("shape", "radius"): 14,
    }
    assert load(text, "w.yaml", 7)[1] == lines
    value = Whole(parts=(Part(name="a", kind="b"), Part(name="c")), shape=Circle(form="circle", radius=3))
    found = parse(text, Whole, "w.yaml", 7)
    assert found == Source("w.yaml", value, lines)
    assert found.mistake(("parts", 1, "kind"), "m") == Mistake("w.yaml", 12, "m")
    assert found.mistake(("nothing", "there"), "m") == Mistake("w.yaml", 7, "m")
    assert (line_of({}, ("a", 1)), line_of({("a",): 3}, ("a", 1, "b")), line_of({("b",): 3}, ("a",))) == (1, 3, 1)
    assert load("", "w.yaml", 3) == (None, {(): 3})


@pytest.mark.parametrize("extra", [0, 1])
def test_thirty_levels_are_read_and_one_more_is_too_deep(extra: int) -> None:
    text = "a: 1\nx: " + "[" * (29 + extra) + "]" * (29 + extra)
    if not extra:
        assert load(text, "w.yaml")[0]["a"] == 1
        assert load(text.replace("[]", "[1]"), "w.yaml")[0]["a"] == 1
        assert load(f"{text}\ny: {text[8:]}", "w.yaml")[0]["a"] == 1
        return
    with pytest.raises(ContentError) as caught:
        load(text, "w.yaml", 11)
    assert caught.value.mistakes == [Mistake("w.yaml", 12, "nested too deeply")]


def test_lines_count_from_one_unless_said_otherwise() -> None:
    assert load("a: b", "w.yaml")[1] == {(): 1, ("a",): 1}
    with pytest.raises(ContentError) as caught:
        load("a: !!str b\n[c]: d", "w.yaml", 5)
    assert caught.value.mistakes == [
        Mistake("w.yaml", 5, "a tag (!!str) can't be used; write the value alone"),
        Mistake("w.yaml", 6, "not plain YAML: found unhashable key"),
    ]


def test_levels_are_counted_beside_others_too() -> None:
    with pytest.raises(ContentError, match=r"w\.yaml:1: nested too deeply"):
        load("[1, " * 31 + "1" + "]" * 31, "w.yaml")
    assert load("[1, " * 30 + "1" + "]" * 30, "w.yaml")[1][()] == 1


def test_a_megabyte_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_bytes(b"title: x" + b"\n" * 999_992)
    assert read(file, Whole, "w.yaml") == Source("w.yaml", Whole(), {(): 1, ("title",): 1})
    assert read(file, Whole).file == file.as_posix()
    file.write_bytes(b"title: x" + b"\n" * 999_993)
    with pytest.raises(ContentError) as caught:
        read(file, Whole, "w.yaml")
    assert caught.value.mistakes == [Mistake("w.yaml", 1, "1000001 bytes; at most 1000000 are read")]


def test_a_file_that_can_not_be_read_says_why(tmp_path: Path) -> None:
    for name, data, told in (
        ("none.yaml", None, Mistake("f", 1, "can't be read: No such file or directory")),
        ("bytes.yaml", b"a: b\n\nc: \xff\nd: \xff\n", Mistake("f", 3, "not UTF-8 text; save the file as UTF-8")),
        ("first.yaml", b"\xff", Mistake("f", 1, "not UTF-8 text; save the file as UTF-8")),
    ):
        if data is not None:
            (tmp_path / name).write_bytes(data)
        for reading in (read, read_entries):
            with pytest.raises(ContentError) as caught:
                reading(tmp_path / name, Whole, "f")
            assert caught.value.mistakes == [told]


def test_entries_that_are_in_order_are_read_beside_those_that_are_not(tmp_path: Path) -> None:
    file = tmp_path / "e.yaml"
    file.write_text(
        "one: {name: a}\ntwo:\n  kind: c\n  odd: 1\n3: {name: b}\none: {count: 2}\nfour: !!map {}\n"
        'five: {name: !!str "3"}\nsix: {name: !!str 3}\n'
    )
    found = read_entries(file, Part, "e.yaml")
    assert found == Entries(
        "e.yaml",
        {"one": Part(count=2), "3": Part(name="b"), "four": Part(), "five": Part(name="3")},
        frozenset({"one", "two", "3", "four", "five", "six"}),
        {
            (): 1,
            ("one",): 6,
            ("one", "name"): 1,
            ("two",): 2,
            ("two", "kind"): 3,
            ("two", "odd"): 4,
            ("3",): 5,
            ("3", "name"): 5,
            ("one", "count"): 6,
            ("four",): 7,
            ("five",): 8,
            ("five", "name"): 8,
            ("six",): 9,
            ("six", "name"): 9,
        },
        (
            Mistake("e.yaml", 7, "a tag (!!map) can't be used; write the value alone"),
            Mistake("e.yaml", 8, "a tag (!!str) can't be used; write the value alone"),
            Mistake("e.yaml", 9, "a tag (!!str) can't be used; write the value alone"),
            Mistake("e.yaml", 6, "one stands here a second time"),
            Mistake("e.yaml", 3, "two.kind: c is none of 'a' or 'b'"),
            Mistake("e.yaml", 4, "two.odd: not a known field"),
            Mistake("e.yaml", 9, f"six.name: 3 {NO_TEXT}"),
        ),
    )
    assert found.mistake(("two", "name"), "m") == Mistake("e.yaml", 2, "m")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n", [Mistake("e.yaml", 1, "names with their entries are expected")]),
        ("", [Mistake("e.yaml", 1, "names with their entries are expected")]),
        ("\n!!str x\n", [
            Mistake("e.yaml", 1, "names with their entries are expected"),
            Mistake("e.yaml", 2, "a tag (!!str) can't be used; write the value alone"),
        ]),
        ("[a\n", [Mistake("e.yaml", 2, "not YAML: did not find expected ',' or ']'")]),
    ],
)  # fmt: skip
def test_a_file_without_names_has_no_entries(tmp_path: Path, text: str, told: list[Mistake]) -> None:
    file = tmp_path / "e.yaml"
    file.write_text(text)
    with pytest.raises(ContentError) as caught:
        read_entries(file, Part, "e.yaml")
    assert caught.value.mistakes == told


def test_mistakes_stand_in_the_order_of_their_lines() -> None:
    found = [Mistake("b", 1, "x"), Mistake("a", 10, "y"), Mistake("a", 2, "z")]
    bad = ContentError(found)
    assert bad.mistakes == [found[2], found[1], found[0]]
    assert str(bad) == "a:2: z\na:10: y\nb:1: x"
