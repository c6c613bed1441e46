"""An exercise: a lab on papers alone, with the same findings, citations and walk-through, and no command line."""

import re
import shutil
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.conftest import Clock
from tests.web.conftest import Clients, html_errors, post, send
from training.content import service as content
from training.evidence import service as evidence
from training.evidence.models import PAPERS, Exhibit
from training.labs import prove, reader
from training.labs.models import Attempt, Finding
from training.labs.service import attempts
from training.settings import Settings
from training.store import Store
from training.web.rooms import Rooms

TRAIL = Path(__file__).parents[1] / "unit" / "labs" / "paper-trail"


@pytest.fixture
def begun(rooms: Rooms, clients: Clients, clock: Clock) -> UUID:
    with rooms.store.writing() as session:
        content.publish(session, rooms.settings.instance, "lab", TRAIL, reader.check, clock())
    reply = clients["trainee"].get("/labs/paper-trail")
    assert reply.status_code == 200
    assert "Papers of the case" in reply.text
    with rooms.store.reading() as session:
        assert not session.scalar(select(func.count()).select_from(Exhibit).where(Exhibit.os == PAPERS)), (
            "looking is free"
        )
    reply = post(clients["trainee"], "/labs/paper-trail")
    return UUID(reply.headers["Location"].rsplit("/", 1)[1])


def test_its_page_has_papers_and_no_command_line(clients: Clients, begun: UUID) -> None:
    page = clients["trainee"].get(f"/attempts/{begun}").text
    assert html_errors(page) == []
    assert 'id="cmd"' not in page
    for words in ("Papers of the case", "Flow record of the firm", "Verify the list", "SHA-256 as registered"):
        assert words in page, words
    assert "Volatility" not in re.sub(r"(?s)<footer.*", "", page)
    assert "203.0.113.40" in clients["trainee"].get(f"/attempts/{begun}/materials/flows").text
    nothing = clients["trainee"].get(f"/attempts/{begun}/choose")
    assert nothing.status_code == 200
    assert "there is no memory image to ask" in nothing.text
    assert 'name="plugin"' not in nothing.text


def test_a_finding_is_judged_on_its_value_and_the_line_that_is_cited(
    clients: Clients, begun: UUID, store: Store
) -> None:
    trainee = clients["trainee"]
    page = f"/attempts/{begun}/materials/flows?question=q1"
    assert post(trainee, page, place="2").status_code == 303
    sent = send(trainee, f"/attempts/{begun}?question=q1", "/findings", value="203.0.113.40", cited="1")
    assert sent.status_code == 303
    with store.reading() as session:
        found = session.scalars(select(Finding).filter_by(attempt_id=begun, question="q1")).one()
    assert found.verdict["support"] == 1
    assert found.points == 4


def test_a_command_is_refused_in_words(clients: Clients, begun: UUID) -> None:
    page = f"/attempts/{begun}"
    for figure in ("tree", "timeline", "network", "matrix", "bytes", "walk"):
        assert clients["trainee"].get(f"{page}/seeing/{figure}").status_code == 404
    reply = post(clients["trainee"], page, f"{page}/runs", command="linux.pslist")
    assert "worked on papers" in reply.text


def test_the_list_of_papers_is_hashed_like_any_exhibit(
    clients: Clients, begun: UUID, store: Store, settings: Settings
) -> None:
    assert send(clients["trainee"], f"/attempts/{begun}", "/verify").status_code == 303
    assert "worked out over the list of papers" in clients["trainee"].get(f"/attempts/{begun}").text
    with store.reading() as session:
        exhibit = session.scalars(select(Exhibit).where(Exhibit.os == PAPERS)).one()
        assert exhibit not in evidence.every(session), "nobody is offered to run something on it"
    listed = evidence.record(settings.instance, exhibit)
    assert any("flows, Flow record of the firm" in line and "SHA-256" in line for line in listed)
    path = evidence.folder_of(settings.instance, exhibit.sha256) / "record.txt"
    path.chmod(0o644)
    path.write_text("another list\n", "utf-8")
    assert evidence.verify(store, settings.instance, exhibit, exhibit.registered_at).fault


def test_two_people_share_the_case_file_and_a_changed_one_is_another(
    clients: Clients, begun: UUID, rooms: Rooms, clock: Clock, tmp_path: Path
) -> None:
    post(clients["colleague"], "/labs/paper-trail")
    changed = tmp_path / "paper-trail"
    shutil.copytree(TRAIL, changed)
    (changed / "materials" / "note.txt").write_text("The head of IT called at 22:10 local time.\n", "utf-8")
    with rooms.store.writing() as session:
        first = session.get_one(Attempt, begun)
        assert session.scalar(select(func.count()).where(Attempt.exhibit == first.exhibit)) == 2
        content.publish(session, rooms.settings.instance, "lab", changed, reader.check, clock())
        attempts.close(session, first, clock())
    reply = post(clients["trainee"], "/labs/paper-trail")
    with rooms.store.reading() as session:
        second = session.get_one(Attempt, UUID(reply.headers["Location"].rsplit("/", 1)[1]))
        assert second.exhibit != session.get_one(Attempt, begun).exhibit


def test_the_walkthrough_cites_papers(clients: Clients, begun: UUID, rooms: Rooms, clock: Clock) -> None:
    with rooms.store.writing() as session:
        attempts.close(session, session.get_one(Attempt, begun), clock())
    address = f"/attempts/{begun}/walkthrough?question="
    pages = {name: clients["trainee"].get(f"{address}{name}").text for name in ("q1", "q2", "q3")}
    assert {name: html_errors(page) for name, page in pages.items()} == {name: [] for name in pages}
    assert "line 2" in pages["q1"]
    assert [name for name, page in pages.items() if "who sat there" in page] == ["q3"]


def test_prove_holds_an_exercise_against_its_papers(settings: Settings, tmp_path: Path, clock: Clock) -> None:
    shutil.copytree(TRAIL, tmp_path / "labs" / "paper-trail")
    here = settings.model_copy(update={"labs": tmp_path / "labs"})
    [proof] = prove.prove(here, "paper-trail", clock)
    assert proof.sound
    assert [one.truth for one in proof.proved if one.truth] == ["203.0.113.40", "a"]
    flows = tmp_path / "labs" / "paper-trail" / "materials" / "flows.csv"
    flows.write_text(flows.read_text("utf-8").replace("203.0.113.40", "203.0.113.44"), "utf-8")
    [proof] = prove.prove(here, "paper-trail", clock)
    assert "no line of flows shows the answer" in " ".join(proof.faults)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: exercise\n", "", "a lab names at least one exhibit"),
        ("levels: no\n", "", ""),
        (
            "kind: exercise\n",
            "stage_hand: none\nexhibits: [paper-trail-a]\n",
            "q1: a constant key belongs to choice, choices, matching, number",
        ),
        ("minutes: 30\n", "minutes: 30\nexhibits: [finance-workstation-a]\n", "no memory image, so it has no exhibits"),
        ("{material: flows, shows: [destination]}", "{plugin: linux.sockstat, shows: [PID]}", "no plugin runs in an"),
        ("key: {constant: 203.0.113.40}", 'key: {truth: truth.x, rows: the(rows("linux.psaux").PID)}', "`constant` or"),
    ],
)
def test_what_does_not_belong_into_an_exercise_is_a_mistake(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = tmp_path / "paper-trail"
    shutil.copytree(TRAIL, folder)
    file = folder / reader.FILE
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    told = " ".join(str(one) for one in reader.check(folder))
    assert said in told
    if not said:
        assert told == ""
