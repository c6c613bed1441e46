"""What stands in a machine's ``/etc``: the texts that any Debian has, and those that follow from a scenario."""

import shlex

from training.forge.scenario import Scenario, Service, Shell

OF_DEBIAN = {
    "/etc/debian_version": "13.0\n",
    "/etc/fstab": "# <file system> <mount point> <type> <options> <dump> <pass>\nproc /proc proc defaults 0 0\n",
    "/etc/group": "root:x:0:\ndaemon:x:1:\nadm:x:4:\ntty:x:5:\nnogroup:x:65534:\n",
    "/etc/host.conf": "multi on\n",
    "/etc/hostname": "debian\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
    "/etc/init.d/services": "",
    "/etc/init.d/setup": "",
    "/etc/inittab": "::sysinit:/etc/init.d/rcS\n",
    "/etc/issue": "Debian GNU/Linux 13 \\n \\l\n\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
    "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\n',
    "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "/etc/services": "ssh 22/tcp\ndomain 53/udp\nhttp 80/tcp\nntp 123/udp\nhttps 443/tcp\nsyslog 514/udp\n",
    "/etc/shadow": "root:*:20310:0:99999:7:::\n",
    "/etc/shells": "/bin/sh\n/bin/bash\n",
    "/etc/timezone": "Etc/UTC\n",
    "/opt/range/addresses": "",
    "/opt/range/dialled": "",
    "/root/.profile": "umask 022\n",
    "/var/log/wtmp": "",
}


MEDIA = ("/mnt/kit", "/mnt/evid")
"""Where the media of a responder are mounted in a machine that lives."""

_FSTAB_OF_MEDIA = "LABEL=KIT /mnt/kit ext4 ro,noauto 0 0\nLABEL=EVIDENCE /mnt/evid ext4 rw,noauto,noatime 0 0\n"
_CONSOLE = "ttyS0::respawn:/opt/range/console\n"


def mode(path: str) -> int:
    """The mode of one of these files."""
    return 0o600 if path == "/etc/shadow" else 0o644


def of(scenario: Scenario) -> dict[str, str]:
    """The files that follow from a scenario, by path."""
    accounts, host = scenario.accounts, scenario.machine.host
    own = [each.partition("/")[0] for each in scenario.machine.addresses[:1]]
    groups = {"tty": 5, **{each.name: each.uid for each in accounts}}
    alive = {"/etc/fstab": OF_DEBIAN["/etc/fstab"] + _FSTAB_OF_MEDIA} if scenario.live else {}
    return alive | {
        "/etc/group": "".join(f"{name}:x:{number}:\n" for name, number in groups.items()),
        "/etc/hostname": f"{host}\n",
        "/etc/hosts": OF_DEBIAN["/etc/hosts"] + "".join(f"{each} {host}\n" for each in own),
        "/etc/init.d/services": "".join(map(_service, scenario.services)),
        "/etc/init.d/setup": _shift(scenario.machine.shift)
        + "".join(f"setup {shlex.quote(e)}\n" for e in scenario.setup),
        "/etc/inittab": OF_DEBIAN["/etc/inittab"]
        + "".join(map(_inittab, scenario.shells.values()))
        + (_CONSOLE if scenario.live else ""),
        "/etc/passwd": "".join(f"{a.name}:x:{a.uid}:{a.uid}:{a.full_name}:{a.home}:{a.shell}\n" for a in accounts),
        "/etc/shadow": "".join(f"{a.name}:*:20310:0:99999:7:::\n" for a in accounts),
        "/opt/range/addresses": "".join(f"{each}\n" for each in scenario.machine.addresses),
        "/opt/range/dialled": "".join(f"{home}\n" for home in dialled(scenario)),
    }


def dialled(scenario: Scenario) -> dict[str, int]:
    """Homes of the accounts into which somebody dials, with their numbers: the stage hand's key goes there."""
    known = {each.name: each for each in scenario.accounts}
    found = [known[each.dial] for each in scenario.shells.values() if each.dial in known]
    return {each.home: each.uid for each in found}


def _service(service: Service) -> str:
    return f"service {service.user} {shlex.quote(service.run)}\n"


def _shift(count: int) -> str:
    """Short processes: each takes a number, so that the next services have later ones."""
    return f"left={count}\nwhile [ $left -gt 0 ]; do ( : ); left=$((left - 1)); done\n" if count else ""


def _inittab(shell: Shell) -> str:
    if shell.log_in:
        return f"{shell.terminal}::respawn:/bin/login -f {shell.log_in}\n"
    if shell.rescue:
        return f"{shell.terminal}::askfirst:-/bin/sh\n"
    return f"{shell.terminal}::respawn:/sbin/getty 38400 {shell.terminal}\n" if shell.waiting else ""
