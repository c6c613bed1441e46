"""The image read through its descriptor, by many processes at once."""

# ruff: noqa: PLC0415 - Volatility is imported once its folders are settled
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("library")


@pytest.fixture
def content() -> bytes:
    return os.urandom(300_000)


@pytest.fixture
def descriptor(tmp_path: Path, content: bytes) -> Iterator[int]:
    (tmp_path / "image.raw").write_bytes(content)
    opened = os.open(tmp_path / "image.raw", os.O_RDONLY)
    yield opened
    os.close(opened)


def test_it_reads_as_a_file_does(descriptor: int, content: bytes, tmp_path: Path) -> None:
    from training.analysis.volatility.image import Image

    dice = random.Random(3)  # noqa: S311 - the same places each time
    with (tmp_path / "image.raw").open("rb") as file:
        image = Image(descriptor)
        for _ in range(500):
            place, size = dice.randrange(len(content) + 100), dice.choice([0, 1, 5000, -1, None])
            whence = dice.choice([os.SEEK_SET, os.SEEK_END])
            offset = place if whence == os.SEEK_SET else -(place % len(content))
            assert image.seek(offset, whence) == file.seek(offset, whence)
            assert image.read(size) == file.read(size)
            assert image.tell() == file.tell()
        image.seek(10)
        assert image.seek(5, os.SEEK_CUR) == 15
    assert image.readable()
    assert image.seekable()


def test_forks_do_not_share_a_position(descriptor: int, content: bytes) -> None:
    from training.analysis.volatility.image import Image

    image = Image(descriptor)
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            right = True
            for turn in range(2000):
                place = (number * 70_000 + turn * 31) % (len(content) - 16)
                image.seek(place)
                right = right and image.read(16) == content[place : place + 16]
            os._exit(0 if right else 1)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0, 0]


def test_a_layer_reads_it(descriptor: int, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    from volatility3.framework import contexts, exceptions
    from volatility3.framework.layers import physical

    from training.analysis.volatility import image

    original = physical.FileLayer.read
    monkeypatch.setattr(physical.FileLayer, "_file", physical.FileLayer._file)
    monkeypatch.setattr(physical.FileLayer, "read", original)
    context = contexts.Context()
    context.config["x.location"] = image.serve(descriptor)
    layer = physical.FileLayer(context, "x", "x")
    assert layer.maximum_address == len(content) - 1
    for offset, length in ((0, 10), (len(content) - 1, 1), (100, 200_000)):
        assert layer.read(offset, length) == original(layer, offset, length) == content[offset : offset + length]
    for offset, length in ((-1, 5), (len(content) - 1, 2), (len(content), 1)):
        with pytest.raises(exceptions.InvalidAddressException):
            layer.read(offset, length)
    with pytest.raises(ValueError, match="positive"):
        layer.read(0, 0)
