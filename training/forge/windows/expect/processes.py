"""Processes as readers list them, by the kernel's ring, by scanning, as a tree, by jobs and by sessions."""

from collections.abc import Callable

from training.forge.windows.expect.seen import (
    DISABLED,
    device_path,
    has_program,
    listed,
    low,
    moment,
    narrow,
    shown_path,
)
from training.forge.windows.expect.table import DEPTH, Cell, Expected, expect
from training.forge.windows.machine import Machine
from training.forge.windows.privileges import PRIVILEGES
from training.forge.windows.written import Written

_LIST = (
    "PID",
    "PPID",
    "ImageFileName",
    "Offset(V)",
    "Threads",
    "Handles",
    "SessionId",
    "Wow64",
    "CreateTime",
    "ExitTime",
)
_FIRST_PRIVILEGE = 2
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ. ")


def pslist(machine: Machine) -> Expected:
    """The ring. The count of handles is never shown for this Windows."""
    return expect(_LIST, map(_process, listed(machine)), always=DISABLED)


def psscan(machine: Machine) -> Expected:
    """All processes whose record is in the pool, those that are hidden and those that have ended too."""
    return expect(_LIST, map(_process, machine.processes.values()), always=DISABLED)


def pstree(machine: Machine) -> Expected:
    """The ring as a tree. A number that was used again hangs its children under whoever has it now."""
    known = {each.plan.pid: each for each in listed(machine)}
    rows = []
    for each in known.values():
        program = has_program(each)
        command = each.plan.command_line if program else None
        path = shown_path(each.plan) if program else None
        rows.append((_depth(known, each), *_process(each), device_path(each.plan.path), command, path))
    return expect((DEPTH, *_LIST, "Audit", "Cmd", "Path"), rows)


def cmdline(machine: Machine) -> Expected:
    """The command line in the memory of each program."""
    rows = (
        (each.plan.pid, each.plan.name, (each.plan.command_line or None) if has_program(each) else None)
        for each in listed(machine)
    )
    return expect(("PID", "Process", "Args"), rows)


def envars(machine: Machine) -> Expected:
    """The environment; a variable without a value is not shown."""
    rows = [
        (each.plan.pid, each.plan.name, name, value)
        for each in listed(machine)
        if has_program(each)
        for name, value in each.plan.environment
        if name and value
    ]
    why = {"Block": "an address in the heap of the program, where the writer puts one thing behind the other"}
    return expect(("PID", "Process", "Variable", "Value"), rows, left_out=why)


def sessions(machine: Machine) -> Expected:
    """Sessions, with user and kind as the environment of each program gives them."""
    columns = ("Session ID", "Session Type", "Process ID", "Process", "User Name", "Create Time")
    return expect(columns, (_in_session(each) for each in listed(machine)))


def privileges(machine: Machine) -> Expected:
    """Every privilege that Windows knows, for every process, with what its token says of it."""
    rows = []
    for each in listed(machine):
        held = {one.name: one for one in each.plan.token.privileges}
        for number, name in enumerate(PRIVILEGES, _FIRST_PRIVILEGE):
            one = held.get(name)
            words = [] if one is None else ["Present", *["Enabled"] * one.enabled, *["Default"] * one.by_default]
            rows.append((each.plan.pid, each.plan.name, number, name, ",".join(words)))
    why = {"Description": "the reader's own words for a privilege"}
    return expect(("PID", "Process", "Value", "Privilege", "Attributes"), rows, left_out=why)


def joblinks(machine: Machine) -> Expected:
    """Each process of a job, and under it all of the job that live."""
    columns = (DEPTH, "Offset(V)", "Name", "PID", "PPID", "Sess", "JobSess", "Wow64", "Total", "Active", "Term")
    rows: list[tuple[Cell, ...]] = []
    jobs = _jobs(machine)
    for each in listed(machine):
        job = jobs.get(each.address)
        if not job:
            continue
        living = [member for member in job if member.living]
        counts = (len(job), len(living), len(job) - len(living))
        rows.append((0, *_member(each, job[0].plan.session or 0, counts), None, "(Original Process)"))
        rows += [(1, *_member(member, 0, (0, 0, 0)), "Yes", shown_path(member.plan)) for member in living]
    return expect((*columns, "JobLink", "Process"), rows)


