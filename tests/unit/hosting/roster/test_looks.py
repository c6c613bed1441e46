"""Sign-in names that look like others, letter by letter."""
# ruff: noqa: RUF001

from itertools import combinations

import pytest

from training.hosting.roster.reading.looks import mixed, skeleton


@pytest.mark.parametrize(
    "alike",
    [
        ("instructor", "instruct0r"),
        ("paul.simon", "pauI.simon", "pau1.simon", "paul.sim0n", "paul.simo\u0578", "Paul.Simon"),
        ("kalinka", "k\u0251linka", "k\u0430linka", "K\u0391linka", "ka\u029finka"),
        ("\u0645\u062d\u0645\u062f.\u0639\u0644\u064a", "محمد.على", "محمد.علی", "محمـد.علي", "مُحَمَّد.علي"),
        ("\u0645\u0627\u062c\u062f.\u0643", "ماجد.ک"),
        ("\u0647\u062f\u0649", "ھدى", "ہدى"),
        ("user\u0661", "user\u06f1", "user1", "userl"),
        ("ёлка", "e\u0308лка"),
    ],
)
def test_what_looks_alike_has_one_skeleton(alike: tuple[str, ...]) -> None:
    assert {skeleton(one) for one in alike} == {skeleton(alike[0])}


@pytest.mark.parametrize(
    "honest",
    [
        [f"user{number:02}" for number in range(1, 31)],
        [f"t{number}" for number in range(1, 1000)],
        [f"l{number}" for number in range(1000)],
        [f"I{number}" for number in range(1000)],
        [f"o{number}" for number in range(1000)],
        [str(number) for number in range(1000)],
        [
            "ali",
            "all",
            "ALL.B",
            "ALI.B",
            "mila",
            "milla",
            "jose",
            "josé",
            "anna",
            "ana",
            "amina",
            "arnina",
            "вера",
            "вена",
        ],
        ["احمد", "أحمد", "حسن", "حسين", "علي", "عالي", "نور", "نوره"],
    ],
)
def test_different_names_of_one_list_have_different_skeletons(honest: list[str]) -> None:
    same = [(one, other) for one, other in combinations(honest[:60], 2) if skeleton(one) == skeleton(other)]
    assert same == []
    assert len({skeleton(one) for one in honest}) == len(honest)


@pytest.mark.parametrize(
    ("login", "common"),
    [
        ("paul.simon", "paul.simon"),
        ("PAUL.SIMON", "paul.simon"),
        ("ALI", "ali"),
        ("AlI", "all"),
        ("\u0406van", "lvan"),
        ("\u0399van", "lvan"),
        ("\u0406\u0399I", "iii"),
        ("i1|0", "illo"),
        ("Straße", "strasse"),
        ("Ａｗａ", "awa"),
        ("a  b", "a  b"),
        ("zoe\u0301", "zoe\u0301"),
        ("zo\u00e9", "zoe\u0301"),
        ("a\u200bwa x", "awa x"),
        ("t٤۵", "t45"),
        ("\u0645\u064f\u062d\u0640\u0645\u062f", "\u0645\u062d\u0645\u062f"),
        ("", ""),
    ],
)
def test_of_a_name_is_compared_what_can_be_told_apart(login: str, common: str) -> None:
    assert skeleton(login) == common


@pytest.mark.parametrize(
    ("login", "scripts"),
    [
        ("paul.simon", []),
        ("Пётр", []),
        ("pаul", ["Latin", "Cyrillic"]),
        ("paulα", ["Latin", "Greek"]),
        ("paul.simo\u0578", ["Latin", "Armenian"]),
        ("\u0578αя", ["Cyrillic", "Greek", "Armenian"]),
        ("paul@приклад", []),
        ("pаul@x", ["Latin", "Cyrillic"]),
        ("محمدx", []),
        ("paul-12", []),
        ("", []),
    ],
)
def test_a_name_of_letters_that_look_alike_in_several_scripts_is_told_by_them(login: str, scripts: list[str]) -> None:
    assert mixed(login) == scripts
