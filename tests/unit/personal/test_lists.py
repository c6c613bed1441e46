"""Lists that wait, in every encoding: who is erased is found in them."""

import unicodedata

import pytest

from training.hosting.roster.reading.encoding import ENCODINGS, plain
from training.personal.service import erasing

LISTED = {
    **dict.fromkeys(("utf-8", "utf-16-le", "utf-16-be", "cp1252", "cp850", "mac_roman"), "Chloé Étienne-Diop"),
    **dict.fromkeys(("cp1254", "cp857", "mac_turkish"), "Gülşen Çağlar"),
    **dict.fromkeys(("cp1251", "cp866", "mac_cyrillic"), "Щедрин Юрий"),
    **dict.fromkeys(("cp1256", "cp720", "mac_arabic"), "ندى الخطيب"),
    "cp437": "José Núñez",
}


@pytest.mark.parametrize("encoding", LISTED)
def test_a_person_is_found_in_lists_of_every_encoding_in_columns_of_any_order(encoding: str) -> None:
    name = LISTED[encoding]
    first, last = name.split(" ")
    for line in (f"7;{name};", f"7;{last};{first};", f"7;{last.upper()};{first}"):
        try:
            data = f"number;names\r\n{line}\r\n8;Boris Okafor\r\n".encode(encoding)
        except UnicodeEncodeError:  # some small letters have no capital in it
            continue
        assert erasing._lists_them(data, name, "nobody@agency.example"), line
    others = f"7;{first};Boris\r\n8;Okafor;{last}\r\n".encode(encoding)
    assert not erasing._lists_them(others, name, "nobody@agency.example"), "the words stand on different lines"
    assert erasing._lists_them("7;x;NOBODY@agency.example".encode(encoding), name, "nobody@agency.example")


def test_letters_of_dos_864_are_found_though_it_keeps_their_shapes() -> None:
    data = b"7;\xe8\xcf\xe9;x\r\n"
    name = plain(data, "cp864").split(";")[1]
    assert unicodedata.normalize("NFKC", data.decode("cp864").split(";")[1]) == name
    assert erasing._lists_them(data, name, "nobody@agency.example")


def test_no_encoding_of_lists_is_left_out() -> None:
    assert set(ENCODINGS) - set(LISTED) == {"utf-16", "cp864"}, (
        "utf-16 in both orders of its bytes, cp864 by its shapes"
    )
