"""Processes: the kernel's record of each, with everything that hangs from it.

`open_` lays all processes out. Rooms that write into their memory (services, console, hives) come after it. `close`
then writes what counts everything up: trees of areas, and tables of handles.
"""

from typing import Final

from training.forge.windows import areas, handles, loader, threads, tokens, wow64
from training.forge.windows.files import VOLUME
from training.forge.windows.layout import ring
from training.forge.windows.machine import Machine
from training.forge.windows.memory import Space
from training.forge.windows.plan import Process
from training.forge.windows.written import Written

SYSTEM: Final = 4
"""The number of the process that the kernel itself runs in."""

_NAME: Final = 14
_OBJECT: Final = 3
_PRIORITY: Final = 8
_CLASS: Final = 2
_FLAGS: Final = 0x144D0C01
_REFERENCES: Final = 0xF
_IDENTIFIER: Final = 2


def open_(machine: Machine) -> None:
    """Lay out all processes of the plan, in its order, and link those that are listed."""
    for index, planned in enumerate(machine.plan.processes):
        with machine.part(machine.key(planned)):
            machine.processes[index] = _open(machine, planned)
    _link(machine)


def close(machine: Machine) -> None:
    """Write the handle tables and the trees of areas of all processes, and end their heaps."""
    handles.write(machine)
    for written in machine.processes.values():
        with machine.part(machine.key(written.plan)):
            if written.heap is not None:
                loader.end(written)
            if written.living:
                areas.write_tree(machine, written)
                _count(written)


def _count(written: Written) -> None:
    """What all areas come to."""
    written.struct.set(
        VirtualSize=sum(each.size for each in written.areas),
        PeakVirtualSize=sum(each.size for each in written.areas),
        CommitCharge=sum(each.commit for each in written.areas),
        ActiveThreadsHighWatermark=len(written.threads),
    )


def _open(machine: Machine, planned: Process) -> Written:
    space = machine.kernel if planned.pid == SYSTEM and not planned.exited else machine.space()
    written = Written(plan=planned, struct=machine.object("Process", "_EPROCESS"), space=space)
    _describe(machine, written, space)
    written.token = tokens.write(machine, planned)
    written.struct.put("Token.Value", written.token | _REFERENCES)
    _name(machine, written)
    if planned.exited:
        threads.write(machine, written)
        return written
    if planned.pid != SYSTEM:
        areas.shared(machine, written)
    if planned.minimal:
        loader.map_only(machine, written)
    else:
        loader.write(machine, written)
        if planned.wow64:
            wow64.write(machine, written)
        written.struct.set(Peb=written.peb, SectionBaseAddress=written.image_base)
    for area in planned.areas:
        areas.add(machine, written, area)
    threads.write(machine, written)
    return written


def _describe(machine: Machine, written: Written, space: Space) -> None:
    planned, process = written.plan, written.struct
    process.set(
        UniqueProcessId=planned.pid,
        InheritedFromUniqueProcessId=planned.ppid,
        ImageFileName=planned.name.encode("latin-1", "replace")[:_NAME],
        ExitStatus=planned.exit_status,
        PriorityClass=_CLASS,
        Flags=_FLAGS,
    )
    process.put("CreateTime.QuadPart", planned.created)
    process.put("ExitTime.QuadPart", planned.exited)
    process.put("Pcb.Header.Type", _OBJECT)
    process.put("Pcb.DirectoryTableBase", space.top | _IDENTIFIER)
    process.put("Pcb.BasePriority", _PRIORITY)
    if planned.session is not None:
        process.set(Session=machine.sessions[planned.session])


def _name(machine: Machine, written: Written) -> None:
    """The file of the program as the kernel knows it: what it told the audit, and the file object itself."""
    path = written.plan.path
    audited = machine.new("_OBJECT_NAME_INFORMATION", b"SeOn", machine.paged)
    written.struct.put("SeAuditProcessCreationInfo.ImageFileName", audited)
    if not path:
        return
    machine.text(audited, "Name", f"\\Device\\{VOLUME}{path[2:]}")
    section = machine.images.image(path)
    written.struct.set(ImageFilePointer=section.file)
    if written.plan.ghosted:
        machine.struct("_FILE_OBJECT", section.file).set(DeletePending=1)


def _link(machine: Machine) -> None:
    """Link the listed processes into the kernel's ring; each of the others is a ring of its own."""
    head = machine.symbol("PsActiveProcessHead", 16)
    listed = [each for each in machine.processes.values() if each.plan.listed]
    ring(machine.kernel, [head, *(each.struct.at("ActiveProcessLinks") for each in listed)])
    for each in machine.processes.values():
        if not each.plan.listed:
            ring(machine.kernel, [each.struct.at("ActiveProcessLinks")])
    system = next((each for each in listed if each.plan.pid == SYSTEM), None)
    if system is not None:
        machine.store("PsInitialSystemProcess", system.address)
