import gzip
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.forge.linux.small_machine import EARLIER, common, needs_debian, no_program, small, unpacked
from training.errors import DomainError, Refused
from training.forge.linux import orders, rootfs


def headers(archive: bytes) -> dict[str, tuple[int, int]]:
    """Mode and date of each entry, in the archive's order."""
    found, at = {}, 0
    while at < len(archive) and archive[at : at + 6] == b"070701":
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        name = archive[at + 110 : at + 109 + fields[11]].decode()
        assert name not in found
        found[name] = fields[1], fields[5]
        at += (110 + fields[11] + 3) // 4 * 4 + (fields[6] + 3) // 4 * 4
    assert found.pop("TRAILER!!!") == (0, 0)
    return found


@needs_debian
def test_the_shared_part_is_the_same_each_time_and_has_all_programs_with_their_libraries() -> None:
    assert rootfs.common() == common()
    names = headers(gzip.decompress(common()))
    assert {"usr/bin/bash", "usr/bin/ss", "usr/sbin/lighttpd", "usr/lib/lighttpd/mod_accesslog.so"} <= set(names)
    libraries = {str(each) for path in ("/usr/bin/bash", "/usr/bin/ss") for each in rootfs.libraries(Path(path))}
    assert len(libraries) > 8
    assert {rootfs.real(each).lstrip("/") for each in libraries} <= set(names)


@needs_debian
def test_every_file_and_folder_has_a_believable_date() -> None:
    plan = small()
    for archive in (common(), rootfs.overlay(plan, no_program)):
        dates = [date for _, date in headers(gzip.decompress(archive)).values()]
        assert min(dates) >= 1_740_000_000
        assert max(dates) <= plan.machine.clock.timestamp()


def test_the_same_scenario_gives_the_same_bytes_and_another_gives_others() -> None:
    assert rootfs.overlay(small(), no_program) == rootfs.overlay(small(), no_program)
    assert rootfs.overlay(small(setup=["true"]), no_program) != rootfs.overlay(small(), no_program)


def test_a_scenario_has_its_files_owners_and_modes(tmp_path: Path) -> None:
    root = unpacked(gzip.decompress(rootfs.overlay(small(), no_program)), tmp_path / "root")
    assert (root / "home/admin/notes").read_text() == "a\nb\n"
    assert (root / "home/admin/notes").stat().st_uid == (root / "home/admin").stat().st_uid == 1001
    assert stat.S_IMODE((root / "home/admin/.ssh").stat().st_mode) == 0o700
    assert stat.S_IMODE((root / "home/admin/.ssh/authorized_keys").stat().st_mode) == 0o600
    assert (root / "etc/hostname").read_text() == "srv-01\n"
    assert "admin:x:1001:1001::/home/admin:/bin/bash" in (root / "etc/passwd").read_text().splitlines()
    assert (root / "etc/inittab").read_text().splitlines()[1:] == ["tty1::respawn:/bin/login -f admin"]


def test_a_file_below_a_link_lies_where_the_link_points_so_that_the_link_stays(tmp_path: Path) -> None:
    root = unpacked(gzip.decompress(rootfs.overlay(small(), no_program)), tmp_path / "root")
    assert (root / "usr/bin/tool").is_file()
    assert not (root / "bin").exists()


def test_the_list_of_dates_names_every_folder_of_the_scenario(tmp_path: Path) -> None:
    archive = gzip.decompress(rootfs.overlay(small(), no_program))
    root = unpacked(archive, tmp_path / "root")
    lines = [line.split(" ") for line in (root / "opt/range/dates").read_text().splitlines()]
    listed = {path: date for date, path in lines}
    folders = {f"/{name}": str(date) for name, (mode, date) in headers(archive).items() if stat.S_ISDIR(mode)}
    assert len(folders) > 10
    assert {path: listed[path] for path in folders} == folders | {"/etc/dropbear": str(rootfs.INSTALLED)}


def test_programs_and_modules_get_their_values_and_dates() -> None:
    asked: list[tuple[str, Mapping[str, str]]] = []

    def made(source: str, values: Mapping[str, str]) -> bytes:
        asked.append((source, values))
        return b"\x7fELF"

    plan = small(
        programs=[
            {"path": "/sbin/quietd", "source": "quiet", "with": {"THREADS": "2"}, "modified": EARLIER, "mode": "700"}
        ],
        modules=[{"path": "/lib/modules/extra/a.ko", "source": "hide", "with": {"NAME": "a"}, "modified": EARLIER}],
    )
    names = headers(gzip.decompress(rootfs.overlay(plan, made)))
    assert asked == [("quiet", {"THREADS": "2"}), ("hide", {"NAME": "a"})]
    assert names["usr/sbin/quietd"] == (stat.S_IFREG | 0o700, int(plan.programs[0].modified.timestamp()))
    assert names["usr/lib/modules/extra/a.ko"][0] == stat.S_IFREG | 0o644


@pytest.mark.parametrize("path", ["/run/x", "/var/run/x", "/dev/x", "/proc/x"])
def test_a_file_that_a_mount_would_cover_is_refused(path: str) -> None:
    with pytest.raises(DomainError, match="another file system is mounted above it"):
        rootfs.overlay(small(files=[{"path": path, "modified": EARLIER, "text": ""}]), no_program)


