"""The services of a machine: those that Windows has, its drivers, and what a scenario adds."""

from collections.abc import Iterator
from typing import Final

from training.forge.scenario.windows.incident import Service as Wanted
from training.forge.windows.plan import Filetime, Service
from training.forge.windows.planning import facts
from training.forge.windows.planning.casting import Cast, account_of
from training.forge.windows.planning.moments import DAY, SECOND

DRIVER, FILE_SYSTEM, OWN, SHARED = 1, 2, 16, 32
KINDS: Final = {"driver": DRIVER, "file_system": FILE_SYSTEM, "own": OWN, "shared": SHARED}
STOPPED, RUNNING = 1, 4
OF_LSASS: Final = ("SamSs", "KeyIso", "VaultSvc", "Netlogon")
OF_PEOPLE: Final = "UnistackSvcGroup"
"""The group of services that belong to a session."""
ACCOUNTS: Final = {
    "system": "LocalSystem",
    "local_service": "NT AUTHORITY\\LocalService",
    "network_service": "NT AUTHORITY\\NetworkService",
}
_FILE_SYSTEMS: Final = frozenset(
    [
        "Ntfs",
        "FltMgr",
        "Npfs",
        "Msfs",
        "Mup",
        "rdbss",
        "mrxsmb",
        "mrxsmb20",
        "srv2",
        "srvnet",
        "Dfsc",
        "luafv",
        "wcifs",
        "cldflt",
        "bindflt",
        "storqosflt",
        "FileInfo",
        "Wof",
        "FileCrypt",
        "MsSecFlt",
        "WdFilter",
        "CSC",
        "bowser",
        "NetBIOS",
        "CimFS",
        "exfat",
        "cdfs",
        "udfs",
        "ReFS",
    ]
)
_AT_BOOT: Final = 68
_BY_SYSTEM: Final = 96


def services(cast: Cast) -> tuple[Service, ...]:
    """All of them in the order of the control manager, which is that of their names."""
    found = [
        *_offered(cast),
        *_of_people(cast),
        *_drivers(cast),
        *(_wanted(cast, each) for each in cast.scenario.services),
    ]
    return tuple(sorted(found, key=lambda each: each.name.lower()))


def _time(cast: Cast, name: str, *, running: bool) -> Filetime:
    """When the key of a service was last written: at the last boot, at an update, or when Windows was set up."""
    draw = cast.base(f"service {name}")
    chance = draw.random()
    if running and chance < 0.16:  # noqa: PLR2004 - services that note their start
        return cast.booted + draw.randrange(4 * SECOND, 90 * SECOND)
    span = (9, 40) if chance < 0.4 else (61, 96)  # noqa: PLR2004 - of an update, or older
    return cast.booted - draw.randrange(span[0] * DAY, span[1] * DAY)


def _offered(cast: Cast) -> Iterator[Service]:
    machine = cast.scenario.machine
    shared = [each for each in cast.written if not each.exited and each.group != OF_PEOPLE]
    hosts = {name: member for member in shared for name in member.services}
    lsass = cast["lsass"]
    for each in facts.services(machine.role):
        member = hosts.get(each.name)
        if each.name in OF_LSASS and (each.name != "Netlogon" or machine.domain):
            member = lsass
        group = member.command.partition("-k ")[2] if member and member.group else f"{each.host} -p"
        named = group.partition(" -s ")[0]
        binary = each.host if each.own else f"%SystemRoot%\\system32\\svchost.exe -k {named}"
        account = "system" if each.own else account_of(each.host)
        yield Service(
            name=each.name,
            display=each.display,
            kind=OWN if each.own and each.name not in OF_LSASS else SHARED,
            start=each.start,
            state=RUNNING if member else STOPPED,
            binary=binary.replace("%SystemRoot%", "C:\\Windows") if member and not each.own else binary,
            time=_time(cast, each.name, running=member is not None),
            pid=member.pid if member else 0,
            library=f"%SystemRoot%\\system32\\{each.library}" if each.library else "",
            account=ACCOUNTS[account],
        )


def _of_people(cast: Cast) -> Iterator[Service]:
    """The services that everybody who logs on gets anew, each named after the session."""
    offered = {each.name: each for each in facts.services(cast.scenario.machine.role)}
    for member in cast.written:
        for name in member.services if member.group == OF_PEOPLE and not member.exited else ():
            ending = f"{cast.base(f'session of {member.user}').randrange(0x20000, 0xFFFFF):x}"
            yield Service(
                name=f"{name}_{ending}",
                display=f"{offered[name].display}_{ending}",
                kind=SHARED,
                start=offered[name].start,
                state=RUNNING,
                binary=f"C:\\Windows\\system32\\svchost.exe -k {OF_PEOPLE}",
                time=cast.logons[member.user]
                + cast.base(f"service {name} {member.user}").randrange(SECOND // 4, SECOND),
                pid=member.pid,
                library=f"%SystemRoot%\\system32\\{offered[name].library}",
                account="",
            )


def _drivers(cast: Cast) -> Iterator[Service]:
    for place, each in enumerate(facts.modules()):
        if not each.driver:
            continue
        yield Service(
            name=each.driver,
            display=_called(each.driver),
            kind=FILE_SYSTEM if each.driver in _FILE_SYSTEMS else DRIVER,
            start=0 if place < _AT_BOOT else 1 if place < _BY_SYSTEM else 3,
            state=RUNNING,
            binary=f"{each.folder.replace('system32', 'System32')}{each.file}",
            time=_time(cast, each.driver, running=True),
            account="",
        )
    for name, display, start, file in facts.idle_drivers():
        yield Service(
            name=name,
            display=display,
            kind=FILE_SYSTEM if name in _FILE_SYSTEMS else DRIVER,
            start=start,
            state=STOPPED,
            binary=f"\\SystemRoot\\System32\\drivers\\{file}",
            time=_time(cast, name, running=False),
            account="",
        )


def _called(driver: str) -> str:
    names = {
        "Tcpip": "TCP/IP Protocol Driver", "AFD": "Ancillary Function Driver for Winsock", "HTTP": "HTTP Service",
        "Ntfs": "Ntfs", "NDIS": "NDIS System Driver", "disk": "Disk Driver", "volmgr": "Volume Manager Driver",
        "WdFilter": "Microsoft Defender Antivirus Mini-Filter Driver", "kbdclass": "Keyboard Class Driver",
        "mouclass": "Mouse Class Driver", "ahcache": "Application Compatibility Cache", "NetBT": "NetBT",
        "mountmgr": "Mount Point Manager", "luafv": "UAC File Virtualisation", "srv2": "Server SMB 2.xxx Driver",
        "i8042prt": "i8042 Keyboard and PS/2 Mouse Port Driver", "Psched": "QoS Packet Scheduler",
        "fvevol": "BitLocker Drive Encryption Filter Driver", "HidUsb": "Microsoft HID Class Driver",
    }  # fmt: skip
    return names.get(driver, driver)


def _wanted(cast: Cast, each: Wanted) -> Service:
    return Service(
        name=each.name,
        display=each.display,
        kind=KINDS[each.kind],
        start=facts.STARTS[each.start],
        state=RUNNING if each.state == "running" else STOPPED,
        binary=each.binary,
        time=cast.draw.within(each.time, f"service {each.name}"),
        pid=cast[each.process].pid if each.process else 0,
        library=each.library or "",
        account="" if each.kind in ("driver", "file_system") else each.account,
        listed=not each.hidden,
    )
