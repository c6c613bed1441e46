"""Who there is: identifiers in tokens, hashes of passwords, secrets of the machine, logons that it remembers."""

import hashlib
import struct
from collections.abc import Callable

from training.forge.windows.expect.seen import listed
from training.forge.windows.expect.table import Cell, Expected, Row, expect
from training.forge.windows.hives import installed
from training.forge.windows.hives.sealing import framed, nt_hash
from training.forge.windows.hives.security import secrets
from training.forge.windows.machine import Machine

EMPTY_LM = "aad3b435b51404eeaad3b435b51404ee"
"""What readers show for the old kind of hash, which Windows keeps no more: that of no password."""

_SERVICE = "S-1-5-80-"
_LOGON = "S-1-5-5-"
_WORDS = {
    "S-1-1-0": "Everyone",
    "S-1-2-0": "Local (Users with the ability to log in locally)",
    "S-1-2-1": "Console Logon (Users who are logged onto the physical console)",
    "S-1-5-2": "Network",
    "S-1-5-3": "Batch",
    "S-1-5-4": "Interactive",
    "S-1-5-6": "Service",
    "S-1-5-11": "Authenticated Users",
    "S-1-5-13": "Terminal Server Users",
    "S-1-5-14": "Remote Interactive Logon",
    "S-1-5-15": "This Organization",
    "S-1-5-18": "Local System",
    "S-1-5-19": "NT Authority",
    "S-1-5-20": "NT Authority",
    "S-1-5-32-544": "Administrators",
    "S-1-5-32-545": "Users",
    "S-1-5-32-546": "Guests",
    "S-1-5-32-555": "BUILTIN\\Remote Desktop Users",
    "S-1-5-32-559": "BUILTIN\\Performance Log Users",
    "S-1-5-33": "Write Restricted",
    "S-1-5-64-10": "NTLM Authentication",
    "S-1-5-113": "Local Account",
    "S-1-5-114": "Local Account (Member of Administrators)",
    "S-1-5-84-0-0-0-0-0": "Usermode Drivers",
    "S-1-15-2-1": "Application Package Context",
    "S-1-16-0": "Untrusted Mandatory Level",
    "S-1-16-4096": "Low Mandatory Level",
    "S-1-16-8192": "Medium Mandatory Level",
    "S-1-16-8448": "Medium Plus Mandatory Level",
    "S-1-16-12288": "High Mandatory Level",
    "S-1-16-16384": "System Mandatory Level",
    "S-1-16-20480": "Protected Process Mandatory Level",
    "S-1-18-1": "Authentication Authority Asserted Identity",
    "S-1-18-2": "Service Asserted Identity",
}
"""What the reader calls identifiers that are the same everywhere; both service accounts have one name."""
_NUMBERS = {
    "500": "Administrator",
    "501": "Guest",
    "512": "Domain Admins",
    "513": "Domain Users",
    "514": "Domain Guests",
    "515": "Domain Computers",
    "516": "Domain Controllers",
}
"""What it calls others by their last number, where no profile names them."""
_SID = 2


def getsids(machine: Machine) -> Expected:
    """The user and the groups of each process."""
    people = {each.sid: each.path.rpartition("\\")[2] for each in machine.plan.profiles}
    rows = [
        (each.plan.pid, each.plan.name, sid, _named(sid, people))
        for each in listed(machine)
        for sid in (each.plan.token.user, *(group for group, _ in each.plan.token.groups))
    ]
    return expect(("PID", "Process", "SID", "Name"), rows, blur=_unnamed)


def getservicesids(machine: Machine) -> Expected:
    """Identifiers of services by their keys. The reader leaves out those that are in a list of its own."""
    rows = [(service_sid(each.name), each.name) for each in machine.plan.services]
    return expect(("SID", "Service"), rows, may_lack="services that are in the reader's own list")


def hashdump(machine: Machine) -> Expected:
    """The hashes of local accounts; for one without a hash the reader shows that of an empty password."""
    rows = [(each.name, each.rid, EMPTY_LM, nt_hash(each.password or "").hex()) for each in machine.plan.accounts]
    return expect(("User", "rid", "lmhash", "nthash"), rows)


def lsadump(machine: Machine) -> Expected:
    """The secrets, each behind its length."""
    plan = machine.plan
    rows = []
    for secret in secrets(plan, installed(plan)):
        shown = framed(secret.content).hex(" ")
        rows.append((secret.name, shown, shown))
    return expect(("Key", "Secret", "Hex"), rows)


def cachedump(machine: Machine) -> Expected:
    """Logons of a domain that are remembered."""
    rows = [(each.user, each.domain, each.dns, each.hash.hex(" ")) for each in machine.plan.logons]
    return expect(("Username", "Domain", "Domain name", "Hash"), rows)


def service_sid(name: str) -> str:
    """The identifier of a service: it follows from its name ([MS-DTYP] 2.4.2.4)."""
    digest = hashlib.sha1(name.upper().encode("utf-16-le"), usedforsecurity=False).digest()
    return _SERVICE + "-".join(str(part) for part in struct.unpack("<5I", digest))


def _named(sid: str, people: dict[str, str]) -> str | None:
    if sid in _WORDS:
        return _WORDS[sid]
    if sid in people:
        return people[sid]
    if sid.startswith(_LOGON):
        return "Logon Session"
    return _NUMBERS.get(sid.rpartition("-")[2]) if sid.startswith("S-1-5-21-") else None


def _unnamed(row: Row) -> Row:
    """The reader has a list of its own of what services are called."""
    sid: Cell = row[_SID]
    return (*row[:3], None) if isinstance(sid, str) and sid.startswith(_SERVICE) else row


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.getsids": getsids,
    "windows.getservicesids": getservicesids,
    "windows.registry.hashdump": hashdump,
    "windows.registry.lsadump": lsadump,
    "windows.registry.cachedump": cachedump,
}
