"""An image comes off the medium that it was written to: both digests are compared, and nothing else is taken for it."""

import hashlib
from pathlib import Path
from uuid import UUID

import pytest

from tests.unit.machines.medium.formatted import formatted
from tests.unit.machines.service.conftest import Scene
from training.errors import Conflict, Damaged, DomainError, NotThere
from training.forge.linux import lime
from training.machines.models import Acquisition, Medium
from training.machines.service import acquiring, carrying, noting

MEMORY = bytes(range(256)) * 32
CHANGED = MEMORY[:-1] + b"\0"
PACKED = lime.HEADER.pack(lime.MAGIC, lime.VERSION, 0, len(MEMORY) - 1) + MEMORY
AS_BLANK = ("-b", "4096", "-O", "^has_journal,^metadata_csum,^64bit,^dir_index,^resize_inode")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


NOTED, OTHER = digest(MEMORY), digest(CHANGED)


def carry(scene: Scene, response: UUID, number: int, act: str) -> None:
    scene.do(response, lambda session, it: noting.carry(session, it, number, act, scene.clock()))


def acquired(scene: Scene, sha256: str = NOTED, *, name: str = "m.raw") -> UUID:
    """A response in which an acquirer wrote an image to the second evidence medium, after a look at the first one."""
    response = scene.begin()
    for number in (1, 2):
        carry(scene, response, number, "plug")
        carry(scene, response, number, "unplug")
    carry(scene, response, 3, "plug")
    line = f"acquire /mnt/evid/{name}"
    scene.machines.answers[line] = (f"acquired /mnt/evid/{name} {len(MEMORY)} {sha256}\n".encode(), 0)
    scene.type(response, line)
    carry(scene, response, 3, "unplug")
    return response


def holds(scene: Scene, response: UUID, tmp_path: Path, number: int, files: dict[str, bytes]) -> None:
    """Let a medium hold these files."""
    folder = tmp_path / f"content-{number}"
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with scene.store.reading() as session:
        medium = session.get_one(Medium, (response, number))
    image = carrying.image_of(scene.here, medium)
    image.unlink()
    formatted(image, folder, *AS_BLANK)


def one(scene: Scene, response: UUID) -> Acquisition:
    with scene.store.reading() as session:
        return session.get_one(Acquisition, (response, 1))


def receive(scene: Scene, response: UUID) -> bytes:
    return acquiring.receive(scene.store, scene.here, response, 1).read_bytes()


@pytest.mark.parametrize(
    ("sha256", "media"),
    [
        (digest(MEMORY), {3: {"m.raw": MEMORY, "notes.txt": b"10:04"}}),
        (digest(MEMORY), {2: {"copies/m.raw": MEMORY}, 3: {"other": b"1"}}),
        (digest(MEMORY), {2: {"m.raw": MEMORY}, 3: {"m.raw": CHANGED}}),
        (digest(PACKED), {3: {"m.raw": PACKED}}),
    ],
    ids=["where it was written", "copied to another medium", "a whole copy beside a damaged one", "in the LiME format"],
)
def test_what_comes_off_a_medium_is_what_was_noted_at_the_machine(
    scene: Scene, tmp_path: Path, sha256: str, media: dict[int, dict[str, bytes]]
) -> None:
    response = acquired(scene, sha256)
    for number, files in media.items():
        holds(scene, response, tmp_path, number, files)
    assert receive(scene, response) == MEMORY
    found = one(scene, response)
    assert (found.received, found.fault) == (sha256, "")
    folder = acquiring.folder_of(scene.here, found)
    assert (folder / acquiring.LIME).exists() == (sha256 == digest(PACKED))
    assert (folder / acquiring.DISPLACED).read_text() == "7\n"
    assert not (folder / "taken").exists(), "what else lay there is not kept"


@pytest.mark.parametrize(
    ("media", "kind", "said"),
    [
        (
            {3: {"m.raw": CHANGED}},
            Damaged,
            f"The digests differ: {NOTED[:16]} was noted at the machine, {OTHER[:16]} came off the medium.",
        ),
        ({3: {"n.raw": MEMORY}}, NotThere, "No evidence medium has a file m.raw: it was not taken along."),
    ],
    ids=["changed on the way", "another file of the same bytes"],
)
def test_anything_else_is_not_received_and_why_is_kept(
    scene: Scene, tmp_path: Path, media: dict[int, dict[str, bytes]], kind: type[DomainError], said: str
) -> None:
    response = acquired(scene)
    for number, files in media.items():
        holds(scene, response, tmp_path, number, files)
    with pytest.raises(kind) as refused:
        receive(scene, response)
    found = one(scene, response)
    assert (refused.value.message, found.fault, found.received) == (said, said, "")
    folder = acquiring.folder_of(scene.here, found)
    assert not acquiring.image_of(scene.here, found).exists()
    assert not (folder / "taken").exists()
    holds(scene, response, tmp_path, 3, {"m.raw": MEMORY})
    assert receive(scene, response) == MEMORY, "it can be asked for again"
    assert one(scene, response).fault == ""


def test_what_was_received_is_not_read_again(scene: Scene, tmp_path: Path) -> None:
    response = acquired(scene)
    holds(scene, response, tmp_path, 3, {"m.raw": MEMORY})
    receive(scene, response)
    holds(scene, response, tmp_path, 3, {"m.raw": CHANGED})
    assert receive(scene, response) == MEMORY
    assert one(scene, response).received == digest(MEMORY)


def test_a_medium_in_the_machine_is_not_read_even_if_another_has_the_file(scene: Scene, tmp_path: Path) -> None:
    response = acquired(scene)
    holds(scene, response, tmp_path, 3, {"m.raw": MEMORY})
    carry(scene, response, 2, "plug")
    with pytest.raises(Conflict, match="still in the machine"):
        receive(scene, response)
    assert one(scene, response).received == ""


def test_no_more_than_so_many_images(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acquiring, "MOST", 2)
    response = acquired(scene)
    for number in (2, 3):
        scene.clock.forward(minutes=1)
        act = lambda session, it: acquiring.outside(session, it, scene.clock())  # noqa: E731 - as a page does it
        if number == 2:
            first, again = scene.do(response, act), scene.do(response, act)
            assert isinstance(first, Acquisition)
            assert isinstance(again, Acquisition)
            assert first.number == again.number == number, "one that is asked for twice is one"
            acquiring.take(scene.store, scene.here, response, scene.clock)
        else:
            with pytest.raises(Conflict, match="has 2 images and takes no more"):
                scene.do(response, act)
    scene.type(response, "acquire /mnt/evid/m.raw")
    with scene.store.reading() as session:
        assert len(acquiring.of(session, response)) == 2, "nor one from inside"
