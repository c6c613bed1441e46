"""The words of Windows scenarios: moments with a distance, paths, keys, ends of connections, names."""

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from training.forge.scenario.words import Utc, form, is_documentation

_DISTANCE = re.compile(r"^(\S+) +([+-])(?=[0-9])(?:([0-9]{1,5})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,6})s)?$")
_END = re.compile(r"^(?:\[([0-9a-fA-F:]{2,39})\]|([0-9.]{7,15})):([0-9]{1,5})$")
MOST_PORT = 65535


def _moment(given: Any) -> Any:
    """A time, or a time and a distance from it, as a time; what is neither is left to be refused as one."""
    if not isinstance(given, str) or " " not in given.strip():
        return given
    found = _DISTANCE.fullmatch(given.strip())
    if found is None:
        raise ValueError("a distance follows its time after a space: 2026-03-10T12:07:03Z +1h2m3s, or -40s")
    base = datetime.fromisoformat(found[1])
    if base.utcoffset() is None:
        raise ValueError("must be a time in UTC with its Z: 2026-03-10T12:07:03Z +18s")
    hours, minutes, seconds = (int(found[number] or 0) for number in (3, 4, 5))
    distance = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    try:
        return base.astimezone(UTC) + (distance if found[2] == "+" else -distance)
    except OverflowError as error:
        raise ValueError("lies outside the years that a time can have") from error


def _end(text: str) -> str:
    end_of(text)
    return text


def end_of(text: str) -> tuple[str, int]:
    """Address and port of an end that is written ``192.0.2.7:445`` or ``[2001:db8::7]:445``."""
    found = _END.fullmatch(text)
    if found is None:
        raise ValueError("must be an address and a port: 192.0.2.7:445 or [2001:db8::7]:445")
    address = ipaddress.ip_address(found[1] or found[2])
    if not (is_documentation(address) or address.is_loopback or address.is_unspecified):
        raise ValueError(f"{address} is not from the ranges kept for documentation")
    if not 0 < int(found[3]) <= MOST_PORT:
        raise ValueError(f"the port must be 1 to {MOST_PORT}")
    if str(address) != (found[1] or found[2]):
        raise ValueError(f"write it as {address}: the shortest form is the one that others are compared with")
    return str(address), int(found[3])


