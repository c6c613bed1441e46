"""Exhibits of somebody's own: examined before they are taken in, replaced and taken out by name."""

import json
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.own_content import BANNER, BANNER_AT, ORIGIN, Own, own_installation, put, symbols, write_own_pack
from training.accounts.actor import Actor, Role
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Conflict, Damaged, NotThere, Refused
from training.evidence import registry, service
from training.evidence.models import Exhibit
from training.forge import pack
from training.labs.models import Attempt
from training.labs.prove import prove
from training.labs.service import attempts
from training.operating import startup
from training.settings import Settings
from training.store import Store

NAME = "harbour-office-a"
Take = Callable[[], str]


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Own:
    return own_installation(settings, tmp_path / "own", ["harbour-office"])


@pytest.fixture
def take(own: Own, store: Store, clock: Clock) -> Take:
    return lambda: registry.take_in(store, own.settings, own.pack(NAME), clock(), again=True)


def test_an_own_exhibit_needs_no_kernel_and_is_told_of_as_its_pack_says(own: Own, store: Store, take: Take) -> None:
    sha256 = take()
    assert pack.Role.KERNEL not in pack.read(own.pack(NAME)).files
    with store.reading() as session:
        row = service.get(session, sha256)
        told = service.custody(session, sha256)[0].text
    assert told == f"As its pack says: {ORIGIN}"
    assert not row.written


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"this is not a symbol file", "not packed with xz"),
        (lzma.compress(b"this is not a symbol file"), "holds no JSON"),
        (lzma.compress(b'{"symbols": {}}'), "lacks metadata, base_types, user_types, enums"),
        (symbols()[:-9], "cut short"),
        (symbols(metadata={"windows": {}}), "symbols of windows, and the exhibit is of linux"),
        (symbols(symbols={}), "names no linux_banner"),
        (symbols("Linux version 99"), "the pack says the banner is 'Linux version 5.0.1"),
        (symbols(at=BANNER_AT + 4096), "never where its addresses put it"),
    ],
)
def test_symbols_that_are_none_or_do_not_fit_are_refused(
    own: Own, store: Store, take: Take, content: bytes, said: str
) -> None:
    put(own.pack(NAME), pack.Role.SYMBOLS, content)
    with pytest.raises(Refused, match=said):
        take()
    with store.reading() as session, pytest.raises(NotThere):
        service.by_name(session, NAME)
    assert list((own.settings.instance / "exhibits").iterdir()) == []


@pytest.mark.parametrize("truth", [b"no JSON", b"[]"])
def test_a_truth_that_keys_can_not_be_read_from_is_refused(own: Own, take: Take, truth: bytes) -> None:
    put(own.pack(NAME), pack.Role.TRUTH, truth)
    with pytest.raises(Refused, match=r"truth\.json holds no JSON object"):
        take()


def test_an_image_without_the_kernel_is_refused_and_its_own_banner_named(own: Own, take: Take) -> None:
    other = "Linux version 99"
    put(own.pack(NAME), pack.Role.SYMBOLS, symbols(other))
    manifest = json.loads((own.pack(NAME) / pack.MANIFEST).read_text("utf-8"))
    (own.pack(NAME) / pack.MANIFEST).write_text(json.dumps({**manifest, "banner": other}), "utf-8")
    with pytest.raises(Refused, match=f"holds no kernel with the banner of .*{BANNER[:20]}"):
        take()


def test_windows_symbols_have_to_name_the_build_of_the_image(own: Own, store: Store, clock: Clock) -> None:
    folder = write_own_pack(own.pack("seized-a"), os="windows")
    pdb = {"GUID": "8F10A27E0188AB7FF22904488D8CB2A0", "age": 1, "database": "ntkrnlmp.pdb"}
    put(folder, pack.Role.SYMBOLS, symbols(metadata={"windows": {"pdb": pdb}}))
    with pytest.raises(Refused, match=r"names no ntkrnlmp\.pdb with GUID 8F10A27E.* no trace of Windows"):
        registry.take_in(store, own.settings, folder, clock(), again=True)


