"""The actors of machines that live, compiled and really run."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.forge.linux.played import Process, Stage, port_of, state_of, until
from training.forge.linux import actors
from training.forge.linux.actors import Programs

LONG_AGO = 1_000_000_000


@pytest.fixture(scope="module")
def programs() -> Programs:
    return Programs(actors.compile_living())


@pytest.fixture
def stage(tmp_path: Path, programs: Programs) -> Iterator[Stage]:
    made = Stage(tmp_path, programs)
    yield made
    made.clear()


@pytest.fixture
def doors() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        for door in (one, other):
            door.settimeout(20)
        yield one, other


def end_of(door: socket.socket) -> str:
    return f"127.0.0.1 {port_of(door)}"


def heard(end: socket.socket, line: bytes) -> bool:
    """Whether a line comes in time."""
    end.settimeout(20)
    got = b""
    while line not in got and (more := end.recv(64)):
        got += more
    return line in got


def beacon(stage: Stage, doors: tuple[socket.socket, socket.socket], files: list[Path], **more: str) -> Process:
    ends = {"FIRST": end_of(doors[0]), "SECOND": end_of(doors[1]), "FILES": " ".join(map(str, files))}
    values = {"COMM": "", "FROM": "127.0.0.1", "PATIENCE": "600", "KEEP": "600"} | ends | more
    return stage.start(stage.put("beacon", "quiet-sync", **values), "--relay", "ignored")


def test_a_beacon_reconnects_elsewhere_and_keeps_the_dead_connection(
    stage: Stage, doors: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("one", "two")]
    kept = tmp_path / "kept"
    for each in (*files, kept):
        each.write_text("x")
    process = beacon(stage, doors, files)
    with doors[0].accept()[0] as end:
        assert heard(end, b"here\n")
        (old,) = [path[8:-1] for path in process.open.values()]
    with doors[1].accept()[0] as end:
        assert heard(end, b"here\n")
        assert until(lambda: state_of(old) == "08")
        end.sendall(b"nonsense\nclear\n")
        until(lambda: not any(each.exists() for each in files))
        assert kept.exists()
        end.sendall(b"renew\n")
        with doors[0].accept()[0] as third:
            assert heard(third, b"here\n")
    assert process.arguments[1:] == ["--relay", "ignored"]


def test_a_beacon_that_hears_nothing_removes_its_files(
    stage: Stage, doors: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    archive.write_text("x")
    beacon(stage, doors, [archive], PATIENCE="2")
    with doors[0].accept()[0]:
        assert archive.exists()
        until(lambda: not archive.exists())


def test_a_veil_hides_one_name_from_programs_that_list_and_from_no_other(stage: Stage) -> None:
    veil = stage.put("veil.so", "libveil.so", HIDDEN="hidden-one")
    sleep = shutil.which("sleep") or ""
    for name in ("hidden-one", "hidden-two"):
        shutil.copyfile(sleep, stage.folder / name)
        (stage.folder / name).chmod(0o755)
    hidden, seen = (stage.start(stage.folder / name, "60") for name in ("hidden-one", "hidden-two"))
    until(lambda: hidden.comm == "hidden-one")
    until(lambda: seen.comm == "hidden-two")
    ask = [sys.executable, "-c", "import os; print(*os.listdir('/proc'), *os.listdir('/proc/self/task'))"]
    numbers = [
        subprocess.run(ask, check=True, capture_output=True, text=True, env={**os.environ, **more}).stdout.split()
        for more in ({}, {"LD_PRELOAD": str(veil)})
    ]
    assert [str(hidden.pid) in each for each in numbers] == [True, False]
    assert all(str(seen.pid) in each for each in numbers)


def test_a_watcher_tells_signs_removes_its_files_at_the_first_and_ends(
    stage: Stage, doors: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    staged = tmp_path / "staged"
    staged.write_text("x")
    service = stage.start(Path(shutil.copy(shutil.which("sleep") or "", tmp_path / "servd")), "60")
    until(lambda: service.comm == "servd")
    values = {"FROM": "127.0.0.1", "TO": end_of(doors[0]), "EVERY": "1", "MOST": "30000", "FILES": str(staged)}
    watcher = stage.start(stage.put("watcher", "fand", **values, SERVICES="servd", SIGNS="2"))
    with doors[0].accept()[0] as end:
        assert str(staged) in watcher.open.values()
        time.sleep(1.5)
        assert staged.exists(), "nothing is wrong yet"
        stage.started[0].kill()
        stage.started[0].wait()
        assert heard(end, b"note service\n")
        until(lambda: not staged.exists())
        end.sendall(b"seen gap\n")
        assert heard(end, b"note gap\n")
        assert stage.started[1].wait(20) == 0


def test_a_watcher_sees_more_new_processes_than_usual(
    stage: Stage, doors: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    (tmp_path / "staged").write_text("x")
    values = {"FROM": "127.0.0.1", "TO": end_of(doors[0]), "EVERY": "2", "MOST": "0", "SIGNS": "1"}
    stage.start(stage.put("watcher", "fand", **values, SERVICES="", FILES=str(tmp_path / "staged")))
    with doors[0].accept()[0] as end:
        for _ in range(3):
            subprocess.run(["true"], check=True)
        assert heard(end, b"note processes\n")


@pytest.mark.parametrize("on_lock", ["close", "blank"])
def test_a_lock_closes_a_container_where_its_configuration_says_so(stage: Stage, tmp_path: Path, on_lock: str) -> None:
    terminal, log, config = tmp_path / "tty", tmp_path / "log", tmp_path / "conf"
    terminal.write_text("")
    os.utime(terminal, (LONG_AGO, LONG_AGO))
    config.write_text(f"# comment\nidle=30\non_lock={on_lock}\n")
    driver = stage.start(Path(shutil.which("sleep") or ""), "60")
    (tmp_path / "pid").write_text(f"{driver.pid}\n")
    files = {"CONFIG": str(config), "TERMINALS": str(terminal), "PIDFILE": str(tmp_path / "pid"), "LOG": str(log)}
    stage.start(stage.put("locker", "lockd", **files))
    until(lambda: log.is_file() and log.read_text().endswith("locked\n" if on_lock == "blank" else "closed\n"))
    lines = [line.split(" ", 1)[1] for line in log.read_text().splitlines()]
    assert lines == (["locked", "container closed"] if on_lock == "close" else ["locked"])
    if on_lock == "close":
        assert stage.started[0].wait(20) == -15
    else:
        assert stage.started[0].poll() is None


def test_a_ledger_holds_its_files_and_writes_its_lines_in_time(stage: Stage, tmp_path: Path) -> None:
    book, list_ = tmp_path / "book", tmp_path / "list"
    book.write_text("old\n")
    list_.write_text("x\n")
    process = stage.start(
        stage.put("ledger", "tally", FILES=f"{book} {list_}", LINES="2026;fees;12.00|2026;bar;9.50", TIMES="0 1")
    )
    until(lambda: book.read_text().endswith("bar;9.50\n"))
    assert book.read_text() == "old\n2026;fees;12.00\n2026;bar;9.50\n"
    assert sorted(process.open.values()) == sorted([str(book), str(book), str(list_)])


def test_a_container_is_noise_and_opens_with_its_own_key_only(stage: Stage, tmp_path: Path) -> None:
    new, key, container = tmp_path / "new", tmp_path / "key", tmp_path / "noise"
    new.mkdir()
    (new / "accounts").write_text("four thousand in cash\n" * 40)
    key.write_text("0123456789abcdef0123456789abcdef")
    places = {"CONTAINER": str(container), "MOUNT": str(tmp_path / "box"), "KEYFILE": str(key), "FOLDER": str(new)}
    driver = stage.put("vault", "boxd", **places, PIDFILE=str(tmp_path / "pid"), OWNER=str(os.getuid()))
    assert subprocess.run([driver, "pack"], check=False).returncode == 0
    assert list(new.iterdir()) == []
    packed = container.read_bytes()
    assert b"cash" not in packed
    assert len(set(packed)) > 200, "every byte comes about as often"
    key.write_text("0123456789abcdef0123456789abcdeX")
    assert subprocess.run([driver], check=False).returncode == 1
    assert key.exists()
    key.write_text("short")
    assert subprocess.run([driver, "pack"], check=False).returncode == 1
    assert container.read_bytes() == packed
