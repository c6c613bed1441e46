"""Which encoding a list has that says nothing of it, and which text is in Unicode."""

from importlib.util import find_spec, module_from_spec
from math import exp, isclose
from typing import Any

import pytest

from training.errors import Refused
from training.hosting.roster.reading.encoding import Decoded, decode, plain
from training.hosting.roster.reading.guess import GUESSED, Guess, guess

ORDERS = {
    b"No\xebl": (
        "",
        "cp1252 cp1256 cp1254 mac_roman mac_arabic mac_turkish cp1251 cp850 mac_cyrillic cp857 cp720 cp866 cp864 cp437",
    ),
    b"NO\xcbL": (
        "mac_roman mac_turkish",
        "cp1252 cp1254 mac_roman mac_turkish cp1251 cp1256 cp850 cp866 cp437 cp857 cp720 mac_arabic cp864 mac_cyrillic",
    ),
    b"no\xcbl": (
        "mac_roman mac_turkish cp1256",
        "cp1252 cp1254 mac_roman mac_turkish cp1256 cp850 cp866 cp437 cp857 cp720 mac_arabic cp864 cp1251 mac_cyrillic",
    ),
    b"O\x92Neill": (
        "cp1252 cp1256 cp1251",
        "mac_roman mac_arabic cp1252 cp1256 cp1251 mac_turkish cp1254 cp850 cp437 cp857 cp720 cp866 mac_cyrillic cp864",
    ),
    b"Jean\x96Luc \xe9": (
        "cp1251 cp1252 cp1256",
        "mac_roman cp1251 mac_turkish cp1252 cp1256 cp1254 cp720 mac_arabic cp850 cp857 cp437 mac_cyrillic cp864 cp866",
    ),
    b"\xc9\xc9\xc9": (
        "cp1256 mac_arabic cp1251",
        "cp1252 cp1254 cp1256 mac_arabic cp1251 cp864 cp850 cp866 mac_roman mac_cyrillic cp437 cp857 cp720 mac_turkish",
    ),
    b"M\xfcller \xdeen": (
        "",
        "cp1254 cp1252 mac_turkish cp1256 cp850 cp857 cp1251 mac_cyrillic cp866 mac_arabic cp864 mac_roman cp437 cp720",
    ),
    b"\x9anl\x81": (
        "mac_arabic",
        "cp850 cp437 cp857 mac_arabic mac_roman mac_turkish cp1252 cp1254 cp864 cp1256 cp866 mac_cyrillic cp720 cp1251",
    ),
    b"\xcf\xb8\xf2\xf0": (
        "",
        "cp1251 mac_cyrillic cp864 cp1252 cp1256 mac_arabic cp1254 cp866 mac_roman mac_turkish cp720 cp437 cp850 cp857",
    ),
    b"\x8f\xf0\x92\x90": (
        "mac_cyrillic",
        "cp866 mac_cyrillic mac_arabic cp1251 cp437 mac_roman mac_turkish cp850 cp857 cp1256 cp1254 cp1252 cp864 cp720",
    ),
    b"\x8e\xeb\xe5\xe3": (
        "cp1251 cp866 cp1252",
        "mac_cyrillic cp1251 cp866 cp1252 cp850 cp857 cp720 cp1254 cp864 mac_roman mac_turkish cp1256 mac_arabic cp437",
    ),
    b"\xe3\xcd\xe3\xcf": (
        "mac_arabic cp864",
        "cp1256 mac_arabic cp864 cp1251 cp1252 cp1254 cp720 mac_cyrillic cp866 cp850 mac_roman cp857 mac_turkish cp437",
    ),
    b"\xe3\xcd\xe3\xcf H\xe9l\xe8ne": (
        "",
        "cp1256 cp1252 cp1254 mac_arabic cp864 cp1251 cp720 mac_cyrillic mac_roman mac_turkish cp866 cp850 cp857 cp437",
    ),
    b"\xd9\xe4\xea": (
        "cp1251",
        "mac_arabic cp1251 cp864 cp1252 mac_cyrillic cp1254 cp720 mac_roman cp866 cp1256 mac_turkish cp850 cp857 cp437",
    ),
    b"Zo\xc3\xab \xd0\x9f\xd1\x91\xd1\x82\xd1\x80": (
        "cp1256 cp1251 cp1254",
        "cp1252 cp1256 cp1251 cp1254 cp850 cp866 cp864 mac_cyrillic mac_roman mac_turkish mac_arabic cp857 cp437 cp720",
    ),
    b"\xa8 \x9e": (
        "cp864 cp720 cp1251",
        "cp866 cp864 cp720 cp1251 mac_cyrillic cp857 cp1252 mac_roman mac_arabic mac_turkish cp850 cp437 cp1256 cp1254",
    ),
    b"\x8e": (
        "mac_roman mac_arabic mac_turkish",
        "cp866 mac_cyrillic mac_roman mac_arabic mac_turkish cp850 cp437 cp1251 cp857 cp1252 cp1256 cp864 cp1254 cp720",
    ),
    b"\xa4": (
        "cp720 cp850 cp437",
        "cp866 cp720 cp850 cp437 cp857 cp1252 cp1256 cp1251 cp1254 mac_roman mac_cyrillic mac_arabic mac_turkish cp864",
    ),
    b"\xdf": (
        "cp1256 mac_cyrillic cp864",
        "cp1251 cp1256 mac_cyrillic cp864 mac_turkish cp1252 cp1254 mac_roman cp850 cp866 mac_arabic cp437 cp857 cp720",
    ),
    b"\x81\x8d\x9d": (
        "mac_roman mac_turkish mac_arabic",
        "cp866 mac_cyrillic mac_roman mac_turkish mac_arabic cp850 cp857 cp864 cp437 cp1256 cp1251 cp720 cp1252 cp1254",
    ),
    b"abc": (
        "",
        "cp1252 cp1256 cp1251 cp1254 cp850 cp866 mac_roman mac_cyrillic mac_arabic cp437 cp857 cp720 mac_turkish cp864",
    ),
    b"\xea\xec\x9f": (
        "",
        "cp720 cp1251 mac_cyrillic mac_roman mac_turkish cp866 cp864 cp850 cp1252 cp1254 cp857 mac_arabic cp1256 cp437",
    ),
    b"a\xa0b \xba": (
        "cp1251",
        "cp864 cp1251 cp850 cp437 cp857 cp1256 cp1252 cp1254 mac_cyrillic cp866 cp720 mac_roman mac_arabic mac_turkish",
    ),
}
"""Words with the other encodings a host is asked about, and all encodings, the likeliest first."""


