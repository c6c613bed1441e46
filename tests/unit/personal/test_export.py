"""An export: all of a person, nothing of others, nothing before its time, in the reader's language."""

import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from tests.unit.credentials.conftest import facts_of
from tests.unit.personal import matters
from tests.unit.personal.conftest import ADDRESS, LOGIN, NAME, NUMBER, TYPED, Held
from training.accounts import service as accounts
from training.audit.models import Event
from training.credentials import service as credentials
from training.credentials.making import Award, Site
from training.errors import Refused
from training.labs.models import Assignment, Attempt
from training.marking.models.rounds import Round
from training.personal.registry import TABLES
from training.personal.service import export
from training.personal.service.export import Asked
from training.reading.models import MarginNote
from training.store import new_id

pytestmark = pytest.mark.any_database


def taken(held: Held, by: UUID | None = None, language: str = "en", **given: Any) -> dict[str, bytes]:
    """The files of an export, by name."""
    out = io.BytesIO()
    with held.store.reading() as session:
        export.write(session, Asked(held.id, by or held.id, language, held.clock(), **given), out)
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(files: dict[str, bytes], table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[f"data/{table}.jsonl"].splitlines()]


def test_all_that_was_typed_is_in_it_and_the_paper_too(held: Held) -> None:
    files = taken(held)
    text = b"".join(files.values()).decode("utf-8", "replace")
    assert [name for name, typed in TYPED.items() if typed not in text] == []
    for known in (NAME, LOGIN, NUMBER):
        assert known in text
    papers = [data for name, data in files.items() if name.endswith(".pdf")]
    assert len(papers) == 2
    assert all(one.startswith(b"%PDF") for one in papers)


@pytest.mark.any_database
def test_nobody_else_and_no_secret_is_in_it(held: Held) -> None:
    files = taken(held)
    text = b"".join(files.values()).decode("utf-8", "replace")
    with held.store.reading() as session:
        others = [str(one) for name, one in held.people.ids.items() if name != "trainee"]
        events = session.scalars(select(Event.digest)).all()
    for secret in ("argon2", "JBSWY3DPEHPK3PXP", ADDRESS, "password_hash", *others, *events):
        assert secret not in text
    for name in ("Colleague", "Instructor", "Stranger"):
        assert name not in text.replace("Instructors", "")


@pytest.mark.any_database
def test_an_administrator_gets_no_margin_notes(held: Held) -> None:
    files = taken(held, held.people["administrator"])
    text = b"".join(files.values()).decode("utf-8", "replace")
    assert TYPED["margin"] not in text
    assert "data/margin_note.jsonl" not in files
    assert TYPED["reasoning"] in text
    assert TYPED["margin"] in taken(held)["data/margin_note.jsonl"].decode()


@pytest.mark.any_database
def test_results_that_nobody_was_told_are_not_told_by_an_export(held: Held) -> None:
    assert rows(taken(held), "finding")[0]["verdict"]
    assert rows(taken(held), "judgement")
    with held.store.writing() as session:
        of = session.scalar(select(Assignment.id).limit(1))
        session.execute(update(Attempt).where(Attempt.id == held.attempt).values(assignment_id=of))
        session.execute(update(Assignment).values(mode="examination", released_at=None))
    files = taken(held)
    (one,) = rows(files, "finding")
    assert (one["verdict"], one["credit"], one["points"], one["judged"]) == (None, None, None, None)
    assert one["value"] == TYPED["finding"]
    assert rows(files, "judgement") == []


@pytest.mark.any_database
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_its_page_is_html_in_the_readers_language(held: Held, language: str) -> None:
    page = taken(held, language=language)["index.html"].decode()
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    shown = sum(bool(one.title) for one in TABLES)
    assert page.count("<section") == shown + 1


@pytest.mark.any_database
def test_what_was_typed_is_text_in_the_page(held: Held) -> None:
    with held.store.writing() as session:
        session.execute(update(MarginNote).values(text="<script>alert(1)</script>"))
    page = taken(held)["index.html"].decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.any_database
def test_a_file_that_grows_too_large_is_refused_with_the_way_to_get_it(held: Held) -> None:
    with pytest.raises(Refused, match="user export"):
        taken(held, most=2000)
    assert taken(held, most=None)


@pytest.mark.any_database
def test_it_is_noted_without_what_is_in_it(held: Held) -> None:
    with held.store.reading() as session:
        asked = Asked(held.id, None, "en", held.clock())
        done = export.write(session, asked, io.BytesIO())
    with held.store.writing() as session:
        export.note(session, asked, done)
        said = session.scalars(select(Event).where(Event.act == "personal.exported")).one()
        assert said.details == {"by": "command", "rows": done.count, "papers": 2}
        assert said.subject == f"person:{held.id}"


def test_marks_are_told_once_their_round_and_their_examination_are_released(held: Held) -> None:
    with held.store.writing() as session:
        matters.marking(session, held, None)
    assert rows(taken(held), "marking_mark") == []
    with held.store.writing() as session:
        session.execute(update(Round).values(closed_at=held.clock(), outcome="withdrawn"))
    assert rows(taken(held), "marking_mark") == []
    with held.store.writing() as session:
        session.execute(update(Round).values(outcome="released"))
    assert [one["comment"] for one in rows(taken(held), "marking_mark")] == ["zanthe mark words"]
    with held.store.writing() as session:
        matters.examination(session, held, None)
    assert rows(taken(held), "marking_mark") == []


def test_a_case_is_told_once_it_is_decided(held: Held) -> None:
    assert [one["note"] for one in rows(taken(held), "sign_case")] == [TYPED["case"]]
    with held.store.writing() as session:
        matters.case(session, held, None)
    assert rows(taken(held), "sign_case") == []


def test_papers_of_others_are_not_in_it(held: Held) -> None:
    with held.store.writing() as session:
        lead = accounts.actor_of(accounts.by_login(session, "instructor"))
        assert lead.home
        award = Award(held.people["colleague"], new_id(), lead.home, facts_of(holder="Colleague"))
        site = Site(held.settings.instance, "http://localhost")
        credentials.issue(session, site, award, lead, held.clock())
    assert sum(name.endswith(".pdf") for name in taken(held)) == 2


@pytest.mark.parametrize(("by", "said"), [("trainee", "own"), ("administrator", "organisation")])
def test_the_log_says_who_took_it(held: Held, by: str, said: str) -> None:
    asked = Asked(held.id, held.people[by], "en", held.clock())
    with held.store.writing() as session:
        export.note(session, asked, export.Written({}))
        event = session.scalars(select(Event).where(Event.act == "personal.exported")).one()
    assert (event.actor, event.details["by"]) == (held.people[by], said)


def test_what_others_did_with_the_account_is_in_it_and_not_what_they_did_with_others(held: Held) -> None:
    by = held.people["administrator"]
    with held.store.writing() as session:
        for name in ("trainee", "colleague"):
            person = accounts.find(session, held.people[name])
            assert person
            accounts.disable(session, person, actor=by, now=held.clock())
    told = [one["act"] for one in rows(taken(held), "event")]
    assert told.count("person.disabled") == 1
    assert told.count("person.made") == 1
