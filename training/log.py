"""Where lines of the log go: a log that can't be written stops nobody's work."""

from typing import TextIO


class Lines:
    """A stream for a logger that never raises: what it can't write is counted, and told once there is room again."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._lost = out, 0

    def write(self, text: str) -> int:
        """Write a line, as `print` does, in one or several parts."""
        try:
            if self._lost:
                self._out.write(f"{self._lost} lines of the log were lost, since they could not be written\n")
                self._lost = 0
            self._out.write(text)
        except (OSError, ValueError):  # a full disk, a pipe that nobody reads; a stream that was closed
            self._lost += text == "\n" or text.endswith("\n")
        return len(text)

    def flush(self) -> None:
        """Hand on what was written, if that can be done."""
        try:
            self._out.flush()
        except (OSError, ValueError):
            self._lost += 1

    def isatty(self) -> bool:
        """Whether somebody reads along."""
        return self._out.isatty()
