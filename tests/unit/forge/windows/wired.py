"""The small machine with sockets, a console, callbacks, a hook, links, timers, jobs, changed code and breakpoints."""

from dataclasses import replace

from tests.unit.forge.windows.small import BOOT, LOGON, small
from training.forge.windows import network
from training.forge.windows.plan import (
    Callback,
    Console,
    Endpoint,
    Handle,
    Hook,
    Link,
    Patch,
    Plan,
    Process,
    Spot,
    Thread,
    Timer,
)

SECOND = 10_000_000
CONNECTED = LOGON + 905 * SECOND + 4711
SCREEN = (
    "Windows PowerShell",
    "Copyright (C) Microsoft Corporation. All rights reserved.",
    "",
    "PS C:\\Users\\mira> whoami",
    "merrow\\mira",
)
COMMANDS = (
    "whoami",
    "dir",
    'net group "Domain Admins" /domain',
    "reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v KbdHelper /d C:\\Users\\Public\\keyview.exe",
)
ENDPOINTS = (
    Endpoint(protocol="tcp", local=(network.ANY[0], 135), pid=820, created=BOOT + 7 * SECOND + 19, state="LISTENING"),
    Endpoint(protocol="tcp", local=("::", 135), pid=820, created=BOOT + 7 * SECOND + 27, state="LISTENING"),
    Endpoint(protocol="tcp", local=("::", 445), pid=4, created=BOOT + 9 * SECOND + 311, state="LISTENING"),
    Endpoint(protocol="tcp", local=("192.0.2.17", 139), pid=4, created=BOOT + 12 * SECOND + 99, state="LISTENING"),
    Endpoint(protocol="tcp", local=("2001:db8::17", 139), pid=4, created=BOOT + 12 * SECOND + 101, state="LISTENING"),
    Endpoint(protocol="tcp", local=("127.0.0.1", 139), pid=4, created=BOOT + 12 * SECOND + 119, state="LISTENING"),
    Endpoint(protocol="udp", local=(network.ANY[0], 5355), pid=820, created=BOOT + 15 * SECOND + 5),
    Endpoint(protocol="udp", local=("::", 5355), pid=820, created=BOOT + 15 * SECOND + 8),
    Endpoint(protocol="udp", local=("192.0.2.17", 137), pid=4, created=BOOT + 12 * SECOND + 7),
    Endpoint(protocol="udp", local=("fe80::91c:22d1", 1900), pid=820, created=BOOT + 21 * SECOND + 7),
    Endpoint(
        protocol="tcp",
        local=("192.0.2.17", 50112),
        remote=("203.0.113.77", 443),
        pid=5508,
        created=CONNECTED,
        state="ESTABLISHED",
    ),
    Endpoint(
        protocol="tcp",
        local=("192.0.2.17", 50087),
        remote=("198.51.100.23", 80),
        pid=5508,
        created=CONNECTED - 40 * SECOND,
        state="CLOSE_WAIT",
    ),
    Endpoint(
        protocol="tcp",
        local=("2001:db8::17", 50090),
        remote=("2001:db8:1::2", 443),
        pid=5508,
        created=CONNECTED - 30 * SECOND,
        state="ESTABLISHED",
    ),
    Endpoint(
        protocol="tcp",
        local=("192.0.2.17", 49990),
        remote=("203.0.113.9", 8080),
        pid=5700,
        created=LOGON + 610 * SECOND,
        state="CLOSED",
        live=False,
    ),
    Endpoint(
        protocol="tcp",
        local=("192.0.2.17", 49983),
        remote=("203.0.113.9", 8081),
        pid=0,
        created=LOGON + 611 * SECOND,
        state="TIME_WAIT",
    ),
)
CALLBACKS = (
    Callback(kind="process", routine=Spot(image="mskbd64.sys", offset=0x1450)),
    Callback(kind="process", routine=Spot(image="ahcache.sys", offset=0x2340)),
    Callback(kind="thread", routine=Spot(image="mskbd64.sys", offset=0x14A0)),
    Callback(kind="image", routine=Spot(image="ahcache.sys", offset=0x2100)),
    Callback(kind="registry", routine=Spot(image="mskbd64.sys", offset=0x1710), altitude="385201"),
    Callback(kind="registry", routine=Spot(image="ahcache.sys", offset=0x3010), altitude="328010"),
    Callback(kind="bugcheck", routine=Spot(image="npfs.sys", offset=0x5030)),
    Callback(kind="reason", routine=Spot(image="volmgr.sys", offset=0x3090)),
    Callback(kind="filesystem", routine=Spot(image="ahcache.sys", offset=0x4020)),
)
HOOK = Hook(function="NtQueryDirectoryFile", routine=Spot(image="mskbd64.sys", offset=0x1A20))
LINKS = (
    Link(name="C:", target="\\Device\\HarddiskVolume3", created=BOOT + 18_211),
    Link(name="PIPE", target="\\Device\\NamedPipe", created=BOOT + 9_377),
    Link(name="GLOBALROOT", target="", created=BOOT + 9_100),
    Link(name="Global", target="\\GLOBAL??", created=BOOT + 9_114),
)
TIMERS = (
    Timer(routine=Spot(image="tcpip.sys", offset=0x11F0), due=14 * 60 * SECOND + 93_111, period=100),
    Timer(routine=Spot(image="mskbd64.sys", offset=0x1B40), due=14 * 60 * SECOND + 800_113, period=60_000),
    Timer(routine=Spot(image="npfs.sys", offset=0x2200), due=3 * 3600 * SECOND),
)
PATCHES = (
    Patch(spot=Spot(image="ntdll.dll", offset=0, export="EtwEventWrite"), code=b"\xc3"),
    Patch(spot=Spot(image="ntdll.dll", offset=0, export="NtProtectVirtualMemory"), code=b"\xe9\x10\x20\x30\x40"),
)
JOBS = ((5508, 6660), (5700, 3120))


def wired(build: str = "19041") -> Plan:
    """The plan, for the table of that name."""
    plan = small(build=build)
    return replace(
        plan,
        processes=tuple(_changed(each) for each in plan.processes),
        endpoints=ENDPOINTS,
        callbacks=CALLBACKS,
        hooks=(HOOK,),
        links=LINKS,
        timers=TIMERS,
        jobs=JOBS,
    )


def _changed(process: Process) -> Process:
    if process.pid == 5600:
        console = Console(
            client=5508,
            application="powershell.exe",
            title="Windows PowerShell",
            commands=COMMANDS,
            screen=SCREEN,
        )
        handles = (*process.handles, Handle(kind="Process", access=0x1FFFFF, pid=5508))
        return replace(process, console=console, handles=handles)
    if process.pid == 5508:
        return replace(process, patches=PATCHES)
    if process.pid == 820:
        first, *others = process.threads
        return replace(process, threads=(_watched(first), *others))
    return process


def _watched(thread: Thread) -> Thread:
    places = (Spot(image="ntdll.dll", offset=0, export="NtTraceEvent"), Spot(image="kernel32.dll", offset=0x1A30))
    return replace(thread, breakpoints=places)
