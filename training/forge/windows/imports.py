"""What programs import: the directory of it in an image, and a usual set for those of which the plan says nothing."""

import hashlib
import struct
from collections.abc import Sequence
from random import Random
from typing import Final

from training.forge.windows.plan import ImageFile

Imports = Sequence[tuple[str, Sequence[str]]]
"""Names of functions by the library that they are taken from, in the order of the directory."""

DESCRIPTOR: Final = 0x14

_NATIVE: Final = frozenset({"smss.exe", "csrss.exe", "autochk.exe"})
"""Programs that run before, or beneath, the subsystem of the others and know ntdll.dll only."""
# Programs take a stretch of the names, which follow the alphabet: images with equal runs of bytes pack well.
_USUAL: Final[dict[str, str]] = {
    "KERNEL32.dll": (
        "CloseHandle CreateEventW CreateFileW DeleteCriticalSection FreeLibrary GetCommandLineW GetCurrentProcess "
        "GetCurrentProcessId GetCurrentThreadId GetLastError GetModuleFileNameW GetModuleHandleW GetProcAddress "
        "GetProcessHeap GetSystemTimeAsFileTime GetTickCount HeapAlloc HeapFree HeapSetInformation "
        "InitializeCriticalSection LoadLibraryExW LocalFree QueryPerformanceCounter SetEvent SetLastError "
        "SetUnhandledExceptionFilter Sleep TerminateProcess UnhandledExceptionFilter WaitForSingleObject"
    ),
    "msvcrt.dll": (
        "_XcptFilter __C_specific_handler __set_app_type __setusermatherr __wgetmainargs _amsg_exit _cexit _exit "
        "_initterm _vsnwprintf _wcsicmp _wcsnicmp exit free malloc memcpy memmove memset wcschr wcsrchr"
    ),
    "ntdll.dll": (
        "EtwEventRegister EtwEventWrite NtClose NtOpenProcessToken NtQueryInformationProcess RtlCaptureContext "
        "RtlFreeHeap RtlInitUnicodeString RtlLookupFunctionEntry RtlNtStatusToDosError RtlVirtualUnwind"
    ),
    "ADVAPI32.dll": (
        "EventRegister EventUnregister EventWrite OpenProcessToken RegCloseKey RegCreateKeyExW RegOpenKeyExW "
        "RegQueryValueExW RegSetValueExW"
    ),
    "RPCRT4.dll": "I_RpcMapWin32Status NdrClientCall3 RpcBindingFree RpcServerListen RpcServerRegisterIf3",
    "USER32.dll": "CreateWindowExW DefWindowProcW DispatchMessageW GetMessageW LoadStringW PostMessageW",
}
_ALWAYS: Final = ("KERNEL32.dll", "msvcrt.dll", "ntdll.dll")


def of(image: ImageFile) -> Imports:
    """What an image imports: as the plan says, else a usual set for a program, and nothing for anything else."""
    name = image.path.rpartition("\\")[2].lower()
    if image.imports or not name.endswith(".exe"):
        return image.imports
    draw = Random(hashlib.sha256(image.path.lower().encode()).digest())  # noqa: S311 - drawn again from the same path
    libraries = ["ntdll.dll"]
    if name not in _NATIVE:
        libraries = [library for library in _USUAL if library in _ALWAYS or draw.randrange(2)]
    found = []
    for library in libraries:
        names = _USUAL[library].split()
        count = len(names) * 2 // 3
        first = draw.randrange(len(names) - count + 1)
        found.append((library, names[first : first + count]))
    return found


def directory(start: int, imports: Imports, bits: int) -> bytes:
    """The directory for a place in an image, with the names behind it and the table of addresses as on disk.

    It begins with one descriptor of `DESCRIPTOR` bytes for each library and an empty one.
    """
    width, form = (8, "<Q") if bits == 64 else (4, "<I")  # noqa: PLR2004 - the width itself
    lookups = start + DESCRIPTOR * (len(imports) + 1)
    size = sum(width * (len(names) + 1) for _, names in imports)
    addresses, text = lookups + size, bytearray()
    texts = addresses + size
    table, thunks = b"", b""
    for library, names in imports:
        place = len(thunks)
        for name in names:
            thunks += struct.pack(form, texts + len(text))
            text += b"\0\0" + name.encode() + (b"\0\0" if len(name) % 2 == 0 else b"\0")
        thunks += bytes(width)
        table += struct.pack("<IIIII", lookups + place, 0, 0, texts + len(text), addresses + place)
        text += library.encode() + (b"\0\0" if len(library) % 2 == 0 else b"\0")
    return table + bytes(DESCRIPTOR) + thunks + thunks + bytes(text)
