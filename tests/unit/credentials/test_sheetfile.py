"""Results of a sitting as a file: every filled column names the same person, and no column is dropped in silence."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching
from training.accounts.models import Person
from training.credentials import grid, sheetfile
from training.credentials.sheetfile import Compared
from training.errors import Refused
from training.hosting.models import TeachingSession
from training.store import Store

Look = Callable[[str], Compared]
NAMES = {"trainee": ("101", "نادية بن علي"), "colleague": ("103", "محمد العربي"), "host": ("104", "Nadia Ben-Ali")}


@pytest.fixture
def look(store: Store, people: People, clock: Clock) -> Look:
    """Compares a file with examination A of a session of three, at seats 01 to 03; the third was taken out of it."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=tuple(NAMES))
        made.opened_at = clock()
        for name, (number, called) in NAMES.items():
            session.get_one(Person, people[name]).name = called
            member = next(one for one in made.members if one.person_id == people[name])
            member.number, member.withdrawn_at = number, clock() if name == "host" else None

    def compared(text: str) -> Compared:
        with store.reading() as session:
            teaching = session.get_one(TeachingSession, made.id)
            it = grid.sheet(session, instructor(people), teaching, "A", 1, clock())
            return sheetfile.compare(it, text, clock())

    return compared


def whose(found: Compared) -> list[UUID]:
    return [one.row.person_id for one in found.changes.values()]


@pytest.mark.parametrize(
    ("row", "columns", "told"),
    [
        ("101,colleague,محمد العربي,02", "number, login", "that of another account, trainee"),
        ("101,colleague,,", "number, login", "that of another account"),
        (",colleague,,01", "login, seat", "not the seat of colleague"),
        ("103,,,09", "number, seat", "not the seat of colleague"),
        ("101,trainee,محمد العربي,01", "number, login, name", "of somebody else than trainee"),
        ("101,,NADIA BEN-ALI,", "number, name", "of somebody else than trainee"),
        ("101,nobody,,", "login", "Nobody of this sitting"),
        ("999,trainee,,", "number", "Nobody of this sitting"),
        (",,محمد العربي,01", "name, seat", "not the seat of colleague"),
    ],
)
def test_columns_that_name_different_people_are_a_mistake_of_the_row(
    look: Look, row: str, columns: str, told: str
) -> None:
    found = look(f"number,login,name,seat,1.,2.,3.\n{row},80,80,80\n")
    assert whose(found) == []
    assert [(one.at, one.column) for one in found.mistakes] == [(2, columns)]
    assert told in found.mistakes[0].told


@pytest.mark.parametrize(
    "row",
    ["103,colleague,محمد العربي,02", "103,,Mohamed Elarbi,", ",COLLEAGUE,محمّد العربي,", ",,محمد العربي,", "١٠٣,,,02"],
)
def test_columns_that_agree_and_names_spelled_otherwise_are_taken(look: Look, people: People, row: str) -> None:
    found = look(f"number,login,name,seat,1.\n{row},80\n")
    assert (whose(found), list(found.mistakes)) == ([people["colleague"]], [])


def test_names_of_french_heads_are_looked_at_too(look: Look, people: People) -> None:
    one = look("Numéro;Nom;1\n101;محمد العربي;50\n")
    two = look("Numéro;Prénom;Nom;1\n101;محمد;العربي;50\n")
    assert [[mistake.column for mistake in found.mistakes] for found in (one, two)] == [["Numéro, Nom"], ["Numéro"]]
    assert whose(look("Nom;Prénom;1\nالعربي;محمد;50\n")) == [people["colleague"]]  # noqa: RUF001 - a name


@pytest.mark.parametrize("head", ["day", "Date", "Jour", "DATE", "اليوم", "التاريخ", "Date de l\u2019examen", "Дата"])
def test_the_day_is_read_by_whatever_it_is_called(look: Look, head: str) -> None:
    found = look(f"Numéro;1;{head}\n103;50;2026-11-24\n")
    assert [one.after["day"] for one in found.changes.values()] == ["2026-11-24"]
    assert (list(found.mistakes), list(found.unread)) == ([], [])


@pytest.mark.parametrize("day", ["24/11/2026", "11/24/2026", "24.11.2026", "2026-11-31", "24 novembre", "46350"])
def test_a_day_in_another_form_is_refused_with_the_form(look: Look, day: str) -> None:
    found = look(f"Numéro;1;Jour\n103;50;{day}\n")
    assert [(one.at, one.column, one.cell) for one in found.mistakes] == [(2, "Jour", day)]
    assert "2026-11-06" in found.mistakes[0].told
    assert not found.changes


def test_two_columns_of_the_day_are_refused(look: Look) -> None:
    with pytest.raises(Refused, match="stand twice: day"):
        look("login;1;day;Date\ncolleague;50;2026-11-24;2026-11-23\n")


def test_columns_that_are_not_read_are_named(look: Look) -> None:
    found = look("login;Groupe;1;4. Zusatz;;\ncolleague;B;50;60;;late\n")
    assert list(found.unread) == ["Groupe", "4. Zusatz", "F"]
    assert len(found.changes) == 1


def test_no_cell_of_a_person_is_a_formula_and_the_file_reads_back(
    store: Store, people: People, clock: Clock, look: Look
) -> None:
    with store.writing() as session:
        session.get_one(Person, people["trainee"]).name = "=HYPERLINK(1)"
        teaching = session.scalars(select(TeachingSession)).one()
        next(one for one in teaching.members if one.person_id == people["trainee"]).number = "+101"
    with store.reading() as session:
        teaching = session.scalars(select(TeachingSession)).one()
        text = sheetfile.as_csv(grid.sheet(session, instructor(people), teaching, "A", 1, clock()))
    assert "'=HYPERLINK(1)" in text
    assert "'+101" in text
    assert not look(text).mistakes
