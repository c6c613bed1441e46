"""What typed lines are taken for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.grading.conduct.sound import entry
from training.grading.conduct import deeds, line, programs, typed
from training.grading.conduct.deeds import Origin, What
from training.grading.conduct.plan import Bounds
from training.grading.conduct.typed import Typed

TABLE = Path(__file__).with_name("typed.tsv").read_text("utf-8").splitlines()
"""Lines with their deeds (what, program, whose, names), whether anything was unknown, and the programs they name."""

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


@pytest.mark.parametrize("row", TABLE[1:])
def test_a_line_is_read_whole(row: str) -> None:
    typed, told, unknown, programs = row.split("\t")
    (found,) = read(typed)
    deeds = [" ".join((one.what, one.program or "-", one.origin, *one.names)) for one in found.deeds]
    assert "; ".join(deeds) == told
    assert (not found.whole, " ".join(sorted(found.programs))) == (unknown == "unknown", programs)


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


@pytest.mark.parametrize(
    ("path", "roots", "below"),
    [
        ("/srv/a", ["/srv"], True),
        ("/srv/a", ["/mnt", "/srv/"], True),
        ("/srv", ["/srv"], True),
        ("/srv/b", ["/srv/X"], False),
        ("/srv/b", ["/srv/b/c"], False),
        ("/srv2", ["/srv"], False),
        ("/srv", ["/"], True),
        ("/srv", [], False),
    ],
)
def test_a_path_lies_below_a_root_however_that_is_written(path: str, roots: list[str], *, below: bool) -> None:
    assert deeds.under(path, roots) is below


def test_a_dash_alone_is_an_operand() -> None:
    (command,) = line.read("tar -x - --list a").commands
    assert deeds.options(command.words) == ("-x", "--list")
    assert [one.text for one in deeds.operands(command.words)] == ["-", "a"]
    assert programs.names(" a b\na ") == {"a", "b"}


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


@pytest.mark.parametrize(
    ("lines", "deeds"),
    [
        (["cd /x", "ls y"], ["access ls suspect /x/y", "look ls suspect"]),
        (["cd", "ls y"], ["access ls suspect /home/m/y", "look ls suspect"]),
        (["cd /x", "cd ..", "ls y"], ["access ls suspect /y", "look ls suspect"]),
        (["cd /x", "cd -", "ls y"], ["look ls suspect"]),
        (["cd /x", "popd", "ls y"], ["look ls suspect"]),
        (["cd /x; ls", "ls y"], ["access ls suspect /x/y", "look ls suspect"]),
        (["A=/x", "ls $A/y"], ["access ls suspect /x/y", "look ls suspect"]),
        (["export A=/x B=/z", "ls $A $B"], ["access ls suspect /x /z", "look ls suspect"]),
        (["A=/x", "export A", "ls $A"], ["access ls suspect /x", "look ls suspect"]),
        (["A=/x", "A=$Q", "ls $A"], ["look ls suspect"]),
        (["A=/x", "export A=$(y)", "ls $A"], ["look ls suspect"]),
        (["A=/x", "unset A", "ls $A"], ["look ls suspect"]),
        (["A=/x", "unalias A", "ls $A"], ["access ls suspect /x", "look ls suspect"]),
        (["(A=/x)", "ls $A"], ["look ls suspect"]),
        (["A=/x ps", "ls $A"], ["look ls suspect"]),
        (["alias l='ls /x'", "l y"], ["access ls suspect /x /home/m/y", "look ls suspect"]),
        (["alias l='ls /x' k='kill 4'", "k 5"], ["end kill shell 4 5"]),
        (["alias l='ls /x'", "sudo l"], ["look l suspect"]),
        (["alias l='ls;ls'", "l"], ["look l suspect"]),
        (["alias l='kill 4'", "alias l", "l"], ["look l suspect"]),
        (["alias l='kill 4'", "unset l", "l"], ["end kill shell 4"]),
        (["alias l='kill 4'", "'l'"], ["look l suspect"]),
        (["PATH=/mnt/kit/bin:/bin", "ps"], ["look ps kit"]),
        (["PATH=/mnt/kit/bin/../../x", "ps"], ["look ps suspect"]),
        (["PATH=/mnt/kit:/bin", "ps"], ["look ps kit"]),
        (["PATH=/bin:/mnt/kit", "ps"], ["look ps suspect"]),
        (["export A=/x=y", "ls $A"], ["access ls suspect /x=y", "look ls suspect"]),
        (["K=/x", "alias l='ls $K'", "l"], ["access ls suspect /x", "look ls suspect"]),
        (["alias l='ls $(id)'", "l"], ["look l suspect"]),
        (["K=/x", "alias l='ls $Q'", "l /y"], ["access ls suspect /y", "look ls suspect"]),
        (["PATH=", "ps"], ["look ps unknown"]),
        (["PATH=", "echo", "pwd"], ["look pwd shell"]),
        (["cd $Q", "./ps"], ["look ps unknown"]),
        (["cd $Q", "/bin/ps"], ["look ps suspect"]),
        (["cd /mnt/evid", "ls"], ["access ls suspect /mnt/evid"]),
        (["cd /mnt/evid", "df ."], []),
        (["cd /mnt/evid", "cp /etc/x ."], ["access cp suspect /etc/x /mnt/evid", "copy cp suspect /etc/x"]),
        (
            ["cd /mnt/evid", "sha256sum m"],
            ["access sha256sum suspect /mnt/evid/m", "hash sha256sum suspect /mnt/evid/m"],
        ),
        (["cd /mnt/evid", "ps > x"], ["look ps suspect"]),
        (["cd /etc", "ps > x"], ["write ps suspect /etc/x", "look ps suspect"]),
    ],
)
def test_what_the_shell_knows_by_then_is_followed_from_line_to_line(lines: list[str], deeds: list[str]) -> None:
    last = read(*lines, home="/home/m")[-1]
    assert [" ".join((one.what, one.program, one.origin, *one.names)) for one in last.deeds] == deeds


@pytest.mark.parametrize(
    ("line", "code", "folder"),
    [
        ("cd /x", 0, "/x"),
        ("cd /x", None, "/x"),
        ("cd /x", 1, "/root"),
        ("cd /x; ls", 1, "/x"),
        ("cd /x; cd y", 1, "/x/y"),
        ("true", 1, "/root"),
    ],
)
def test_a_folder_is_entered_unless_the_only_command_failed(line: str, code: int | None, folder: str) -> None:
    *_, last = typed.read([entry(1, line, 1, code=code), entry(2, "ls y", 2)], Bounds(home="/root"))
    assert last.of(What.ACCESS)[0].names == (f"{folder}/y",)


@pytest.mark.parametrize(
    ("kit", "line", "origins"),
    [
        (True, "ps", ["kit"]),
        (False, "/mnt/kit/bin/ps", ["suspect"]),
        (None, "/mnt/kit/bin/ps", ["kit"]),
        (True, "pwd", ["shell"]),
        (True, "$X; ps /etc", ["kit"]),
        (False, "cat /etc/x", ["suspect", "suspect"]),
    ],
)
def test_what_is_known_otherwise_of_a_program_changes_nothing_else(
    kit: bool | None,  # noqa: FBT001
    line: str,
    origins: list[str],
) -> None:
    plain = read(line)[0]
    (one,) = typed.read([replace(entry(1, line, 1), kit=kit)], Bounds(home="/root"))
    assert [each.origin for each in one.deeds] == origins
    assert [replace(each, origin=Origin.KIT) for each in one.deeds] == [
        replace(each, origin=Origin.KIT) for each in plain.deeds
    ]
    assert (one.whole, one.programs) == (plain.whole, plain.programs)


def test_texts_within_texts_are_read_to_a_depth_of_eight() -> None:
    for text, ended in (
        ("eval " * 8 + "kill 4", True),
        ("eval " * 9 + "kill 4", False),
        (f"eval '{'(' * 7}kill 4{')' * 7}'", True),
        (f"eval '{'(' * 8}kill 4{')' * 8}'", False),
        (f"eval \"eval '{'(' * 6}kill 4{')' * 6}'\"", True),
        (f"eval \"eval '{'(' * 7}kill 4{')' * 7}'\"", False),
    ):
        assert [one.names for one in read(text)[0].of(What.END)] == [("4",)] * ended, text


def test_two_hundred_variables_and_names_are_known() -> None:
    many = [f"A{n}=/x{n}" for n in range(300)]
    assert read(*many, "ls $A198")[-1].of(What.ACCESS)[0].names == ("/x198",)
    assert not read(*many, "ls $A199")[-1].of(What.ACCESS)
    names = [f"alias a{n}='kill 4'" for n in range(300)]
    assert read(*names, "a199")[-1].of(What.END)
    assert not read(*names, "a200")[-1].of(What.END)
