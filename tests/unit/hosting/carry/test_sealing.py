"""What closes a bundle: pieces that are bound to their file, their place and their end, and a key for one receiver."""

import base64
import os
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from training.errors import Refused
from training.hosting.carry import drafts, sealing
from training.hosting.carry.sealing import PIECE, TAG, Seal

pytestmark = pytest.mark.any_database
KEY = bytes(range(32))
GOLD = ("0859efe5c8b65ff2", "83a4fe181dbd3e0abaecba9d7c13b925", "33df131ae10d1b09b39bc168b44686dc48")
"""How the first piece begins and ends of one sealed file, and its last piece."""
DERIVED = "4b612db872e950479e44e06c57f6c526954dd53f5db07dbee3772d72e8cc04b0"
CHANGED = r"^A file of the bundle was changed after it was sealed\.$"
NO_SEAL = r"^The seal of this bundle can't be opened\. Ask for the bundle again\.$"


def closed(number: int, plain: bytes) -> bytes:
    return b"".join(sealing.sealed(KEY, number, BytesIO(plain)))


def opened(number: int, data: bytes) -> bytes:
    return b"".join(sealing.unsealed(KEY, number, BytesIO(data)))


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1])
def test_a_file_of_any_length_comes_back_and_takes_the_room_that_is_said(length: int) -> None:
    plain = b"\1" * length
    data = closed(3, plain)
    assert opened(3, data) == plain
    assert len(data) == sealing.size(length) == length + TAG * max(1, -(-length // PIECE))


def test_bundles_that_were_sealed_before_can_be_read_by_this_program() -> None:
    """Sizes, nonces and names are part of the format: bundles lie on sticks for months."""
    assert (PIECE, TAG, sealing.SEALED_AS) == (2**20, 16, b"engram session bundle 1")
    data = closed(258, b"x" * (PIECE + 1))
    assert len(data) == PIECE + 1 + 2 * TAG
    assert (data[:8].hex(), data[PIECE : PIECE + TAG].hex(), data[PIECE + TAG :].hex()) == GOLD
    assert sealing._derived(b"a" * 32, b"b" * 32, b"c" * 32).hex() == DERIVED


def test_pieces_that_are_missing_moved_or_of_another_file_are_found() -> None:
    data = closed(3, b"a" * PIECE + b"b" * PIECE + b"c")
    cuts = [0, PIECE + TAG, 2 * (PIECE + TAG), len(data)]
    first, second, last = (data[begin:end] for begin, end in pairwise(cuts))
    for wrong in (first + second, first, second + first + last, first + last, data + last, data[:-1], b"", last):
        with pytest.raises(Refused, match=CHANGED):
            opened(3, wrong)
    with pytest.raises(Refused, match=CHANGED):
        opened(2, data)
    with pytest.raises(Refused, match=CHANGED):
        b"".join(sealing.unsealed(bytes(32), 3, BytesIO(data)))


def test_a_seal_opens_for_its_receiver_and_every_bundle_has_a_key_of_its_own(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    receiver = sealing.public_key(here)
    assert sealing.public_key(here) == receiver != sealing.public_key(there)
    (seal, key), (other, another) = sealing.close(receiver), sealing.close(receiver)
    assert key != another
    assert (seal.receiver, len(key), len(base64.b64decode(seal.ephemeral))) == (receiver, 32, 32)
    assert len(base64.b64decode(seal.wrapped)) == 32 + TAG
    assert sealing.open_up(here, seal) == key
    with pytest.raises(Refused, match=r"^This bundle is sealed for another installation"):
        sealing.open_up(there, seal)
    for wrong in (
        {"wrapped": other.wrapped},
        {"ephemeral": other.ephemeral},
        {"wrapped": f"{seal.wrapped}!"},
        {"ephemeral": seal.ephemeral[:-4]},
        {"ephemeral": f"{seal.ephemeral[:20]}*{seal.ephemeral[20:]}"},
        {"wrapped": ""},
    ):
        with pytest.raises(Refused, match=NO_SEAL):
            sealing.open_up(here, seal.model_copy(update=wrong))


@pytest.mark.parametrize("receiver", ["", "AAAA", "no base64", "*" * 44, base64.b64encode(bytes(32)).decode()])
def test_nothing_is_sealed_for_what_is_no_key(receiver: str) -> None:
    with pytest.raises(Refused, match=r"^The key of the other installation can't be read\. Ask for its manifest"):
        sealing.close(receiver)


def test_nothing_is_sealed_for_a_key_with_signs_in_it_that_no_key_has(tmp_path: Path) -> None:
    key = sealing.public_key(tmp_path)
    assert sealing.close(key)[0].receiver == key
    for wrong in (f"{key[:20]}!{key[20:]}", f"{key}\n", f" {key}"):
        with pytest.raises(Refused, match=r"^The key of the other installation can't be read\. Ask for its manifest"):
            sealing.close(wrong)


def test_a_seal_is_no_longer_than_what_stands_in_one() -> None:
    longest = {"receiver": "x" * 60, "ephemeral": "x" * 60, "wrapped": "x" * 100}
    assert Seal(**longest).model_dump() == longest
    for name, text in longest.items():
        with pytest.raises(ValueError, match=name):
            Seal(**{**longest, name: f"{text}x"})
    with pytest.raises(ValueError, match="more"):
        Seal.model_validate({**longest, "more": "x"})


def test_the_key_of_an_installation_is_made_once_and_a_damaged_one_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / sealing.FOLDER / sealing.FILE
    mine = sealing.public_key(tmp_path)
    held = X25519PrivateKey.from_private_bytes(file.read_bytes())
    assert base64.b64decode(mine) == held.public_key().public_bytes_raw()
    assert [one.name for one in file.parent.iterdir()] == ["key"]
    drafts.sweep(file.parent)
    file.write_bytes(b"short")
    with pytest.raises(Refused) as bad:
        sealing.public_key(tmp_path)
    told = f"{file} is no key. Restore it from a backup, or move it away to have a new one."
    assert str(bad.value) == told
    assert file.read_bytes() == b"short"


def test_of_two_who_make_the_key_of_an_installation_at_once_one_wins_and_both_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, link = X25519PrivateKey.generate(), os.link

    def late(made: Path, target: Path) -> None:
        """The other one was quicker."""
        target.write_bytes(other.private_bytes_raw())
        link(made, target)

    monkeypatch.setattr(os, "link", late)
    assert sealing.public_key(tmp_path) == base64.b64encode(other.public_key().public_bytes_raw()).decode()
    assert [one.name for one in (tmp_path / sealing.FOLDER).iterdir()] == ["key"]
