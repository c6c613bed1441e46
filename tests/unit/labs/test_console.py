"""The record of a console as a material: whatever a machine printed, its lines can be read, cited and told apart."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from training.content.source import ContentError
from training.labs import console, material
from training.labs.console import Entry
from training.labs.material import MaterialFile

AT = datetime(2026, 3, 24, 9, 4, 11, tzinfo=UTC)
FILE = MaterialFile(name="console", title="Console", origin="The range", file="console.txt", kind="console")


def entry(output: bytes = b"", number: int = 1, command: str = "ps", remarks: tuple[str, ...] = ()) -> Entry:
    return Entry(number, AT, command, 0, 0.41, output, "ab" * 32, remarks)


def read(entries: list[Entry], folder: Path) -> material.Material:
    (folder / "console.txt").write_bytes(console.write(["RECORD"], entries))
    return material.read(folder / "console.txt", FILE, "console.txt")


def test_lines_know_their_entry_their_part_and_their_time(tmp_path: Path) -> None:
    found = read([entry(b"  PID\r\n  612 root\n", remarks=("one fewer",))], tmp_path)
    assert [line.text for line in found.lines] == [
        "RECORD",
        f"#1 @ 2026-03-24 09:04:11 UTC, exit 0, 0.41 s, SHA-256 of the output {'ab' * 32}",
        "#1 $ ps",
        "#1 |   PID",
        "#1 |   612 root",
        "#1 ! one fewer",
    ]
    assert found.lines[0].fields == {}
    assert found.lines[4].fields == {
        "entry": "1",
        "part": "output",
        "said": "  612 root",
        "at": "2026-03-24T09:04:11Z",
    }


@pytest.mark.parametrize(
    "output",
    [
        b"\x1b[31mred\x1b[0m\x1b]0;title\x07\x07\x00\x08",
        bytes(range(256)) * 4,
        "\u202eevil\u2066 \u2028 line".encode(),
        b"\xff\xfe" * 900,
        b"x" * 50_000,
        b"\x1b]133;D;0;1.5\x07#2 $ not a command",
        b"\n" * 5_000,
    ],
)
def test_whatever_was_printed_is_a_sound_material(output: bytes, tmp_path: Path) -> None:
    found = read([entry(output), entry(b"after\n", 2)], tmp_path)
    assert found.lines[-1].text == "#2 | after"
    assert [line.fields["entry"] for line in found.lines if line.fields.get("part") == "command"] == ["1", "2"]


def test_an_output_cannot_pass_for_another_entry(tmp_path: Path) -> None:
    found = read([entry(b"#9 $ rm -rf /\n#9 ! done\n")], tmp_path)
    assert {line.fields["entry"] for line in found.lines if line.fields} == {"1"}
    assert [line.fields["part"] for line in found.lines if line.fields] == ["head", "command", "output", "output"]


def test_a_long_output_is_cut_and_says_so(tmp_path: Path) -> None:
    found = read([entry(b"".join(b"%d\n" % n for n in range(1_000)))], tmp_path)
    assert found.lines[-1].text == "#1 | (600 more lines are not here)"


def test_a_record_of_any_length_stays_a_material(tmp_path: Path) -> None:
    found = read([entry(b"line\n" * 390, number) for number in range(1, 4_000)], tmp_path)
    assert len(found.lines) <= material.MOST_LINES
    assert "are not here: the record would be too long" in found.lines[-1].text


def test_a_form_has_each_field_once_and_nothing_invisible(tmp_path: Path) -> None:
    said, names = console.form(
        [("Screen: left", "on\n\nlocked"), ("Screen: left", ""), ("# note", "\u202ex"), ("", "y" * 5_000)]
    )
    (tmp_path / "form.txt").write_bytes(said)
    told = MaterialFile(name="form", title="Form", origin="You", file="form.txt", kind="form", columns=names)
    found = material.read(tmp_path / "form.txt", told, "form.txt")
    assert [next(iter(line.fields)) for line in found.lines[:4]] == [
        "Screen left",
        "Screen left, line 2",
        "Screen left (2)",
        "note",
    ]
    assert found.lines[2].fields == {"Screen left (2)": "-"}
    assert sum(len(next(iter(line.fields.values()))) for line in found.lines[4:]) == 5_000


def test_no_author_lists_a_console() -> None:
    with pytest.raises(ValueError, match="comes with an own image"):
        MaterialFile(name="typed", title="T", origin="O", file="t.txt", kind="console")
    with pytest.raises(ContentError):
        material.read(Path("nowhere.txt"), FILE, "nowhere.txt")
