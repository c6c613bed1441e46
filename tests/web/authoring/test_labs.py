"""Labs in the editor: begun from another's scenario, checked by line, proved by running them."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Clock
from tests.web.authoring.conftest import send, typed
from training.authoring import proofs, service
from training.authoring.models import LabProof
from training.authoring.service import Copy
from training.errors import Conflict, Damaged
from training.labs import prove
from training.settings import ROOT, Settings
from training.store import Store

Clients = Mapping[str, FlaskClient]
LAB = Copy("lab", "finance-workstation")
HOME = "/authoring/lab/finance-workstation"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An installation with one shipped lab, whose exhibits are those of the repository."""
    labs = tmp_path / "labs"
    shutil.copytree(ROOT / "labs" / LAB.name, labs / LAB.name)
    (labs / "exhibits").symlink_to(ROOT / "labs" / "exhibits")
    return settings.model_copy(update={"labs": labs, "courses": tmp_path / "no-courses"})


@pytest.fixture
def begun(settings: Settings, store: Store, clock: Clock) -> Store:
    with store.writing() as session:
        service.take(session, LAB, settings.labs / LAB.name, None, clock())
    return store


def test_a_new_lab_begins_with_the_scenario_of_another(clients: Clients, store: Store, settings: Settings) -> None:
    client = clients["instructor"]
    fields = {"lab": "harbour-office", "scenario": LAB.name, "title": "The harbour: office"}
    made = send(client, "/authoring", "/authoring/labs", **fields)
    assert made.location == "/authoring/lab/harbour-office"
    page = client.get(made.location).text
    assert "python app.py forge harbour-office" in page
    assert "python app.py course write harbour-office --lab" in page
    assert "In files that are missing, or made by the program" in page
    assert "forge makes the exhibits, prove the keys" in page
    assert "labs/harbour-office/keys/harbour-office-a.json:1" in page
    with store.reading() as session:
        files = service.contents(session, Copy("lab", "harbour-office"))
    assert sorted(files) == ["LICENSE.md", "brief.md", "lab.yaml", "scenario.yaml"]
    assert b'title: "The harbour: office"' in files["scenario.yaml"]
    assert b"name: harbour-office\n" in files["scenario.yaml"]
    assert b"harbour-office-a" in files["lab.yaml"]
    assert b"finance-workstation" not in files["lab.yaml"]
    shown = client.get(f"{made.location}/files/scenario.yaml").text
    assert "Mistake</span>" not in shown
    assert send(client, "/authoring", "/authoring/labs", **{**fields, "lab": "x y"}).status_code == 422
    assert send(client, "/authoring", "/authoring/labs", **{**fields, "lab": LAB.name}).status_code == 409


def test_only_labs_with_a_scenario_are_offered_to_begin_with(clients: Clients, settings: Settings) -> None:
    shutil.copytree(settings.labs / LAB.name, settings.labs / "no-scenario")
    (settings.labs / "no-scenario" / "scenario.yaml").unlink()
    page = clients["instructor"].get("/authoring").text
    offered = page.split('id="l-from"', 1)[1].split("</select>", 1)[0]
    assert 'value="finance-workstation"' in offered
    assert "no-scenario" not in offered
    assert "no-scenario" in page


def test_mistakes_of_a_scenario_are_told_by_line(clients: Clients, begun: Store) -> None:
    client, page = clients["instructor"], f"{HOME}/files/scenario.yaml"
    text = typed(client.get(page).text)
    wrong = text.replace("memory: 128", "memory: lots", 1)
    memory = next(number for number, line in enumerate(wrong.split("\n"), 1) if "memory: lots" in line)
    answer = send(client, page, text=wrong, do="preview")
    assert f'data-line="{memory}"' in answer.text
    answer = send(client, page, text=text.replace("scenario: 2", "scenario: ["), do="preview")
    assert answer.status_code == 200
    assert "Mistake</span>" in answer.text


def test_mistakes_of_a_lab_are_told_by_line(clients: Clients, begun: Store) -> None:
    client, page = clients["instructor"], f"{HOME}/files/lab.yaml"
    text = typed(client.get(page).text).replace("plugin: linux.psaux", "plugin: linux.nothing", 1)
    line = next(number for number, one in enumerate(text.split("\n"), 1) if "linux.nothing" in one)
    answer = send(client, page, text=text, do="preview").text
    assert f'data-line="{line}"' in answer
    assert "no plugin linux.nothing is offered" in answer


