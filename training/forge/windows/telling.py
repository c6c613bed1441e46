"""The truth of a Windows machine, told from its plan. Nothing of it is read from the image."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from training.forge import windows_truth as told
from training.forge.truth import Address, Variable
from training.forge.windows.builds.load import build
from training.forge.windows.hives.sealing import nt_hash
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Endpoint, Process, Service
from training.forge.windows.planning import Story
from training.forge.windows.planning.moments import moment
from training.forge.windows.planning.people import LEVELS
from training.forge.windows.planning.regions import INERT, MARK_AT

KINDS: Final = {
    1: "SERVICE_KERNEL_DRIVER",
    2: "SERVICE_FILE_SYSTEM_DRIVER",
    16: "SERVICE_WIN32_OWN_PROCESS",
    32: "SERVICE_WIN32_SHARE_PROCESS",
}
STARTS: Final = (
    "SERVICE_BOOT_START",
    "SERVICE_SYSTEM_START",
    "SERVICE_AUTO_START",
    "SERVICE_DEMAND_START",
    "SERVICE_DISABLED",
)
STATES: Final = {1: "SERVICE_STOPPED", 4: "SERVICE_RUNNING"}
READINGS: Final = (
    "pebmasquerade shows a wrong length of the image path under the command line, and the reverse.",
    "pebmasquerade says of a changed path with right lengths that it is none: the two paths tell.",
    "scheduled_tasks shows the time of creation under the last run, and the reverse.",
    "scheduled_tasks shows only the last part of a task's name, and no task whose action has no arguments.",
    "pslist and pstree show no number of handles.",
    "processghosting shows each finding twice, and callbacks each routine of processes, threads and images twice.",
    "netscan shows a listener on the null address of IPv6 as two rows, one for each protocol.",
    "shimcachemem shows no flag of execution, and amcache neither a link date nor an install date.",
    "dumpfiles gives whole pages: the rest of the last one is zero.",
    "psxview leaves out each process whose name has a digit, a hyphen or an underscore.",
    "hashdump shows the hash of an empty password where none is stored.",
)
_ANY: Final = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - what a socket shows that is bound to no address


def tell(story: Story) -> told.WindowsTruth:
    """The truth of a story."""
    return _Teller(story).truth()


class _Teller:
    def __init__(self, story: Story) -> None:
        self.story = story
        self.plan = story.plan
        self.scenario = story.scenario
        self.by_name = {name: each for each in self.plan.processes for name in each.labels}
        self.own = {each.name for each in self.scenario.processes}
        self.sockets = [self._socket(name, each) for name, each in story.network.endpoints]

    def truth(self) -> told.WindowsTruth:
        plan, scenario, known = self.plan, self.scenario, build(self.plan.host.build)
        planted: dict[str, told.WindowsPlanted | tuple[told.WindowsPlanted, ...]] = {
            each.name: self._planted(each.name) for each in scenario.processes
        }
        for name, which in scenario.planted.items():
            planted[name] = (
                self._planted(which) if isinstance(which, str) else tuple(self._planted(each) for each in which)
            )
        return told.WindowsTruth(
            host=plan.host.name,
            release=f"10.0.{known.shown}",
            kernel=known.lab,
            booted=moment(plan.host.booted),
            frozen=moment(plan.host.frozen),
            clock_offset=plan.host.offset,
            drawn=scenario.drawn,
            processes=tuple(told.WindowsProcess(**self._process(each)) for each in plan.processes),
            sockets=tuple(self.sockets),
            modules=tuple(self._modules()),
            environment=tuple(self._environment()),
            addresses=tuple(self._addresses()),
            events={name: each.timestamp() for name, each in scenario.events.items()},
            planted=planted,
            windows=self._windows(),
        )

    def _process(self, each: Process) -> dict[str, Any]:
        level = next((sid for sid, _ in each.token.groups if sid in LEVELS.values()), "")
        consoles = (one.console for one in self.plan.processes if one.console)
        console = next((one for one in consoles if one.client == each.pid), None)
        return {
            "pid": each.pid,
            "ppid": each.ppid,
            "comm": each.name,
            "file": each.path.rpartition("\\")[2],
            "exe": each.path,
            "device": f"\\Device\\HarddiskVolume3{each.path[2:]}" if each.path else "",
            "shown": each.shown or each.path,
            "line": each.command_line,
            "cwd": "" if each.minimal or each.exited else each.directory,
            "started": moment(each.created),
            "ended": moment(each.exited) if each.exited else None,
            "threads": tuple(one.tid for one in each.threads),
            "session": each.session,
            "sid": each.token.user,
            "user": self._user(each.token.user),
            "integrity": next((name for name, sid in LEVELS.items() if sid == level), ""),
            "groups": tuple(sid for sid, _ in each.token.groups),
            "privileges": tuple(one.name for one in each.token.privileges if one.enabled),
            "listed": each.listed,
            "alive": not each.exited,
            "wow64": bool(each.wow64),
            "hollow": each.hollow,
            "ghosted": each.ghosted,
            "commands": console.commands if console and not each.exited else (),
        }

    def _user(self, sid: str) -> str:
        people, users = self.story.people, ("system", "local_service", "network_service", *self.scenario.users)
        found = next((name for name in users if people.sid(name) == sid), None)
        if found is not None:
            return people.shown(found)
        kind = "font" if sid.startswith("S-1-5-96-") else "dwm"
        return people.shown(f"{kind}:{sid.rpartition('-')[2]}")

    def _planted(self, name: str) -> told.WindowsPlanted:
        each = self.by_name[name]
        program = self.scenario.process(name)
        ancestors: list[int] = []
        above = each
        while above.ppid and len(ancestors) <= len(self.plan.processes):
            ancestors.append(above.ppid)
            parent = self.story.cast.parent_of(self.story.cast[above.labels[0]])
            if parent is None or parent.phantom:
                break
            above = self.by_name[parent.name]
        creator = self.by_name[program.creator].pid if program and program.creator else each.ppid
        console = self.by_name.get(f"{name}_console")
        return told.WindowsPlanted(
            **self._process(each),
            creator=creator,
            ancestors=tuple(ancestors),
            children=tuple(
                sorted(one.pid for one in self.plan.processes if one.ppid == each.pid and one.created >= each.created)
            ),
            console=console.pid if console else 0,
            connections=tuple(one for one in self.sockets if one.pid == each.pid),
        )

    def _socket(self, name: str, each: Endpoint) -> told.WindowsSocket:
        version = 6 if ":" in each.local[0] else 4
        remote = (each.remote[0] or _ANY[version], each.remote[1])
        return told.WindowsSocket(
            name=name,
            protocol=each.protocol + ("6" if version == 6 else ""),  # noqa: PLR2004 - a version
            local_address=each.local[0],
            local_port=each.local[1],
            remote_address=remote[0],
            remote_port=remote[1],
            local=_end(each.local),
            remote=_end(remote),
            state=each.state,
            pid=each.pid,
            created=moment(each.created),
            live=each.live,
        )

    def _modules(self) -> Iterator[told.WindowsModule]:
        own = {each.file.lower() for each in self.scenario.modules}
        for each in self.plan.modules:
            name = each.path.rpartition("\\")[2]
            yield told.WindowsModule(
                name=name,
                path=each.path,
                size=each.size,
                driver=each.driver,
                listed=each.listed,
                planted=name.lower() in own,
            )

    def _environment(self) -> Iterator[Variable]:
        for name in sorted(self.own):
            each = self.by_name[name]
            yield from (Variable(pid=each.pid, key=key, value=value) for key, value in each.environment)

    def _addresses(self) -> Iterator[Address]:
        for each in self.scenario.machine.addresses:
            address, _, prefix = each.partition("/")
            yield Address(interface="Ethernet0", address=address, prefix=int(prefix))

    def _windows(self) -> told.Windows:
        scenario, traces = self.scenario, self.story.traces
        return told.Windows(
            domain=self.plan.host.domain,
            role=scenario.machine.role,
            build=scenario.machine.build,
            users={self.story.people.sid(name): self.story.people.shown(name) for name in scenario.users},
            services=tuple(self._service(each) for each in self.plan.services),
            tasks=tuple(self._tasks()),
            values=tuple(self._values()),
            accounts=tuple(self._accounts()),
            secrets=tuple(told.Secret(name=each.name, planted=True) for each in self.plan.secrets),
            logons=tuple(
                told.Logon(user=each.user, domain=each.domain, hash=each.hash.hex()) for each in self.plan.logons
            ),
            endpoints=tuple(each for each in self.sockets if each.name),
            files=tuple(self._files()),
            cached=tuple(_cached(each.path, each.content) for each in self.plan.cached),
            counted=tuple(
                told.Counted(
                    user=each.hive.split("\\")[-2], program=each.name, count=each.count, focus=each.focus,
                    focus_ms=each.focus_ms, time=moment(each.time), planted=planted,
                )
                for each, planted in traces.counted()
            ),
            known=tuple(
                told.Known(
                    path=each.path, sha1=each.sha1, time=moment(each.time), product=each.product,
                    publisher=each.publisher, planted=planted,
                )
                for each, planted in traces.known()
            ),
            shimmed=tuple(
                told.Shimmed(path=each.path, modified=moment(each.modified), order=order, planted=planted)
                for order, (each, planted) in enumerate(traces.shimmed())
            ),
            callbacks=tuple(self._callbacks()),
            hooks=tuple(self._hooks()),
            regions=tuple(self._regions()),
            handles=tuple(self._handles()),
            libraries=tuple(self._libraries()),
            readings=READINGS,
        )  # fmt: skip

    def _service(self, each: Service) -> told.Service:
        return told.Service(
            name=each.name,
            display=each.display,
            kind=KINDS[each.kind],
            start=STARTS[each.start],
            state=STATES[each.state],
            binary=each.binary,
            library=each.library,
            account=each.account,
            pid=each.pid,
            time=moment(each.time),
            listed=each.listed,
            planted=any(one.name == each.name for one in self.scenario.services),
        )

    def _tasks(self) -> Iterator[told.Task]:
        for each, planted in self.story.traces.tasks():
            yield told.Task(
                path=each.path,
                name=each.path.rpartition("\\")[2],
                command=each.command,
                arguments=each.arguments,
                trigger=each.trigger,
                user=each.user,
                created=moment(each.created),
                last_run=moment(each.last_run),
                planted=planted,
            )

    def _values(self) -> Iterator[told.RegistryValue]:
        own = {(*self.story.traces.place(each), name) for each in self.scenario.registry for name in each.values}
        for hive in self.plan.hives:
            for key in hive.keys:
                for value in key.values:
                    yield told.RegistryValue(
                        hive=hive.name,
                        key=key.path,
                        name=value.name,
                        kind=value.kind,
                        data=_shown(value.data),
                        time=moment(key.time),
                        planted=(hive.name, key.path, value.name) in own,
                    )

    def _accounts(self) -> Iterator[told.Account]:
        for each, planted in self.story.traces.accounts():
            yield told.Account(
                name=each.name,
                rid=each.rid,
                nthash=nt_hash(each.password or "").hex(),
                empty=each.password == "",
                stored=each.password is not None,
                planted=planted,
            )

    def _files(self) -> Iterator[told.File]:
        for path, each, planted in self.story.traces.records():
            yield told.File(
                path=path,
                name=each.name,
                size=each.size,
                created=moment(each.created),
                modified=moment(each.modified),
                named_created=moment(each.named_created),
                streams={name: content.decode() for name, content in each.streams},
                planted=planted,
            )

    def _callbacks(self) -> Iterator[told.Callback]:
        baseline = len(self.plan.callbacks) - len(self.scenario.callbacks)
        for place, each in enumerate(self.plan.callbacks):
            yield told.Callback(kind=each.kind, module=each.routine.image, planted=place >= baseline)

    def _hooks(self) -> Iterator[told.Hook]:
        numbers = build(self.plan.host.build).syscalls
        for each in self.plan.hooks:
            yield told.Hook(function=each.function, number=numbers[each.function], module=each.routine.image)

    def _regions(self) -> Iterator[told.Region]:
        for each in self.plan.processes:
            program = next((one for one in self.scenario.processes if one.name in each.labels), None)
            wanted = {one.name: one for one in program.areas} if program else {}
            for area in each.areas:
                own = wanted.get(area.label) if area.label else None
                if own is None and "EXECUTE" not in area.protection:
                    continue
                said = area.content[MARK_AT:].removeprefix(INERT).strip().decode("ascii", "replace")
                yield told.Region(
                    pid=each.pid,
                    comm=each.name,
                    name=area.label,
                    protection=f"PAGE_{area.protection}",
                    size=area.size,
                    text=own.text if own else said,
                    begins=own.begins if own else "function",
                    mapped=area.kind == "mapped",
                    planted=own is not None,
                )

    def _handles(self) -> Iterator[told.Handle]:
        for each in self.plan.processes:
            given = len(self.story.holding.of(self.story.cast[each.labels[0]])) if not each.exited else 0
            for place, handle in enumerate(each.handles):
                planted = place >= len(each.handles) - given
                if planted and handle.kind == "Event" and not handle.name:
                    continue
                if planted or (handle.kind == "Process" and handle.pid != each.pid):
                    yield told.Handle(
                        pid=each.pid,
                        comm=each.name,
                        kind=handle.kind,
                        access=handle.access,
                        name=handle.name,
                        target=handle.pid,
                        planted=planted,
                    )

    def _libraries(self) -> Iterator[told.Mapped]:
        for name in sorted(self.own):
            each = self.by_name[name]
            for library in (*each.libraries, *each.wow64):
                yield told.Mapped(
                    pid=each.pid,
                    path=library.path,
                    device=library.path[2:],
                    loaded=moment(library.loaded),
                    in_load=library.in_load,
                    in_init=library.in_init,
                    in_memory=library.in_memory,
                )


def _end(end: tuple[str, int]) -> str:
    address, port = end
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _shown(data: object) -> str:
    if isinstance(data, bytes):
        return data.hex(" ")
    return "; ".join(data) if isinstance(data, tuple) else str(data)


def _cached(path: str, content: bytes) -> told.CachedFile:
    whole = content + bytes(-len(content) % PAGE)
    return told.CachedFile(
        path=path,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        dumped_size=len(whole),
        dumped_sha256=hashlib.sha256(whole).hexdigest(),
    )
