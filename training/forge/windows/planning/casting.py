"""Who is on the machine: the processes of the baseline and those of the story, with parents and times of their own.

Numbers come later (`numbering`): they follow the order of the times.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from training.forge.scenario.windows.model import WindowsScenario
from training.forge.scenario.windows.processes import KEPT_NAME, Program
from training.forge.windows.plan import Filetime
from training.forge.windows.planning.facts import SERVICE_HOST, SYSTEM_32, Row, rows
from training.forge.windows.planning.moments import SECOND, Drawing

GONE = "gone"
BUILT_IN = ("system", "local_service", "network_service")
ELEVATED_GROUPS = {
    "LocalService": "local_service",
    "NetworkService": "network_service",
    "RPCSS": "network_service",
    "termsvcs": "network_service",
    "defragsvc": "system",
}
CONSOLES = ("cmd.exe", "powershell.exe", "pwsh.exe")
"""Programs beside which a console host runs."""

_SPREAD = 0.05
_STEP = 20_000
_USUAL = 180 * SECOND
"""How long after the boot somebody usually logs on."""
_APART = 10 * 3600 * SECOND
"""How much later the next one is numbered: whoever comes beside the first moves none of the others' numbers."""


@dataclass(slots=True, kw_only=True)
class Member:
    """A process before it is a part of a plan.

    Attributes:
        name: in the baseline or in the story.
        aliases: further names: those of all services that it runs.
        user: a built-in account, ``font:N``, ``dwm:N`` or a user of the scenario.
        phantom: it only has a number: it ended, and nothing is left of it.
        own: it is of the story, not of the baseline.
        since: when its day began: the boot, or the usual time before the logon that it came with.
        tids: numbers of its threads with the times at which they began.
    """

    name: str
    path: str
    kept: str
    parent: str
    created: Filetime
    user: str
    session: int | None
    command: str
    aliases: tuple[str, ...] = ()
    exited: Filetime = 0
    group: str = ""
    services: tuple[str, ...] = ()
    program: Program | None = None
    minimal: bool = False
    phantom: bool = False
    managed: bool = False
    threads: int = 2
    handles: int = 40
    integrity: str = ""
    own: bool = False
    since: Filetime = 0
    pid: int = 0
    tids: list[tuple[int, Filetime]] = field(default_factory=list)

    @property
    def file(self) -> str:
        """The last part of the path of its program."""
        return self.path.rpartition("\\")[2]


