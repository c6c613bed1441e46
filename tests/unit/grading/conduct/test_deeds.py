"""What typed lines are taken for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.grading.conduct.sound import entry
from training.grading.conduct import typed
from training.grading.conduct.deeds import Origin, What
from training.grading.conduct.plan import Bounds
from training.grading.conduct.typed import Typed

L, W, A, U, R, E, S, N, Q, H, C = (
    What.LOOK, What.WIDE, What.ACCESS, What.LOOKUP, What.WRITE, What.END, What.SHUTDOWN, What.LINK, What.ACQUIRE,
    What.HASH, What.COPY,
)  # fmt: skip


def read(*lines: str, home: str = "/root") -> list[Typed]:
    return list(typed.read([entry(n, one, n) for n, one in enumerate(lines, 1)], Bounds(home=home)))


def kinds(line: str) -> set[What]:
    return {one.what for one in read(line)[0].deeds}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ps aux", {L}),
        ("ps | grep x | sort", {L}),
        ("cat /proc/mounts", {L, A}),
        ("mount", {L}),
        ("mount /mnt/kit", set()),
        ("mount | grep payroll", {L}),
        ("echo reboot", set()),
        ("cd /tmp", {A}),
        ("date", set()),
        ("/mnt/kit/bin/ls /mnt/evid", {A}),
        ("find / -name x", {L, A, W}),
        ("find / -maxdepth 1", {L, A}),
        ("find /proc -name exe", {L, A}),
        ("find /mnt/evid", {L, A}),
        ("grep -r x /home/m", {L, A, W}),
        ("grep x /etc/passwd", {L, A}),
        ("ls -laR /home", {L, A, W}),
        ("ls -la /home", {L, A}),
        ("du -s /var", {L, A, W}),
        ("du --max-depth=1 /var", {L, A}),
        ("clamscan", {L, W}),
        ("strings /dev/sda", {L, A, W}),
        ("tar czf /mnt/evid/h.tgz /home/m", {A, W, C}),
        ("tar czf /mnt/evid/s.tgz /dev/shm", {A, C}),
        ("tar xf /mnt/evid/x.tar", {L, A}),
        ("nslookup evil.example", {L, U}),
        ("getent hosts evil.example", {L, U}),
        ("getent passwd", {L}),
        ("ss -tnp", {L}),
        ("ps > /root/ps.txt", {L, R}),
        ("ps > /mnt/evid/ps.txt", {L}),
        ("ps > /dev/null 2>&1", {L}),
        ("touch /tmp/x", {A, R}),
        ("cp /bin/ps /root/ps", {A, R}),
        ("rm /home/m/x", {A, R}),
        ("ps | tee /root/x", {L, R}),
        ("mkdir /mnt/evid/out", {A}),
        ("sed -i s/a/b/ /etc/hosts", {L, A, R}),
        ("sed s/a/b/ /etc/hosts", {L, A}),
        ("kill -9 312", {E}),
        ("kill 312", {E}),
        ("kill -TERM 312", {E}),
        ("kill -s TERM 312", {E}),
        ("kill -0 312", {L}),
        ("kill -STOP 312", {L}),
        ("kill -s STOP 312", {L}),
        ("kill -l", {L}),
        ("kill %1", {L}),
        ("pkill sshd", {E}),
        ("systemctl stop nginx", {E}),
        ("systemctl status nginx", {L}),
        ("fuser -k /x", {E}),
        ("fuser /x", {L}),
        ("poweroff", {S}),
        ("sudo shutdown -h now", {S}),
        ("shutdown -c", {L}),
        ("shutdown --help", set()),
        ("systemctl suspend", {S}),
        ("init 0", {S}),
        ("echo o > /proc/sysrq-trigger", {S}),
        ("grep reboot /var/log/syslog", {L, A}),
        ("ip link set eth0 down", {N}),
        ("ip link show", {L}),
        ("ifconfig eth0 down", {N}),
        ("ifconfig", {L}),
        ("iptables -A OUTPUT -j DROP", {N}),
        ("iptables -L -n", {L}),
        ("/mnt/kit/bin/acquire /mnt/evid/m.lime", {Q}),
        ("acquire --help", set()),
        ("dd if=/proc/kcore of=/mnt/evid/k", {A, Q}),
        ("insmod /mnt/kit/lime.ko path=/mnt/evid/m", {Q}),
        ("sha256sum /mnt/evid/m.lime", {A, H}),
        ("sha256sum /usr/bin/ps", {L, A}),
        ("cp -a /dev/shm /mnt/evid/", {A, C}),
        ("cp -a /home/m /mnt/evid/", {A, C, W}),
        ("cp /mnt/evid/a /mnt/evid/b", {A}),
        ("cat /dev/shm/a > /mnt/evid/a", {A, C}),
        ("sh -c 'kill -9 4'", {E}),
        ("sudo -u root nice -n 5 reboot", {S}),
        ("timeout 5 find / -xdev", {L, A, W}),
        ("busybox reboot", {S}),
        ("ls; poweroff", {L, A, S}),
        ("true && kill 7", {E}),
        ("echo $(find /usr)", {L, A, W}),
        ("find -H /usr", {L, A, W}),
        ("find -L /proc", {L, A}),
        ("kill --signal=STOP 4", {L}),
        ("kill --signal TERM 4", {E}),
        ("rfkill block all", {N}),
        ("route add default gw 192.0.2.1", {N}),
        ("route -n", {L}),
        ("nft list ruleset", {L}),
        ("chmod 700 /etc/x", {R}),
        ("eval 'kill 4'", {E}),
        ("eval $X", set()),
        ("sudo sudo sudo sudo sudo sudo sudo sudo sudo reboot", set()),
        ("sudo", {L}),
        ("bash", {L}),
        ("ls `ps >`", {L}),
        ("# reboot", set()),
        ("'reboot now'", {L}),
        ("$X -9 4", set()),
    ],
)
def test_a_line_is_taken_for_what_it_does(line: str, expected: set[What]) -> None:
    assert kinds(line) == expected


@pytest.mark.parametrize(
    ("lines", "origin"),
    [
        (["ps"], Origin.SUSPECT),
        (["/mnt/kit/bin/ps"], Origin.KIT),
        (["export PATH=/mnt/kit/bin:$PATH", "ps"], Origin.KIT),
        (["PATH=/mnt/kit/bin", "ps"], Origin.KIT),
        (["export PATH=$PATH:/mnt/kit/bin", "ps"], Origin.SUSPECT),
        (["cd /mnt/kit/bin", "./ps"], Origin.KIT),
        (["cd /mnt/kit/bin && ./ps"], Origin.KIT),
        (["./ps"], Origin.SUSPECT),
        (["alias p=/mnt/kit/bin/ps", "p -ef"], Origin.KIT),
        (["alias ps='/mnt/kit/bin/ps -ef'", "\\ps"], Origin.SUSPECT),
        (["K=/mnt/kit/bin", "$K/ps"], Origin.KIT),
        (["/mnt/kit/bin/busybox ps"], Origin.KIT),
        (["busybox ps"], Origin.SUSPECT),
        (["PATH=$(echo /x)", "ps"], Origin.UNKNOWN),
        (["export PATH=/mnt/kit/bin", "unset PATH", "ps"], Origin.UNKNOWN),
        (["alias ps=/mnt/kit/bin/ps", "unalias ps", "ps"], Origin.SUSPECT),
        (["alias ps=$X", "ps"], Origin.SUSPECT),
        (["/mnt/kit/../usr/bin/ps".replace("usr", "../usr")], Origin.SUSPECT),
        (["/mnt/kitten/ps"], Origin.SUSPECT),
    ],
)
def test_whose_program_it_was(lines: list[str], origin: Origin) -> None:
    looks = read(*lines)[-1].of(What.LOOK)
    assert [one.origin for one in looks] == [origin]


def test_what_the_platform_knows_outranks_the_line() -> None:
    (one,) = typed.read([replace(entry(1, "ps", 1), kit=True)], Bounds())
    assert one.of(What.LOOK)[0].origin is Origin.KIT


def test_a_folder_that_could_not_be_entered_is_not_the_next_ones() -> None:
    there = [entry(1, "cd /mnt/payroll", 1, code=1), entry(2, "ls x", 2)]
    *_, last = typed.read(there, Bounds(home="/root"))
    assert last.of(What.ACCESS)[0].names == ("/root/x",)


def test_a_subshell_changes_no_folder() -> None:
    assert read("(cd /mnt/payroll)", "ls x")[-1].of(What.ACCESS)[0].names == ("/root/x",)


def test_a_relative_path_in_an_unknown_folder_is_no_path() -> None:
    assert not read("cat x", home="")[0].of(What.ACCESS)


LINES = st.text(max_size=200) | st.lists(
    st.sampled_from(
        [
            "kill",
            "find",
            "ls",
            "-R",
            "/",
            "tar",
            "dd",
            "if=",
            "sudo",
            "-u",
            "env",
            "A=b",
            "|",
            ";",
            "$(",
            ")",
            "'",
            '"',
            ">",
            "alias",
        ]
    ),
    max_size=12,
).map(" ".join)


@given(st.lists(LINES, max_size=6))
@try_examples(400)
def test_no_line_breaks_the_reading(lines: list[str]) -> None:
    assert len(read(*lines)) == len(lines)