@pytest.mark.parametrize("data", ORDERS)
def test_encodings_are_offered_in_the_order_in_which_words_look_like_names(data: bytes) -> None:
    close, order = ORDERS[data]
    best = order.split()[0]
    assert guess(data) == Guess(best, tuple(close.split()), tuple(order.split()))
    assert guess(b"plain words; " + data + b" 1,2\n" + data) == guess(data)


def test_four_hundred_words_are_looked_at() -> None:
    latin = b" ".join(b"No\xebl%c%c" % (97 + n // 26, 97 + n % 26) for n in range(399))
    russian = "Щербаков".encode("cp1251")
    many = b" ".join(b"\xd9\xe5\xf0" + bytes([224 + n % 32, 224 + n // 32]) for n in range(600))
    assert guess(latin + b" " + russian + b" " + many) == guess(latin + b" " + russian)
    assert guess(many[: 6 * 300]).best == "cp1251"


def test_a_list_may_have_names_of_several_scripts_in_its_words_but_hardly_in_one() -> None:
    two = "Hélène محمد".encode("cp1256")
    one = "Hélèneمحمد".encode("cp1256")
    assert guess(two).best == "cp1256"
    assert guess(one).order != guess(two).order


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"abc", Decoded("abc", "utf-8", certain=True)),
        (b"abc\x1a", Decoded("abc", "utf-8", certain=True)),
        (b"\xef\xbb\xbfabc\x1a", Decoded("abc", "utf-8", certain=True)),
        ("Zoë".encode(), Decoded("Zoë", "utf-8", certain=True)),
        (b"\xef\xbb\xbfa\xff", Decoded("a\ufffd", "utf-8", certain=True)),
        (b"\xff\xfea\0", Decoded("a", "utf-16", certain=True)),
        (b"\xfe\xff\0a", Decoded("a", "utf-16", certain=True)),
        (b"a\0b\0", Decoded("ab", "utf-16", certain=True)),
        (b"\0a\0b", Decoded("ab", "utf-16", certain=True)),
        ("李 娜\n".encode("utf-16-be"), Decoded("李 娜\n", "utf-16", certain=True)),
    ],
)
def test_a_text_that_is_marked_or_valid_is_certain(data: bytes, found: Decoded) -> None:
    assert decode(data) == found


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        ("éééé".encode() + b"\xe9", "éééé\ufffd", "utf-8"),
        ("Zoé Léa Réa ".encode() + b"\xe9", "Zoأب Lأبa Rأبa ى", "cp864"),
        ("éééééééé".encode() + b"\xe9a\xe9", "éééééééé\ufffda\ufffd", "utf-8"),
        (b"No\xebl\x1a", "Noël", "cp1252"),
    ],
)
def test_a_text_with_few_broken_signs_is_still_unicode(data: bytes, text: str, encoding: str) -> None:
    found = decode(data)
    order = guess(data).order
    assert (found.text, found.encoding, found.certain) == (text, encoding, False)
    assert found.others == tuple(one for one in (*order, "utf-8") if one != encoding)
    assert found.close == (() if encoding == "utf-8" else guess(data).close)


