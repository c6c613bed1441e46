"""The commands that write what an installation has, send a session, and show and take a bundle: each line they say."""

from pathlib import Path
from uuid import UUID

import click
import pytest
from click.testing import CliRunner, Result

from tests.conftest import People
from tests.hosting_place import make_teaching
from training.courses.moving import signing
from training.errors import Conflict, DomainError, NotThere, Refused
from training.hosting.carry import bundle, presence, rows
from training.hosting.carry.cli import COMMANDS, _pair, _told, manifest, send, take
from training.hosting.carry.merging import Clash
from training.hosting.carry.taking import Look
from training.hosting.models import TeachingSession

from .conftest import Place

pytestmark = pytest.mark.any_database
SAID = ["--other", "trainee=amina", "--other", "instructor=boris"]
UNSEALED = "The bundle is not sealed: it holds answer keys and people. Keep it as you keep examination papers."
NOT_TRUSTED = "Nobody here trusts this key. Compare the fingerprint with the sender, then add --trust and whose it is."


@pytest.fixture
def week(home: Place, people: People) -> UUID:
    with home.store.writing() as session:
        return make_teaching(session, people, home.now(), trainees=("trainee", "colleague")).id


def run(command: click.Command, place: Place, *words: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in words], obj=place.settings)


def said(command: click.Command, place: Place, *words: object, code: int = 0) -> list[str]:
    done = run(command, place, *words)
    assert (done.exit_code, done.exception if not code else None) == (code, None), done.output
    return done.output.splitlines()


def fault(command: click.Command, place: Place, *words: object) -> DomainError:
    error = run(command, place, *words).exception
    assert isinstance(error, DomainError)
    return error


def key(place: Place) -> str:
    return f"key: {signing.spelled(signing.fingerprint(signing.public_key(place.instance)))}"


def test_a_session_goes_to_another_installation_and_back_by_commands(
    home: Place, laptop: Place, people: People, week: UUID, tmp_path: Path
) -> None:
    has, sent, back = tmp_path / "laptop.json", tmp_path / "week.engram", tmp_path / "back.engram"
    lines = said(manifest, laptop, "--to", has)
    assert lines == [key(laptop), f"session manifest: {has}, {has.stat().st_size:,} bytes"]
    assert presence.read(has.read_bytes()).by == signing.fingerprint(signing.public_key(laptop.instance))
    assert isinstance(fault(send, home, week, "--to", sent, "--have", has), Refused)
    with home.store.reading() as session:
        theirs = rows.read(session, week)
    count = sum(map(len, theirs.values()))

    lines = said(send, home, week, "--to", sent, "--have", has, "--trust", "Our laptop")
    assert lines == [key(home), f"session export: {sent}, {count} rows, 2 files, {sent.stat().st_size:,} bytes"]
    found = bundle.read(sent)
    head = [f"Bundle of {found.manifest.made:%Y-%m-%d %H:%MZ}, {found.name}", key(home)]
    none = "session import: 0 people are in doubt, 0 things are missing; nothing was changed"
    assert said(take, laptop, sent) == [*head, NOT_TRUSTED, none]

    lines = said(take, laptop, sent, "--trust", "Home", code=1)
    names = sorted((str(people[one]), one) for one in ("trainee", "colleague", "instructor"))
    titled = [*head, "session: Autumn week"]
    assert lines == [
        *titled,
        *(f"  new account: {one.title()} ({one})" for _, one in names),
        *(
            f"  who is {one.title()} ({one})? Here that is First {one}: say --same {one}=LOGIN or --other"
            for _, one in names
            if one != "colleague"
        ),
        "session import: 2 people are in doubt, 0 things are missing; nothing was changed",
    ]
    lines = said(take, laptop, sent, *SAID)
    logins = {"trainee": "amina", "colleague": "colleague", "instructor": "boris"}
    told = [
        *titled,
        *(f"  new account: {one.title()} ({logins[one]})" for _, one in names),
        *(f"  new: {len(table)} {name}" for name, table in sorted(theirs.items()) if table),
    ]
    digest = lines[-1].rpartition(" ")[2]
    end = f"session import: {count} rows new, 0 changed, 0 differ"
    assert lines == [*told, f"{end}; nothing was changed. Take it with: --yes {digest}"]
    assert isinstance(fault(take, laptop, sent, *SAID, "--yes", "0" * 16), Conflict)
    assert said(take, laptop, sent, *SAID, "--yes", digest) == [*told, end]
    again = [*titled, "It was taken already, or a later one was.", "session import: 0 rows, it was taken before"]
    assert said(take, laptop, sent) == said(take, laptop, sent, "--yes", digest) == again

    for place, room in ((home, "Room 1"), (laptop, "Room 2")):
        with place.store.writing() as session:
            session.get_one(TeachingSession, week).room = room
            session.get_one(TeachingSession, week).seats = 17 if place is laptop else 30
    with laptop.store.writing() as session:
        part = rows.table("session_part")
        slots = sorted(rows.read(session, week)["session_part"])[:2]
        session.execute(part.delete().where(part.c.id.in_([UUID(one) for one in slots])))
    lines = said(send, laptop, week, "--to", back)
    whole = f"session export: {back}, {count - 2} rows, 2 files, {back.stat().st_size:,} bytes"
    assert lines == [key(laptop), UNSEALED, whole]
    lines = said(take, home, back)
    assert lines[2:-1] == [
        "session: Autumn week",
        "  changed: 1 teaching_session",
        "  removed: 2 session_part",
        f"  differs, what is here stays: teaching_session {week} room",
    ]
    assert lines[-1].startswith("session import: 0 rows new, 1 changed, 1 differ; nothing was changed. Take it with: ")


def test_commands_write_over_nothing_and_say_what_they_can_not_read(home: Place, week: UUID, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("something")
    taken = f"{there} is there already. Choose another name, or move it away."
    for command, words in ((manifest, ["--to", there]), (send, [week, "--to", there])):
        bad = fault(command, home, *words)
        assert (type(bad), str(bad)) == (Conflict, taken)
    assert there.read_text() == "something"
    bad = fault(manifest, home, "--to", tmp_path / "none" / "file")
    assert (type(bad), str(bad)) == (
        NotThere,
        f"{tmp_path / 'none'} is not a folder. Create it first, or choose another place.",
    )
    sent = tmp_path / "b"
    said(send, home, week, "--to", sent)
    for option in ("--same", "--other"):
        for text in ("trainee", "=here", "there=", ""):
            bad = fault(take, home, sent, option, text)
            assert (type(bad), str(bad)) == (Refused, f"{text} is not of the form THERE=HERE.")
    long = fault(take, home, sent, "--same", "x" * 100)
    assert str(long) == f"{'x' * 80} is not of the form THERE=HERE."
    assert _pair("a=b=c") == ("a", "b=c")
    assert [one.name for one in COMMANDS] == ["manifest", "export", "import"]


def test_differences_are_told_by_table_row_and_column_and_no_more_than_fit_on_a_screen(
    home: Place, week: UUID, tmp_path: Path
) -> None:
    found = home.send(week, tmp_path / "b")
    clashes = tuple(Clash("session_member", f"{n}\x1fb c", "seat", "1", "2") for n in range(21))
    lines = list(_told(Look(found, trusted=True, title="A week", lacking=("a lab",), clashes=clashes)))
    assert lines[3:] == ["  missing: a lab", *DIFFERS]


DIFFERS = [f"  differs, what is here stays: session_member {n} b c seat" for n in range(20)]
