import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from training.errors import Conflict
from training.operating import serve
from training.settings import ROOT


def test_an_instance_belongs_to_one_process(tmp_path: Path) -> None:
    look = (
        "import sys, pathlib; from training.operating.serve import held\n"
        "with held(pathlib.Path(sys.argv[1])): print('taken')"
    )
    command = [sys.executable, "-c", look, str(tmp_path)]
    with serve.held(tmp_path):
        second = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        assert f"in use by process {os.getpid()}" in second.stderr
    after = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert after.stdout == "taken\n"


def test_the_lock_is_not_inherited_by_a_child(tmp_path: Path) -> None:
    with serve.held(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with serve.held(tmp_path):
        assert child.poll() is None
    child.communicate(b"\n", timeout=10)


def test_a_busy_port_is_named_with_its_holder() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Conflict, match=rf"Port {port} is in use by .* \(process {os.getpid()}\)"):
            serve.bind(f"127.0.0.1:{port}")


@pytest.mark.parametrize("listen", ["203.0.113.9:8000", "127.0.0.1:99999", "no.such.name.example:80"])
def test_an_address_that_can_t_be_had_is_said_in_one_sentence(listen: str) -> None:
    with pytest.raises(Conflict, match=r"Can't listen on .*set ENGRAM_LISTEN"):
        serve.bind(listen)


def test_a_full_disk_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve.room(tmp_path)
    monkeypatch.setattr(serve, "LEAST_FREE", 2**60)
    with pytest.raises(Conflict, match="MiB free; at least"):
        serve.room(tmp_path)
