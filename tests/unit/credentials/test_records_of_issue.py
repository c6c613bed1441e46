"""What is kept of a certificate when it is issued, replaced and revoked: whole rows, and the log's words for each."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.unit.credentials.conftest import AT, SESSION, facts_of, logo
from training.accounts.actor import Actor
from training.audit.models import Event
from training.courses.moving import signing
from training.credentials import badges, codes, compare, proofs, service, short
from training.credentials.facts import Printed
from training.credentials.making import Award, Site, make
from training.credentials.models import Certificate, Confirmation, Logo, Revocation
from training.errors import Conflict, Damaged, DomainError, NotThere, Refused
from training.store import Store

Awards = Callable[..., Award]
ActorOf = Callable[[Session, str], Actor]


def said(bad: DomainError) -> tuple[str, str | None]:
    return str(bad), bad.field


def events(session: Session, act: str) -> list[Any]:
    found = session.scalars(select(Event).where(Event.act.like(act)).order_by(Event.seq))
    return [(one.act, one.subject, one.actor, one.at, one.details) for one in found]


@pytest.mark.parametrize("demonstration", [False, True])
def test_a_certificate_is_made_of_its_award_and_of_its_site(
    site: Site, award: Awards, people: People, *, demonstration: bool
) -> None:
    site = replace(site, demonstration=demonstration)
    given, by = award(), uuid4()
    if demonstration:
        given = replace(given, facts=facts_of(host={"name": "H"}))
    made = make(site, given, (3, 4711), by, AT + timedelta(microseconds=7))
    facts = given.facts.model_copy(update={"demonstration": demonstration})
    printed = Printed(made.id, made.code, AT, site.name, site.address, facts)
    assert codes.read(made.code) == made.code
    assert {one.key: getattr(made, one.key) for one in Certificate.__mapper__.column_attrs} == {
        "id": made.id,
        "code": made.code,
        "organisation_id": people.home,
        "person_id": people["trainee"],
        "session_id": SESSION,
        "number": None,
        "kind": "achievement",
        "language": "en",
        "facts": printed.canonical().decode(),
        "facts_sha256": hashlib.sha256(printed.canonical()).hexdigest(),
        "logo_sha256": None if demonstration else hashlib.sha256(logo()).hexdigest(),
        "pdf": made.pdf,
        "pdf_sha256": hashlib.sha256(made.pdf).hexdigest(),
        "signed": made.signed,
        "credential": made.credential,
        "token": made.token,
        "issuer": site.name,
        "listed": 3,
        "index": 4711,
        "replaces_id": None,
        "issued_at": AT,
        "issued_by": by,
    }
    read = short.read(made.signed)
    assert read.said == short.of(printed)
    assert signing.holds(site.key, read.signature, read.message)
    document, key = proofs.opened(made.credential, signing.holds)
    salt = document["credentialSubject"]["identifier"][0]["salt"]
    assert (key, len(bytes.fromhex(salt))) == (site.name, 16)
    assert document == badges.credential(printed, 3, 4711, salt)
    claimed, key = proofs.opened(made.token, signing.holds)
    assert (key, {name: claimed[name] for name in document}) == (site.name, document)
    assert json.loads(made.credential)["proof"]["created"] == "2024-11-06T15:00:00Z"


@pytest.fixture
def issue(store: Store, site: Site, award: Awards, actor_of: ActorOf, clock: Clock) -> Callable[..., UUID]:
    def done(name: str = "trainee", *, early: bool = False, **changed: Any) -> UUID:
        clock.forward(seconds=1)
        with store.writing() as session:
            given = award(name, **changed)
            made = service.ready(session, site, given, actor_of(session, "instructor"), clock())
            return service.keep(session, made, given, clock(), early=early).id

    return done


def test_what_is_issued_replaced_and_revoked_is_written_down(
    store: Store, people: People, site: Site, issue: Callable[..., UUID], actor_of: ActorOf, clock: Clock
) -> None:
    first, early = issue(), issue("colleague", early=True)
    began = clock()
    with store.writing() as session:
        host, old = actor_of(session, "host"), session.get_one(Certificate, first)
        facts = facts_of(holder="Awa Diop", host={"name": "H", "logo": logo("red")})
        clock.forward(seconds=1)
        second = service.replace(session, site, old, facts, " A  name. ", host, clock(), early=True)
        clock.forward(seconds=1)
        service.revoke(session, session.get_one(Certificate, early), host, "Wrong.", clock())
        key = second.id
    with store.reading() as session:
        rows = {one.id: one for one in session.scalars(select(Certificate))}
        at, subject = [began + timedelta(seconds=one) for one in (-1, 0, 1, 1, 2)], "certificate:{}".format
        instructor, by = people["instructor"], people["host"]
        pdf = {one: {"kind": "achievement", "pdf": rows[one].pdf_sha256} for one in rows}
        of = {"session": str(SESSION)}
        assert events(session, "certificate.%") == [
            ("certificate.issued", subject(first), instructor, at[0], {**pdf[first], **of}),
            ("certificate.issued", subject(early), instructor, at[1], {**pdf[early], **of, "early": "yes"}),
            ("certificate.replaced", subject(first), by, at[2], {"by": str(key)}),
            ("certificate.issued", subject(key), by, at[3], {**pdf[key], "replaces": str(first), "early": "yes"}),
            ("certificate.revoked", subject(early), by, at[4], {}),
        ]
        ends = session.scalars(select(Revocation).order_by(Revocation.at)).all()
        assert [(one.certificate_id, one.at, one.by, one.reason, one.replaced_by_id) for one in ends] == [
            (first, at[2], by, "A name.", key),
            (early, at[4], by, "Wrong.", None),
        ]
        shown = {one: service.shown(session, rows[one]) for one in rows}
        assert shown[first] == service.Shown(
            rows[first], service.printed(session, rows[first]), "replaced", rows[key], None
        )
        assert shown[key] == service.Shown(rows[key], service.printed(session, rows[key]), "valid", None, rows[first])
        assert shown[early].state == "revoked"
        assert (rows[key].number, rows[key].person_id, rows[key].session_id, rows[key].organisation_id) == (
            2, people["trainee"], SESSION, people.home,
        )  # fmt: skip
        assert [one.id for one in service.of_session(session, SESSION)] == [first, early, key]
        assert [one.id for one in service.of_person(session, people["trainee"])] == [key, first]
        logos = {one.sha256: one.data for one in session.scalars(select(Logo))}
        assert logos == {hashlib.sha256(one).hexdigest(): one for one in (logo(), logo("red"))}
        assert service.printed(session, rows[key]).facts.host.logo == logo("red")
        assert service.by_pdf(session, rows[early].pdf_sha256) is rows[early]
        assert service.by_pdf(session, "0" * 64) is None
        assert service.by_any(session, [uuid4()], [rows[early].code]) is rows[early]
        assert service.by_any(session, [first], ["x"]) is rows[first]
        assert service.by_any(session, [uuid4()], ["x"]) is None


def test_what_stands_in_the_way_is_told_in_these_words(
    store: Store, site: Site, issue: Callable[..., UUID], actor_of: ActorOf, clock: Clock
) -> None:
    key = issue()
    with pytest.raises(Conflict) as bad:
        issue(holder="Awa Diop")
    assert said(bad.value) == (
        "Awa Diop has a certificate of this session already. Replace or revoke it first.", None,
    )  # fmt: skip
    with store.writing() as session:
        found, host = session.get_one(Certificate, key), actor_of(session, "host")
        for reason in ("", "x" * 301):
            with pytest.raises(Refused) as worse:
                service.revoke(session, found, host, reason, clock())
            assert said(worse.value) == ("Between 1 and 300 characters fit here.", "reason")
        with pytest.raises(Refused) as worse:
            service.with_name(session, found, " Amara  Diallo ")
        assert said(worse.value) == ("This is the name that stands on it.", "holder")
        with pytest.raises(Refused) as worse:
            service.with_name(session, found, "")
        assert said(worse.value) == ("Between 1 and 120 characters fit here.", "holder")
        service.revoke(session, found, host, "x" * 300, clock())
        with pytest.raises(Conflict) as bad:
            service.revoke(session, found, host, "Again.", clock())
        assert said(bad.value) == ("This certificate was revoked already.", None)
        with pytest.raises(Conflict) as bad:
            service.replace(session, site, found, facts_of(holder="B"), "Name", host, clock())
        assert said(bad.value) == ("This certificate was revoked already. Issue a new one instead.", None)
        with pytest.raises(NotThere) as none:
            service.status_list(session, site, 2, clock(), embedded=True)
        assert said(none.value) == ("There is no such list.", None)
        for data, told in (
            (b"%PDF-" + b" " * compare.LARGEST, "The file has more than 2 MiB."),
            (b" %PDF-1.7", "This is no PDF. Choose the file of a certificate."),
        ):
            with pytest.raises(Refused) as worse:
                compare.compare(session, data)
            assert said(worse.value) == (told, "file")
        unknown = b"%PDF-1.7 x"
        assert compare.compare(session, unknown) == compare.Compared(
            "unknown", hashlib.sha256(unknown).hexdigest(), None
        )
        end = found.revocation
        assert compare.compare(session, found.pdf) == compare.Compared("issued", found.pdf_sha256, found, end)
        edited = found.pdf + b"\n"
        assert compare.compare(session, edited) == compare.Compared(
            "edited", hashlib.sha256(edited).hexdigest(), found, end
        )


def test_the_facts_of_a_row_that_was_changed_are_not_shown(store: Store) -> None:
    row = Certificate(facts="{}", facts_sha256=hashlib.sha256(b"[]").hexdigest(), logo_sha256=None)
    with store.reading() as session, pytest.raises(Damaged) as bad:
        service.printed(session, row)
    assert said(bad.value) == ("The facts of this certificate are not those that were issued.", None)


def test_a_confirmation_is_kept_once_for_each_person_and_table(
    store: Store, people: People, actor_of: ActorOf, clock: Clock
) -> None:
    key = uuid4()
    with store.writing() as session:
        for name, digest, early, two in (
            ("host", "a", False, False),
            ("host", "a", True, False),
            ("instructor", "a", True, True),
            ("instructor", "b", False, False),
            ("instructor", "a", False, True),
        ):
            clock.forward(seconds=1)
            who = actor_of(session, name)
            assert service.confirm(session, key, digest * 64, who, clock(), early=early) == two
        session.flush()
        rows = session.scalars(select(Confirmation).order_by(Confirmation.at)).all()
        start = clock() - timedelta(seconds=5)
        wanted = [("host", "a", 1, {}), ("instructor", "a", 3, {"early": "yes"}), ("instructor", "b", 4, {})]
        assert [(one.session_id, one.results_sha256, one.by, one.at) for one in rows] == [
            (key, digest * 64, people[who], start + timedelta(seconds=after)) for who, digest, after, _ in wanted
        ]
        assert events(session, "results.confirmed") == [
            (
                "results.confirmed",
                f"session:{key}",
                people[who],
                start + timedelta(seconds=after),
                {"results": digest * 64, **more},
            )
            for who, digest, after, more in wanted
        ]
        assert list(service.confirmed_by(session, key, "a" * 64)) == [people["host"], people["instructor"]]
        assert list(service.confirmed_by(session, uuid4(), "a" * 64)) == []


def test_a_list_has_the_bits_of_its_own_in_both_forms(
    store: Store, site: Site, issue: Callable[..., UUID], actor_of: ActorOf, clock: Clock
) -> None:
    key = issue()
    with store.writing() as session:
        found = session.get_one(Certificate, key)
        service.revoke(session, found, actor_of(session, "host"), "Wrong.", clock())
        wanted = badges.status_list(site.address, 1, site.name, [found.index], clock())
        embedded = service.status_list(session, site, 1, clock(), embedded=True)
        assert proofs.opened(embedded, signing.holds) == (wanted, site.name)
        assert json.loads(embedded)["proof"]["created"] == wanted["validFrom"]
        token = service.status_list(session, site, 1, clock(), embedded=False)
        assert token == proofs.token(wanted, site.name, site.sign)
