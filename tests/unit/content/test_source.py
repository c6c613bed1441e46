from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from training.content.source import ContentError, load, parse, read


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    count: int = Field(ge=1)


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    parts: list[Part]


def mistakes(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        parse(text, Whole, "lab.yaml")
    return [str(one) for one in caught.value.mistakes]


def test_what_stands_there_is_what_is_read() -> None:
    text = "title: no\nparts:\n  - {name: 12:30, count: 3}\n  - {name: 2026-01-01, count: 4}\n"
    source = parse(text, Whole, "lab.yaml")
    assert source.value == Whole(title="no", parts=[Part(name="12:30", count=3), Part(name="2026-01-01", count=4)])
    assert str(source.mistake(("parts", 1, "name"), "x")) == "lab.yaml:4: x"
    assert source.mistake(("parts", 1, "nothing"), "x").line == 4


def test_every_mistake_is_shown_at_once_with_its_line() -> None:
    text = "titel: x\nparts:\n  - name: a\n    count: 0\n  - name: b\n    count: many\n"
    assert mistakes(text) == [
        "lab.yaml:1: titel: not a known field",
        "lab.yaml:1: title: missing",
        "lab.yaml:4: parts.0.count: Input should be greater than or equal to 1",
        "lab.yaml:6: parts.1.count: Input should be a valid integer, unable to parse string as an integer",
    ]


def test_a_key_that_stands_twice_is_a_mistake() -> None:
    assert mistakes("title: a\nparts: []\ntitle: b\n") == ["lab.yaml:3: title stands here a second time"]


def test_broken_yaml_says_the_line() -> None:
    assert mistakes("title: a\nparts: [\n")[0].startswith("lab.yaml:3: not YAML:")


@pytest.mark.parametrize(
    "text", ["title: !!python/object/apply:os.system [id]\nparts: []\n", "- a\n- b\n", "", "&a [*a]", "[" * 400]
)
def test_nothing_but_plain_values_is_read(text: str) -> None:
    assert mistakes(text)


NINES = "9" * 5_000
HOSTILE = f"""title: !!bool maybe
parts:
  - {{name: a, count: !!int zz}}
  - {{name: !!timestamp zz, count: 2}}
  - {{name: b, count: {NINES}}}
  - {{name: d, count: 0}}
  - {{name: {NINES}.0, count: 1}}
  - !!map {{name: c, count: 1}}
"""


def test_tags_and_endless_numbers_are_told_with_all_else() -> None:
    found = mistakes(HOSTILE)
    told = [
        ("1", "tag (!!bool)"),
        ("3", "tag (!!int)"),
        ("4", "tag (!!timestamp)"),
        ("5", "more than 30 digits"),
        ("6", "greater than or equal to 1"),
        ("7", "more than 30 digits"),
        ("8", "tag (!!map)"),
    ]
    for line, what in told:
        assert any(one.startswith(f"lab.yaml:{line}: ") and what in one for one in found), what


def test_half_of_a_character_ends_the_reading_at_its_line() -> None:
    (only,) = mistakes('title: a\nparts:\n  - {name: "\\ud800", count: 1}\n')
    assert only.startswith("lab.yaml:3: not YAML:")


@pytest.mark.parametrize(
    "text",
    [
        *("title: a\nx: !!bool maybe", "title: a\nx: !!int zz", "title: a\nx: !!timestamp zz", f"title: a\nx: {NINES}"),
        *(
            f"title: a\n{NINES}: x",
            f"title: a\nx: -{NINES}",
            f"title: a\nx: 0.{NINES}",
            "title: a\nx: !!float zz",
            "title: a\nx: ! a",
        ),
        *('title: a\nx: "\\UFFFFFFFF"', "title: a\n? !!null zz\n: b", f"# a\n%YAML 1.{NINES}\n---\ntitle: a"),
        *("title: a\n!!python/name:os.system : x", 'title: a\nx: !!binary "z"', "title: a\nx: !!set {a}"),
    ],
)
def test_what_the_reader_of_yaml_breaks_on_is_a_mistake_with_its_line(text: str) -> None:
    with pytest.raises(ContentError) as caught:
        load(text, "lab.yaml", first_line=4)
    assert {one.line for one in caught.value.mistakes} == {5}


def test_a_number_of_thirty_digits_and_a_long_text_are_read() -> None:
    small = f"0.{'0' * 300}1"
    value, _ = load(f"a: -{'9' * 30}\nb: '{NINES}'\nc: |\n  {NINES}\nd: {small}\n", "lab.yaml")
    assert value == {"a": -int("9" * 30), "b": NINES, "c": f"{NINES}\n", "d": float(small)}


def test_a_file_that_is_not_text_or_not_there_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    with pytest.raises(ContentError, match="can't be read: No such file"):
        read(file, Whole)
    file.write_bytes(b"title: a\nparts: \xff\n")
    with pytest.raises(ContentError, match=r":2: not UTF-8 text"):
        read(file, Whole)
    file.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ContentError, match="at most 1000000"):
        read(file, Whole)