def test_a_raw_file_is_refused_with_what_is_wanted(own: Own, store: Store, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "case.raw").write_bytes(b"raw")
    for path in (tmp_path / "case.raw", tmp_path):
        with pytest.raises(Refused, match=r"needs the folder of a pack.*docs/forge\.md"):
            registry.take_in(store, own.settings, path, clock(), again=True)


def test_a_pack_with_another_truth_is_taken_only_by_replacing(own: Own, store: Store, take: Take, clock: Clock) -> None:
    sha256 = take()
    put(own.pack(NAME), pack.Role.TRUTH, b'{"another": "truth"}')
    with pytest.raises(Conflict, match=r"another truth .* exhibit replace harbour-office-a"):
        take()
    with pytest.raises(Conflict, match="another truth"):
        next(iter(prove(own.settings, "harbour-office", clock)))
    with store.reading() as session:
        assert service.truth(own.settings.instance, service.get(session, sha256))["exhibit"]["sha256"] == sha256
    rests = registry.replace(store, own.settings, own.pack(NAME), clock(), force=False)
    assert (rests.labs, rests.attempts) == (("harbour-office",), 0)
    with store.reading() as session:
        row = service.get(session, sha256)
        assert service.truth(own.settings.instance, row)["another"] == "truth"
        assert service.custody(session, sha256)[-1].text.startswith(f"Replaced from the pack {NAME}: ")
        assert audit.check(session).fault is None
        event = session.scalars(select(Event).filter_by(act="exhibit.replaced")).one()
        changed = {"name": NAME, "sha256": sha256, "before": sha256, "truth_sha256": row.truth_sha256}
        assert (event.subject, event.details) == (f"exhibit:{sha256}", changed)
    assert service.verify(store, own.settings.instance, row, clock()).fault is None


@pytest.mark.parametrize(
    ("role", "content"),
    [
        (pack.Role.SYMBOLS, symbols("Linux version 99")),
        (pack.Role.TRUTH, b'{"another": "truth"}'),
        (pack.Role.RECORD, b"another record"),
    ],
)
def test_no_pack_with_another_part_takes_the_place_of_an_exhibit_by_itself(
    own: Own, store: Store, take: Take, role: pack.Role, content: bytes
) -> None:
    take()
    put(own.pack(NAME), role, content)
    with store.reading() as session, pytest.raises(Conflict, match=f"registered with (an)?other {role} than its pack"):
        service.demand_same(session, own.pack(NAME))


def test_an_image_is_registered_under_one_name(own: Own, store: Store, take: Take) -> None:
    take()
    manifest = pack.read(own.pack(NAME))
    pack.write_manifest(own.pack(NAME), manifest.model_copy(update={"name": "another-office-a"}))
    with store.reading() as session, pytest.raises(Conflict, match=f"another-office-a .* registered as {NAME}"):
        service.demand_same(session, own.pack(NAME))


@pytest.mark.parametrize("changed", ["image.raw", "record.txt", "truth.json", "symbols/linux/5.0.json.xz"])
def test_whatever_changes_of_an_exhibit_is_found_at_its_next_use(
    own: Own, store: Store, take: Take, clock: Clock, changed: str
) -> None:
    sha256 = take()
    vault = service.Vault(store, own.settings.instance, own.labs / "exhibits", clock)
    vault.open(sha256)
    with store.reading() as session:
        row = service.get(session, sha256)
    service.record(own.settings.instance, row)
    file = service.folder_of(own.settings.instance, sha256) / changed
    before = file.stat()
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    for _ in range(2):
        with pytest.raises(Damaged, match="damaged and was not used"):
            vault.open(sha256)
    if changed == "record.txt":
        with pytest.raises(Damaged, match="expected SHA-256"):
            service.record(own.settings.instance, row)
    with store.reading() as session:
        found = [one for one in service.custody(session, sha256) if one.act in {"verified", "damaged"}]
    assert [one.act for one in found] == ["verified", "damaged", "damaged"], "what was faulty is looked at each time"
    assert str(own.settings.instance) not in found[-1].text


