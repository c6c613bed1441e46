"""What a pack says of itself as a whole, packs at their limits, and each way in which one is refused, in full."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.courses.moving.conftest import Site
from training.content import service as content
from training.courses.moving import archive, pack, signing
from training.courses.moving.manifest import Manifest, Needed, Packed, Stored
from training.errors import Refused
from training.settings import ROOT

Files = dict[str, bytes]
MADE = "2026-11-25T09:00:00Z"
INDEX = "courses/c/index.md"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def row(path: str, data: bytes, **other: object) -> dict[str, object]:
    """A file as a manifest lists it."""
    return {"path": path, "size": len(data), "sha256": digest(data), **other}


def course(*files: dict[str, object], **other: object) -> dict[str, object]:
    """A course as a manifest lists it."""
    given = {"name": "c", "title": "C", "sha256": "0" * 64, "number": 1, "published": MADE, "languages": ["en"]}
    rest = {"authors": [], "licence": "CC0", "licences": {}, "labs": [], "exhibits": [], "files": list(files)}
    return {**given, **rest, **other}


def signed(instance: Path, files: Files, *courses: dict[str, object], **other: object) -> bytes:
    """A pack with any manifest, under a key of its own that really signed it."""
    by = signing.fingerprint(signing.public_key(instance))
    manifest = json.dumps({"format": 1, "made": MADE, "by": by, "courses": courses, **other}).encode()
    return archive.write({"manifest.json": manifest, "signature.json": pack._signature(instance, manifest), **files})


def refusal(data: bytes) -> str:
    """Why a pack is refused."""
    with pytest.raises(Refused) as bad:
        pack.read(data)
    return bad.value.message


def test_a_pack_says_all_that_a_course_is_and_needs(sender: Site) -> None:
    """Times in whole seconds, each language once, the lab as it is offered, and the exhibit whose rows are shown."""
    (sender.settings.courses / "harbour" / "course.en.yaml").write_text("{}\n", "utf-8")
    sender.clock.forward(microseconds=7)
    instance = sender.settings.instance
    with sender.store.writing() as session:
        for kind, folder in (
            ("lab", ROOT / "labs" / "finance-workstation"),
            ("course", sender.settings.courses / "harbour"),
        ):
            content.publish(session, instance, kind, folder, lambda _: (), sender.clock())
    with sender.store.reading() as session:
        lab, harbour = (content.get(session, *one) for one in (("lab", "finance-workstation"), ("course", "harbour")))
        needed = Needed(name="finance-workstation", sha256=lab.sha256)
        told = (harbour.sha256, harbour.number)
    folder = sender.settings.courses / "harbour"
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    key = signing.public_key(instance)
    exact = sender.clock().replace(microsecond=0)
    packed = sender.pack()
    expected = Manifest(
        format=1,
        made=exact,
        by=digest(key),
        courses=(
            Packed(
                name="harbour",
                title="Memory of a harbour office",
                sha256=told[0],
                number=told[1],
                published=exact,
                languages=("en",),
                authors=("Engram authors",),
                licence="CC-BY-4.0",
                licences={"01-quay": "CC-BY-4.0", "02-crane": "CC-BY-4.0"},
                labs=(needed,),
                exhibits=(Needed(name="finance-workstation-a", sha256="ab" * 32),),
                files=tuple(
                    Stored(path=path, size=len(data), sha256=digest(data)) for path, data in sorted(files.items())
                ),
            ),
        ),
    )
    assert pack.read(packed) == pack.Pack(digest(packed), expected, key, {"harbour": files})
    held = archive.read(packed)
    assert set(held) == {"manifest.json", "signature.json", *(f"courses/harbour/{path}" for path in files)}
    for name in ("manifest.json", "signature.json"):
        read = json.loads(held[name])
        assert held[name] == f"{json.dumps(read, indent=1, ensure_ascii=False)}\n".encode(), "people read it by lines"


def test_the_courses_of_a_pack_stand_by_their_names_whatever_order_they_were_asked_for(sender: Site) -> None:
    sender.publish("lantern")
    packed = sender.pack("lantern", "harbour")
    assert packed == sender.pack("harbour", "lantern")
    found = pack.read(packed)
    assert [one.name for one in found.manifest.courses] == ["harbour", "lantern"] == list(found.courses)


def test_a_lab_that_is_not_offered_is_needed_all_the_same(sender: Site) -> None:
    needed = pack.read(sender.pack()).manifest.courses[0].labs
    assert needed == (Needed(name="finance-workstation", sha256=""),)


def test_a_pack_that_nobody_could_read_is_not_made(sender: Site) -> None:
    noise = hashlib.shake_256(b"noise").digest(pack.LARGEST)
    folder = sender.settings.courses / "harbour"
    (folder / "noise.log").write_bytes(noise)
    with sender.store.writing() as session:
        content.publish(session, sender.settings.instance, "course", folder, lambda _: (), sender.clock())
    with pytest.raises(Refused, match=r"The pack has 16,7\d\d,\d\d\d bytes; at most 16,777,216 are read\."):
        sender.pack()


def test_a_pack_has_so_many_bytes_and_no_more() -> None:
    assert refusal(bytes(16_777_216)) == "This is not a zip file, or it has something after its end."
    assert refusal(bytes(16_777_217)) == "The pack has 16,777,217 bytes; at most 16,777,216 are read."


def test_texts_have_as_many_bytes_as_a_page_can_hold_and_what_they_are_is_told_by_their_last_dot(
    tmp_path: Path,
) -> None:
    words = b"".join(b"%d\n" % n for n in range(200_000))
    most = {"01/a.b.md": 200_000, "a.b.yaml": 1_000_000, "a.md.json": 1_000_001}
    files = {path: words[:size] for path, size in most.items()}
    held = {f"courses/c/{path}": data for path, data in files.items()}
    fits = course(*(row(path, data) for path, data in files.items()))
    assert pack.read(signed(tmp_path, held, fits)).courses == {"c": files}
    larger = course(*(row(path, data, size=len(data) + 1) for path, data in files.items()))
    assert refusal(signed(tmp_path, held, larger)).splitlines() == [
        "courses/c/01/a.b.md has 200,001 bytes; at most 200,000 are read.",
        "courses/c/a.b.yaml has 1,000,001 bytes; at most 1,000,000 are read.",
        "courses/c/a.md.json was changed after the pack was signed.",
    ]


def test_all_that_is_wrong_with_the_files_of_a_pack_is_said_at_once(tmp_path: Path) -> None:
    hidden = "can't be the name of a file here: use letters, digits, dashes and dots, such as 01-first-steps/index.md."
    listed = course(
        row("a.md", b"a"),
        row(".git/b.md", b"b"),
        row("c.md", b"c"),
        row("d.md", b"d"),
        row("e.md", b"e"),
        row("a.md", b"a"),
    )
    files = {f"courses/c/{path}": b"a" for path in ("a.md", ".git/b.md", "c.md", "z.md", "y.md")}
    longer = {"courses/c/e.md": b"ee", "manifest.md": b""}
    assert refusal(signed(tmp_path, files | longer, listed)).splitlines() == [
        f".git/b.md {hidden}",
        "courses/c/c.md was changed after the pack was signed.",
        "courses/c/d.md is missing in the pack.",
        "courses/c/e.md was changed after the pack was signed.",
        "manifest.json names a file twice.",
        "courses/c/y.md is in the pack, and the manifest doesn't name it.",
        "courses/c/z.md is in the pack, and the manifest doesn't name it.",
        "manifest.md is in the pack, and the manifest doesn't name it.",
    ]


def test_a_pack_has_a_manifest_and_a_signature(tmp_path: Path) -> None:
    files = archive.read(signed(tmp_path, {INDEX: b"a"}, course(row("index.md", b"a"))))
    for name in ("manifest.json", "signature.json"):
        less = {each: data for each, data in files.items() if each != name}
        assert refusal(archive.write(less)) == f"This is no course pack: there is no {name} in it."
    assert refusal(archive.write({})) == "This is no course pack: there is no manifest.json in it."


Change = Callable[[dict[str, Any]], object]
FINGERPRINT = "signature.json calls its key by another fingerprint than that of the key."
NO_BASE64 = "signature.json can't be read: it is no base64."
ANOTHER = "manifest.json was changed, or the signature is that of another pack. Ask the sender for the pack again."


def short(one: dict[str, Any]) -> None:
    """A key of 31 bytes under its own name."""
    key = base64.b64decode(one["key"])[:-1]
    one.update(key=base64.b64encode(key).decode(), key_id=signing.fingerprint(key))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda one: one.pop("key"), "signature.json can't be read here: key: Field required"),
        (lambda one: one.update(x=1), "signature.json can't be read here: x: Extra inputs are not permitted"),
        (
            lambda one: one.update(algorithm="none"),
            "signature.json can't be read here: algorithm: Input should be 'Ed25519'",
        ),
        (lambda one: one.update(key=one["key"][:4] + "\n" + one["key"][4:]), NO_BASE64),
        (lambda one: one.update(key="!" + one["key"]), NO_BASE64),
        (lambda one: one.update(key=one["key"][:-1]), NO_BASE64),
        (lambda one: one.update(signature=one["signature"] + "\n"), NO_BASE64),
        (lambda one: one.update(key_id="0" * 64), FINGERPRINT),
        (lambda one: one.update(key=""), FINGERPRINT),
        (short, FINGERPRINT),
        (lambda one: one.update(signature=""), ANOTHER),
        (lambda one: one.update(signature="A" * 86 + "=="), ANOTHER),
    ],
    ids=range(12),
)
def test_what_is_wrong_with_a_signature_is_said(tmp_path: Path, change: Change, why: str) -> None:
    files = archive.read(signed(tmp_path, {INDEX: b"a"}, course(row("index.md", b"a"))))
    signature = json.loads(files["signature.json"])
    change(signature)
    assert refusal(archive.write({**files, "signature.json": json.dumps(signature).encode()})) == why


@pytest.mark.parametrize(
    ("courses", "other", "why"),
    [
        (
            [course(row("a.md", b"", size="x"))],
            {},
            "courses.0.files.0.size: Input should be a valid integer, unable to parse string as an integer",
        ),
        ([course(row("a.md", b"", size=-1))], {}, "courses.0.files.0.size: Input should be greater than or equal to 0"),
        ([course(row("a.md", b""), course(row("a.md", b""), number=0))], {}, "courses.0.files.1.path: Field required"),
        ([], {}, "courses: Tuple should have at least 1 item after validation, not 0"),
        ([course(row("a.md", b""))], {"x" * 100: 1}, f"{'x' * 80}: Extra inputs are not permitted"),
        ([course(row("a.md", b""))], {"format": 2}, "format: Input should be 1"),
        ([course(row("a.md", b""))], {"made": "1999-12-31T23:59:59Z"}, "made: Value error, the year is 2000 to 2100"),
    ],
    ids=range(7),
)
def test_what_is_wrong_with_a_manifest_is_said_with_its_place(
    tmp_path: Path, courses: list[dict[str, object]], other: dict[str, object], why: str
) -> None:
    assert refusal(signed(tmp_path, {}, *courses, **other)) == f"manifest.json can't be read here: {why}"


def test_a_manifest_that_is_no_record_has_no_place_to_be_named(tmp_path: Path) -> None:
    files = {"manifest.json": b"[]", "signature.json": pack._signature(tmp_path, b"[]")}
    assert refusal(archive.write(files)) == "manifest.json can't be read here: -: Input should be an object"


def test_the_key_that_signed_is_the_one_that_the_manifest_names(tmp_path: Path) -> None:
    data = signed(tmp_path, {INDEX: b"a"}, course(row("index.md", b"a")), by="0" * 64)
    assert refusal(data) == "manifest.json names another key than the one that signed it."
