"""What the libraries of Windows export: their system calls, and functions that those who attack or defend change.

The code does nothing: a system call's stub is as in Windows, all others return at once that they have succeeded.
"""

import struct
from typing import Final

from training.forge.windows.builds.load import Build
from training.forge.windows.plan import ImageFile

QUIET: Final = bytes.fromhex("4883ec28 33c0 4883c428 c3")
"""Make room on the stack, result 0, give the room back, return."""

_STUB: Final = bytes.fromhex("4c8bd1 b8"), bytes.fromhex("f604250803fe7f01 7503 0f05 c3 cd2e c3")
_ALSO: Final = ("TraceControl", "TraceEvent")
"""System calls that are exported under the second of their names as well."""
# EtwpEventWriteFull is not exported by Windows: readers look for it in symbols, and without any in every process anew.
_FUNCTIONS: Final[dict[str, str]] = {
    "ntdll.dll": (
        "EtwEventRegister EtwEventWrite EtwEventWriteFull EtwEventWriteTransfer EtwpEventWriteFull LdrGetDllHandle "
        "LdrGetProcedureAddress LdrLoadDll LdrUnloadDll RtlAllocateHeap RtlCaptureContext RtlCreateUserThread "
        "RtlFreeHeap RtlInitUnicodeString RtlLookupFunctionEntry RtlNtStatusToDosError RtlUserThreadStart "
        "RtlVirtualUnwind"
    ),
    "kernel32.dll": (
        "CreateFileW CreateProcessW CreateRemoteThread GetModuleHandleW GetProcAddress LoadLibraryExW LoadLibraryW "
        "OpenProcess ReadProcessMemory Sleep VirtualAllocEx VirtualProtect VirtualProtectEx WriteProcessMemory"
    ),
    "advapi32.dll": "EventRegister EventWrite OpenProcessToken RegOpenKeyExW RegQueryValueExW TraceEvent",
    "amsi.dll": ("AmsiCloseSession AmsiInitialize AmsiOpenSession AmsiScanBuffer AmsiScanString AmsiUninitialize"),
}


def of(build: Build, image: ImageFile) -> dict[str, bytes]:
    """The code of each function that an image exports, by name; of a 32-bit one, and of others, nothing."""
    name = image.path.rpartition("\\")[2].lower()
    if image.bits == 32:  # noqa: PLR2004 - the width itself
        return {}
    found = dict.fromkeys(_FUNCTIONS.get(name, "").split(), QUIET)
    if name == "ntdll.dll":
        found |= {call: stub(number) for call, number in build.syscalls.items()}
        found |= {f"Zw{call}": stub(build.syscalls[f"Nt{call}"]) for call in _ALSO}
    return found


def stub(number: int) -> bytes:
    """The code by which a program makes a system call: its number into a register, then into the kernel."""
    return _STUB[0] + struct.pack("<I", number) + _STUB[1]
