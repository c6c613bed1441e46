"""Accounts: their SIDs, the tokens of their processes, and the environment that they start with."""

import hashlib
from collections.abc import Iterator
from typing import Final

from training.forge.windows.plan import Privilege, Profile, Token
from training.forge.windows.planning.casting import Cast, Member
from training.forge.windows.planning.moments import DAY, SECOND
from training.forge.windows.privileges import PRIVILEGES

SYSTEM, LOCAL_SERVICE, NETWORK_SERVICE = "S-1-5-18", "S-1-5-19", "S-1-5-20"
ADMINISTRATORS: Final = "S-1-5-32-544"
LEVELS: Final = {
    "untrusted": "S-1-16-0",
    "low": "S-1-16-4096",
    "medium": "S-1-16-8192",
    "high": "S-1-16-12288",
    "system": "S-1-16-16384",
}

_ON: Final = 7
_OWNER: Final = 15
_DENIED: Final = 0x10
_LOGON: Final = 0xC0000007
_LABEL: Final = 0x60
_NOT_OF_SYSTEM: Final = frozenset(
    [
        "SeMachineAccountPrivilege",
        "SeRemoteShutdownPrivilege",
        "SeSyncAgentPrivilege",
        "SeEnableDelegationPrivilege",
        "SeTrustedCredManAccessPrivilege",
        "SeRelabelPrivilege",
    ]
)
_SYSTEM_ON: Final = frozenset(
    [
        "SeTcbPrivilege",
        "SeLockMemoryPrivilege",
        "SeIncreaseBasePriorityPrivilege",
        "SeCreatePagefilePrivilege",
        "SeCreatePermanentPrivilege",
        "SeDebugPrivilege",
        "SeAuditPrivilege",
        "SeChangeNotifyPrivilege",
        "SeImpersonatePrivilege",
        "SeCreateGlobalPrivilege",
        "SeIncreaseWorkingSetPrivilege",
        "SeTimeZonePrivilege",
        "SeCreateSymbolicLinkPrivilege",
        "SeProfileSingleProcessPrivilege",
        "SeSystemProfilePrivilege",
        "SeDelegateSessionUserImpersonatePrivilege",
    ]
)
_OF_SERVICES: Final = (
    ("SeAssignPrimaryTokenPrivilege", False),
    ("SeIncreaseQuotaPrivilege", False),
    ("SeAuditPrivilege", False),
    ("SeChangeNotifyPrivilege", True),
    ("SeImpersonatePrivilege", True),
    ("SeCreateGlobalPrivilege", True),
    ("SeIncreaseWorkingSetPrivilege", False),
)
_OF_PEOPLE: Final = (
    ("SeShutdownPrivilege", False),
    ("SeChangeNotifyPrivilege", True),
    ("SeUndockPrivilege", False),
    ("SeIncreaseWorkingSetPrivilege", False),
    ("SeTimeZonePrivilege", False),
)
_OF_ADMINISTRATORS: Final = (
    ("SeIncreaseQuotaPrivilege", False), ("SeSecurityPrivilege", False), ("SeTakeOwnershipPrivilege", False),
    ("SeLoadDriverPrivilege", False), ("SeSystemProfilePrivilege", False), ("SeSystemtimePrivilege", False),
    ("SeProfileSingleProcessPrivilege", False), ("SeIncreaseBasePriorityPrivilege", False),
    ("SeCreatePagefilePrivilege", False), ("SeBackupPrivilege", False), ("SeRestorePrivilege", False),
    ("SeShutdownPrivilege", False), ("SeDebugPrivilege", False), ("SeSystemEnvironmentPrivilege", False),
    ("SeChangeNotifyPrivilege", True), ("SeRemoteShutdownPrivilege", False), ("SeUndockPrivilege", False),
    ("SeManageVolumePrivilege", False), ("SeImpersonatePrivilege", True), ("SeCreateGlobalPrivilege", True),
    ("SeIncreaseWorkingSetPrivilege", False), ("SeTimeZonePrivilege", False), ("SeCreateSymbolicLinkPrivilege", False),
    ("SeDelegateSessionUserImpersonatePrivilege", False),
)  # fmt: skip
_HOMES: Final = {
    "local_service": "C:\\Windows\\ServiceProfiles\\LocalService",
    "network_service": "C:\\Windows\\ServiceProfiles\\NetworkService",
}
_BUILT_IN: Final = {"system": SYSTEM, "local_service": LOCAL_SERVICE, "network_service": NETWORK_SERVICE}


