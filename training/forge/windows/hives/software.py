r"""The hive ``\SystemRoot\System32\Config\SOFTWARE``: what Windows is, whose profiles it has, its tasks."""

import struct
from typing import Final

from training.forge.windows.builds.load import Build
from training.forge.windows.hive import Node
from training.forge.windows.hives import certificates, identity, tasks
from training.forge.windows.hives.usual import fixed, soon
from training.forge.windows.plan import Filetime, Plan, Value

NAME: Final = "\\SystemRoot\\System32\\Config\\SOFTWARE"
VERSION: Final = "Microsoft\\Windows NT\\CurrentVersion"

_TO_UNIX: Final = 11_644_473_600
_SERVICES: Final = {
    "S-1-5-18": "%systemroot%\\system32\\config\\systemprofile",
    "S-1-5-19": "%systemroot%\\ServiceProfiles\\LocalService",
    "S-1-5-20": "%systemroot%\\ServiceProfiles\\NetworkService",
}
_TITLES: Final = {
    19041: ("Windows 10 Pro", "Professional", "22H2", "2009"),
    22000: ("Windows 10 Pro", "Professional", "21H2", "2009"),
    20348: ("Windows Server 2022 Standard", "ServerStandard", "21H2", "2009"),
}
_SERVER: Final = 3


def write(root: Node, plan: Plan, build: Build, installed: Filetime) -> None:
    """Write what Windows is, the profiles, the tasks and the authorities that it trusts."""
    _version(root, plan, build, installed)
    _profiles(root, plan, installed)
    tasks.write(root, plan)
    certificates.write(root, installed)


def _version(root: Node, plan: Plan, build: Build, installed: Filetime) -> None:
    title, edition, display, release = _TITLES[build.kernel]
    lab = build.lab.split(".")
    texts = {
        "BuildBranch": lab[3],
        "BuildLab": f"{lab[0]}.{lab[3]}.{lab[4]}",
        "BuildLabEx": build.lab,
        "CurrentBuild": str(build.shown),
        "CurrentBuildNumber": str(build.shown),
        "CurrentType": "Multiprocessor Free",
        "CurrentVersion": "6.3",
        "DisplayVersion": display,
        "EditionID": edition,
        "InstallationType": "Server" if plan.host.product == _SERVER else "Client",
        "PathName": "C:\\Windows",
        "ProductId": f"00330-80000-00000-AA{plan.random('product').randrange(100, 1000)}",
        "ProductName": title,
        "RegisteredOrganization": "",
        "RegisteredOwner": "Windows User",
        "ReleaseId": release,
        "SoftwareType": "System",
        "SystemRoot": "C:\\Windows",
    }
    numbers = {
        "CurrentMajorVersionNumber": 10,
        "CurrentMinorVersionNumber": 0,
        "InstallDate": installed // 10_000_000 - _TO_UNIX,
        "UBR": build.revision,
    }
    values = [Value(name=name, kind="SZ", data=text) for name, text in texts.items()]
    values += [Value(name=name, kind="DWORD", data=number) for name, number in numbers.items()]
    values.append(Value(name="InstallTime", kind="QWORD", data=installed))
    root.put(VERSION, plan.host.booted + fixed("version").randrange(20_000_000, 90_000_000), values)


def _profiles(root: Node, plan: Plan, installed: Filetime) -> None:
    place = f"{VERSION}\\ProfileList"
    folders = {
        "Default": "%SystemDrive%\\Users\\Default",
        "ProfilesDirectory": "%SystemDrive%\\Users",
        "ProgramData": "%SystemDrive%\\ProgramData",
        "Public": "%SystemDrive%\\Users\\Public",
    }
    newest = max((profile.created for profile in plan.profiles), default=installed)
    root.put(place, newest, [Value(name=name, kind="EXPAND_SZ", data=path) for name, path in folders.items()])
    draw = fixed("profiles")
    for sid, path in _SERVICES.items():
        time = soon(installed, draw)
        _profile(root, sid, path, (time, time), flags=0x0C)
    for profile in plan.profiles:
        low, high = struct.unpack("<II", struct.pack("<Q", profile.loaded))
        loaded = {"LocalProfileLoadTimeLow": low, "LocalProfileLoadTimeHigh": high, "FullProfile": 1}
        time = profile.loaded or profile.created
        _profile(root, profile.sid, profile.path, (profile.created, time), flags=0, **loaded)


def _profile(root: Node, sid: str, path: str, times: tuple[Filetime, Filetime], *, flags: int, **further: int) -> None:
    made, written = times
    values = (
        Value(name="ProfileImagePath", kind="EXPAND_SZ", data=path),
        Value(name="Flags", kind="DWORD", data=flags),
        Value(name="State", kind="DWORD", data=0),
        Value(name="Sid", kind="BINARY", data=identity.sid(sid)),
        *(Value(name=name, kind="DWORD", data=number) for name, number in further.items()),
    )
    root.put(f"{VERSION}\\ProfileList\\{sid}", written, values, made=made)
