"""The hives of somebody's profile: what Explorer counted."""

import codecs
import struct
from typing import Final

from training.forge.windows.hive import Node, Stored
from training.forge.windows.plan import Counted, Filetime, Plan

USERASSIST: Final = "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist"
PROGRAMS: Final = "{CEBFF5CD-ACE2-4F4F-9178-9926F41749EA}"
SHORTCUTS: Final = "{F4E57C4B-2036-45F0-A9AB-443BCFE33D9F}"
GROUPS: Final = (
    "{9E04CAB2-CC14-11DF-BB8C-A2F1DED72085}",
    "{A3D53349-6E61-4557-8FC7-0028EDCEEBF6}",
    "{B267E3AD-A825-4A09-82B9-EEC22AA3B847}",
    "{BCB48336-4DDD-48FF-BB0B-D3190DACB3E2}",
    "{CAA59E3C-4792-41A5-9909-6A6A8D32490E}",
    PROGRAMS,
    "{F2A1CB5A-E3CC-4A2E-AF9D-505A7009D442}",
    SHORTCUTS,
    "{FA99DFC7-6AC2-453A-A5E2-5E2AFF4507BD}",
)
"""The keys below `USERASSIST` that every profile has."""

_BINARY: Final = 3
_DWORD: Final = 4
_SESSION: Final = 1612
_FOLDERS: Final = (
    ("C:\\Windows\\System32\\", "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\"),
    ("C:\\Windows\\SysWOW64\\", "{D65231B0-B2F1-4857-A4CE-A8E7C6EA7D27}\\"),
    ("C:\\Windows\\", "{F38BF404-1D43-42F2-9305-67DE0B28FC23}\\"),
    ("C:\\Program Files (x86)\\", "{7C5A40EF-A0FB-4BFC-874A-C0F2E0B9FA8E}\\"),
    ("C:\\Program Files\\", "{6D809377-6AF0-444B-8957-A3773F02200E}\\"),
)


def assisted(name: str) -> str:
    """The name of a program as Explorer counts it: below a known folder, by the number of that."""
    for folder, number in _FOLDERS:
        if name.lower().startswith(folder.lower()):
            return number + name[len(folder) :]
    return name


def write(root: Node, counted: list[Counted], made: Filetime, loaded: Filetime) -> None:
    """Write what Explorer counted for the user of a profile, made and last loaded at these times."""
    for group in GROUPS:
        root.put(f"{USERASSIST}\\{group}", made, (Stored("Version", _DWORD, struct.pack("<I", 5)),))
        mine = [each for each in counted if (SHORTCUTS if each.name.lower().endswith(".lnk") else PROGRAMS) == group]
        values = [Stored(codecs.encode(assisted(each.name), "rot_13"), _BINARY, _count(each)) for each in mine]
        if group == PROGRAMS:
            total = Counted(hive="", name="", count=0, focus=0, focus_ms=0, time=0)
            values.insert(0, Stored(codecs.encode("UEME_CTLCUACount:ctor", "rot_13"), _BINARY, _count(total)))
            session = struct.pack("<IIII", 0, *_totals(mine)).ljust(_SESSION, b"\0")
            values.append(Stored(codecs.encode("UEME_CTLSESSION", "rot_13"), _BINARY, session))
        newest = max((each.time for each in mine), default=loaded)
        root.put(f"{USERASSIST}\\{group}\\Count", newest, values, made=made)


def _totals(counted: list[Counted]) -> tuple[int, int, int]:
    counts, focuses = sum(each.count for each in counted), sum(each.focus for each in counted)
    return counts, focuses, sum(each.focus_ms for each in counted) & 0xFFFFFFFF


def _count(entry: Counted) -> bytes:
    """The 72 bytes of an entry: counts, time in focus, and when the program was last started."""
    head = struct.pack("<4I10fi", 0, entry.count, entry.focus, entry.focus_ms, *[-1.0] * 10, -1)
    return head + struct.pack("<Q4x", entry.time)


def of_hive(plan: Plan, name: str) -> list[Counted]:
    """The entries of a plan for the hive of a name."""
    return [each for each in plan.counted if each.hive.lower() == name.lower()]