class People:
    """Everybody on a machine.

    Attributes:
        machine: the authority of the machine's own accounts.
        domain: that of its domain.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.scenario = cast.scenario
        self.machine = _authority(cast, "machine")
        self.domain = _authority(cast, self.scenario.machine.domain or "none")
        draw = cast.base("logons")
        self._logons = {name: draw.randrange(0x18000, 0x70000) for name in ("", *cast.logons)}

    def sid(self, user: str) -> str:
        """The SID of an account by its name in the scenario or the baseline."""
        if user in _BUILT_IN:
            return _BUILT_IN[user]
        kind, _, number = user.partition(":")
        if kind in ("font", "dwm"):
            return f"S-1-5-{96 if kind == 'font' else 90}-0-{number}"
        person = self.scenario.users[user]
        return f"{self.machine if person.local else self.domain}-{person.rid}"

    def shown(self, user: str) -> str:
        """The name of an account as people see it."""
        if user in _BUILT_IN:
            name = {"system": "SYSTEM", "local_service": "LOCAL SERVICE", "network_service": "NETWORK SERVICE"}[user]
            return f"NT AUTHORITY\\{name}"
        kind, _, number = user.partition(":")
        if kind in ("font", "dwm"):
            return f"Font Driver Host\\UMFD-{number}" if kind == "font" else f"Window Manager\\DWM-{number}"
        person, machine = self.scenario.users[user], self.scenario.machine
        return f"{machine.host if person.local else machine.domain}\\{person.name}"

    def integrity(self, member: Member) -> str:
        """The integrity level of a process."""
        program = member.program
        if member.integrity:
            return member.integrity
        if program and program.elevated:
            return "high"
        if program and member.user in self.scenario.users:
            parent = self.cast.parent_of(member)
            if parent and parent.user == member.user and parent.program:
                return self.integrity(parent)
        return "medium" if member.user in self.scenario.users else "system"

    def token(self, member: Member) -> Token:
        """Whose rights a process has."""
        level = (LEVELS[self.integrity(member)], _LABEL)
        privileges = dict(self._privileges(member))
        wanted = member.program.privileges if member.program else ()
        privileges |= dict.fromkeys(wanted, True)
        by_default = dict(self._privileges(member))
        return Token(
            user=self.sid(member.user),
            groups=(*self._groups(member), level),
            privileges=tuple(
                Privilege(name=name, enabled=on, by_default=by_default.get(name, False))
                for name, on in sorted(privileges.items(), key=lambda each: _place(each[0]))
            ),
        )

    def _groups(self, member: Member) -> Iterator[tuple[str, int]]:
        if member.user in self.scenario.users:
            yield from self._groups_of_person(member)
        elif member.user.partition(":")[0] in ("font", "dwm"):
            yield from (("S-1-1-0", _ON), ("S-1-5-32-545", _ON), ("S-1-5-6", _ON), ("S-1-2-0", _ON))
            yield ("S-1-5-96-0" if member.user.startswith("font") else "S-1-5-90-0"), _ON
        else:
            if member.user == "system":
                yield ADMINISTRATORS, 14
            yield from (("S-1-1-0", _ON), ("S-1-5-11", _ON))
            if member.services or member.user != "system":
                yield from (("S-1-5-6", _ON), ("S-1-2-1", _ON), ("S-1-5-15", _ON))
                for service in member.services:
                    yield service_sid(service), _ON | 8
                yield f"S-1-5-5-0-{self._logons[''] + member.pid * 3}", _LOGON
                yield "S-1-2-0", _ON

    def _groups_of_person(self, member: Member) -> Iterator[tuple[str, int]]:
        person = self.scenario.users[member.user]
        elevated = self.integrity(member) in ("high", "system")
        yield f"{self.machine if person.local else self.domain}-513", _ON
        yield "S-1-1-0", _ON
        if person.local:
            yield "S-1-5-114", _ON if elevated else _DENIED
        if person.administrator or elevated:
            yield ADMINISTRATORS, _OWNER if elevated else _DENIED
        yield "S-1-5-32-545", _ON
        if person.remote:
            yield from (("S-1-5-32-555", _ON), ("S-1-5-14", _ON))
        yield from (("S-1-5-4", _ON), ("S-1-2-1", _ON)) if not person.remote else (("S-1-5-4", _ON),)
        yield from (("S-1-5-11", _ON), ("S-1-5-15", _ON))
        if person.local:
            yield "S-1-5-113", _ON
        yield f"S-1-5-5-0-{self._logons.get(member.user, self._logons[''])}", _LOGON
        yield "S-1-2-0", _ON
        yield "S-1-18-1" if not person.local else "S-1-5-64-10", _ON

    def _privileges(self, member: Member) -> Iterator[tuple[str, bool]]:
        if member.user in self.scenario.users:
            yield from _OF_ADMINISTRATORS if self.integrity(member) in ("high", "system") else _OF_PEOPLE
        elif member.user == "system":
            yield from ((name, name in _SYSTEM_ON) for name in PRIVILEGES if name not in _NOT_OF_SYSTEM)
        else:
            yield from _OF_SERVICES

    def profiles(self) -> Iterator[Profile]:
        """The profiles on the machine."""
        for name, person in self.scenario.users.items():
            draw = self.cast.base(f"profile {name}")
            yield Profile(
                sid=self.sid(name),
                path=f"C:\\Users\\{person.name}",
                created=self.cast.booted - draw.randrange(20 * DAY, 80 * DAY),
                loaded=self.cast.logons[name] + draw.randrange(SECOND // 8, SECOND) if name in self.cast.logons else 0,
            )

    def environment(self, member: Member) -> tuple[tuple[str, str], ...]:
        """The environment of a process, in the order in which Windows keeps it."""
        host, machine = self.scenario.machine.host, self.scenario.machine
        found = {
            "ComSpec": "C:\\Windows\\system32\\cmd.exe",
            "DriverData": "C:\\Windows\\System32\\Drivers\\DriverData",
            "NUMBER_OF_PROCESSORS": str(machine.processors),
            "OS": "Windows_NT",
            "Path": "C:\\Windows\\system32;C:\\Windows;C:\\Windows\\System32\\Wbem;"
            "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\;C:\\Windows\\System32\\OpenSSH\\",
            "PATHEXT": ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
            "PROCESSOR_ARCHITECTURE": "AMD64",
            "PROCESSOR_IDENTIFIER": "Intel64 Family 6 Model 142 Stepping 12, GenuineIntel",
            "PROCESSOR_LEVEL": "6",
            "PROCESSOR_REVISION": "8e0c",
            "PSModulePath": "%ProgramFiles%\\WindowsPowerShell\\Modules;"
            "C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules",
            "SystemDrive": "C:",
            "SystemRoot": "C:\\Windows",
            "TEMP": "C:\\Windows\\TEMP",
            "TMP": "C:\\Windows\\TEMP",
            "USERNAME": "SYSTEM",
            "windir": "C:\\Windows",
        }
        if member.kept not in ("smss.exe", "csrss.exe", "wininit.exe", "winlogon.exe"):
            found |= {
                "ALLUSERSPROFILE": "C:\\ProgramData",
                "APPDATA": "C:\\Windows\\system32\\config\\systemprofile\\AppData\\Roaming",
                "CommonProgramFiles": "C:\\Program Files\\Common Files",
                "CommonProgramFiles(x86)": "C:\\Program Files (x86)\\Common Files",
                "CommonProgramW6432": "C:\\Program Files\\Common Files",
                "COMPUTERNAME": host,
                "LOCALAPPDATA": "C:\\Windows\\system32\\config\\systemprofile\\AppData\\Local",
                "ProgramData": "C:\\ProgramData",
                "ProgramFiles": "C:\\Program Files",
                "ProgramFiles(x86)": "C:\\Program Files (x86)",
                "ProgramW6432": "C:\\Program Files",
                "PUBLIC": "C:\\Users\\Public",
                "USERDOMAIN": machine.domain or "WORKGROUP",
                "USERPROFILE": "C:\\Windows\\system32\\config\\systemprofile",
            }
            found |= self._of_account(member.user)
        if member.user in self.scenario.users:
            found |= self._of_person(member)
        if member.program:
            found |= member.program.environment
        return tuple(sorted(found.items(), key=lambda each: each[0].upper()))

    def _of_account(self, user: str) -> dict[str, str]:
        """What differs between the accounts of Windows itself."""
        kind, _, number = user.partition(":")
        home = _HOMES.get(user)
        found = {"USERNAME": f"{self.scenario.machine.host}$"}
        if user == "local_service":
            found = {"USERDOMAIN": "NT AUTHORITY", "USERNAME": "LOCAL SERVICE"}
        elif kind in ("font", "dwm"):
            found = {
                "USERDOMAIN": "Font Driver Host" if kind == "font" else "Window Manager",
                "USERNAME": f"{'UMFD' if kind == 'font' else 'DWM'}-{number}",
            }
        if home:
            local = f"{home}\\AppData\\Local"
            temp = f"{local}\\Temp"
            found |= {"APPDATA": f"{home}\\AppData\\Roaming", "LOCALAPPDATA": local, "USERPROFILE": home}
            found |= {"TEMP": temp, "TMP": temp}
        return found

    def _of_person(self, member: Member) -> dict[str, str]:
        person, machine = self.scenario.users[member.user], self.scenario.machine
        home = f"C:\\Users\\{person.name}"
        server = (machine.host if person.local else f"{(machine.domain or '')[:9]}-DC1").upper()
        return {
            "APPDATA": f"{home}\\AppData\\Roaming",
            "HOMEDRIVE": "C:",
            "HOMEPATH": home[2:],
            "LOCALAPPDATA": f"{home}\\AppData\\Local",
            "LOGONSERVER": f"\\\\{server}",
            "OneDrive": f"{home}\\OneDrive",
            "SESSIONNAME": "Console" if not person.remote else f"RDP-Tcp#{member.session or 0}",
            "TEMP": f"{home}\\AppData\\Local\\Temp",
            "TMP": f"{home}\\AppData\\Local\\Temp",
            "USERDOMAIN": machine.host if person.local else machine.domain or machine.host,
            "USERDOMAIN_ROAMINGPROFILE": machine.host if person.local else machine.domain or machine.host,
            "USERNAME": person.name,
            "USERPROFILE": home,
        }


def service_sid(name: str) -> str:
    """The SID of a service: SHA-1 of its name in capitals, as five numbers ([MS-SERSOD] has the rule)."""
    digest = hashlib.sha1(name.upper().encode("utf-16-le"), usedforsecurity=False).digest()
    return "S-1-5-80-" + "-".join(str(int.from_bytes(digest[at : at + 4], "little")) for at in range(0, 20, 4))


def _authority(cast: Cast, part: str) -> str:
    draw = cast.draw(f"authority {part}")
    return "S-1-5-21-" + "-".join(str(draw.randrange(300_000_000, 4_200_000_000)) for _ in range(3))


def _place(name: str) -> int:
    return PRIVILEGES.index(name) if name in PRIVILEGES else len(PRIVILEGES)
