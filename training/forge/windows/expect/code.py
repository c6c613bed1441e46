"""Code: what programs import, what was overwritten in their libraries, and how they call the system."""

from collections.abc import Callable

from training.forge.windows import imports
from training.forge.windows.expect.seen import has_program, listed
from training.forge.windows.expect.table import Cell, Expected, expect
from training.forge.windows.machine import Machine

_RETURN = 0xC3


def iat(machine: Machine) -> Expected:
    """What each program imports."""
    rows = []
    for each in listed(machine):
        image = machine.images.planned(each.plan.path) if has_program(each) else None
        if image is None:
            continue
        rows += [
            (each.plan.pid, each.plan.name, library, False, function)
            for library, functions in imports.of(image)
            for function in functions
        ]
    why = {"Address": "where in an image its table of imports lies is the writer's choice"}
    return expect(("PID", "Name", "Library", "Bound", "Function"), rows, left_out=why)


def etwpatch(machine: Machine) -> Expected:
    """Functions that report events and were made to return at once."""
    rows: list[tuple[Cell, ...]] = []
    for each in listed(machine):
        for patch in each.plan.patches:
            library = next((entry for entry in each.entries if entry.name.lower() == patch.spot.image), None)
            portable = machine.images.image(library.path).portable if library else None
            if library is None or portable is None or patch.code[0] != _RETURN:
                continue
            rows += [
                (each.plan.pid, each.plan.name, library.name, name, library.base + place, "c3 (RET)")
                for name, place in portable.exports.items()
                if patch.spot.export == name or (not patch.spot.export and patch.spot.offset == place)
                if name.startswith(("Etw", "Event"))
            ]
    return expect(("PID", "Process", "DLL", "Function", "Offset", "Opcode"), rows)


def nothing(_: Machine) -> Expected:
    """What readers look for and no plan has: code that calls the system by itself, a changed logon."""
    return expect((), ())


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.iat": iat,
    "windows.etwpatch": etwpatch,
    "windows.malware.direct_system_calls": nothing,
    "windows.malware.indirect_system_calls": nothing,
    "windows.malware.skeleton_key_check": nothing,
}