_SEEN = "\\x20-\\x7e\u00c0-\u024f"
_PART = r'[^\x00-\x1f<>:"/\\|?*\x7f]{1,120}'
_PATH = form(
    rf"^[A-Z]:(\\{_PART}){{1,16}}$", r"a path with its drive, without a quote: C:\Users\m.roth\Downloads\note.docm"
)
_NATIVE = form(
    r"^[\x20-\x7e]{1,400}$", r"printable ASCII, at most 400 characters: \??\C:\Windows\System32\drivers\afd.sys"
)
_KEY = form(
    r"^(HKLM\\(SOFTWARE|SYSTEM)|HKCU)(\\[^\x00-\x1f\\]{1,255}){1,24}$",
    r"a key below HKLM\SOFTWARE, HKLM\SYSTEM or HKCU: HKCU\Software\Microsoft\Windows\CurrentVersion\Run",
)
_HOST = form(r"^[A-Z][A-Z0-9-]{0,14}$", "capitals, digits and hyphens, at most 15: WS-LIT-04")
_DNS = form(r"^([a-z0-9-]{1,40}\.){1,5}example$", "small letters, ending in .example: corp.birch-adair.example")
_PERSON = form(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$", "letters, digits, dots, hyphens, underscores, at most 20: m.roth")
_SERVICE = form(r"^[A-Za-z0-9][A-Za-z0-9_.$-]{0,79}$", "letters, digits, dots, $, hyphens, underscores: PrintSync")
_LIBRARY = form(
    rf"^([A-Z]:(\\{_PART}){{1,16}}|[A-Za-z0-9_.-]{{1,60}}\.(dll|DLL|drv|ocx|mui))$",
    r"a library of the system by its name (msvcrt.dll), or a path with its drive",
)
_SPOT = form(
    r"^([a-z][a-z0-9_]{0,40}|[A-Za-z0-9_.-]{1,60}\+0x[0-9a-fA-F]{1,8})$",
    "the name of an area of the process, or a place in an image: ntdll.dll+0x1a40",
)
_OBJECT = form(r"^[\x21-\x7e][\x20-\x7e]{0,254}$", r"printable ASCII, at most 255 characters: Global\sync-4f2a")
_TEXT = form(rf"^[{_SEEN}]{{0,4000}}$", "printable letters on one line, at most 4000 characters")
_TYPED = form(r"^[\x20-\x7e\u00a0-\u00ff]{1,1023}$", "a line of Latin letters, 1 to 1023 characters: dir /a")
_ROW = form(r"^[\x20-\x7e\u00a0-\u00ff]{0,120}$", "a row of Latin letters, at most 120 characters")
_DRIVER = form(r"^[A-Za-z0-9_.-]{1,40}\.sys$", "the name of a driver's file: kbdsync.sys")
_ROUTINE = form(r"^Nt[A-Za-z0-9]{2,60}$", "the name of a system call: NtQueryDirectoryFile")
_PRIVILEGE = form(r"^Se[A-Za-z]{3,40}Privilege$", "the name of a privilege: SeDebugPrivilege")
_VERSION = form(r"^[0-9]{1,5}(\.[0-9]{1,5}){0,2}$", "one to three numbers with dots: 1.0.3")
_PROTECTION = form(
    r"^(READONLY|EXECUTE|EXECUTE_READ|READWRITE|WRITECOPY|EXECUTE_READWRITE|EXECUTE_WRITECOPY|NOACCESS)$",
    "READONLY, READWRITE, WRITECOPY, EXECUTE, EXECUTE_READ, EXECUTE_READWRITE, EXECUTE_WRITECOPY or NOACCESS",
)
_SHARING = form(r"^[R-][W-][D-][r-][w-][d-]$", "what is asked in capitals and shared in small letters: R--rwd")
_TASK = form(r"^(\\[^\x00-\x1f\\]{1,120}){1,6}$", r"a path of a task: \Vendor\Update")

_NO_DRIVER = form(r"^[A-Za-z0-9_.-]{0,40}$", "the name of a driver without its ending, or nothing: kbdsync")
_STREAM = form(r"^[A-Za-z0-9._-]{1,60}$", "the name of a stream: Zone.Identifier")
_SHA1 = form(r"^[1-9a-f][0-9a-f]{39}$", "40 hexadecimal digits in small letters, the first not 0")
_ALTITUDE = form(r"^[0-9]{0,12}$", "a number in quotes, at most 12 digits: '385201'")
_SECRET = form(r"^[A-Za-z0-9_$.-]{1,80}$", "letters, digits, dots, $, hyphens, underscores: _SC_PrintSync")
_VARIABLE = form(r"^[A-Za-z_][A-Za-z0-9_()]{0,60}$", "the name of a variable: STAGE")

When = Annotated[Utc, BeforeValidator(_moment)]
"""A time of the machine's clock; a text may add a distance: ``2026-03-10T12:07:03Z +1m30s``."""

WindowsPath = Annotated[str, Field(pattern=_PATH)]
NativePath = Annotated[str, Field(pattern=_NATIVE)]
KeyPath = Annotated[str, Field(pattern=_KEY, max_length=1_000)]
HostName = Annotated[str, Field(pattern=_HOST)]
DnsName = Annotated[str, Field(pattern=_DNS, max_length=120)]
AccountName = Annotated[str, Field(pattern=_PERSON)]
ServiceName = Annotated[str, Field(pattern=_SERVICE)]
LibraryName = Annotated[str, Field(pattern=_LIBRARY)]
SpotName = Annotated[str, Field(pattern=_SPOT)]
ObjectName = Annotated[str, Field(pattern=_OBJECT)]
Text = Annotated[str, Field(pattern=_TEXT)]
Typed = Annotated[str, Field(pattern=_TYPED)]
ScreenRow = Annotated[str, Field(pattern=_ROW)]
DriverFile = Annotated[str, Field(pattern=_DRIVER)]
Routine = Annotated[str, Field(pattern=_ROUTINE)]
PrivilegeName = Annotated[str, Field(pattern=_PRIVILEGE)]
Version = Annotated[str, Field(pattern=_VERSION)]
Protection = Annotated[str, Field(pattern=_PROTECTION)]
Sharing = Annotated[str, Field(pattern=_SHARING)]
TaskPath = Annotated[str, Field(pattern=_TASK)]
DriverName = Annotated[str, Field(pattern=_NO_DRIVER)]
StreamName = Annotated[str, Field(pattern=_STREAM)]
Sha1 = Annotated[str, Field(pattern=_SHA1)]
Altitude = Annotated[str, Field(pattern=_ALTITUDE)]
SecretName = Annotated[str, Field(pattern=_SECRET)]
VariableName = Annotated[str, Field(pattern=_VARIABLE)]
End = Annotated[str, AfterValidator(_end)]
"""An address and a port: ``192.0.2.7:445``, ``[2001:db8::7]:445``."""

Rid = Annotated[int, Field(ge=500, le=999_999)]
Access = Annotated[int, Field(ge=0, lt=1 << 25)]
Size = Annotated[int, Field(ge=1, le=1 << 30)]
