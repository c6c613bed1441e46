r"""Handles that processes have by habit, in about the order in which they come to have them.

Names are the kernel's. What a scenario gives beside them is `holding`'s.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from training.forge.windows.plan import Handle
from training.forge.windows.planning.casting import Cast, Member

EVENT, SEMAPHORE, MUTANT = 0x1F0003, 0x100003, 0x1F0001
KEY_READ, KEY_ALL = 0x20019, 0xF003F
FILE_READ, FILE_LIST = 0x120089, 0x100020

_FIRST: Final = (
    Handle(kind="Event", access=EVENT),
    Handle(kind="Event", access=EVENT),
    Handle(kind="WaitCompletionPacket", access=1),
    Handle(kind="IoCompletion", access=0x1F0003),
    Handle(kind="TpWorkerFactory", access=0xF00FF),
    Handle(kind="IRTimer", access=0x100002),
    Handle(kind="WaitCompletionPacket", access=1),
    Handle(kind="IRTimer", access=0x100002),
    Handle(kind="WaitCompletionPacket", access=1),
    Handle(kind="EtwRegistration", access=0x804),
    Handle(kind="EtwRegistration", access=0x804),
    Handle(kind="Directory", access=3, name="KnownDlls"),
    Handle(kind="Event", access=EVENT),
    Handle(kind="Event", access=EVENT),
    Handle(kind="File", access=FILE_LIST, name="\\Windows\\System32"),
)
_SESSION: Final = (
    Handle(kind="ALPC Port", access=0x1F0001),
    Handle(kind="WindowStation", access=0xF037F, name="WinSta0"),
    Handle(kind="Desktop", access=0xF01FF, name="Default"),
    Handle(kind="WindowStation", access=0xF037F, name="WinSta0"),
)
_KEYS: Final = (
    "\\REGISTRY\\MACHINE",
    "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control\\Nls\\Sorting\\Versions",
    "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control\\Session Manager",
    "\\REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options",
    "\\REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\Ole",
    "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\WinSock2\\Parameters\\Protocol_Catalog9",
    "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\WinSock2\\Parameters\\NameSpace_Catalog5",
    "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control\\NetworkProvider\\HwOrder",
    "\\REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\WindowsRuntime\\ActivatableClassId",
    "\\REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\WindowsRuntime\\Server",
)
_HABITS: Final = (
    ("Event", 29),
    ("EtwRegistration", 24),
    ("Semaphore", 9),
    ("Key", 10),
    ("ALPC Port", 6),
    ("Thread", 6),
    ("File", 5),
    ("WaitCompletionPacket", 5),
    ("Section", 3),
    ("Mutant", 3),
    ("IoCompletion", 2),
    ("Token", 1),
    ("Timer", 1),
)
_OF_SYSTEM: Final = (
    ("Event", 20),
    ("Key", 18),
    ("File", 14),
    ("Thread", 12),
    ("Section", 4),
    ("Token", 4),
    ("Mutant", 2),
)
_PLAIN: Final = {
    "Event": (EVENT,),
    "Semaphore": (SEMAPHORE,),
    "Mutant": (MUTANT,),
    "Section": (4, 6, 0xF0007),
    "Token": (8, 0xC, 0xF01FF),
    "Timer": (0x1F0003,),
    "EtwRegistration": (0x804,),
    "ALPC Port": (0x1F0001,),
    "WaitCompletionPacket": (1,),
    "IoCompletion": (0x1F0003,),
}
"""The rights that handles to objects without a name have."""
_FILES: Final = (
    "\\Windows\\System32\\en-GB\\KernelBase.dll.mui",
    "\\Windows\\System32\\en-GB\\kernel32.dll.mui",
    "\\Windows\\System32\\en-GB\\user32.dll.mui",
    "\\Windows\\System32\\en-GB\\svchost.exe.mui",
    "\\Windows\\Registration\\R000000000006.clb",
    "\\Windows\\System32\\en-GB\\crypt32.dll.mui",
    "\\Windows\\System32\\en-GB\\mswsock.dll.mui",
)
_HIVES: Final = (
    "\\Windows\\System32\\config\\SYSTEM",
    "\\Windows\\System32\\config\\SYSTEM.LOG1",
    "\\Windows\\System32\\config\\SOFTWARE",
    "\\Windows\\System32\\config\\SOFTWARE.LOG1",
    "\\Windows\\System32\\config\\SAM",
    "\\Windows\\System32\\config\\SECURITY",
    "\\Windows\\System32\\config\\DEFAULT",
    "\\Windows\\AppCompat\\Programs\\Amcache.hve",
    "\\pagefile.sys",
    "\\swapfile.sys",
    "\\$Directory",
    "\\$LogFile",
    "\\$Mft",
    "\\$Extend\\$RmMetadata\\$TxfLog\\$TxfLog.blf",
    "\\Windows\\System32\\LogFiles\\WMI\\RtBackup\\EtwRTDiagLog.etl",
)
_LOGS: Final = ("Application", "System", "Security", "Setup", "Microsoft-Windows-Kernel-PnP%4Configuration")


class Habits:
    """What each process of a machine has open by habit.

    Args:
        cast: the processes, numbered.
        sid: gives the SID of a user, below which the keys of the user lie.
    """

    def __init__(self, cast: Cast, sid: Callable[[str], str]) -> None:
        self.cast = cast
        self._sid = sid

    def of(self, member: Member) -> tuple[Handle, ...]:
        """The handles of a process, about as many as it is said to have."""
        if not member.handles:
            return ()
        draw = self.cast.numbers(member)(f"handles of {member.name}")
        found = [*self._begin(member), *self._own(member, draw)]
        habits = _OF_SYSTEM if member.minimal else _HABITS
        kinds, weights = zip(*habits, strict=True)
        others = draw.choices(kinds, weights, k=max(0, member.handles - len(found)))
        return (*found, *(self._one(kind, member, draw) for kind in others))

    def _begin(self, member: Member) -> Iterator[Handle]:
        if member.minimal:
            yield Handle(kind="Process", access=0x1FFFFF, pid=member.pid)
            return
        yield from _FIRST
        if member.session and member.kept not in ("csrss.exe", "smss.exe"):
            yield from _SESSION
        yield Handle(kind="Key", access=9, name=_KEYS[3])
        yield Handle(kind="Mutant", access=MUTANT, name=f"SM0:{member.pid}:304:WilStaging_02")

    def _own(self, member: Member, draw: Random) -> Iterator[Handle]:
        """What belongs to a process because of what it is."""
        name = member.kept.lower()
        if name == "system":
            yield from (Handle(kind="File", access=0x3, name=each, sharing="RW----") for each in _HIVES)
        elif name in ("services.exe", "lsass.exe"):
            yield from self._watched(member, draw, 0x1478 if name == "lsass.exe" else 0x1FFFFF)
        elif "EventLog" in member.services:
            for log in _LOGS:
                path = f"\\Windows\\System32\\winevt\\Logs\\{log}.evtx"
                yield Handle(kind="File", access=0x12019F, name=path, sharing="RW-r-d")
        elif member.services and set(member.services) & {"DcomLaunch", "Winmgmt", "PlugPlay", "Schedule", "Appinfo"}:
            yield from self._watched(member, draw, 0x1000, few=True)
        elif name == "msmpeng.exe":
            yield from self._watched(member, draw, 0x101000, few=True, always=("lsass", "explorer"))
        elif name == "explorer.exe":
            yield from self._desktop(member)
        elif name == "conhost.exe":
            yield Handle(kind="File", access=0x12019F, device="ConDrv", name="\\Server", sharing="RW-rw-")
        elif name in ("cmd.exe", "powershell.exe"):
            yield Handle(kind="File", access=0x12019F, device="ConDrv", name="\\Connect", sharing="RW-rw-")
            yield Handle(kind="File", access=FILE_LIST, name=_directory(member))

    def _watched(
        self, member: Member, draw: Random, access: int, *, few: bool = False, always: tuple[str, ...] = ()
    ) -> Iterator[Handle]:
        """Handles to processes that a system process looks after: those that it or its like started."""
        own = [each for each in self.cast.written if not each.program and not each.exited and each.pid != member.pid]
        chosen = [each for each in own if each.parent == "services" or not few]
        chosen = [
            each for each in chosen if not each.minimal and each.kept not in ("csrss.exe", "smss.exe", "lsass.exe")
        ]
        if few:
            chosen = draw.sample(chosen, min(4, len(chosen)))
        elif access != 0x1FFFFF:  # noqa: PLR2004 - lsass.exe knows its callers
            chosen = draw.sample(chosen, min(9, len(chosen)))
        else:
            chosen = [each for each in chosen if each.parent == "services"]
        for name in always:
            if name in self.cast and not self.cast[name].exited and self.cast[name] not in chosen:
                chosen.append(self.cast[name])
        for each in chosen:
            yield Handle(kind="Process", access=access, pid=each.pid)

    def _desktop(self, member: Member) -> Iterator[Handle]:
        home = (
            f"\\Users\\{self.cast.scenario.users[member.user].name}" if member.user in self.cast.scenario.users else ""
        )
        for folder in ("Desktop", "Documents", "Downloads", "AppData\\Roaming\\Microsoft\\Windows\\Recent"):
            yield Handle(kind="File", access=0x100001, name=f"{home}\\{folder}", sharing="R--rwd")
        cache = f"{home}\\AppData\\Local\\Microsoft\\Windows\\Explorer"
        for size in ("16", "32", "48", "256", "idx"):
            yield Handle(kind="File", access=0x12019F, name=f"{cache}\\iconcache_{size}.db", sharing="RW-rwd")
        yield Handle(kind="Section", access=0xF0007, name="windows_shell_global_counters")

    def _one(self, kind: str, member: Member, draw: Random) -> Handle:
        if kind == "Key":
            access = draw.choice((KEY_READ, KEY_READ, 1, KEY_ALL))
            return Handle(kind="Key", access=access, name=self._key(member, draw))
        if kind == "Thread" and member.tids:
            return Handle(kind="Thread", access=0x1FFFFF, pid=member.pid, tid=draw.choice(member.tids)[0])
        if kind == "File":
            return self._file(member, draw)
        if kind not in _PLAIN or (kind == "Token" and member.minimal):
            kind = "Event"
        return Handle(kind=kind, access=draw.choice(_PLAIN[kind]))

    def _key(self, member: Member, draw: Random) -> str:
        if member.services and draw.random() < 0.4:  # noqa: PLR2004 - services know their own keys
            return f"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\{draw.choice(member.services)}\\Parameters"
        if member.user in self.cast.logons and draw.random() < 0.5:  # noqa: PLR2004 - people's programs those of theirs
            below = draw.choice(
                ("", "\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer", "_Classes", "_Classes\\Local Settings")
            )
            return f"\\REGISTRY\\USER\\{self._sid(member.user)}{below}"
        return draw.choice(_KEYS)

    def _file(self, member: Member, draw: Random) -> Handle:
        chance = draw.random()
        if chance < 0.22 and not member.minimal:  # noqa: PLR2004 - sockets
            return Handle(kind="File", access=0x16019F, device="Afd", name="\\Endpoint", sharing="RW-rw-")
        if chance < 0.4:  # noqa: PLR2004 - cryptography
            return Handle(
                kind="File", access=0x100001, device=draw.choice(("KsecDD", "CNG")), name="", sharing="R--rwd"
            )
        if chance < 0.5:  # noqa: PLR2004 - pipes
            pipe = draw.choice(("\\lsass", "\\wkssvc", "\\srvsvc", "\\ntsvcs", "\\eventlog"))
            return Handle(kind="File", access=0x12019F, device="NamedPipe", name=pipe, sharing="RW-rw-")
        return Handle(kind="File", access=FILE_READ, name=draw.choice(_FILES), sharing="R--r-d")


def _directory(member: Member) -> str:
    directory = member.program.directory if member.program and member.program.directory else "C:\\Windows\\System32"
    return directory[2:].rstrip("\\")
