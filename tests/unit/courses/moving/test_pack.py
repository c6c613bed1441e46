"""A course goes from one installation to another, and nothing that was changed on the way comes in."""

import base64
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import People
from tests.unit.courses.moving.conftest import Site
from training.audit.models import Event
from training.authoring import service
from training.authoring.service import Copy
from training.content import service as content
from training.content.source import ContentError
from training.courses.moving import archive, arrival, incoming, pack, signing
from training.errors import Conflict, NotThere, Refused

pytestmark = pytest.mark.any_database
HARBOUR = Copy("course", "harbour")
HOST = UUID(int=1)
INDEX = "01-quay/index.md"


def trust(site: Site, packed: bytes) -> None:
    with site.store.writing() as session:
        key = pack.read(packed).fingerprint
        signing.trust(session, site.settings.instance, key, "The sender", None, site.clock())


def take(site: Site, packed: bytes) -> None:
    found = pack.read(packed)
    with site.store.reading() as session:
        seen = arrival.look(session, site.settings, found).seen
    arrival.take(site.store, site.settings, found, seen, None, site.clock())


def look(site: Site, packed: bytes) -> arrival.Look:
    with site.store.reading() as session:
        return arrival.look(session, site.settings, pack.read(packed))


def changed(packed: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    files = archive.read(packed)
    change(files)
    return archive.write(files)


def test_a_course_arrives_as_the_same_release_and_can_be_edited(sender: Site, receiver: Site) -> None:
    packed = sender.pack()
    assert packed == sender.pack()
    trust(receiver, packed)
    held = look(receiver, packed)
    assert held.sound
    assert held.arrivals[0].offered is None
    assert [one.kind for one in held.arrivals[0].found.modules] == ["new", "new"]
    assert "The lab" in held.arrivals[0].warnings[0]
    take(receiver, packed)
    with receiver.store.reading() as session, sender.store.reading() as there:
        release, origin = (content.get(one, "course", "harbour") for one in (session, there))
        assert release.sha256 == origin.sha256
        assert content.digest_of(content.folder_of(receiver.settings.instance, release)) == origin.sha256
        assert INDEX in service.contents(session, HARBOUR)
    again = look(receiver, packed).arrivals[0]
    assert not again.news
    assert again.files == ()


def test_a_newer_release_shows_its_difference_first_and_is_taken_as_it_was_seen(sender: Site, receiver: Site) -> None:
    first = sender.pack()
    trust(receiver, first)
    take(receiver, first)
    path = sender.settings.courses / "harbour" / INDEX
    path.write_text(path.read_text("utf-8").replace("A short text", "A brief text"), "utf-8")
    sender.publish()
    second = sender.pack()
    held = look(receiver, second)
    assert [(one.kind, one.path) for one in held.arrivals[0].files] == [("changed", INDEX)]
    sections = held.arrivals[0].found.modules[0].sections
    assert ("out", "short") in sections[0].pieces[0]
    with receiver.store.writing() as session:
        service.replace(session, HARBOUR, INDEX, b"Somebody wrote meanwhile.", None, receiver.clock(), "")
    with pytest.raises(Conflict, match="Look at the difference again"):
        arrival.take(receiver.store, receiver.settings, pack.read(second), held.seen, None, receiver.clock())
    assert look(receiver, second).arrivals[0].edited
    take(receiver, second)
    with receiver.store.reading() as session:
        assert content.get(session, "course", "harbour").number == 2
        file = service.find(session, HARBOUR, INDEX)
        texts = [service.text_of(one) for one in service.history(session, file)]
        assert "Somebody wrote meanwhile." in texts
        assert "A brief text" in texts[0]


def test_shipped_files_become_a_working_copy_and_do_not_come_back(sender: Site, receiver: Site) -> None:
    packed = sender.pack()
    trust(receiver, packed)
    folder = receiver.settings.courses / "harbour"
    for path, data in pack.read(packed).courses["harbour"].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    index = folder / INDEX
    index.write_text(index.read_text("utf-8").replace("A short text", "An old text"), "utf-8")
    old = receiver.publish()
    take(receiver, packed)
    with receiver.store.writing() as session:
        settings = receiver.settings
        done = content.publish_all(
            session, settings.instance, "course", settings.courses, lambda _: (), receiver.clock()
        )
        assert done.new == []
        assert content.get(session, "course", "harbour").sha256 != old.sha256


def test_a_key_that_nobody_trusts_takes_nothing(sender: Site, receiver: Site) -> None:
    packed = sender.pack()
    held = look(receiver, packed)
    assert not held.trusted
    assert held.arrivals[0].found.modules == ()  # nothing of its texts was read
    with pytest.raises(Refused, match="fingerprint"):
        arrival.take(receiver.store, receiver.settings, held.pack, held.seen, None, receiver.clock())
    trust(receiver, packed)
    with receiver.store.writing() as session:
        signing.distrust(session, receiver.settings.instance, held.pack.fingerprint, None, receiver.clock())
        with pytest.raises(NotThere):
            signing.distrust(session, receiver.settings.instance, held.pack.fingerprint, None, receiver.clock())
    assert not look(receiver, packed).trusted


@pytest.mark.parametrize("name", ["../../outside", "x", "0" * 63, "0" * 64 + "/.."])
def test_a_fingerprint_is_never_a_path(receiver: Site, name: str) -> None:
    with receiver.store.writing() as session, pytest.raises(Refused, match="64 hexadecimal"):
        signing.trust(session, receiver.settings.instance, name, "Somebody", None, receiver.clock())
    with pytest.raises(NotThere):
        incoming.get(receiver.settings.instance, HOST, name)


def test_a_changed_file_is_refused_by_name(sender: Site) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[f"courses/harbour/{INDEX}"] += b" "
        files["courses/harbour/keys.yaml"] = b"#" + files["courses/harbour/keys.yaml"][1:]  # as long as it was

    with pytest.raises(Refused) as bad:
        pack.read(changed(sender.pack(), change))
    assert bad.value.message.splitlines() == [
        f"courses/harbour/{INDEX} was changed after the pack was signed.",
        "courses/harbour/keys.yaml was changed after the pack was signed.",
    ]


def test_added_and_missing_files_are_refused_by_name(sender: Site) -> None:
    def change(files: dict[str, bytes]) -> None:
        del files["courses/harbour/course.yaml"]
        files["courses/harbour/extra.md"] = b"More"

    with pytest.raises(Refused, match=r"course\.yaml is missing in the pack(.|\n)*extra\.md is in the pack, and"):
        pack.read(changed(sender.pack(), change))


def test_a_changed_manifest_does_not_hold(sender: Site) -> None:
    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        manifest["courses"][0]["title"] = "Another title"
        files["manifest.json"] = json.dumps(manifest).encode()

    with pytest.raises(Refused, match=r"manifest\.json was changed"):
        pack.read(changed(sender.pack(), change))


def test_a_swapped_signature_does_not_hold(sender: Site, receiver: Site) -> None:
    """The signature of another pack, and of another key under the same manifest."""
    sender.clock.forward(days=1)
    later = archive.read(sender.pack())["signature.json"]
    sender.clock.forward(days=-1)
    with pytest.raises(Refused, match="that of another pack"):
        pack.read(changed(sender.pack(), lambda files: files.update({"signature.json": later})))

    def resign(files: dict[str, bytes]) -> None:
        files["signature.json"] = pack._signature(receiver.settings.instance, files["manifest.json"])

    with pytest.raises(Refused, match="names another key"):
        pack.read(changed(sender.pack(), resign))


def test_a_key_with_the_name_of_another_is_refused(sender: Site, receiver: Site) -> None:
    def rename(files: dict[str, bytes]) -> None:
        signature = json.loads(files["signature.json"])
        signature["key_id"] = signing.fingerprint(signing.public_key(receiver.settings.instance))
        files["signature.json"] = json.dumps(signature).encode()

    with pytest.raises(Refused, match="another fingerprint"):
        pack.read(changed(sender.pack(), rename))


def test_a_signature_under_something_else_of_the_same_bytes_is_none(sender: Site) -> None:
    """What the key signs elsewhere can't be turned into a pack."""

    def bare(files: dict[str, bytes]) -> None:
        signature = json.loads(files["signature.json"])
        made = signing.sign(sender.settings.instance, files["manifest.json"])
        files["signature.json"] = json.dumps({**signature, "signature": base64.b64encode(made).decode()}).encode()

    with pytest.raises(Refused, match="that of another pack"):
        pack.read(changed(sender.pack(), bare))


@pytest.mark.parametrize("deep", [b"[" * 500_000, b'{"format": 2}', b"\xff", b"1" * 100_000, b'{"a":' * 100_000])
def test_a_manifest_that_can_not_be_read_is_refused(sender: Site, deep: bytes) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["manifest.json"] = deep
        files["signature.json"] = pack._signature(sender.settings.instance, deep)

    with pytest.raises(Refused, match=r"manifest\.json can't be read here|unpacks|grows"):
        pack.read(changed(sender.pack(), change))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda one: one.update(made="0001-01-01T00:00:00+23:59"), "made"),
        (lambda one: one.update(made="2026-01-01T00:00:00"), "made"),
        (lambda one: one["courses"][0].update(published="9999-12-31T23:59:59-23:59"), "published"),
        (lambda one: one["courses"][0].update(labs=[{"name": f"l{n}"} for n in range(20_000)]), "labs"),
        (lambda one: one["courses"][0].update(exhibits=[{"name": f"l{n}"} for n in range(201)]), "exhibits"),
        (lambda one: one["courses"][0].update(licences={f"l{n}": "CC0" for n in range(201)}), "licences"),
    ],
)
def test_a_manifest_with_dates_or_lists_that_no_page_can_show_is_refused(
    sender: Site, change: Callable[[dict[str, Any]], None], place: str
) -> None:
    def signed_anew(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        change(manifest)
        files["manifest.json"] = json.dumps(manifest, indent=1).encode()
        files["signature.json"] = pack._signature(sender.settings.instance, files["manifest.json"])

    with pytest.raises(Refused, match=rf"manifest\.json can't be read here: [\w.]*{place}|grows"):
        pack.read(changed(sender.pack(), signed_anew))


def signed_anew(site: Site, packed: bytes, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> bytes:
    """The pack with another manifest or other files, under the key of the installation that made it."""

    def anew(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        change(manifest, files)
        files["manifest.json"] = json.dumps(manifest, indent=1).encode()
        files["signature.json"] = pack._signature(site.settings.instance, files["manifest.json"])

    return changed(packed, anew)


def test_a_signed_manifest_names_each_file_once_and_by_a_path_that_a_course_may_have(sender: Site) -> None:
    def twice(manifest: dict[str, Any], _files: dict[str, bytes]) -> None:
        manifest["courses"][0]["files"] *= 2

    def hidden(manifest: dict[str, Any], files: dict[str, bytes]) -> None:
        row = next(one for one in manifest["courses"][0]["files"] if one["path"] == INDEX)
        row["path"] = ".git/hooks.md"
        files["courses/harbour/.git/hooks.md"] = files.pop(f"courses/harbour/{INDEX}")

    packed = sender.pack()
    with pytest.raises(Refused, match=r"manifest\.json names a file twice"):
        pack.read(signed_anew(sender, packed, twice))
    with pytest.raises(Refused, match=r"\.git"):
        pack.read(signed_anew(sender, packed, hidden))


def test_a_course_is_that_of_the_release_that_is_named_and_no_glossary(sender: Site, receiver: Site) -> None:
    def other(manifest: dict[str, Any], _files: dict[str, bytes]) -> None:
        manifest["courses"][0]["sha256"] = "0" * 64

    def glossary(manifest: dict[str, Any], files: dict[str, bytes]) -> None:
        manifest["courses"][0]["name"] = "glossary"
        for name in [one for one in files if one.startswith("courses/harbour/")]:
            files[name.replace("harbour", "glossary", 1)] = files.pop(name)

    packed = sender.pack()
    trust(receiver, packed)
    for change, why in ((other, "not those of the release"), (glossary, "name of the glossary")):
        with pytest.raises(ContentError, match=why):
            take(receiver, signed_anew(sender, packed, change))
    with receiver.store.reading() as session:
        assert content.offered(session, "course") == []


def test_what_is_taken_is_the_pack_that_was_seen_beside_what_was_offered_then(
    sender: Site, receiver: Site, people: People
) -> None:
    first = pack.read(sender.pack())
    sender.clock.forward(days=1)
    later, who = pack.read(sender.pack()), people["instructor"]
    trust(receiver, sender.pack())

    def taken(found: pack.Pack, seen: str) -> None:
        arrival.take(receiver.store, receiver.settings, found, seen, who, receiver.clock())

    with receiver.store.reading() as session:
        seen = arrival.look(session, receiver.settings, first).seen
    with pytest.raises(Conflict, match="Look at the difference again"):
        taken(later, seen)
    taken(first, seen)
    with receiver.store.reading() as session:
        seen = arrival.look(session, receiver.settings, first).seen
        told = session.scalars(select(Event).filter_by(act="pack.taken")).one()
    assert (told.actor, told.subject, told.details["pack"]) == (who, "course:harbour", first.sha256)
    with receiver.store.writing() as session:
        content.withdraw(session, receiver.settings.courses / "harbour", "course", receiver.clock())
    with pytest.raises(Conflict, match="Look at the difference again"):
        taken(first, seen)


def test_a_file_that_the_sender_took_out_is_gone_from_what_is_edited_here(sender: Site, receiver: Site) -> None:
    extra = sender.settings.courses / "harbour" / "01-quay" / "notes.md"
    extra.write_text("Notes of the authors.\n", "utf-8")
    sender.publish()
    first = sender.pack()
    trust(receiver, first)
    take(receiver, first)
    extra.unlink()
    sender.publish()
    take(receiver, sender.pack())
    with receiver.store.reading() as session:
        assert INDEX in service.contents(session, HARBOUR)
        assert "01-quay/notes.md" not in service.contents(session, HARBOUR)


def test_links_that_never_end_are_looked_at_once() -> None:
    """Each match and each search that fails ends where the next link begins."""
    assert arrival.LINK.findall("[a](http://" * 10_000 + "[b](../../lantern/01-light/)") == ["../../lantern/01-light/"]
    assert arrival.LINK.findall("[a](" + "x" * 100_000) == []


def test_a_course_with_mistakes_is_refused_with_file_and_line_and_changes_nothing(sender: Site, receiver: Site) -> None:
    """A sender with looser rules signs what the check here refuses."""
    path = sender.settings.courses / "harbour" / INDEX
    path.write_text(path.read_text("utf-8") + "\n[nowhere](../09-nowhere/)\n", "utf-8")
    with sender.store.writing() as session:
        folder = path.parent.parent
        content.publish(session, sender.settings.instance, "course", folder, lambda _: (), sender.clock())
    packed = sender.pack()
    trust(receiver, packed)
    with pytest.raises(ContentError, match=r"courses/harbour/01-quay/index\.md:\d+: .*09-nowhere"):
        take(receiver, packed)
    with receiver.store.reading() as session:
        assert content.releases(session, "course", "harbour") == []
        assert not service.begun(session, HARBOUR)


def test_several_courses_come_together_or_not_at_all(sender: Site, receiver: Site) -> None:
    sender.publish("lantern")
    packed = sender.pack("harbour", "lantern")
    trust(receiver, packed)
    held = look(receiver, packed)
    assert any("term" in one for one in held.arrivals[1].warnings)
    take(receiver, packed)
    with receiver.store.reading() as session:
        assert {one.name for one in content.offered(session, "course")} == {"harbour", "lantern"}
    languages = {one.name: one.languages for one in held.pack.manifest.courses}
    assert languages["lantern"] == ("en", "fr", "ar")


def test_the_private_key_is_for_its_owner_alone(receiver: Site) -> None:
    instance = receiver.settings.instance
    one = signing.public_key(instance)
    assert signing.public_key(instance) == one
    file = instance / signing.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for others in (0o640, 0o604):
        file.chmod(others)
        with pytest.raises(Refused, match="chmod 600"):
            signing.sign(instance, b"")


def test_whose_key_is_trusted_is_said_in_so_many_characters_and_recorded(receiver: Site, people: People) -> None:
    instance, key, who = receiver.settings.instance, "1" * 64, people["instructor"]
    with receiver.store.writing() as session:
        with pytest.raises(Refused, match="at most 120 characters"):
            signing.trust(session, instance, key, "x" * 121, who, receiver.clock(), organisation=people.home)
        signing.trust(session, instance, key, "x" * 120, who, receiver.clock(), organisation=people.home)
        signing.distrust(session, instance, key, who, receiver.clock(), organisation=people.home)
    with receiver.store.reading() as session:
        told = session.scalars(select(Event).filter_by(subject=f"key:{key}").order_by(Event.seq)).all()
    assert [one.act for one in told] == ["pack.key_trusted", "pack.key_distrusted"]
    assert all((one.actor, one.details) == (who, {"organisation": str(people.home)}) for one in told)


def test_a_key_is_trusted_by_one_organisation_or_on_the_command_line_by_all(receiver: Site) -> None:
    instance, mine, theirs = receiver.settings.instance, UUID(int=1), UUID(int=2)
    key, both = "1" * 64, "2" * 64
    with receiver.store.writing() as session:
        signing.trust(session, instance, key, "A neighbour", None, receiver.clock(), organisation=mine)
        signing.trust(session, instance, both, "The ministry", None, receiver.clock())
    places = (mine, theirs, None)
    assert [signing.is_trusted(instance, key, one) for one in places] == [True, False, False]
    assert [signing.is_trusted(instance, both, one) for one in places] == [True, True, True]
    own = signing.fingerprint(signing.public_key(instance))
    assert signing.is_trusted(instance, own, theirs)
    assert {one: found.organisation for one, found in signing.trusted(instance, mine).items()} == {
        key: mine,
        both: None,
    }
    with receiver.store.writing() as session:
        with pytest.raises(NotThere):
            signing.distrust(session, instance, key, None, receiver.clock(), organisation=theirs)
        signing.distrust(session, instance, key, None, receiver.clock(), organisation=mine)
    assert not signing.is_trusted(instance, key, mine)


def test_a_pack_that_was_changed_while_it_waits_is_not_there_any_more(sender: Site, tmp_path: Path) -> None:
    found = incoming.keep(tmp_path, HOST, sender.pack())
    with pytest.raises(NotThere):
        incoming.get(tmp_path, UUID(int=2), found.sha256)
    assert [name for name, _ in incoming.waiting(tmp_path, HOST)] == [found.sha256]
    assert incoming.waiting(tmp_path, UUID(int=2)) == []
    sender.clock.forward(minutes=1)
    (tmp_path / "incoming" / str(HOST) / found.sha256).write_bytes(sender.pack())  # whole and signed, and another one
    with pytest.raises(NotThere):
        incoming.get(tmp_path, HOST, found.sha256)


def test_packs_wait_for_the_second_step_and_the_oldest_go(sender: Site, receiver: Site, tmp_path: Path) -> None:
    packed = sender.pack()
    found = incoming.keep(tmp_path, HOST, packed)
    assert incoming.get(tmp_path, HOST, found.sha256).manifest == found.manifest
    assert stat.S_IMODE((tmp_path / "incoming" / str(HOST) / found.sha256).stat().st_mode) == 0o600
    for _ in range(incoming.MOST):
        sender.clock.forward(minutes=1)
        incoming.keep(tmp_path, HOST, sender.pack())
    assert len(list((tmp_path / "incoming" / str(HOST)).iterdir())) == incoming.MOST
    with pytest.raises(NotThere):
        incoming.get(tmp_path, HOST, found.sha256)
    assert receiver.settings.instance != tmp_path


def test_a_text_that_no_page_could_hold_is_refused(sender: Site) -> None:
    """Signed by its maker, and still: what is read of a pack has bounds."""
    path = sender.settings.courses / "harbour" / INDEX
    path.write_text(path.read_text("utf-8") + "word\n" * 50_000, "utf-8")
    with sender.store.writing() as session:
        folder = path.parent.parent
        content.publish(session, sender.settings.instance, "course", folder, lambda _: (), sender.clock())
    with pytest.raises(Refused, match=r"01-quay/index\.md has .* bytes; at most 200,000 are read"):
        pack.read(sender.pack())