class Cast:
    """All processes of a machine, by name.

    Attributes:
        members: in the order of their times, phantoms among them.
        booted: when the machine was started, with its fraction.
        frozen: when its memory was taken.
        sessions: the number of the session of each user who logged on.
        draw: numbers of the variant.
        base: numbers of the baseline, the same in all machines of a build and a role.
    """

    def __init__(self, scenario: WindowsScenario, draw: Drawing) -> None:
        self.scenario = scenario
        self.draw = draw
        machine = scenario.machine
        self.base = Drawing(f"windows {machine.build} {machine.role}")
        self.booted = draw.within(machine.booted, "booted")
        self.frozen = draw.within(machine.captured, "frozen")
        self.logons = {
            name: draw.within(user.logon, f"logon {name}") for name, user in scenario.users.items() if user.logon
        }
        first = 1 if machine.role == "workstation" else 2
        self.sessions = {name: number for number, name in enumerate(self.logons, start=first)}
        self._names: dict[str, Member] = {}
        self.members: list[Member] = []
        processes, session = rows(machine.role)
        for row in processes:
            if row.since == "boot" or self.sessions:
                self._add_row(row, next(iter(self.logons), ""))
        for user in self.logons:
            for row in session:
                self._add_row(row, user, in_session=True)
        self._add_story()
        self.members.sort(key=lambda each: each.created)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> Member:
        return self._names[name]

    @property
    def names(self) -> list[str]:
        """All names that processes have."""
        return list(self._names)

    @property
    def written(self) -> Iterator[Member]:
        """Those that become a part of the plan."""
        return (each for each in self.members if not each.phantom)

    def numbers(self, member: Member) -> Drawing:
        """Those that a process is drawn from: the baseline's, or for one of the story the variant's."""
        return self.draw if member.own else self.base

    def parent_of(self, member: Member) -> Member | None:
        """The living parent of a process, where it is on the machine."""
        return self._names.get(member.parent)

    def _put(self, member: Member, *names: str) -> None:
        self.members.append(member)
        for name in (member.name, *names, *member.aliases):
            self._names.setdefault(name, member)

    def _add_row(self, row: Row, user: str, *, in_session: bool = False) -> None:
        if row.part in self.scenario.machine.without:
            return
        number = self.sessions.get(user, 0)
        services = (row.service,) if row.service else row.services
        name, aliases = _named(row, services)
        if in_session:
            name, aliases = self._in_session(name, aliases, user, number)
        late = in_session or row.since == "logon"
        since = self.logons[user] if late else self.booted
        created = self._time(row, since, name)
        since -= _USUAL + list(self.logons).index(user) * _APART if late and user else 0
        parent = self._parent(row, created, number, since, in_session=in_session)
        if parent in self._names and row.kept != "Registry":
            created = max(created, self._names[parent].created + self.base(f"after {name}").randrange(_STEP, 9 * _STEP))
        exited = created + int(row.lasts * SECOND * self.base(f"lasts {name}").uniform(0.8, 1.2)) if row.lasts else 0
        if created >= self.frozen - SECOND or exited >= self.frozen:
            return
        path, command = _program(row, self._folder(user))
        whose, session = self._whose(row, user, in_session=in_session)
        self._put(
            Member(
                name=name, aliases=aliases, path=path, kept=row.kept or path.rpartition("\\")[2][:KEPT_NAME],
                parent=parent, created=created, exited=exited, user=whose, session=session, command=command,
                group=row.group, services=services, minimal=row.minimal, phantom=row.forgotten, managed=row.managed,
                threads=max(1, round(row.threads * self.base(f"threads {name}").uniform(0.85, 1.2))),
                handles=round(row.handles * self.base(f"handles {name}").uniform(0.8, 1.25)),
                integrity=row.integrity, pid=row.pid, since=since,
            ),
            *(f"{each}_{user}" for each in (name, *aliases) if in_session),
        )  # fmt: skip

    def _in_session(self, name: str, aliases: tuple[str, ...], user: str, number: int) -> tuple[str, tuple[str, ...]]:
        """Names of what a session brings: those of the first are plain, others end in the user's."""
        if name in ("csrss", "winlogon", "dwm", "fontdrvhost"):
            return f"{name}_{number}", ()
        if next(iter(self.sessions)) == user:
            return name, aliases
        return f"{name}_{user}", tuple(f"{each}_{user}" for each in aliases)

    def _time(self, row: Row, since: Filetime, name: str) -> Filetime:
        if not row.at:
            return since
        spread = self.base(f"time {name}").uniform(1 - _SPREAD, 1 + _SPREAD)
        return since + int(row.at * SECOND * spread) + self.base(f"fraction {name}").randrange(1, 90_000)

    def _parent(self, row: Row, created: Filetime, session: int, since: Filetime, *, in_session: bool) -> str:
        if row.pid == 4:  # noqa: PLR2004 - System
            return ""
        if row.parent.startswith(f"{GONE}:"):
            own = row.session if isinstance(row.session, int) else session if in_session else 0
            name = f"{GONE}_{row.parent.partition(':')[2]}_{own}"
            if name not in self._names:
                ago = self.base(name).randrange(SECOND // 20, SECOND // 5)
                self._put(_phantom(name, created - ago, since=since))
            return name
        if in_session:
            for name in (f"{row.parent}_{session}", f"{row.parent}_{self._user_of(session)}"):
                if name in self._names and not (name.startswith("svchost") and row.parent in self._names):
                    return name
        return row.parent

    def _user_of(self, session: int) -> str:
        return next((name for name, number in self.sessions.items() if number == session), "")

    def _folder(self, user: str) -> str:
        return self.scenario.users[user].name if user in self.scenario.users else "Default"

    def _whose(self, row: Row, user: str, *, in_session: bool) -> tuple[str, int | None]:
        session: int | None = self.sessions.get(user, 0) if in_session else 0
        if row.session == "none" or row.minimal:
            session = None
        elif isinstance(row.session, int):
            session = row.session
        whose = row.user.replace(":n", f":{session}") or (user if in_session else "")
        if row.group and not in_session:
            whose = account_of(row.group)
        return whose or "system", session

    def _add_story(self) -> None:
        for program in self.scenario.processes:
            created = self.draw.within(program.started, f"started {program.name}")
            ended = self.draw.within(program.ended, f"ended {program.name}") if program.ended else 0
            if program.parent == GONE:
                ago = self.draw(f"gone {program.name}").randrange(2 * SECOND, 40 * SECOND)
                self._put(_phantom(f"{GONE}_{program.name}", max(self.booted + SECOND, created - ago), own=True))
            self._put(
                Member(
                    name=program.name, path=program.program, kept=program.kept_name,
                    parent=f"{GONE}_{program.name}" if program.parent == GONE else program.parent,
                    created=created, exited=ended, user=program.user or "", session=program.session,
                    command=f'"{program.program}"' if program.command is None else program.command,
                    program=program, threads=program.threads or self.draw(f"threads {program.name}").randrange(3, 9),
                    handles=self.draw(f"handles {program.name}").randrange(34, 60),
                    integrity=program.integrity or "", pid=program.pid or 0, own=True,
                )
            )  # fmt: skip
        for program in self.scenario.processes:
            self._inherit(self._names[program.name])
        for program in self.scenario.processes:
            if program.console or (program.file.lower() in CONSOLES and not program.ended):
                self._put(self._host_of(self._names[program.name]))

    def _inherit(self, member: Member, depth: int = 0) -> None:
        """Take user and session from the parent where the story doesn't say them."""
        above = self._names.get(member.parent)
        if above and above.program and (not above.user or above.session is None) and depth < len(self.members):
            self._inherit(above, depth + 1)
        if not member.user:
            member.user = above.user if above and above.user else "system"
            if member.user.partition(":")[0] in ("font", "dwm"):
                member.user = "system"
        if member.session is None:
            own = self.sessions.get(member.user)
            shared = above.session if above and not above.phantom else None
            member.session = own if own is not None else shared or 0

    def _host_of(self, client: Member) -> Member:
        """The console host of a process: a child of it, begun a moment later."""
        name = f"{client.name}_console"
        return Member(
            name=name, path=f"{SYSTEM_32}conhost.exe", kept="conhost.exe", parent=client.name,
            created=client.created + self.draw(f"time {name}").randrange(90_000, 600_000), user=client.user,
            session=client.session, command="\\??\\C:\\Windows\\system32\\conhost.exe 0x4",
            integrity=client.integrity, threads=self.draw(f"threads {name}").randrange(3, 6),
            handles=self.draw(f"handles {name}").randrange(30, 44), own=True,
        )  # fmt: skip


def account_of(group: str) -> str:
    """The account under which svchost.exe runs a group of services."""
    for begin, account in ELEVATED_GROUPS.items():
        if group.startswith(begin) and not group.startswith("LocalSystem"):
            return account
    return "system"


def host_command(row: Row) -> str:
    """The command line of an svchost.exe."""
    named = f" -s {row.service}" if row.service else ""
    folder = "System32" if row.group == "utcsvc" else "system32"
    guarded = "" if row.group in ("termsvcs", "smbsvcs") else " -p"
    return f"C:\\Windows\\{folder}\\svchost.exe -k {row.command_group or row.group}{guarded}{named}"


def _named(row: Row, services: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    names = tuple(f"svchost_{each.lower()}" for each in services) if row.group else ()
    return row.name or names[0], names


def _program(row: Row, user: str) -> tuple[str, str]:
    if row.group:
        return SYSTEM_32 + SERVICE_HOST, host_command(row)
    if row.minimal:
        return "", ""
    path = (row.path or SYSTEM_32 + row.file).replace("<user>", user)
    return path, row.command.replace("<user>", user) or path


def _phantom(name: str, created: Filetime, *, since: Filetime = 0, own: bool = False) -> Member:
    return Member(
        name=name, path="", kept="", parent="", created=created, user="system", session=None, command="", phantom=True,
        since=since, own=own,
    )  # fmt: skip


def cast(scenario: WindowsScenario) -> Cast:
    """The processes of a scenario."""
    return Cast(scenario, Drawing(f"{scenario.name} {scenario.seed} {scenario.number}"))
