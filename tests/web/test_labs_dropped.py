"""A question that the rules in force, taken from another release, don't have: nothing breaks, and nothing is taken."""

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import People, token_of
from tests.unit.labs.conftest import FOLDER, LAB, Desk
from tests.unit.labs.test_findings import answer
from tests.unit.labs.test_judgements import version
from tests.web.conftest import Clients, bench, html_errors
from training.content import service as content
from training.errors import Conflict
from training.labs import reader
from training.labs.models import Finding, HintTaken
from training.labs.service import findings

WHY = "Question q9 is no longer asked"


@pytest.fixture
def dropped(desk: Desk, people: People, tmp_path: Path) -> Desk:
    """One finding on q9; then findings are judged by a later release of the lab, in which it is called q30."""
    desk.submit("q9", answer(desk, "q9"), key="before-it-was-dropped")
    copied = tmp_path / "labs" / LAB
    shutil.copytree(FOLDER, copied)
    keys = copied / "keys" / "finance-workstation-a.json"
    for file in (copied / "lab.yaml", keys):
        text = re.sub(r"(?m)^exhibits: .*$", "exhibits: [finance-workstation-a]", file.read_text("utf-8"))
        file.write_text(re.sub(r"\bq9\b", "q30", text), "utf-8")
    new = next(one for one in reader.draft(copied).questions if one.id == "q30")
    keys.write_text(keys.read_text("utf-8").replace(desk.question("q9").material, new.material), "utf-8")
    with desk.rooms.store.writing() as session:
        other = content.publish(session, desk.rooms.settings.instance, "lab", copied, reader.check, desk.rooms.clock())
    version(desk, people, 1, {"do": "rules", "release": other.sha256})
    return desk


def test_a_page_of_it_still_stands_and_what_it_sends_is_refused_with_a_sentence(
    clients: Clients, dropped: Desk
) -> None:
    trainee, here = clients["trainee"], bench(dropped, question="q9")
    page = trainee.get(here)
    assert page.status_code == 200
    assert html_errors(page.text) == []
    form = {"csrf_token": token_of(page.text), "request_key": "after-it-was-dropped", "value": "3", "bare": "1"}
    found = trainee.post(f"/attempts/{dropped.attempt_id}/findings?question=q9", data=form)
    hint = trainee.post(f"/attempts/{dropped.attempt_id}/hints?question=q9", data={**form, "hint": "1"})
    assert [found.status_code, hint.status_code] == [409, 409]
    assert WHY in found.text
    assert WHY in hint.text
    with dropped.rooms.store.reading() as session:
        assert [one.value for one in session.scalars(select(Finding))] == [answer(dropped, "q9")]
        assert session.scalars(select(HintTaken)).all() == []


def test_services_say_so_and_a_repeated_request_still_gives_its_finding(dropped: Desk) -> None:
    with pytest.raises(Conflict, match=WHY):
        dropped.submit("q9", "203.0.113.9:1")
    with pytest.raises(Conflict, match=WHY):
        dropped.progress("q9")
    with pytest.raises(Conflict, match=WHY), dropped.rooms.store.writing() as session:
        case = dropped.case(session, lock=True)
        findings.take_hint(session, case, dropped.question("q9"), 1, dropped.rooms.clock())
    assert dropped.submit("q9", answer(dropped, "q9"), key="before-it-was-dropped").repeated


@pytest.mark.parametrize(
    ("who", "there"),
    [
        ("trainee", "/attempts/{}/replay"),
        ("trainee", "/attempts/{}/appeals"),
        ("instructor", "/results/{}"),
        ("instructor", "/results/{}/replay"),
    ],
)
def test_other_pages_of_the_attempt_stand_too(clients: Clients, dropped: Desk, who: str, there: str) -> None:
    answered = clients[who].get(there.format(dropped.attempt_id))
    assert answered.status_code == 200
    assert html_errors(answered.text) == []
