"""Pages of the dossier: sealed, checked and merged by whoever runs the session, and what is sent in to do harm."""

import io
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from tests.conftest import Clock, People, token_of
from tests.hosting_place import instructor, make_teaching
from tests.unit.hosting import conftest as hosting
from tests.unit.hosting.dossier import conftest as dossiers
from tests.unit.hosting.dossier.conftest import OTHER, again
from tests.unit.hosting.dossier.test_attacks import zipped
from tests.web.conftest import html_errors
from training.accounts.actor import Actor, Role
from training.audit.models import Event
from training.courses.moving import archive, signing
from training.hosting.dossier import examining, verify
from training.hosting.models import TeachingSession
from training.hosting.service import sessions
from training.hosting.views.blueprint import AROUND
from training.labs.models import Attempt, Finding
from training.labs.service import attempts
from training.marking.models.appeals import Appeal
from training.settings import Settings
from training.store import Store

Clients = Mapping[str, FlaskClient]
teaching, opened, worked = hosting.teaching, hosting.opened, dossiers.worked  # fixtures
STAFF = ("instructor", "host", "administrator")


def place(of: UUID, page: str = "") -> str:
    return f"/sessions/{of}/dossier{page}"


def post(client: FlaskClient, of: UUID, act: str, **files: Any) -> TestResponse:
    """Send a form of the page as a browser does; files by field, one or a list."""
    token = token_of(client.get(place(of)).text)
    sent = {name: data if isinstance(data, list) else [data] for name, data in files.items()}
    form = {
        name: [FileStorage(io.BytesIO(one), f"{n}.zip") for n, one in enumerate(each)] for name, each in sent.items()
    }
    return send(client, place(of, act), {"csrf_token": token, **form})


def send(client: FlaskClient, address: str, form: Mapping[str, Any]) -> TestResponse:
    """Post a form. The client would put a large one in a file that nobody closes, so it is encoded here."""
    boundary, body = encode_multipart(MultiDict(form))
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(address, data=body, content_type=kind, buffered=True)


def sealed(client: FlaskClient, of: UUID) -> bytes:
    answer = post(client, of, "/seal")
    assert answer.status_code == 200, answer.text
    return bytes(answer.data)


def acts(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Event).filter_by(act="session.sealed")) or 0


@pytest.mark.parametrize("who", STAFF)
def test_whoever_runs_the_session_seals_it_and_a_stranger_verifies_the_file(
    clients: Clients, store: Store, settings: Settings, worked: UUID, tmp_path: Path, who: str
) -> None:
    client = clients[who]
    answer = post(client, worked, "/seal")
    assert answer.status_code == 200
    assert answer.content_type == "application/zip"
    assert re.fullmatch(
        r"attachment; filename=dossier-[0-9a-f]{8}-2026-11-25\.zip", answer.headers["Content-Disposition"]
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (tmp_path / "dossier.zip").write_bytes(answer.data)
    (tmp_path / "verify.py").write_bytes(client.get(place(worked, "/verify.py")).data)
    page = client.get(place(worked)).text
    key = signing.spelled(signing.fingerprint(signing.public_key(settings.instance)))
    assert key in page
    assert sha256(answer.data).hexdigest() in page
    assert acts(store) == 1
    command = [sys.executable, "-I", "verify.py", "dossier.zip", key]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "dossier: 0 faults")
    (tmp_path / "dossier.zip").write_bytes(again(verify.unpacked(answer.data)))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "dossier: 1 faults")


