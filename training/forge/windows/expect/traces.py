"""Traces of files: file objects, records of the master file table, programs that the system came across."""

from collections.abc import Callable, Iterator

from training.forge.windows.expect.modules import RECORD
from training.forge.windows.expect.seen import moment
from training.forge.windows.expect.table import DEPTH, Cell, Expected, expect
from training.forge.windows.files import device_path
from training.forge.windows.hives import hives
from training.forge.windows.machine import Machine
from training.forge.windows.ntfs import numbered
from training.forge.windows.plan import Kind
from training.forge.windows.registry import HOME, file_of
from training.forge.windows.shimcache import DRIVER

_RECORD = {"Offset": "where in the memory of the machine a record lies"}


def filescan(machine: Machine) -> Expected:
    """File objects of the pool: one for each file that is in memory, and one for each handle to one with a name."""
    rows: list[tuple[Cell, ...]] = [
        (device_path(path)[1],) for path in {path.lower(): path for path in _files(machine)}.values()
    ]
    rows += [
        (held.handle.name,)
        for each in machine.processes.values()
        for held in each.handles
        if held.handle.kind == "File" and held.handle.name
    ]
    return expect(("Name",), rows, left_out={"Offset": RECORD})


def mftscan(machine: Machine) -> Expected:
    """Records of the master file table: the times of both attributes."""
    rows: list[tuple[Cell, ...]] = []
    for number, each in numbered(machine.plan.records):
        kind = "DirInUse" if each.directory else "File"
        head = ("FILE", number, 1, kind)
        times = (each.created, each.modified, each.changed or each.modified, each.accessed or each.modified)
        rows.append((0, *head, None, "STANDARD_INFORMATION", *map(moment, times), None))
        flags = "0x0" if each.directory else "Archive"
        rows.append((1, *head, flags, "FILE_NAME", *map(moment, [each.named_created] * 4), each.name))
    columns = (DEPTH, "Record Type", "Record Number", "Link Count", "MFT Type", "Permissions", "Attribute Type")
    return expect((*columns, "Created", "Modified", "Updated", "Accessed", "Filename"), rows, left_out=_RECORD)


def streams(machine: Machine) -> Expected:
    """Alternate data streams that lie in their record."""
    rows = [
        ("FILE", number, "DATA", each.name, name, content.hex(" "))
        for number, each in numbered(machine.plan.records)
        for name, content in each.streams
    ]
    columns = ("Record Type", "Record Number", "MFT Type", "Filename", "ADS Filename", "Hexdump")
    return expect(columns, rows, left_out=_RECORD)


def resident(machine: Machine) -> Expected:
    """Files that are small enough to lie in their record."""
    rows = [
        ("FILE", number, "DATA", each.name, each.content.hex(" "))
        for number, each in numbered(machine.plan.records)
        if each.content
    ]
    return expect(("Record Type", "Record Number", "MFT Type", "Filename", "Hexdump"), rows, left_out=_RECORD)


def shimcachemem(machine: Machine) -> Expected:
    """Programs that the system came across, the newest first. Whether they ran the reader can't tell."""
    there = any(each.path.lower().endswith(f"\\{DRIVER}") for each in machine.plan.modules)
    rows = [
        (order, moment(each.modified), None, None, None, each.path)
        for order, each in enumerate(machine.plan.shimmed if there else ())
    ]
    return expect(("Order", "Last Modified", "Last Update", "Exec Flag", "File Size", "File Path"), rows)


def _files(machine: Machine) -> Iterator[str]:
    """The paths of files that something is mapped from or cached of."""
    yield from (each.path for each in machine.plan.cached)
    for each in machine.processes.values():
        if each.plan.path:
            yield machine.images.image(each.plan.path).path
        if not each.living:
            continue
        yield from (machine.images.image(library.path).path for library in (*each.plan.libraries, *each.plan.wow64))
        yield from (area.file for area in each.plan.areas if area.kind is Kind.MAPPED and area.file)
        if each.plan.name == HOME:
            names = (file_of(loaded.name) for loaded in hives(machine.plan) if not loaded.volatile)
            yield from (name for name in names if name)


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.filescan": filescan,
    "windows.mftscan.MFTScan": mftscan,
    "windows.mftscan.ADS": streams,
    "windows.mftscan.ResidentData": resident,
    "windows.shimcachemem": shimcachemem,
}
