"""Bundles that were made before an erasure and come in after it: nothing of the person comes back with them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from tests.unit.credentials.conftest import facts_of
from tests.unit.hosting.carry import conftest as carrying
from tests.unit.hosting.carry.conftest import Place
from tests.unit.hosting.carry.sides import OTHERS
from tests.unit.personal.conftest import NAME, Held
from tests.unit.personal.test_erasing import WORDS, found, on_disk
from training.accounts import service as accounts
from training.accounts.models import Person
from training.audit import service as audit
from training.audit.models import Event
from training.credentials import service as credentials
from training.credentials.making import Award, Site
from training.credentials.models import Certificate
from training.errors import Refused
from training.grading.verdict import State, Verdict
from training.hosting.board.models import Message
from training.hosting.carry import bundle, erased, history, waiting
from training.hosting.models import SessionMember, TeachingSession
from training.labs.models import Attempt, AttemptCommand, Draft, Finding
from training.personal.service import asking, carried, sweep
from training.settings import ROOT

pytestmark = pytest.mark.any_database

laptop, carried_template = carrying.laptop, carrying.carried_template  # fixtures
LATE = tuple(f"zanthe laptop {one}" for one in ("command", "finding", "reasoning", "draft"))
ALL = (*WORDS, *LATE)


@pytest.fixture(autouse=True)
def _registered() -> None:
    """As the server and the command line do."""
    carried.register()


@pytest.fixture
def home(held: Held) -> Place:
    return Place(held.settings, held.store, held.clock)


@pytest.fixture
def brought(held: Held, home: Place, laptop: Place, tmp_path: Path) -> bundle.Bundle:
    """The session went to a laptop, the person and others worked there, and it was sent back: all before an erasure."""
    home.trusts(laptop)
    laptop.trusts(home)
    laptop.take(home.send(held.session, tmp_path / "there", laptop), OTHERS)
    now = laptop.now()
    with laptop.store.writing() as session:
        attempt = session.get_one(Attempt, held.attempt)
        verdict = Verdict(state=State.JUDGED, points=1, worth=1, tries_left=1, understood=LATE[1], notes=("So.",))
        session.add(
            Finding(attempt_id=attempt.id, question="q7", try_no=1, step=9, value=LATE[1], citations=[],
                    request_key="late-1", understood=LATE[1], verdict=verdict.model_dump(mode="json"), judged=True,
                    credit=1.0, points=1.0, share=1.0, reasoning=LATE[2], at=now)
        )  # fmt: skip
        session.add(AttemptCommand(attempt_id=attempt.id, at=now, typed=LATE[0], answer="No such plugin."))
        session.add(Draft(attempt_id=attempt.id, question="q8", value=LATE[3], reasoning="", updated_at=now,
                          citations=[]))  # fmt: skip
        row = {"session_id": held.session, "by": held.people["instructor"], "at": now}
        session.add(Message(**row, number=91, text=f"Well done, {NAME}: go on", request_key="said-91"))
        session.get_one(TeachingSession, held.session).room = "Room 7"
        lead = accounts.actor_of(accounts.by_login(session, "boris"))
        home_id = session.get_one(TeachingSession, held.session).organisation_id
        for one in credentials.of_session(session, held.session):
            if one.revocation is None and one.person_id == held.id:
                credentials.revoke(session, one, lead, "It has the wrong day on it.", now)
        given = Award(held.id, held.session, home_id, facts_of(holder=NAME))
        credentials.issue(session, Site(laptop.instance, "http://localhost"), given, lead, now)
    return laptop.send(held.session, tmp_path / "back", home)


def whole(held: Held) -> None:
    """Nothing of the person is in any row or file, and the chain holds."""
    assert found(held, ALL) == set()
    if held.store.is_sqlite:
        assert on_disk(held, ALL) == []
    with held.store.reading() as session:
        assert audit.check(session).fault is None


def test_a_bundle_of_before_brings_nothing_of_the_person_back(held: Held, home: Place, brought: bundle.Bundle) -> None:
    kept = list((held.settings.instance / "carried").glob("*.zip"))
    assert kept, "what was sent to the laptop"
    held.erase()
    assert not any(one.exists() for one in kept)
    looked = home.look(brought)
    assert looked.sound
    told = str(looked)
    assert not [word for word in ALL if word in told]
    whole(held)
    with brought.path.open("rb") as sent:
        name = waiting.keep(held.settings.instance, held.session, sent).name
    with pytest.raises(Refused, match="1 person who was erased here, so it was not kept"):
        waiting.look(held.store, held.settings, held.session, name, OTHERS)
    assert not waiting.is_there(held.settings.instance, held.session, name)
    whole(held)

    taken = home.take(brought)
    room = next(one for one in taken.clashes if one.column == "room")
    assert (room.here, room.there) == ("", "Room 7"), "what both once had went with the bundles, so a host decides"
    assert found(held, ALL) == set(), "before any pass"
    assert not history.knows(held.settings.instance, taken.bundle.name), "what it said is kept nowhere"
    with held.store.reading() as session:
        assert session.get_one(TeachingSession, held.session).room == ""
        late = session.scalars(select(Finding).where(Finding.request_key == "late-1")).one()
        assert (late.erased, late.credit, late.verdict["notes"], late.current.credit) == (True, 1.0, [], 1.0)
        assert session.scalars(select(AttemptCommand)).all() == []
        assert session.scalars(select(Draft)).all() == []
        said = session.scalars(select(Message.text).where(Message.request_key == "said-91")).one()
        assert said == f"Well done, {session.get_one(Person, held.id).name}: go on"
        certificates = session.scalar(select(func.count()).where(Certificate.session_id == held.session))
        assert certificates == 3, "two of here, and the one that the laptop gave out"
        mine = credentials.of_person(session, held.id)
        assert {credentials.shown(session, one).state for one in mine} == {"revoked"}
        assert session.get_one(SessionMember, (held.session, held.id)).number in ("", None)
        (due,) = asking.due(session, held.clock())
        assert due.files_done_at is None
    done = sweep.once(held.store, held.settings, held.clock())
    assert (done.stopped, done.unwritten) == ([], 0)
    whole(held)
    assert home.take(brought).taken


@pytest.mark.any_database
def test_whoever_is_not_erased_loses_nothing_by_it(held: Held, home: Place, brought: bundle.Bundle) -> None:
    """The same bundle, with nobody erased: every word of it comes in."""
    assert home.take(brought).sound
    assert {"finding.value", "attempt_command.typed", "draft.value"} <= found(held, LATE)
    assert history.knows(held.settings.instance, brought.name) is not None


@pytest.mark.any_database
def test_a_second_bundle_of_before_is_emptied_too(
    held: Held, home: Place, laptop: Place, brought: bundle.Bundle, tmp_path: Path
) -> None:
    with laptop.store.writing() as session:
        session.execute(update(Message).where(Message.request_key == "said-91").values(text=f"{NAME}, again"))
    second = laptop.send(held.session, tmp_path / "second", home)
    held.erase()
    for one in (second, brought):
        assert home.take(one).sound
    sweep.once(held.store, held.settings, held.clock())
    whole(held)


@pytest.mark.any_database
def test_where_nobody_says_how_a_bundle_with_erased_people_is_not_looked_at(
    held: Held, home: Place, brought: bundle.Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    held.erase()
    monkeypatch.setattr(erased, "_registered", [])
    with pytest.raises(ValueError, match="nobody has registered"):
        home.look(brought)
    carried.register()
    assert home.look(brought).sound


@pytest.mark.any_database
@pytest.mark.parametrize("module", ["training.personal.views", "training.personal.cli", "training.factory"])
def test_what_takes_bundles_has_registered_it(module: str) -> None:
    """In a process of its own: the server, and the command `session import`."""
    more = "create_app" if module == "training.factory" else ""
    text = f"""
