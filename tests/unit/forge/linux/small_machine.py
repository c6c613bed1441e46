"""A machine for tests that has a part of everything, made from Debian's programs alone."""

import functools
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from training.forge.linux import rootfs
from training.forge.linux.machine import QEMU
from training.forge.scenario import Scenario

ROOT = Path(__file__).parents[4]
PROGRAMS = (QEMU, "zstd", "gcc", "busybox", "bash", "ss", "dropbear", "dbclient", "lighttpd")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
needs_debian = pytest.mark.skipif(bool(MISSING), reason=f"the forge's programs are not installed: {', '.join(MISSING)}")
KERNEL = next(iter(sorted((ROOT / "labs" / "exhibits").glob("*/vmlinuz*"))))
EARLIER = "2026-03-09T12:00:00Z"
LIGHTTPD = """server.modules = ("mod_accesslog")
server.document-root = "/srv/www"
server.bind = "192.0.2.30"
server.username = "web"
server.groupname = "web"
server.max-worker = 2
accesslog.filename = "/var/log/lighttpd/access.log"
$SERVER["socket"] == "[2001:db8::30]:80" { }
"""
WHOLE: dict[str, Any] = {
    "scenario": 2,
    "name": "a-stage",
    "title": "A stage",
    "seed": 1,
    "number": 0,
    "drawn": {},
    "machine": {
        "host": "srv-01",
        "memory": 128,
        "clock": "2026-03-10T12:00:30Z",
        "shift": 150,
        "addresses": [
            *("192.0.2.30/24", "2001:db8::30/64"),
            *("198.51.100.20/32", "2001:db8::66/128", "203.0.113.9/32"),
        ],
    },
    "accounts": [
        {"name": "root", "uid": 0, "home": "/root", "shell": "/bin/bash"},
        {"name": "web", "uid": 33, "home": "/var/www", "shell": "/usr/sbin/nologin"},
        {"name": "admin", "uid": 1001, "home": "/home/admin", "shell": "/bin/bash"},
    ],
    "shells": {
        "desk": {"terminal": "tty1", "log_in": "admin"},
        "one": {"terminal": "ssh1", "dial": "admin", "from": "198.51.100.20"},
        "two": {"terminal": "ssh2", "dial": "root", "from": "203.0.113.9"},
    },
    "setup": ["mkdir /mnt/tickets && mount -t tmpfs -o size=1m tickets /mnt/tickets"],
    "services": [
        "syslogd -O /var/log/messages",
        "lighttpd -f /etc/lighttpd.conf",
        "dropbear -p 192.0.2.30:22",
        {"run": "nc -l -p 7000", "user": "web"},
        {"run": "cd /tmp && sleep 9999", "user": "web"},
    ],
    "outside": {
        "serves": [{"address": "203.0.113.9", "port": 80, "folder": "/opt/range/www"}],
        "listens": [
            {"address": "2001:db8::66", "port": 4444},
            {"address": "203.0.113.9", "port": 4445, "then": "close"},
        ],
        "calls": [{"from": "198.51.100.20", "to": "192.0.2.30", "port": 7000}],
    },
    "files": [
        {"path": "/etc/lighttpd.conf", "modified": EARLIER, "text": LIGHTTPD},
        {"path": "/srv/www/index.html", "modified": EARLIER, "text": "hello\n"},
        {"path": "/bin/tool", "modified": EARLIER, "mode": "755", "text": "#!/bin/sh\ntest -d /usr/bin\n"},
        {"path": "/var/log/lighttpd/access.log", "owner": "web", "modified": EARLIER, "text": ""},
        {"path": "/home/admin/notes", "owner": "admin", "modified": EARLIER, "lines": ["a", "b", "c"], "first": 2},
        {"path": "/opt/range/www/news", "modified": EARLIER, "text": "news\n"},
    ],
    "play": [{"pause": 1, "freeze": True}],
    "record": {
        "case": "A",
        "exhibit": "A/1",
        "firm": "A",
        "zone": "UTC+01:00",
        "consent": "A",
        "people": {},
        "stage_hand": "A",
    },
}


def small(**parts: Any) -> Scenario:
    """The machine with other parts in the place of its own."""
    return Scenario.model_validate(WHOLE | parts)


def no_program(source: str, values: Mapping[str, str]) -> bytes:
    """In the place of the forge's own programs, which this machine has none of."""
    raise AssertionError(source, values)


@functools.cache
def common() -> bytes:
    """The archive that all machines share, made once for all tests."""
    return rootfs.common()


def initrd(scenario: Scenario, into: Path) -> Path:
    """What the machine boots from."""
    path = into / "initrd.gz"
    path.write_bytes(common() + rootfs.overlay(scenario, no_program))
    return path


def unpacked(archive: bytes, into: Path) -> Path:
    """An archive as an outside reader unpacks it."""
    into.mkdir()
    subprocess.run(["busybox", "cpio", "-idm", "--quiet"], input=archive, cwd=into, check=True)
    return into