@pytest.mark.parametrize("who", ["trainee", "stranger", "other_instructor"])
def test_nobody_else_finds_any_of_it(clients: Clients, app: Any, store: Store, worked: UUID, who: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for page in ("", "/verify.py"):
        assert clients[who].get(place(worked, page)).status_code == 404
    for act in ("/seal", "/check", "/merge"):
        assert clients[who].post(place(worked, act)).status_code == 404
    assert acts(store) == 0


def test_a_form_without_its_token_seals_nothing(clients: Clients, store: Store, worked: UUID) -> None:
    for act in ("/seal", "/check", "/merge"):
        assert clients["host"].post(place(worked, act), data={"csrf_token": "forged"}).status_code == 400
    assert acts(store) == 0


def test_the_page_tells_what_is_open_and_forbids_nothing(
    clients: Clients, store: Store, settings: Settings, people: People, clock: Clock, worked: UUID
) -> None:
    with store.writing() as session:
        finding = session.scalars(select(Finding).filter_by(question="q1")).one()
        said = {"kind": "complaint", "reason": "Look again.", "against": 0, "request_key": "k", "made_at": clock()}
        session.add(Appeal(attempt_id=finding.attempt_id, finding_id=finding.id, **said))
    page = clients["instructor"].get(place(worked)).text
    assert html_errors(page) == []
    for text in (
        "The session is not closed",
        "1 attempt is not ended.",
        "1 appeal is not decided.",
        "Two instructors have not confirmed the results.",
    ):
        assert text in page
    assert 'href="/marking/appeals"' in page
    assert 'href="/marking/appeals"' not in clients["host"].get(place(worked)).text, "hosts decide no appeals"
    assert 'class="btn main"' in page
    with store.writing() as session:
        attempts.close(session, session.scalars(select(Attempt)).one(), clock())
        sessions.close(session, instructor(people), session.get_one(TeachingSession, worked), clock())
    page = clients["instructor"].get(place(worked)).text
    assert "The session is not closed" not in page
    assert "attempt is not ended" not in page
    assert verify.check(sealed(clients["instructor"], worked)) == []


def test_the_session_page_leads_to_it_for_whoever_runs_it(clients: Clients, worked: UUID) -> None:
    assert place(worked) in clients["host"].get(f"/sessions/{worked}").text
    assert place(worked) not in clients["trainee"].get(f"/sessions/{worked}").text


def test_a_whole_dossier_is_told_by_key_and_session(
    clients: Clients, store: Store, settings: Settings, people: People, clock: Clock, worked: UUID
) -> None:
    client = clients["instructor"]
    data = sealed(client, worked)
    page = post(client, worked, "/check", dossier=data).text
    assert html_errors(page) == []
    assert "It holds: nothing was changed" in page
    assert "Of this installation" in page
    assert "This one" in page
    assert "2026-11-25 09:00" in page
    elsewhere = again(verify.unpacked(data))
    page = post(client, worked, "/check", dossier=elsewhere).text
    assert "Unknown here" in page
    assert "Whole, but sealed with a key that nobody here knows" in page
    assert "It holds" not in page
    assert "No seal of this session here has this SHA-256" in page
    key = signing.fingerprint(OTHER.public_key().public_bytes_raw())
    with store.writing() as session:
        signing.trust(session, settings.instance, key, "The <b>laptop</b>", None, clock())
    page = post(client, worked, "/check", dossier=elsewhere).text
    assert "Known here" in page
    assert "It holds" in page
    assert "The &lt;b&gt;laptop&lt;/b&gt;" in page
    with store.writing() as session:
        other = make_teaching(session, people, clock(), title="Spring week").id
    page = post(client, other, "/check", dossier=data).text
    assert "Another one" in page
    assert str(worked) in page


def test_every_fault_of_a_file_is_shown_and_markup_in_it_is_text(clients: Clients, worked: UUID) -> None:
    client = clients["host"]
    files = verify.unpacked(sealed(client, worked))
    finding = json.loads(files["records/finding.jsonl"].split(b"\n")[0])
    finding["id"], finding["row"]["credit"] = "<script>alert(1)</script>\u202e\n", 7
    odd = json.dumps(finding).encode() + b"\n" + files["records/finding.jsonl"]
    answer = post(client, worked, "/check", dossier=again({**files, "records/finding.jsonl": odd}))
    assert answer.status_code == 200
    assert html_errors(answer.text) == []
    assert "1 fault" in answer.text
    assert "its credit is not between 0 and 1" in answer.text
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;??" in answer.text
    changed = archive.write({**files, "summary.html": b"", "verify.py": b""})
    page = post(client, worked, "/check", dossier=changed).text
    assert "summary.html was changed after it was sealed" in page
    assert "verify.py was changed after it was sealed" in page
    assert "2 faults" in page


def test_names_in_a_zip_are_text(clients: Clients, worked: UUID) -> None:
    page = post(clients["host"], worked, "/check", dossier=zipped(("<img src=x>", b"x"))).text
    assert "<img src=x" not in page
    assert "no file of a dossier has this name" in page


@pytest.mark.parametrize("act", ["/check", "/merge"])
def test_a_bomb_is_refused_in_time(clients: Clients, worked: UUID, act: str) -> None:
    bombs = [
        zipped(*((f"records/{n}.jsonl", bytes(60_000_000)) for n in range(5))),
        zipped(("seal.json", b"[" * 30_000_000)),
        zipped(("seal.json", b"{}"), ("manifest.json", b"[" * 30_000_000)),
    ]
    began = time.process_time()
    for data in bombs:
        field = {"dossier": data} if act == "/check" else {"dossiers": [data, data + b"x"]}
        answer = post(clients["host"], worked, act, **field)
        assert answer.status_code == (200 if act == "/check" else 422)
        assert "too many files, or too large ones" in answer.text or "too large or packed" in answer.text
    assert time.process_time() - began < 60


def test_json_that_grows_without_end_ends_in_a_process_of_its_own(
    clients: Clients, worked: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seal holds, by a key of the sender: what is under it is read, and no page suffers from it."""
    client = clients["host"]
    files = verify.unpacked(sealed(client, worked))
    rows = b'{"id":"a","row":[' + b"[],{}," * 10_000_000 + b"0]}\n"
    many = {f"records/x{n}.jsonl": rows for n in range(2)}
    answer = post(client, worked, "/check", dossier=again({**files, **many}))
    assert answer.status_code == 200
    assert "It asks for more memory or time than a dossier is given here." in answer.text
    monkeypatch.setattr(examining, "SECONDS", 0)  # a little would do where this process has to wait for its turn
    assert "Not looked at to the end" in post(client, worked, "/check", dossier=sealed(client, worked)).text


def test_no_more_than_the_limit_is_taken_and_less_of_others(clients: Clients, worked: UUID) -> None:
    token = token_of(clients["host"].get(place(worked)).text)
    form = {"csrf_token": token, "dossier": FileStorage(io.BytesIO(bytes(examining.LARGEST + AROUND)), "a.zip")}
    assert send(clients["host"], place(worked, "/check"), form).status_code == 413
    of_others = {"csrf_token": "x", "dossier": FileStorage(io.BytesIO(bytes(3_000_000)), "a.zip")}
    assert send(clients["trainee"], place(worked, "/check"), of_others).status_code == 413


def test_one_heavy_act_at_a_time(clients: Clients, store: Store, worked: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "PATIENCE", 0.05)
    with examining.alone():
        answer = post(clients["host"], worked, "/seal")
        assert answer.status_code == 429
        assert "Another dossier is being worked on." in answer.text
        assert post(clients["host"], worked, "/check", dossier=b"x").status_code == 429
    assert acts(store) == 0
    assert sealed(clients["host"], worked)


def test_two_dossiers_are_merged_in_any_order(clients: Clients, clock: Clock, worked: UUID, tmp_path: Path) -> None:
    client = clients["instructor"]
    one = sealed(client, worked)
    clock.forward(minutes=1)
    two = sealed(client, worked)
    answers = [post(client, worked, "/merge", dossiers=both) for both in ([one, two], [two, one], [two, one, two])]
    assert [each.status_code for each in answers] == [200, 200, 200]
    (merged,) = {each.data for each in answers}
    assert verify.check(merged) == []
    assert set(verify.parts(merged)) == {sha256(one).hexdigest(), sha256(two).hexdigest()}
    assert answers[0].headers["Content-Disposition"].startswith("attachment; filename=merged-")
    page = post(client, worked, "/check", dossier=merged).text
    assert "2 dossiers whose seals hold" in page
    assert post(client, worked, "/merge", dossiers=[merged, one]).data == merged


def test_what_can_not_be_merged_comes_back_with_the_reason(
    clients: Clients, store: Store, people: People, clock: Clock, worked: UUID
) -> None:
    client = clients["instructor"]
    one = sealed(client, worked)
    files = verify.unpacked(one)
    for sent in ([one], [one, one], [one] + [bytes([n]) for n in range(10)]):
        answer = post(client, worked, "/merge", dossiers=sent)
        assert answer.status_code == 422
        assert "Choose 2 to 10 different dossiers of this session." in answer.text
    assert post(client, worked, "/merge").status_code == 422
    answer = post(client, worked, "/merge", dossiers=[one, one[:-30]])
    assert answer.status_code == 422
    assert "2: this is no zip file" in answer.text
    lines = files["records/finding.jsonl"].split(b"\n")
    row = json.loads(lines[0])
    row["row"]["value"] = "another"
    odd = b"\n".join([json.dumps(row).encode(), *lines[1:]])
    answer = post(client, worked, "/merge", dossiers=[one, again({**files, "records/finding.jsonl": odd})])
    assert answer.status_code == 422
    assert f"finding {row['id']} is not the same in all dossiers" in answer.text
    assert html_errors(answer.text) == []
    with store.writing() as session:
        other = make_teaching(session, people, clock(), title="Spring week").id
    stranger = sealed(client, other)
    answer = post(client, worked, "/merge", dossiers=[one, stranger])
    assert answer.status_code == 422
    assert "File 2 is of another session." in answer.text


def test_records_that_do_not_fit_are_shown_and_nothing_is_sealed(
    clients: Clients, store: Store, people: People, clock: Clock, worked: UUID
) -> None:
    """An event of the chain that somebody altered in the database: the seal is refused, with the place of the fault."""
    with store.writing() as session:
        last = session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
        first = session.scalars(select(Event).filter_by(act="session.opened")).one()
        assert last.seq > first.seq
        forged = Event(
            seq=last.seq + 1,
            id=uuid4(),
            at=clock(),
            actor=None,
            act="session.changed",
            subject=f"session:{worked}",
            details={},
            previous=last.digest,
            digest="f" * 64,
        )
        session.add(forged)
    answer = post(clients["host"], worked, "/seal")
    assert answer.status_code == 422
    assert "Nothing was sealed" in answer.text
    assert f"audit.jsonl: event {last.seq + 1} is not what its digest says" in answer.text
    assert html_errors(answer.text) == []
    assert acts(store) == 0


def test_a_file_of_another_organisation_tells_what_is_in_it_and_no_more(
    clients: Clients, store: Store, people: People, worked: UUID, clock: Clock
) -> None:
    """Whoever holds a file may check it; the page names nothing of the session that is only in the database."""
    data = sealed(clients["host"], worked)
    roles = frozenset({(people.elsewhere, Role.INSTRUCTOR)})
    lead = Actor(people["other_instructor"], "Other", people.elsewhere, roles)
    with store.writing() as session:
        wish = sessions.Wish("Norvala week", clock().date(), "UTC")
        theirs = sessions.make(session, lead, people.elsewhere, wish, clock()).id
    page = post(clients["other_instructor"], theirs, "/check", dossier=data).text
    assert "It holds: nothing was changed" in page
    assert "Another one" in page
    assert "No seal of this session here has this SHA-256" in page
    assert "Autumn week" not in page
    assert post(clients["other_instructor"], theirs, "/merge", dossiers=[data, data[:-1]]).status_code == 422


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_page_is_said_in_other_languages(clients: Clients, worked: UUID, language: str) -> None:
    page = clients["host"].get(place(worked), headers={"Accept-Language": language}).text
    assert html_errors(page) == []
    assert f'lang="{language}"' in page
    assert len(page.encode()) < 60_000


def test_the_verifier_alone_is_the_one_in_a_dossier(clients: Clients, worked: UUID) -> None:
    inside = zipfile.ZipFile(io.BytesIO(sealed(clients["host"], worked))).read("verify.py")
    answer = clients["host"].get(place(worked, "/verify.py"))
    assert answer.data == inside
    assert answer.headers["Content-Disposition"] == "attachment; filename=verify.py"
