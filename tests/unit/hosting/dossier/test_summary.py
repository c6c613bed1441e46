"""The summary of a dossier: what somebody who judges reads, in the language of the session, and never as markup."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import instructor
from tests.web.conftest import html_errors
from training.accounts import service as accounts
from training.courses.moving import signing
from training.credentials import codes, critical, results
from training.credentials import service as credentials
from training.credentials.models import Certificate
from training.credentials.results import Wish
from training.hosting import plan as plans
from training.hosting.dossier import service, verify
from training.hosting.dossier.words import WORDS
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.labs.models import Finding, Judgement
from training.marking.models.appeals import Appeal
from training.settings import Settings
from training.store import Store

from .conftest import classroom

pytestmark = pytest.mark.any_database

Sealed = Callable[[], bytes]


def read(sealed: Sealed) -> str:
    return verify.unpacked(sealed())["summary.html"].decode()


def texts(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page)


def test_people_releases_exhibits_attempts_and_certificates_can_be_read(
    sealed: Sealed, store: Store, settings: Settings, people: People, clock: Clock, worked: UUID, exhibit: str
) -> None:
    classroom(store, settings, people, clock, worked, 3)
    with store.writing() as session:
        finding = session.scalars(select(Finding).filter_by(question="q1", credit=0.0)).first()
        assert finding
        judged: dict[str, Any] = {"origin": "appeal", "version_id": None, "verdict": {}, "judged": True, "credit": 1.0}
        seq = len(finding.judgements) + 1
        more = Judgement(finding_id=finding.id, seq=seq, **judged, reason="Right.", by=None, at=clock())
        session.add(more)
        session.flush()
        said = {"kind": "complaint", "reason": "Look again.", "against": 0, "request_key": "k", "made_at": clock()}
        ends = {"outcome": "upheld", "judgement_id": more.id, "decided_at": clock() + timedelta(minutes=1)}
        session.add(Appeal(attempt_id=finding.attempt_id, finding_id=finding.id, **said, **ends))
        certificate = session.scalars(select(Certificate)).one()
        code, paper = codes.spelled(certificate.code), certificate.pdf_sha256
    data = sealed()
    files = verify.unpacked(data)
    page = files["summary.html"].decode()
    rows, words = verify.rows(files), WORDS["en"]
    assert html_errors(page) == []
    told = texts(page)
    for one in rows["release"]:
        assert one["row"]["sha256"] in told
    assert exhibit in told
    for text in ("Trainee", "Instructor", "Seat02", code, paper, "Upheld", "M-KTHR"):
        assert text in told, text
    assert "0 of 10 half-days" in told
    last = json.loads(files["audit.jsonl"].splitlines()[-1])["digest"]
    assert last in told
    assert words.checking_note in told
    assert "as published" in told
    assert str(worked) in told
    assert "2026-11-25 09:00Z" in told
    assert signing.fingerprint(signing.public_key(settings.instance)) in told
    assert "<script" not in page


def test_a_person_whose_certificate_was_revoked_has_a_revoked_one_and_not_none(
    sealed: Sealed, store: Store, people: People, clock: Clock, worked: UUID
) -> None:
    row = re.compile(rf"<tr><td><bdi>Trainee</bdi></td>.*{WORDS['en'].trainee}.*</tr>")
    before = row.search(read(sealed))
    assert before
    assert f"({WORDS['en'].revoked})" not in before[0]
    with store.writing() as session:
        certificate = session.scalars(select(Certificate)).one()
        code = codes.spelled(certificate.code)
        credentials.revoke(session, certificate, instructor(people), "Not the person.", clock())
    after = row.search(read(sealed))
    assert after
    assert f'<bdi dir="ltr">{code}</bdi> ({WORDS["en"].revoked})' in after[0]


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_it_speaks_the_language_of_the_session(sealed: Sealed, store: Store, worked: UUID, language: str) -> None:
    with store.writing() as session:
        session.get_one(TeachingSession, worked).language = language
    page = read(sealed)
    assert html_errors(page) == []
    way = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{way}">' in page
    words = WORDS[language]
    for text in (words.people, words.attempts, words.statistics, words.audit, words.certificates, words.about):
        assert text in page
    assert not set(WORDS["en"]) & set(words) - {words.question, words.discrimination, words.version}


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_critical_error_is_told_in_the_language_of_the_session_and_marks_the_result_that_it_caps(
    sealed: Sealed, store: Store, people: People, clock: Clock, worked: UUID, language: str
) -> None:
    with store.writing() as session:
        teaching, by, who = session.get_one(TeachingSession, worked), instructor(people), people["trainee"]
        teaching.language = language
        day = timetable.local(teaching, clock()).date().isoformat()
        results.record(session, by, teaching, who, Wish("A", 1, ("80", "80", "85"), day), clock())
        own = plans.rules_of(teaching.rules).examination("A")
        assert own
        error = str(own.critical[0])
        said = plans.rules_of(teaching.rules).texts[error] | {"en": error}
    row = re.compile(r"<tr><td><bdi>Trainee</bdi></td>.*?</tr>")
    before = row.search(read(sealed))
    assert before
    assert WORDS[language].capped not in before[0]
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, worked)
        wrong = critical.Wish("A", 1, 0, "No authority is on record.", "Notes, page 1")
        critical.record(session, by, teaching, who, wrong, clock())
    page = read(sealed)
    assert html_errors(page) == []
    after = row.search(page)
    assert after
    assert f" %</bdi> ({WORDS[language].capped})" in after[0]
    table = page.split(f"<h2>{WORDS[language].critical}</h2>")[1].split("</table>")[0]
    assert f"<bdi>{said[language]}</bdi>" in table
    assert language == "en" or error not in table


def test_what_people_typed_is_never_markup(
    sealed: Sealed, store: Store, people: People, clock: Clock, worked: UUID
) -> None:
    with store.writing() as session:
        session.get_one(TeachingSession, worked).title = "<img src=x onerror=alert(1)> & \u202eweek"
        accounts.rename(session, people["trainee"], "<script>alert(2)</script>", now=clock())
    page = read(sealed)
    assert html_errors(page) == []
    assert "<img" not in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert page.count("<title>") == 1
    assert "default-src 'none'" in page


def test_a_session_in_which_nothing_happened_has_a_summary_too(
    store: Store, settings: Settings, clock: Clock, teaching: UUID
) -> None:
    with store.reading() as session:
        data = service.seal(session, session.get_one(TeachingSession, teaching), settings.instance, clock())
    page = verify.unpacked(data)["summary.html"].decode()
    assert html_errors(page) == []
    assert WORDS["en"].never in page
    assert json.loads(verify.unpacked(data)["statistics.json"]) == {"releases": {}}
