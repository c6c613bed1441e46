"""Patches by pages: what they make again, what they weigh, and what is refused."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.errors import Refused
from training.forge import pack
from training.forge.pack import DamagedPack, pages
from training.forge.pack.manifest import PAGE

PAGES = 700


def noise(seed: int, size: int = PAGE) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - filler that compresses badly


BASE = b"".join(noise(number) if number % 3 else bytes(PAGE) for number in range(PAGES))


def changed(at: dict[int, bytes], base: bytes = BASE) -> bytes:
    """The base with other bytes at some places."""
    made = bytearray(base)
    for place, content in at.items():
        made[place : place + len(content)] = content
    return bytes(made)


def made(packed: Path, image: bytes, base: bytes = BASE) -> bytes:
    """What a patch makes of a base, where it should be an image."""
    return b"".join(again(packed, image, base))


def again(packed: Path, image: bytes, base: bytes = BASE) -> Iterator[bytes]:
    return pages.paged(packed, pack.part_of(packed), len(image), hashlib.sha256(image).hexdigest(), base)


@try_examples(40)
@given(at=st.dictionaries(st.integers(0, len(BASE) - 40), st.binary(min_size=1, max_size=40), max_size=30))
def test_what_was_packed_is_made_again(at: dict[int, bytes], tmp_path: Path) -> None:
    image, packed = changed(at), tmp_path / "patch"
    pages.compress_pages(image, BASE, packed)
    assert made(packed, image) == image


@pytest.mark.parametrize("count", [1, 8, 9, 256, 257, PAGES - 1, PAGES + 1, PAGES + 300])
def test_an_image_may_be_shorter_or_longer_than_its_base(count: int, tmp_path: Path) -> None:
    image, packed = (BASE + noise(9, PAGE * 300))[: count * PAGE], tmp_path / "patch"
    pages.compress_pages(image, BASE, packed)
    assert made(packed, image) == image


def test_one_changed_byte_costs_a_bit_for_each_page_and_little_more(tmp_path: Path) -> None:
    image, packed = changed({5 * PAGE + 77: b"\xff\xfe"}), tmp_path / "patch"
    pages.compress_pages(image, BASE, packed)
    assert packed.stat().st_size < PAGES / 8 + 60
    assert packed.read_bytes()[0] == 1 << 5


def test_the_same_bytes_give_the_same_patch_at_every_level_from_the_highest_on(tmp_path: Path) -> None:
    image, found = changed({70_000: noise(4, 9_000)}), set()
    for level in (pages.HIGHEST, pages.HIGHEST, 19, 22):
        pages.compress_pages(image, BASE, tmp_path / "patch", level=level)
        found.add((tmp_path / "patch").read_bytes())
    assert len(found) == 1


@pytest.mark.parametrize("left", [1, 3, PAGES // 8, PAGES // 8 + 4, -9])
def test_a_patch_that_is_cut_short_is_refused(left: int, tmp_path: Path) -> None:
    image, packed = changed({5_000: noise(4, 90_000)}), tmp_path / "patch"
    pages.compress_pages(image, BASE, packed)
    packed.write_bytes(packed.read_bytes()[:left])
    with pytest.raises(DamagedPack, match=r"is cut short|is not a readable"):
        made(packed, image)


def test_more_pages_than_are_named_are_refused(tmp_path: Path) -> None:
    image, packed = changed({5_000: noise(4, 90_000)}), tmp_path / "patch"
    pages.compress_pages(image, BASE, packed)
    content = bytearray(packed.read_bytes())
    last = max(number for number in range(PAGES) if content[number >> 3] >> (number & 7) & 1)
    content[last >> 3] &= ~(1 << (last & 7))
    packed.write_bytes(content)
    with pytest.raises(DamagedPack):
        made(packed, image)


def test_another_base_is_found_out(tmp_path: Path) -> None:
    image, packed = changed({5_000: noise(4, 90_000)}), tmp_path / "patch"
    pages.compress_pages(image, BASE, packed)
    with pytest.raises(DamagedPack, match="expected SHA-256"):
        made(packed, image, changed({600_000: b"another"}))


def test_the_pages_of_a_patch_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, packed = changed({5_000: noise(4, 90_000)}), tmp_path / "patch"
    pages.compress_pages(image, BASE, packed)
    monkeypatch.setattr(pages, "MOST", 10)
    with pytest.raises(DamagedPack, match="names more than 10 pages"):
        made(packed, image)
    with pytest.raises(Refused, match="pages differ"):
        pages.compress_pages(image, BASE, packed)