def test_a_lab_that_is_edited_is_written_to_the_files_by_command(
    clients: Clients, begun: Store, settings: Settings, clock: Clock
) -> None:
    from training.authoring import checking  # noqa: PLC0415 - the command's own way

    client, page = clients["instructor"], f"{HOME}/files/brief.md"
    text = typed(client.get(page).text) + "\nOne more sentence.\n"
    assert send(client, page, text=text, do="save").status_code == 303
    folder, changed = checking.write(begun, settings, LAB, clock())
    assert changed == ["brief.md"]
    assert (folder / "brief.md").read_text("utf-8") == text


class Wanted(Exception):
    """A fault."""


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [(Damaged("the pack is damaged"), "failed", "the pack is damaged"), (Wanted(), "failed", "A fault of the program")],
)
def test_what_a_proof_came_to_is_kept_whatever_happens(
    clients: Clients,
    begun: Store,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    state: str,
    said: str,
) -> None:
    def broken(*_: object, **__: object) -> list[object]:
        raise fault

    monkeypatch.setattr(prove, "prove", broken)
    client, page = clients["instructor"], f"{HOME}/proof"
    assert "Not proved here yet" in client.get(page).text
    assert send(client, page, pack="finance-workstation-a").status_code == 303
    with begun.reading() as session:
        row = session.scalars(select(LabProof)).one()
    assert (row.state, row.pack) == (state, "finance-workstation-a")
    assert said in client.get(page).text
    assert send(client, page, pack="another").status_code == 422


def test_one_proof_is_made_at_a_time_and_one_that_was_lost_holds_nothing(
    begun: Store, settings: Settings, clock: Clock
) -> None:
    with begun.writing() as session:
        asked = proofs.ask(session, settings, LAB, "finance-workstation-a", None, clock())
        with pytest.raises(Conflict, match="is being made"):
            proofs.ask(session, settings, LAB, "finance-workstation-b", None, clock())
    clock.forward(minutes=31)
    assert proofs.lost(asked, clock())
    with begun.writing() as session:
        made = proofs.ask(session, settings, LAB, "finance-workstation-b", None, clock())
        made.state, made.done_at = "sound", clock()
        session.flush()
        proofs.ask(session, settings, LAB, "finance-workstation-b", None, clock())  # one that is made holds nothing


def test_a_lab_with_mistakes_can_not_be_proved_and_says_why(clients: Clients, begun: Store) -> None:
    client, page = clients["instructor"], f"{HOME}/files/lab.yaml"
    text = typed(client.get(page).text).replace("plugin: linux.psaux", "plugin: linux.nothing", 1)
    send(client, page, text=text, do="save")
    shown = client.get(f"{HOME}/proof").text
    assert "no plugin linux.nothing is offered" in shown
    assert "Prove on" not in shown


@pytest.mark.long
def test_keys_are_proved_by_running_the_lab_and_a_changed_lab_is_out_of_date(
    clients: Clients, begun: Store, settings: Settings, exhibit: str
) -> None:
    client, page = clients["instructor"], f"{HOME}/proof"
    assert exhibit
    assert send(client, page, pack="finance-workstation-a").status_code == 303
    shown = client.get(page).text
    assert "All keys are proved" in shown
    assert not (settings.instance / "drift").exists()
    with begun.reading() as session:
        row = session.scalars(select(LabProof)).one()
    assert {one["state"] for one in row.outcome["questions"]} == {"proved", "free"}
    assert row.outcome["runs"] > 0
    brief = f"{HOME}/files/brief.md"
    send(client, brief, text=typed(client.get(brief).text) + "\nMore.\n", do="save")
    assert "Out of date" in client.get(page).text


def test_answers_of_a_lab_are_for_those_who_may_see_keys(app: Flask, clients: Clients, begun: Store) -> None:
    for who in ("trainee", "stranger", "host", "administrator"):
        for path in ("lab.yaml", "scenario.yaml", "brief.md"):
            assert clients[who].get(f"{HOME}/files/{path}").status_code == 404
