"""Whom a row of a file means: every filled column has to be that of the same person."""

# ruff: noqa: RUF001

from uuid import UUID

import pytest

from training.hosting.roster.reading.whose import Known, Meant, Whose

AWA, LI, OLE, UTE, HOST = (UUID(int=number) for number in range(1, 6))
PEOPLE = (
    Known(AWA, "00101", "awa", "Awa Diop", "01"),
    Known(LI, "00102", "li", "Li Na", "02"),
    Known(OLE, "00103", "ole", "Ole Olsen", ""),
    Known(UTE, "", "ole.olsen", "Ole Olsen", "04"),
)
STAFF = (Known(HOST, "00900", "host", "Ada Host", ""),)
ANOTHER = "The number is that of another account, %s."
SEVERAL = "Several people are called so. Give the sign-in name."
SEAT = "This is not the seat of %s. Correct one of the two."
NAME = "The name is that of somebody else than %s. Correct one of the two."


@pytest.mark.parametrize(
    ("number", "login", "name", "seat", "meant"),
    [
        ("00101", "", "", "", Meant(AWA, ("number",))),
        ("", "LI", "", "", Meant(LI, ("login",))),
        ("٠٠١٠١", "Awa", "", "", Meant(AWA, ("number", "login"))),
        ("", "", "Awa  Diop", "", Meant(AWA, ("name",))),
        ("", "", "AWA DIOP", "", Meant(None, ("name",))),
        ("", "", "Ole Olsen", "", Meant(None, ("name",), SEVERAL)),
        ("", "ole.olsen", "Ole Olsen", "04", Meant(UTE, ("login",))),
        ("", "", "", "", Meant(None)),
        ("", "", "", "01", Meant(None)),
        ("00109", "awa", "", "", Meant(None, ("number",))),
        ("00101", "nobody", "", "", Meant(None, ("login",))),
        ("00900", "", "", "", Meant(None, ("number",))),
        ("", "host", "", "", Meant(None, ("login",))),
        ("", "", "Ada Host", "", Meant(None, ("name",))),
        ("00101", "li", "", "", Meant(None, ("number", "login"), ANOTHER % "awa")),
        ("00102", "awa", "Awa Diop", "01", Meant(None, ("number", "login"), ANOTHER % "li")),
        ("00101", "", "", "01", Meant(AWA, ("number",))),
        ("00101", "", "", "02", Meant(None, ("number", "seat"), SEAT % "awa")),
        ("00103", "ole", "", "01", Meant(None, ("number", "login", "seat"), SEAT % "ole")),
        ("", "", "Li Na", "01", Meant(None, ("name", "seat"), SEAT % "li")),
        ("00101", "", "Li Na", "", Meant(None, ("number", "name"), NAME % "awa")),
        ("", "awa", "li na", "01", Meant(None, ("login", "name"), NAME % "awa")),
        ("00101", "", "ADA HOST", "", Meant(None, ("number", "name"), NAME % "awa")),
        ("00101", "awa", "Ole Olsen", "", Meant(None, ("number", "login", "name"), NAME % "awa")),
        ("00101", "", "Awa Diop-Ndiaye", "01", Meant(AWA, ("number",))),
        ("00101", "", "awa diop", "", Meant(AWA, ("number",))),
        ("00103", "", "Ole Olsen", "", Meant(OLE, ("number",))),
    ],
)
def test_a_row_means_who_has_all_that_it_says_and_else_says_which_columns_differ(
    number: str, login: str, name: str, seat: str, meant: Meant
) -> None:
    whose = Whose(iter(PEOPLE), iter(STAFF))
    assert whose.of({"number": number, "login": login, "name": name, "seat": seat}) == meant
    assert whose.of({"seat": seat, "name": name, "login": login, "number": number}) == meant


def test_of_two_with_one_number_the_sign_in_name_decides() -> None:
    twins = Whose([Known(AWA, "7", "awa", "Awa", "01"), Known(LI, "7", "li", "Li", "02")])
    assert twins.of({"number": "7"}) == Meant(None, ("number",), SEVERAL)
    assert twins.of({"number": "7", "login": "li"}) == Meant(LI, ("number", "login"))
    assert twins.of({"number": "7", "login": "awa", "seat": "02"}) == Meant(
        None, ("number", "login", "seat"), SEAT % "awa"
    )


def test_whoever_has_no_number_or_name_is_not_found_by_an_empty_one() -> None:
    nameless = Whose([Known(AWA, "", "awa", "", "")])
    assert nameless.of({"number": "\u200f", "login": "awa"}) == Meant(None, ("number",))
    assert nameless.of({"name": "\u200f"}) == Meant(None, ("name",))
    assert nameless.of({"login": "awa", "name": "Awa"}) == Meant(AWA, ("login",))
