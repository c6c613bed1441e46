"""The process that forks writers: small, single-threaded, started once, so that a run needn't wait for an interpreter.

The server holds a channel to it and hands over, for each run, the job, the read end of the pipe that the run writes to,
and a channel for what the writer has to say: `{"rows": n}` about once a second and at last an Outcome. End of file on
the first channel means that the server is gone: the scribe ends with all its writers.
"""

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from pathlib import Path

from training.analysis import channel
from training.analysis.job import Job

CUT_OFF = "the rows ended without an end"
"""Reason of an outcome that only says so: why, the one who watched the run knows."""
ROOT = Path(__file__).resolve().parents[2]
ANSWER = 5.0  # seconds after which a scribe that takes nothing is given up
GRACE = 120  # seconds beyond the time limit of a run after which its writer is given up


class Scribe:
    """The server's end: starts the process when it is first needed, and again when it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def write(self, job: Job, work: Path, rows: int, said: int) -> None:
        """Have a writer made for the rows that come out of `rows`. Raises OSError when it can't be started."""
        request = {"job": job.model_dump(mode="json"), "work": str(work)}
        with self._lock:
            for _ in range(2):
                line = self._standing()
                with contextlib.suppress(OSError):
                    channel.send(line, request, rows, said)
                    return
                self._end()
        raise OSError("the process that writes results can't be reached")

    def close(self) -> None:
        """End it with all writers; nothing is written afterwards."""
        with self._lock:
            self._closed = True
            self._end()

    def _standing(self) -> socket.socket:
        from training.analysis.processes import environment  # noqa: PLC0415 - this module is also the process, which stays small

        if self._closed:
            raise OSError("the server is stopping")
        if self._line is None:
            self._line, theirs = channel.pair()
            self._line.settimeout(ANSWER)
            with theirs:
                program = [sys.executable, "-m", "training.analysis.scribe", str(theirs.fileno())]
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    program, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
                    pass_fds=[theirs.fileno()], env=environment(),
                )  # fmt: skip
        return self._line

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def main(descriptor: int) -> int:
    """Fork a writer for each request until the server is gone."""
    from training.analysis import writer  # noqa: PLC0415 - imported before the first fork, and only by the process

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # writers are not waited for: they report themselves
    gc.collect()
    gc.freeze()
    with channel.opened(descriptor) as line:
        while packet := channel.receive(line):
            if os.fork() == 0:
                line.close()
                _write(writer, packet)
            channel.close(packet.files)
    os.killpg(os.getpgrp(), signal.SIGKILL)
    return 0


def _write(writer: object, packet: channel.Packet) -> None:
    """The life of a writer."""
    status = 1
    try:
        rows, said = packet.files
        job = Job.model_validate(packet.said["job"])
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.alarm(round(job.limits.seconds) + GRACE)
        with os.fdopen(rows, "rb") as stream, channel.opened(said) as line:

            def say(message: dict[str, object]) -> None:
                channel.send(line, message)

            outcome = writer.Writing(job, Path(packet.said["work"]), say).outcome(stream)  # type: ignore[attr-defined]
            say(outcome.model_dump(mode="json"))
        status = 0
    except Exception:  # noqa: BLE001 - the server hears that it ended early; its log gets the reason
        traceback.print_exc()
    finally:
        # As after any fork: nothing of the parent's is flushed or closed a second time.
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