@pytest.mark.parametrize(
    ("paths", "reason"),
    [
        (["/opt/range/orders"], "/opt/range/orders: is a file that the forge makes itself"),
        (["//opt/range/orders"], "/opt/range/orders: is a file that the forge makes itself"),
        (["/etc/init.d/setup"], "/etc/init.d/setup: is a file that the forge makes itself"),
        (["/bin/busybox"], "/usr/bin/busybox: is a file that the forge makes itself"),
        (["/"], "/: is a folder of this machine"),
        (["/bin"], "/usr/bin: is a folder of this machine"),
        (["/var/log"], "/var/log: is a folder of this machine"),
        (["/home/admin"], "/home/admin: is a folder of this machine"),
        (["/home/admin/.ssh"], "/home/admin/.ssh: is a folder of this machine"),
        (["/srv/a/b", "/srv/a"], "/srv/a: is a folder of this machine.*/srv/a/b: /srv/a is a file"),
        (["/srv/a", "/srv/a"], "/srv/a: there is something at this path already"),
        (["/etc/passwd/x"], "/etc/passwd/x: /etc/passwd is a file"),
        (["/etc/mtab"], "/proc/self/mounts: another file system is mounted above it"),
    ],
)
def test_a_path_that_is_taken_or_can_be_none_is_refused_before_anything_is_booted(
    paths: list[str], reason: str
) -> None:
    plan = small(files=[{"path": path, "modified": EARLIER, "text": ""} for path in paths])
    with pytest.raises(Refused, match=f"(?s){reason}"):
        rootfs.overlay(plan, no_program)


@pytest.mark.parametrize(
    ("home", "reason"),
    [
        ("/proc/1", "/proc/1: another file system is mounted above it"),
        ("/etc/passwd", "/etc/passwd: is no folder that can be somebody's home"),
        ("/srv/www/index.html/x", "/srv/www/index.html is a file, so that nothing can lie below it"),
        ("/", "/: is no folder that can be somebody's home"),
    ],
)
def test_a_home_that_can_be_none_is_refused_before_anything_is_booted(home: str, reason: str) -> None:
    accounts = [
        {"name": "root", "uid": 0, "home": "/root", "shell": "/bin/bash"},
        {"name": "web", "uid": 33, "home": "/nonexistent", "shell": "/usr/sbin/nologin"},
        {"name": "admin", "uid": 1001, "home": home, "shell": "/bin/bash"},
    ]
    with pytest.raises(Refused, match=reason):
        rootfs.overlay(small(accounts=accounts), no_program)


def test_the_home_of_somebody_lies_where_a_link_points(tmp_path: Path) -> None:
    accounts = [
        {"name": "root", "uid": 0, "home": "/root", "shell": "/bin/bash"},
        {"name": "web", "uid": 33, "home": "/var/www", "shell": "/usr/sbin/nologin"},
        {"name": "admin", "uid": 1001, "home": "/lib/people/admin", "shell": "/bin/bash"},
    ]
    archive = rootfs.overlay(small(accounts=accounts, files=[]), no_program)
    root = unpacked(gzip.decompress(archive), tmp_path / "root")
    assert (root / "usr/lib/people/admin/.ssh/authorized_keys").stat().st_uid == 1001
    assert not (root / "lib").exists()


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/bin", "/usr/bin"),
        ("/lib64/ld.so", "/usr/lib64/ld.so"),
        ("/var/lock/x", "/run/lock/x"),
        ("/etc/mtab", "/proc/self/mounts"),
        ("/binary", "/binary"),
    ],
)
def test_a_path_is_followed_through_the_links_of_the_machine(path: str, where: str) -> None:
    assert rootfs.real(path) == where


def test_a_line_with_quotes_reaches_the_machine_as_it_was_written(tmp_path: Path) -> None:
    line = """echo 'one "two"' $HOME"""
    plan = small(setup=[line], services=[{"run": line, "user": "web"}])
    root = unpacked(gzip.decompress(rootfs.overlay(plan, no_program)), tmp_path / "root")
    text = (root / "etc/init.d/services").read_text()
    assert text == """service web 'echo '"'"'one "two"'"'"' $HOME'\n"""


def test_the_orders_are_the_world_outside_then_the_steps_then_play() -> None:
    plan = small(
        play=[
            {"pause": 1.5, "shell": "one", "dial": True},
            {"pause": 1, "shell": "desk", "type": "ls -l", "as": "looked"},
            {"pause": 1, "shell": "desk", "enter": True},
            {
                "pause": 1,
                "request": {"from": "2001:db8::66", "to": "2001:db8::30", "path": "/a?b", "agent": "An agent"},
            },
            {"pause": 1, "run": "echo x", "as": "ran"},
            {"pause": 1, "shell": "one", "hang_up": True},
            {"pause": 2, "freeze": True},
        ]
    )
    assert orders.of(plan) == [
        "serve\t203.0.113.9\t80\t/opt/range/www",
        "listen\t2001:db8::66\t4444\tkeep",
        "listen\t203.0.113.9\t4445\tclose",
        "call\t198.51.100.20\t192.0.2.30\t7000",
        "step\t1500\t-\tdial\tssh1\t198.51.100.20\tadmin@192.0.2.30",
        "step\t1000\tlooked\tpress\ttty1\tls -l",
        "step\t1000\t-\tpress\ttty1\t",
        "step\t1000\t-\trequest\t2001:db8::66\t2001:db8::30\t80\tGET\t/a?b\tAn agent",
        "step\t1000\tran\trun\techo x",
        "step\t1000\t-\thang\tssh1",
        "step\t2000\t-\tfreeze",
        "play",
    ]


def test_a_missing_program_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DomainError, match="Debian package busybox-static"):
        rootfs.common()
    with pytest.raises(DomainError, match="gcc and libc6-dev"):
        rootfs.stage_hand()
