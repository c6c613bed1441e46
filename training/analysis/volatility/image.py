"""The exhibit's image as an open file: no path, and no position that two processes could share.

A file's position belongs to the open file description, which forks share: two children that read through one Python
file read each other's places and get wrong rows without an error. pread(2) names the place with each read, so a
descriptor may be inherited by any number of children.
"""

# ruff: noqa: SLF001 - the one place where a layer opens its file is private
import io
import os
from typing import Any

from volatility3.framework.layers import physical

LARGEST_READ = 2**30
"""Linux returns at most about 2 GiB from one read."""


class Image(io.RawIOBase):
    """A file for Volatility's lowest layer, read with pread from an open descriptor. Its position is its own."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.descriptor = descriptor
        self.size = os.fstat(descriptor).st_size
        self._position = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; returns the new position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Exactly `size` bytes, fewer only at the end of the file."""
        left = self.size - self._position if size is None or size < 0 else size
        parts = []
        while left > 0:
            part = os.pread(self.descriptor, min(left, LARGEST_READ), self._position)
            if not part:
                break
            parts.append(part)
            self._position += len(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def location(descriptor: int) -> str:
    """What stands in the configuration where the command line has the image's path."""
    return f"file:///proc/self/fd/{descriptor}"


def serve(descriptor: int) -> str:
    """Let every layer of this process that asks for `location(descriptor)` read that descriptor. Returns the
    location.
    """
    place = location(descriptor)
    original = physical.FileLayer._file.fget

    def opened(layer: Any) -> Any:
        if layer._location != place:
            return original(layer)
        if layer._file_ is None:
            layer._file_ = Image(descriptor)
        return layer._file_

    physical.FileLayer._file = property(opened)
    physical.FileLayer.read = _read
    return place


_original_read = physical.FileLayer.read


def _read(layer: Any, offset: int, length: int, pad: bool = False) -> bytes:  # noqa: FBT001, FBT002 - as the original
    """Bytes of the image. Inside it, one pread is what seeking and reading give; the rest goes the original way."""
    image = layer._file_
    if type(image) is Image and offset >= 0 and 0 < length <= min(image.size - offset, LARGEST_READ):
        data = os.pread(image.descriptor, length, offset)
        if len(data) == length:
            return data
    whole: bytes = _original_read(layer, offset, length, pad)
    return whole
