"""Lists in the encodings of DOS, Windows and the Mac, and in UTF-16 without a mark."""
# ruff: noqa: RUF001

import time
from pathlib import Path

import pytest

from training.hosting.roster.reading.encoding import ENCODINGS, decode, plain
from training.hosting.roster.reading.guess import guess
from training.hosting.roster.reading.table import Choices, Table, read

from .listed import HEADS, NAMES, WRITTEN, encoded, lists

MANY = 20
WRITERS = [(encoding, language) for encoding, languages in WRITTEN.items() for language in languages]


def writable(text: str, encoding: str) -> bool:
    try:
        encoded(text, encoding)
    except UnicodeEncodeError:
        return False
    return True


def doubts(found: Table) -> dict[int, list[str]]:
    return {row.at: [one.told for one in row.doubts] for row in found.rows if row.doubts}


@pytest.mark.parametrize(("encoding", "language"), WRITERS)
def test_a_file_of_each_encoding_is_read(tmp_path: Path, encoding: str, language: str) -> None:
    given, family = (names.split() for names in NAMES[language])
    people = [one for one in zip(family, given, strict=False) if writable("".join(one), encoding)]
    rows = [HEADS[language], *(f"{last};{first};{at:05}" for at, (last, first) in enumerate(people))]
    file = tmp_path / "people.csv"
    file.write_bytes(encoded("\r\n".join(rows), encoding))
    found = read(file.read_bytes(), Choices("", "", True, {0: "family", 1: "given", 2: "number"}))
    assert [row.name for row in found.rows] == [f"{first} {last}" for last, first in people]
    assert [row.values["number"] for row in found.rows] == [f"{at:05}" for at in range(len(people))]
    assert plain(file.read_bytes(), found.encoding) == plain(file.read_bytes(), encoding)
    assert doubts(found) == {}


@pytest.mark.parametrize(("encoding", "language"), WRITERS)
def test_a_list_is_read_right_or_its_host_is_asked(encoding: str, language: str) -> None:
    wrong = asked = 0
    for data, text in lists(encoding, language, MANY):
        found = decode(data)
        asked += bool(found.close)
        if found.text != text:
            wrong += 1
            assert text in [plain(data, one) for one in found.close], text
    assert wrong <= MANY * 0.1
    assert asked <= MANY * 0.4


def test_where_two_encodings_are_nearly_alike_the_rows_that_differ_are_doubtful_until_one_is_chosen() -> None:
    data = "Name;Number\nŞen Ali;1\nJones;2\nÇelik Can;3\n".encode("cp1254")
    found = read(data)
    assert (found.encoding, set(doubts(found))) == ("cp1254", {2, 4})
    assert "Þen Ali" in doubts(found)[2][0]
    chosen = read(data, Choices(encoding="cp1254"))
    assert [row.name for row in chosen.rows] == ["Şen Ali", "Jones", "Çelik Can"]
    assert doubts(chosen) == {}
    assert read(data, Choices(encoding="cp1252")).rows[0].name == "Þen Ali"


@pytest.mark.parametrize("encoding", ["cp1256", "cp720", "mac_arabic"])
def test_one_list_may_have_names_of_two_scripts(encoding: str) -> None:
    names = ["محمد الأمين", "Hélène Garçon", "فاطمة الزهراء", "Noël André", "خديجة المنصوري"]
    found = read(encoded("\n".join(["Name;Number", *(f"{name};7" for name in names)]), encoding))
    assert [row.name for row in found.rows] == names


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["محمد الأمين\nفاطمة الزهراء\n", "محمد", "Пётр Иванов", "李娜\n王芳\n", "Zoé;1\n"])
def test_wide_text_without_a_mark_is_known_even_where_it_has_hardly_a_zero(encoding: str, text: str) -> None:
    found = decode(text.encode(encoding))
    assert (found.text, found.encoding, found.certain) == (text, "utf-16", True)
    assert read(text.encode(encoding), Choices(columns={0: "name"})).rows


def test_control_characters_alone_make_no_wide_text() -> None:
    for data in (
        b"Name,Number\nAwa\x07,1\nLi,2\n",
        b"Name\n\x1b[31mAwa\n",
        bytes(range(32)) * 20 + b"Awa\n",
    ):
        assert decode(data).encoding == "utf-8"


def test_the_sign_with_which_dos_ends_a_text_is_no_part_of_it() -> None:
    for encoding in ("ascii", "cp866"):
        name = "Ольга" if encoding == "cp866" else "Olga"
        found = read(f"Name;Number\r\n{name};1\r\n".encode(encoding) + b"\x1a")
        assert [row.name for row in found.rows] == [name]
        assert not any(row.mistakes for row in found.rows)


def test_shapes_of_letters_become_letters() -> None:
    found = read(encoded("الاسم;الرقم\nمحمد الأمين;1\nفاطمة الزهراء;2\nخديجة العلوي;3\n", "cp864"))
    assert [row.name for row in found.rows] == ["محمد الأمين", "فاطمة الزهراء", "خديجة العلوي"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_can_be_chosen_and_what_it_cannot_read_is_said(encoding: str) -> None:
    found = read(b"Name;Number\nJ\x9drg;1\n" + b"x" * 20, Choices(encoding=encoding, columns={0: "name"}))
    assert found.encoding == encoding


@pytest.mark.parametrize("data", [b"\xff" + b"a" * 500_000, b"\xff" * 500_000, bytes(range(128, 256)) * 3_000])
def test_a_word_without_end_is_guessed_at_quickly(data: bytes) -> None:
    begun = time.process_time()
    guess(data)
    assert time.process_time() - begun < 5
