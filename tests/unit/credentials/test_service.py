"""Issued, revoked, replaced: what is kept, and what nobody can change."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.unit.credentials.conftest import SESSION, facts_of
from training.accounts.actor import Actor
from training.accounts.models import Organisation, Person
from training.audit import service as audit
from training.audit.models import Event
from training.courses.moving import signing
from training.credentials import codes, compare, service, short
from training.credentials.facts import Facts
from training.credentials.making import Award, Site
from training.credentials.models import Certificate
from training.credentials.offline import file as offline
from training.errors import Conflict, Damaged, NotThere, Refused
from training.store import Store

Awards = Callable[..., Award]
ActorOf = Callable[[Session, str], Actor]


@pytest.fixture
def issued(store: Store, site: Site, award: Awards, actor_of: ActorOf, clock: Clock) -> Callable[..., UUID]:
    def made(name: str = "trainee", **changed: object) -> UUID:
        with store.writing() as session:
            who = actor_of(session, "instructor")
            return service.issue(session, site, award(name, **changed), who, clock()).id

    return made


def test_a_certificate_says_later_what_it_said_when_it_was_issued(
    store: Store, people: People, issued: Callable[..., UUID]
) -> None:
    key = issued()
    with store.reading() as session:
        before = session.get_one(Certificate, key)
        pdf, said = before.pdf, service.printed(session, before)
    with store.writing() as session:
        session.get_one(Person, people["trainee"]).name = "Another Name"
        session.get_one(Organisation, people.home).name = "Another Host"
    with store.reading() as session:
        after = session.get_one(Certificate, key)
        assert (after.pdf, service.printed(session, after)) == (pdf, said)
        assert said.facts == facts_of()
        assert service.by_pdf(session, after.pdf_sha256) is after


@pytest.mark.parametrize("change", ["facts = 'x'", "pdf = '00'", "person_id = issued_by"])
def test_the_database_refuses_to_change_what_was_issued(store: Store, issued: Callable[..., UUID], change: str) -> None:
    issued()
    with pytest.raises(DBAPIError, match="append-only"), store.writing() as session:
        session.execute(text(f"UPDATE certificate SET {change}"))  # noqa: S608 - of this list


@pytest.mark.own_database
def test_facts_that_were_changed_behind_its_back_are_damaged(store: Store, issued: Callable[..., UUID]) -> None:
    key = issued()
    with store.writing() as session:
        if store.is_sqlite:
            session.execute(text("DROP TRIGGER certificate_no_update"))
        else:
            session.execute(text("ALTER TABLE certificate DISABLE TRIGGER ALL"))
        session.execute(text("UPDATE certificate SET facts = replace(facts, 'Amara', 'Amira')"))
    with store.reading() as session, pytest.raises(Damaged):
        service.printed(session, session.get_one(Certificate, key))


def test_a_certificate_that_somebody_else_issued_meanwhile_is_seen_before_a_second_is_kept(
    store: Store, site: Site, award: Awards, issued: Callable[..., UUID], actor_of: ActorOf, clock: Clock
) -> None:
    with store.reading() as session:
        made = service.ready(session, site, award(), actor_of(session, "instructor"), clock())
    issued()
    with pytest.raises(Conflict, match="has a certificate of this session already"), store.writing() as session:
        service.keep(session, made, award(), clock())


def test_what_becomes_of_a_certificate_stands_in_the_log(
    store: Store, people: People, site: Site, issued: Callable[..., UUID], actor_of: ActorOf, clock: Clock
) -> None:
    first, other = issued(), issued("colleague")
    with store.writing() as session:
        host = actor_of(session, "host")
        facts = service.with_name(session, session.get_one(Certificate, first), "Awa Diop")
        second = service.replace(session, site, session.get_one(Certificate, first), facts, "A name.", host, clock()).id
        service.revoke(session, session.get_one(Certificate, other), host, "Wrong.", clock())
    with store.reading() as session:
        events = session.scalars(select(Event).where(Event.act.like("certificate.%")).order_by(Event.seq)).all()
    assert [(one.act.partition(".")[2], one.subject.partition(":")[2], one.actor) for one in events] == [
        ("issued", str(first), people["instructor"]),
        ("issued", str(other), people["instructor"]),
        ("replaced", str(first), people["host"]),
        ("issued", str(second), people["host"]),
        ("revoked", str(other), people["host"]),
    ]
    assert events[2].details == {"by": str(second)}


def test_a_person_has_one_certificate_of_a_session_at_a_time(
    store: Store, issued: Callable[..., UUID], actor_of: ActorOf, clock: Clock
) -> None:
    key = issued()
    issued("colleague")
    with pytest.raises(Conflict, match="already"):
        issued()
    with store.writing() as session:
        service.revoke(session, session.get_one(Certificate, key), actor_of(session, "host"), "Wrong.", clock())
    again = issued()
    with store.reading() as session:
        assert [one.number for one in service.of_person(session, session.get_one(Certificate, again).person_id)] == [
            2,
            1,
        ]


def test_a_revoked_one_says_so_with_its_reason_and_once(
    store: Store, issued: Callable[..., UUID], actor_of: ActorOf, clock: Clock, site: Site
) -> None:
    key = issued()
    with store.writing() as session:
        found = session.get_one(Certificate, key)
        for reason in ("", "  ", "x" * 301, "a\u202eb"):
            with pytest.raises(Refused):
                service.revoke(session, found, actor_of(session, "host"), reason, clock())
        service.revoke(session, found, actor_of(session, "host"), "  Results   of another person. ", clock())
        with pytest.raises(Conflict):
            service.revoke(session, found, actor_of(session, "host"), "Again", clock())
    with store.reading() as session:
        shown = service.shown(session, session.get_one(Certificate, key))
        assert (shown.state, shown.certificate.revocation.reason) == ("revoked", "Results of another person.")  # type: ignore[union-attr]


def test_a_corrected_name_is_a_new_certificate_and_both_name_each_other(
    store: Store, issued: Callable[..., UUID], actor_of: ActorOf, clock: Clock, site: Site
) -> None:
    key = issued()
    with store.writing() as session:
        old = session.get_one(Certificate, key)
        with pytest.raises(Refused):
            service.with_name(session, old, "Amara Diallo")
        facts = service.with_name(session, old, " Amara  DIALLO-SOW ")
        new = service.replace(session, site, old, facts, "Name", actor_of(session, "host"), clock()).id
        with pytest.raises(Conflict):
            service.replace(session, site, old, facts, "Name", actor_of(session, "host"), clock())
    with store.reading() as session:
        before, after = (service.shown(session, session.get_one(Certificate, one)) for one in (key, new))
        assert (before.state, after.state) == ("replaced", "valid")
        assert before.successor is after.certificate
        assert after.predecessor is before.certificate
        assert after.printed.facts == before.printed.facts.model_copy(update={"holder": "Amara DIALLO-SOW"})
        assert after.certificate.code != before.certificate.code


def test_acts_are_recorded_without_names(
    store: Store, issued: Callable[..., UUID], actor_of: ActorOf, clock: Clock, site: Site
) -> None:
    key = issued()
    with store.writing() as session:
        old = session.get_one(Certificate, key)
        service.replace(session, site, old, facts_of(holder="B"), "Name", actor_of(session, "host"), clock())
    with store.reading() as session:
        events = [one for one in session.query(Event).order_by(Event.seq) if one.act.startswith("certificate.")]
        assert [one.act for one in events] == ["certificate.issued", "certificate.replaced", "certificate.issued"]
        assert "Amara" not in str([one.details for one in events])
        assert audit.check(session).fault is None


def test_a_code_is_found_however_it_is_typed(store: Store, issued: Callable[..., UUID]) -> None:
    key = issued()
    with store.reading() as session:
        code = session.get_one(Certificate, key).code
        found = service.get_by_code(session, codes.spelled(code).lower())
        assert found
        assert found.id == key
        assert service.get_by_code(session, codes.new_code()) is None


def test_the_list_holds_the_bits_of_what_was_revoked(
    store: Store, issued: Callable[..., UUID], actor_of: ActorOf, clock: Clock, site: Site
) -> None:
    import json  # noqa: PLC0415 - for the lists alone

    from training.credentials import badges, proofs  # noqa: PLC0415

    keys = [issued(name) for name in ("trainee", "colleague", "stranger")]
    with store.writing() as session:
        service.revoke(session, session.get_one(Certificate, keys[1]), actor_of(session, "host"), "No.", clock())
    with store.reading() as session:
        index = session.get_one(Certificate, keys[1]).index
        for embedded in (False, True):
            found, key = proofs.opened(service.status_list(session, site, 1, clock(), embedded=embedded), signing.holds)
            expected = badges.status_list(site.address, 1, site.name, [index], clock())
            assert key == site.name
            assert found["credentialSubject"] == expected["credentialSubject"]
        assert len({session.get_one(Certificate, one).index for one in keys}) == 3
        with pytest.raises(NotThere):
            service.status_list(session, site, 2, clock(), embedded=False)
        assert json.loads(session.get_one(Certificate, keys[0]).credential)["credentialStatus"]["statusPurpose"]


def test_the_square_code_holds_without_the_database(store: Store, issued: Callable[..., UUID], site: Site) -> None:
    key = issued(language="ar")
    with store.reading() as session:
        found = session.get_one(Certificate, key)
        signed = short.read(f"  {found.signed[:100]}\n{found.signed[100:]} ".lower())
        assert signed.key == short.key_id(site.key)
        assert signing.holds(site.key, signed.signature, signed.message)
        assert signed.said == short.of(service.printed(session, found))
        assert not signing.holds(site.key, signed.signature, signed.message.replace(b"33.5", b"43.5"))


@pytest.mark.parametrize("typed", ["", "ENGRAM1:", "ENGRAM1:AB", "ENGRAM1:" + "Z" * 5000, "ENGRAM1:Ü", "hello"])
def test_what_is_no_square_code_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        short.read(typed)


def test_base_41_gives_back_what_it_was_given() -> None:
    for length in range(70):
        data = bytes((7 * n + length) % 256 for n in range(length))
        assert short.decoded(short.encoded(data)) == data
    assert set(short.encoded(bytes(range(256)))) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+-./:")


def test_two_different_people_confirm_one_table_of_results(store: Store, actor_of: ActorOf, clock: Clock) -> None:
    with store.writing() as session:
        first, second = actor_of(session, "instructor"), actor_of(session, "host")
        assert not service.confirm(session, SESSION, "a" * 64, first, clock())
        assert not service.confirm(session, SESSION, "a" * 64, first, clock())
        assert not service.confirm(session, SESSION, "b" * 64, second, clock())
        assert service.confirm(session, SESSION, "a" * 64, second, clock())
        assert not service.confirmed_by(session, uuid4(), "a" * 64)


def test_a_file_is_issued_edited_or_unknown(store: Store, issued: Callable[..., UUID]) -> None:
    key = issued()
    with store.reading() as session:
        pdf = session.get_one(Certificate, key).pdf
        assert compare.compare(session, pdf).state == "issued"
        renamed = pdf.replace(b"/ID [<", b"/ID [ <")
        edited = pdf.replace(b"/Lang (en)", b"/Lang (fr)")
        assert edited != pdf
        for other in (edited, renamed, pdf + b"\n", pdf[:-1]):
            found = compare.compare(session, other)
            assert found.state == "edited"
            assert found.certificate is not None
            assert found.certificate.id == key
        assert compare.compare(session, b"%PDF-1.7\n" + b"x" * 1000).state == "unknown"


def test_an_edited_file_is_known_by_any_one_of_its_marks(store: Store, issued: Callable[..., UUID]) -> None:
    import zlib  # noqa: PLC0415

    key = issued()
    with store.reading() as session:
        code = codes.spelled(session.get_one(Certificate, key).code)
        wide = b"(\xfe\xff" + code.encode("utf-16-be") + b")"
        packed = b"1 0 obj\nstream\r\n" + zlib.compress(b"<x:id>" + f"urn:uuid:{key}".encode()) + b"\nendstream"
        for mark in (f"/ID[<{key.hex}><00>]".encode(), f"urn:uuid:{key}".encode(), code.encode(), wide, packed):
            assert compare.compare(session, b"%PDF-1.7\n" + mark).state == "edited", mark


def test_a_file_has_so_many_bytes_and_so_many_names_of_it_are_looked_up(
    store: Store, issued: Callable[..., UUID]
) -> None:
    key = issued()
    full = b"%PDF-1.7\n".ljust(compare.LARGEST)
    with store.reading() as session:
        assert compare.compare(session, full).state == "unknown"
        with pytest.raises(Refused, match="more than 2 MiB"):
            compare.compare(session, full + b" ")
        ids = [str(uuid4()) for _ in range(compare.NAMED)]
        typed = [codes.spelled(codes.new_code()) for _ in range(compare.NAMED)]
        code = codes.spelled(session.get_one(Certificate, key).code)
        for form, others, mine in (("urn:uuid:{}", ids, str(key)), ("{}", typed, code)):
            for before, state in ((others[1:], "edited"), (others, "unknown")):
                marks = " ".join(form.format(one) for one in (*before, mine))
                assert compare.compare(session, b"%PDF-1.7\n" + marks.encode()).state == state


def test_a_file_of_a_certificate_that_holds_no_more_is_told_with_what_replaced_it(
    store: Store, issued: Callable[..., UUID], actor_of: ActorOf, clock: Clock, site: Site
) -> None:
    valid, revoked, replaced = issued(), issued("colleague"), issued("stranger")
    with store.writing() as session:
        host = actor_of(session, "host")
        service.revoke(session, session.get_one(Certificate, revoked), host, "Wrong.", clock())
        old = session.get_one(Certificate, replaced)
        new = service.replace(session, site, old, facts_of(holder="Awa Diop"), "A name.", host, clock()).id
    with store.reading() as session:
        for key, why, by in ((valid, None, None), (revoked, "Wrong.", None), (replaced, "A name.", new)):
            pdf = session.get_one(Certificate, key).pdf
            for data, state in ((pdf, "issued"), (pdf + b" ", "edited")):
                found = compare.compare(session, data)
                assert (found.state, found.certificate and found.certificate.id) == (state, key)
                assert (found.end and found.end.reason, found.successor and found.successor.id) == (why, by)


def test_bombs_and_floods_are_borne(store: Store) -> None:
    import time  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    bomb = zlib.compress(b"\0" * 200_000_000, 9)
    files = [
        b"%PDF-1.7\n" + b"stream\n" + bomb,
        b"%PDF-1.7\n" + (b"stream\n" + zlib.compress(b"a" * 3_000_000)) * 300,
        b"%PDF-1.7\n" + b"stream\n" * 290_000,
        b"%PDF-1.7\n" + b"/ID [<" * 340_000,
        b"%PDF-1.7\n" + b"\xfe\xff" + b"\0A" * 1_000_000,
        b"%PDF-1.7\n" + b"/ID [<" + b"/ID [<".join(b"%032x>" % n for n in range(40_000)),
        b"%PDF-1.7\n" + b"/ID" + b" " * 2_000_000,
    ]
    with store.reading() as session:
        for data in files:
            began = time.process_time()
            assert compare.compare(session, data[: compare.LARGEST]).state == "unknown"
            assert time.process_time() - began < 20
        for data in (b"", b"PK\x03\x04", b"%PDF-" + b"x" * compare.LARGEST):
            with pytest.raises(Refused):
                compare.compare(session, data)


def test_the_verifier_knows_our_keys_and_what_was_revoked(
    store: Store, issued: Callable[..., UUID], actor_of: ActorOf, clock: Clock, site: Site
) -> None:
    key = issued()
    with store.writing() as session:
        service.revoke(session, session.get_one(Certificate, key), actor_of(session, "host"), "No.", clock())
    clock.forward(days=1)
    with store.reading() as session:
        code = session.get_one(Certificate, key).code
        page = service.verifier(session, site, "en", clock()).decode()
    assert site.name in page
    assert offline.known_as(code) in page
    assert code not in page
    assert "2026-11-26T09:00:00" in page
    assert "{{" not in page


def test_facts_of_an_attack_stay_facts() -> None:
    assert isinstance(facts_of(holder='<script>alert(1)</script> & "x" \');--'), Facts)


def test_a_list_that_is_nearly_full_is_followed_by_another(
    store: Store, issued: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    issued()
    monkeypatch.setattr(service, "FULL", 1)
    clock.forward(days=1)
    other = issued("colleague")
    with store.reading() as session:
        assert session.get_one(Certificate, other).listed == 2