def test_a_chosen_encoding_is_taken_and_all_others_are_offered() -> None:
    data = "Noël".encode("cp1252")
    order = guess(data).order
    assert decode(data, "cp850") == Decoded(
        "NoÙl", "cp850", certain=False, others=tuple(one for one in (*order, "utf-8") if one != "cp850")
    )
    assert decode(data, "utf-8") == Decoded("No\ufffdl", "utf-8", certain=False, others=order)
    assert decode(data, "utf-16").others == (*order, "utf-8")
    assert decode(data, "klingon") == decode(data)
    assert decode(b"abc", "cp1252").certain is False


def test_bytes_read_in_an_encoding_lose_marks_and_what_can_not_be_read() -> None:
    assert plain(b"\xef\xbb\xbfa\x1a", "utf-8") == "a"
    assert plain(b"a\x1ab", "utf-8") == "a\x1ab"
    assert plain(b"\xff\xfea\0", "utf-16") == plain(b"\xfe\xff\0a", "utf-16") == "a"
    assert plain(b"a\0", "utf-16") == plain(b"\0a", "utf-16") == "a"
    assert plain(b"ab", "utf-16") == "\u6261"
    assert plain(b"a\0b", "utf-16") == "a\ufffd"
    assert plain(b"\x81", "cp1252") == "\ufffd"
    assert plain(b"\xa8\xc7", "cp864") == "\u0627\u0627"


@pytest.mark.parametrize("encoding", GUESSED)
def test_ascii_reads_the_same_in_every_encoding(encoding: str) -> None:
    signs = "".join(map(chr, range(32, 127))).replace("%", "")  # DOS 864 has the Arabic sign of percent
    assert plain(signs.encode(), encoding) == signs


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"a\x07b", "utf-8"),
        (b"\x01" * 30 + b"a", "utf-8"),
        (b"a\0" * 49 + b"\x01\0", "utf-16"),
        (b"a\0" * 48 + b"\x01\0", "utf-8"),
        (b"Name;No\n" * 250 + b"a\0b\0", "utf-8"),
        ("Пётр\n".encode("utf-16-le"), "utf-16"),
        ("Пётр Ali محمد\n".encode("utf-16-le"), "utf-16"),
        (f"{'Щ' * 40}A\n".encode("utf-16-le"), "utf-16"),
        (f"{'Щ' * 18}{'م' * 18}Ali\n".encode("utf-16-le"), "utf-16"),
        (f"{'Щ' * 20}{'م' * 20}Al\n".encode("utf-16-le"), None),
        (f"{'李' * 40}\n".encode("utf-16-le"), None),
    ],
)
def test_wide_text_has_signs_that_people_write(data: bytes, encoding: str | None) -> None:
    found = decode(data)
    assert found.encoding == encoding if encoding else found.encoding != "utf-16"


def test_zeros_alone_are_an_empty_list() -> None:
    with pytest.raises(Refused, match=r"The list is empty\."):
        decode(b"\0\0")


def anew(name: str) -> Any:
    """A module of the reader, loaded once more."""
    spec = find_spec(f"training.hosting.roster.reading.{name}")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tables_of_letters_and_words_are_made_whenever_the_reader_is_loaded() -> None:
    tables = anew("guess").TABLES
    assert [len(table) for table in tables] == [35, 9, 47, 51]
    assert all(isclose(sum(map(exp, table.values())), 1) for table in tables)
    assert isclose(exp(tables[0]["é"]) / exp(tables[0]["ÿ"]), 300)
    words = vars(anew("headers"))
    assert (words["COLUMNS"]["full name"], words["COLUMNS"]["desk"]) == ("name", "seat")
    assert {words["LANGUAGE_OF"][one] for one in ("fr", "french", "francais")} == {"fr"}