def pebmasquerade(machine: Machine) -> Expected:
    """The path that the kernel keeps beside that of the program's memory, whose texts have the lengths they say."""
    rows = [
        (each.plan.pid, each.plan.name, device_path(each.plan.path), _own_path(each), False, False)
        for each in listed(machine)
    ]
    columns = ("PID", "EPROCESS_ImageFileName", "EPROCESS_SeAudit_ImageFileName", "PEB_ImageFilePath")
    return expect((*columns, "PEB_ImageFilePath_Spoofed", "PEB_CommandLine_Spoofed"), rows)


def psxview(machine: Machine) -> Expected:
    """By which ways a process is found. The reader leaves out names with anything but letters, dots and spaces."""
    held = {
        handle.body
        for each in listed(machine)
        if each.plan.name == "csrss.exe"
        for handle in each.handles
        if handle.handle.kind == "Process"
    }
    rows = []
    for each in machine.processes.values():
        if not _LETTERS.issuperset(each.plan.name):
            continue
        exited = (moment(each.plan.exited) or "").replace("T", " ")
        ways = (each.plan.listed, True, bool(each.plan.threads), each.address in held)
        rows.append((low(each.address), each.plan.name, each.plan.pid, *ways, exited))
    columns = ("Offset(Virtual)", "Name", "PID", "pslist", "psscan", "thrdscan", "csrss", "Exit Time")
    return expect(columns, rows)


def _process(written: Written) -> tuple[Cell, ...]:
    plan = written.plan
    living = sum(1 for each in plan.threads if not each.exited)
    return (
        plan.pid,
        plan.ppid,
        plan.name,
        low(written.address),
        living,
        None,
        plan.session,
        narrow(written),
        moment(plan.created),
        moment(plan.exited),
    )


def _depth(known: dict[int, Written], written: Written) -> int:
    """How many processes of the ring stand above one."""
    seen = {written.plan.pid}
    above = written.plan.ppid
    while above in known and above not in seen:
        seen.add(above)
        above = known[above].plan.ppid
    return len(seen) - 1


def _in_session(written: Written) -> tuple[Cell, ...]:
    found = {}
    if has_program(written):
        found = {name.lower(): value for name, value in written.plan.environment}
    user = f"{found.get('userdomain', '')}/{found.get('username', '')}"
    plan = written.plan
    kind = found.get("sessionname")
    return (plan.session, kind, plan.pid, plan.name, None if user == "/" else user, moment(plan.created))


def _jobs(machine: Machine) -> dict[int, list[Written]]:
    """The members of the job of each process, by its address; the last job that names it."""
    found = {}
    for numbers in machine.plan.jobs:
        members = [machine.process(pid) for pid in numbers]
        for each in members:
            found[each.address] = members
    return found


def _member(written: Written, session: int, counts: tuple[int, int, int]) -> tuple[Cell, ...]:
    plan = written.plan
    head = (low(written.address), plan.name, plan.pid, plan.ppid, plan.session, session, narrow(written))
    return (*head, *counts)


def _own_path(written: Written) -> str | None:
    return shown_path(written.plan) if has_program(written) else None


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.pslist": pslist,
    "windows.psscan": psscan,
    "windows.pstree": pstree,
    "windows.cmdline": cmdline,
    "windows.envars": envars,
    "windows.sessions": sessions,
    "windows.privileges": privileges,
    "windows.joblinks": joblinks,
    "windows.malware.pebmasquerade": pebmasquerade,
    "windows.malware.psxview": psxview,
}
