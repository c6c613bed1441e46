"""Our kernel modules, compiled for the kernel of the shipped exhibits and loaded there; what they show is read inside
the machine, and in its memory by Volatility itself.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from training.forge.linux import actors, initramfs
from training.forge.linux.actors import Programs
from training.forge.linux.machine import QEMU, Machine

EXHIBITS = Path(__file__).parents[4] / "labs" / "exhibits"
KERNEL = min(EXHIBITS.glob("*/vmlinuz*"))
SYMBOLS = min(KERNEL.parent.glob("*.json.xz"))
RELEASE = SYMBOLS.name.removesuffix(".json.xz")
HEADERS = Path(os.environ.get("ENGRAM_FORGE_HEADERS", "/"))
BASE = sorted(KERNEL.parent.glob("*.tar.xz"))
PACKAGED = 1_754_733_600
HIDDEN = {"netaudit": "vfs_statx", "blkguard": "do_task_stat", "cgroupio": "do_readlinkat", "tcpscale": "do_faccessat"}
"""Modules and the four functions whose names Volatility can print: they do not begin with ENDBR, so that ftrace's place
is the function's own address.
"""
SCRIPT = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tracefs tracefs /sys/kernel/tracing
for module in lan-meter wyn-trace netaudit blkguard cgroupio tcpscale; do
    insmod /$module.ko || echo "$module failed"
done
sleep 2
echo listed $(cut -d ' ' -f 1 /proc/modules)
echo known $(ls /sys/module)
cat /sys/kernel/tracing/enabled_functions
test -r /etc/file && echo file $(stat -c %s /etc/file) $(readlink /etc/link) $(cut -d ' ' -f 2 /proc/1/stat)
echo counted $(cat /sys/module/lan_meter/parameters/seconds) $(cat /sys/module/wyn_trace/parameters/calls)
dmesg | grep ready
rmmod lan_meter wyn_trace && echo unloaded
insmod /wyn-trace.ko
echo done
sleep 100000
"""
pytestmark = [
    pytest.mark.skipif(shutil.which(QEMU) is None, reason="QEMU is not installed: apt-get install qemu-system-x86"),
    pytest.mark.skipif(shutil.which("busybox") is None, reason="no busybox: apt-get install busybox-static"),
    pytest.mark.machine,
    pytest.mark.long,
    pytest.mark.enable_socket,
]


@pytest.fixture(scope="module")
def modules() -> Programs:
    """Compiled now where the kernel's headers are; else those of the shipped base."""
    if (HEADERS / "usr" / "src" / f"linux-headers-{RELEASE}").is_dir():
        return Programs(actors.compile_all(RELEASE, HEADERS))
    if not BASE:
        pytest.skip(f"no base pack, and no headers: install linux-headers-{RELEASE} or set ENGRAM_FORGE_HEADERS")
    return Programs(BASE[-1].read_bytes())