import {module}
from training.cli import TABLE
from training.hosting.carry import erased
if {more!r}:
    from importlib import import_module
    for name in {module}.VIEWS: import_module(f"training.{{name}}.views")
assert TABLE["session"].startswith("training.personal.cli:")
print(type(erased._registered[0]).__name__)
"""
    own = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=False)
    assert own.stdout.split() == ["Keeper"], own.stderr


@pytest.mark.parametrize("at", ["rows", "files"])
def test_a_process_that_is_killed_while_it_takes_one_leaves_nothing_of_the_person(
    held: Held, home: Place, brought: bundle.Bundle, at: str, tmp_path: Path
) -> None:
    """Killed before the commit: nothing came in. After it, with the bundle still on the disk: the next pass does it."""
    held.erase()
    seen = home.look(brought).seen
    waits = held.settings.instance / "carried" / "waiting" / f"{held.session}-{brought.name}"
    waits.parent.mkdir(parents=True, exist_ok=True)
    waits.write_bytes(brought.path.read_bytes())
    held.store.close()
    killed = _killed(held, brought.path, seen, at)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert found(held, ALL) == set()
    with held.store.reading() as session:
        assert audit.check(session).fault is None
        acts = session.scalars(select(Event.act).where(Event.act == history.TAKEN)).all()
        assert bool(acts) is (at == "files")
    sweep.once(held.store, held.settings, held.clock())
    assert waits.exists() is (at == "rows")
    waits.unlink(missing_ok=True)
    home.take(brought)
    sweep.once(held.store, held.settings, held.clock())
    whole(held)


def _killed(held: Held, path: Path, seen: str, at: str) -> subprocess.CompletedProcess[str]:
    """Take it in a process of its own that ends itself, by its id, before the commit or right after it."""
    text = f"""
import os, signal
from datetime import datetime
from pathlib import Path
from training.hosting.carry import bundle, history, taking
from training.personal.service import carried
from training.settings import Settings
from training.store import Store
def end(*_given, **_named): os.kill(os.getpid(), signal.SIGKILL)
if {at!r} == "rows": history.note = end
carried.register()
settings = Settings.load({{}}, instance={str(held.settings.instance)!r}, secret="only for tests: 0123456789abcdef",
                         database_url={held.settings.database_url!r})
now = datetime.fromisoformat({held.clock().isoformat()!r})
taking.take(Store(settings.database), settings, bundle.read(Path({str(path)!r})), {seen!r}, None, now)
end()
"""
    return subprocess.run(
        [sys.executable, "-c", text], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip
