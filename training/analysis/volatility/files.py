"""Files that a plugin writes (dumped programs, regions, cached files): kept below the run's own folder under names of
ours. What the plugin calls them comes from the image and is only a label.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from volatility3.framework.interfaces import plugins

from training.analysis.volatility.rows import Emit, Enough

MOST_FILES = 2_000
MOST_BYTES = 512 * 2**20


class Files:
    """The files of one run, in `folder`; each is announced by a line when the plugin has closed it."""

    def __init__(self, folder: Path, emit: Emit) -> None:
        self._folder, self._emit = folder, emit
        self._names: set[str] = set()
        self._begun = 0
        self._bytes = 0
        folder.mkdir(mode=0o700, exist_ok=True)

    def opener(self) -> type:
        """What Volatility makes files with."""

        def make() -> tuple[Path, Any]:
            self._begun += 1
            if self._begun > MOST_FILES:
                raise Enough(f"the plugin wrote more than {MOST_FILES} files: only the first {MOST_FILES} were kept")
            path = self._folder / os.urandom(16).hex()
            return path, os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")

        return type("Written", (_Written,), {"make": staticmethod(make), "grow": self._grow, "keep": self._keep})

    def _grow(self, more: int) -> None:
        if self._bytes + more > MOST_BYTES:
            raise Enough(f"the files were larger than {MOST_BYTES // 2**20} MiB together: the last ones are missing")
        self._bytes += more

    def _keep(self, name: str, path: Path) -> str:
        """Announce a file; returns its name, with a number where the run has one of that name already (as the command
        line does, which would overwrite the other).
        """
        stem, extension = os.path.splitext(name)  # noqa: PTH122 - a label that may hold anything, not a path
        number = 0
        while name in self._names:
            number += 1
            name = f"{stem}-{number}{extension}"
        self._names.add(name)
        self._emit({"file": name, "path": path.name, "bytes": path.stat().st_size})
        return name


class _Written(plugins.FileHandlerInterface):  # type: ignore[misc]
    """One file while the plugin writes it. A file that broke a limit is not kept: it would look whole."""

    make: Callable[[], tuple[Path, Any]]
    grow: Callable[[int], None]
    keep: Callable[[str, Path], str]
    preferred_filename: str  # a property of the base

    def __init__(self, filename: str) -> None:
        super().__init__(filename)
        self._size, self._broken = 0, False
        self._path, self._file = self.make()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return int(self._file.readinto(buffer))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def truncate(self, size: int | None = None) -> int:
        self._reach(self._file.tell() if size is None else size)
        return int(self._file.truncate(size))

    def write(self, data: Any) -> int:
        self._reach(self._file.tell() + len(data))
        return int(self._file.write(data))

    def _reach(self, end: int) -> None:
        if end > self._size:
            try:
                self.grow(end - self._size)
            except Enough:
                self._broken = True
                raise
            self._size = end

    def close(self) -> None:
        """Keep the file. The name may change, which Volatility allows before the end only."""
        if self.closed or not hasattr(self, "_file"):
            return
        self._file.close()
        if self._broken:
            self._path.unlink()
        else:
            self.preferred_filename = self.keep(self.preferred_filename, self._path)
        io.RawIOBase.close(self)  # the class between has only an empty one