@pytest.fixture(scope="module")
def initrd(modules: Programs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    busybox = Path(str(shutil.which("busybox"))).read_bytes()
    made = {f"/{name}.ko": modules.made("hide", {"NAME": name, "SYMBOL": each}) for name, each in HIDDEN.items()}
    made["/lan-meter.ko"] = modules.made("meter", {"NAME": "lan_meter"})
    made["/wyn-trace.ko"] = modules.made("tracing", {"NAME": "wyn_trace", "SYMBOL": "do_sys_openat2"})
    made |= {"/bin/busybox": busybox, "/sbin/init": SCRIPT.encode(), "/etc/file": b"12345"}
    applets = (
        "sh",
        "mount",
        "insmod",
        "rmmod",
        "sleep",
        "cut",
        "ls",
        "cat",
        "stat",
        "readlink",
        "test",
        "dmesg",
        "grep",
    )
    entries = [initramfs.folder(f"/{name}", PACKAGED) for name in ("bin", "sbin", "etc", "proc", "sys")]
    entries += [initramfs.file(path, PACKAGED, content, 0o755) for path, content in made.items()]
    entries += [initramfs.link(f"/bin/{name}", PACKAGED, "busybox") for name in applets]
    path = tmp_path_factory.mktemp("modules") / "initrd.gz"
    path.write_bytes(initramfs.pack([*entries, initramfs.link("/etc/link", PACKAGED, "target")]))
    return path


def rows(image: Path, work: Path, plugin: str) -> list[dict[str, object]]:
    """What the stock program says of an image, with the symbols that we ship."""
    (work / "symbols" / "linux").mkdir(parents=True, exist_ok=True)
    (work / "cache").mkdir(exist_ok=True)
    shutil.copy(SYMBOLS, work / "symbols" / "linux")
    command = [str(Path(sys.executable).parent / "vol"), "-q", "--offline", "-r", "json", "-s", str(work / "symbols")]
    command += ["--cache-path", str(work / "cache"), "-f", str(image), plugin]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_modules_load_work_and_are_found(modules: Programs, initrd: Path, tmp_path: Path) -> None:
    image = tmp_path / "image.raw"
    said: list[str] = []
    with Machine(KERNEL, initrd, memory=128) as guest:
        while not said or said[-1] != "done":
            said.append(guest.console.read(300))
        guest.stop()
        guest.save_memory(image)
    told = {line.split()[0]: line.split()[1:] for line in said if line and line.split()[0].islower()}
    assert told["listed"] == ["wyn_trace", "lan_meter"]
    assert {*HIDDEN, "wyn_trace", "lan_meter"} <= set(told["known"])
    for name, function in {**HIDDEN, "wyn_trace": "do_sys_openat2"}.items():
        assert f"[{name}]" in " ".join(told[function])
    assert told["file"] == ["5", "target", "(init)"]
    assert int(told["counted"][0]) in range(1, 600)
    assert int(told["counted"][1]) > 0
    assert [line.split("] ")[1] for line in said if line.endswith(": ready")] == [
        f"{name}: ready" for name in ("lan_meter", "wyn_trace", *HIDDEN)
    ]
    assert "unloaded" in said
    assert not any(line.endswith("failed") for line in said)
    hooks = {
        (row["Module"], row["Hooked symbols"]) for row in rows(image, tmp_path, "linux.tracing.ftrace.CheckFtrace")
    }
    assert hooks == {*HIDDEN.items(), ("wyn_trace", "do_sys_openat2")}


def test_a_module_s_own_name_stands_twice_and_its_version_check_is_untouched(modules: Programs) -> None:
    made = modules.made("hide", {"NAME": "netaudit", "SYMBOL": "vfs_statx"})
    assert made.count(b"netaudit\0") == 2
    assert b"\0name=netaudit\0" in made
    assert f"\0vermagic={RELEASE} SMP preempt mod_unload modversions \0".encode() in made
    assert not re.search(rb"@[A-Z]+@|at_hide|hide|/tmp|/usr/src|SYMBOL", made)


def test_modules_ask_the_kernel_for_calls_and_for_time_only(modules: Programs, tmp_path: Path) -> None:
    by_compiler = {"__fentry__", "__x86_return_thunk", "__fortify_panic", "strnlen", "__list_del_entry_valid_or_report"}
    asked = {
        "hide": {"_printk", "ftrace_set_filter", "register_ftrace_function"},
        "meter": {"_printk", "jiffies", "mod_timer", "param_ops_ulong", "timer_shutdown_sync"},
    }
    asked["tracing"] = asked["hide"] | {"param_ops_ulong", "unregister_ftrace_function"}
    for source, names in asked.items():
        path = tmp_path / f"{source}.ko"
        path.write_bytes(modules.made(source, dict.fromkeys(actors.placeholders(source), "v")))
        listed = subprocess.run(["nm", "-u", path], check=True, capture_output=True, text=True).stdout
        assert {line.split()[1] for line in listed.splitlines()} - by_compiler == names