def test_a_replacement_that_does_not_fit_changes_nothing(own: Own, store: Store, take: Take, clock: Clock) -> None:
    sha256 = take()
    put(own.pack(NAME), pack.Role.SYMBOLS, symbols("Linux version 99"))
    with pytest.raises(Refused, match="the pack says the banner is"):
        registry.replace(store, own.settings, own.pack(NAME), clock(), force=True)
    with store.reading() as session:
        row = service.get(session, sha256)
    assert service.verify(store, own.settings.instance, row, clock()).fault is None


def begin(store: Store, own: Own, people: People, clock: Clock) -> Attempt:
    startup.publish(store, own.settings, clock(), lambda _: None)
    actor = Actor(people["trainee"], "Trainee", people.home, frozenset({(people.home, Role.TRAINEE)}))
    with store.writing() as session:
        return attempts.begin(session, own.settings.instance, actor, "harbour-office", clock())


def test_what_rests_on_an_exhibit_is_named_and_stays_readable(
    own: Own, store: Store, take: Take, people: People, clock: Clock
) -> None:
    sha256 = take()
    attempt = begin(store, own, people, clock)
    with store.reading() as session:
        assert not registry.hanging_on(session, own.settings, Exhibit(sha256="0" * 64, name="another-office-a"))
    with pytest.raises(Conflict, match="labs harbour-office, 1 attempt, 0 runs rest on harbour-office-a"):
        registry.unregister(store, own.settings, NAME, clock(), force=False)
    with pytest.raises(Conflict, match="1 attempt,"):
        registry.replace(store, own.settings, own.pack(NAME), clock(), force=False)
    registry.unregister(store, own.settings, NAME, clock(), force=True)
    assert not (service.folder_of(own.settings.instance, sha256) / pack.IMAGE).exists()
    with store.reading() as session:
        row = session.get_one(Exhibit, sha256)
        assert attempts.case(session, own.settings.instance, session.get_one(Attempt, attempt.id)).exhibit is row
        assert service.record(own.settings.instance, row) == [f"{NAME} record"]
        with pytest.raises(NotThere):
            service.by_name(session, NAME)
        event = session.scalars(select(Event).filter_by(act="exhibit.unregistered")).one()
        rests = "labs harbour-office, 1 attempt, 0 runs"
        assert (event.subject, event.details["rests"]) == (f"exhibit:{sha256}", rests)
    vault = service.Vault(store, own.settings.instance, own.labs / "exhibits", clock)
    with pytest.raises(Damaged, match="was unregistered"):
        vault.open(sha256)


def test_a_start_leaves_out_what_was_unregistered_and_a_command_brings_it_back(
    own: Own, store: Store, take: Take, clock: Clock
) -> None:
    sha256 = take()
    registry.unregister(store, own.settings, NAME, clock(), force=True)
    startup.register(store, own.settings, clock(), pytest.fail, lambda *_: None)
    with store.reading() as session:
        assert service.every(session) == []
    assert take() == sha256
    with store.reading() as session:
        assert [row.name for row in service.every(session)] == [NAME]
        assert audit.check(session).fault is None
        acts = session.scalars(select(Event.act).where(Event.subject == f"exhibit:{sha256}").order_by(Event.seq)).all()
        told = [one.text for one in service.custody(session, sha256)]
    assert acts == ["exhibit.registered", "exhibit.unregistered", "exhibit.registered"]
    assert told[-2:] == [
        "Unregistered: its image and symbols were removed",
        "Registered again after it was unregistered",
    ]
    vault = service.Vault(store, own.settings.instance, own.labs / "exhibits", clock)
    assert vault.open(sha256).image.exists()
