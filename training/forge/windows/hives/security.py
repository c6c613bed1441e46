r"""The hive of the local security authority: ``\SystemRoot\System32\Config\SECURITY``."""

import struct
from typing import Final

from training.forge.windows.hive import Node, Stored
from training.forge.windows.hives import identity, sealing
from training.forge.windows.hives.usual import soon
from training.forge.windows.plan import CachedLogon, Filetime, Plan, Secret

NAME: Final = "\\SystemRoot\\System32\\Config\\SECURITY"
KEPT: Final = 10
"""How many logons of a domain Windows keeps unless it is told otherwise."""

_BINARY: Final = 3
_EMPTY_LOGON: Final = 168
_NAME_AT: Final = 72
_VALID: Final = 1
_DOMAIN_USERS: Final = 513
_REVISION: Final = 0x00010004
_CONTROL: Final = struct.pack("<II", 0x00010004, KEPT)


def logon_key(plan: Plan) -> bytes:
    """The 64 bytes of the secret ``NL$KM``; the first 16 are the key of cached logons."""
    return plan.random("logon key").randbytes(64)


def secrets(plan: Plan, installed: Filetime) -> tuple[Secret, ...]:
    """All secrets of the machine: those of the plan, and those that every Windows has."""
    draw = plan.random("secrets")
    system = struct.pack("<I", 1) + draw.randbytes(40)
    machine = draw.randbytes(240)
    own = [
        Secret(name="DPAPI_SYSTEM", content=system, time=soon(installed, draw)),
        Secret(name="NL$KM", content=logon_key(plan), time=soon(installed, draw)),
    ]
    if plan.host.dns:
        own.append(Secret(name="$MACHINE.ACC", content=machine, time=soon(installed, draw)))
    taken = {secret.name for secret in plan.secrets}
    return plan.secrets + tuple(secret for secret in own if secret.name not in taken)


def write(root: Node, plan: Plan, installed: Filetime) -> None:
    """Write the keys of the authority, its secrets and the logons that it remembers."""
    draw = plan.random("authority")
    key = draw.randbytes(32)
    sealed = sealing.sealed_secret(draw.randbytes(68) + key, sealing.boot_key(plan), draw)
    root.put("Policy\\PolEKList", soon(installed, draw), (Stored("", 0, sealed),))
    root.put("Policy\\PolRevision", soon(installed, draw), (Stored("", 0, struct.pack("<HH", 7, 1)),))
    root.put("Policy\\PolAcDmN", soon(installed, draw), (Stored("", 0, _counted(plan.host.name)),))
    root.put("Policy\\PolAcDmS", soon(installed, draw), (Stored("", 0, identity.sid(plan.host.sid)),))
    root.put("Policy\\PolPrDmN", soon(installed, draw), (Stored("", 0, _counted(plan.host.domain)),))
    root.put("Policy\\PolDnDDN", soon(installed, draw), (Stored("", 0, _counted(plan.host.dns)),))
    root.put("RXACT", soon(installed, draw))
    for secret in secrets(plan, installed):
        _secret(root, secret, sealing.sealed_secret(sealing.framed(secret.content), key, draw))
    logons = [_logon(logon, plan, installed, draw.randbytes(16)) for logon in plan.logons]
    logons += [bytes(_EMPTY_LOGON)] * (KEPT - len(logons))
    newest = max((_when(logon, plan, installed) for logon in plan.logons), default=installed)
    values = [Stored(f"NL${number}", _BINARY, logon) for number, logon in enumerate(logons, 1)]
    root.put("Cache", newest, [Stored("NL$Control", _BINARY, _CONTROL), *values], made=installed)


def _secret(root: Node, secret: Secret, sealed: bytes) -> None:
    above = root.put(f"Policy\\Secrets\\{secret.name}", secret.time)
    above.put("CurrVal", secret.time, (Stored("", 0, sealed),))
    above.put("CupdTime", secret.time, (Stored("", 0, struct.pack("<Q", secret.time)),))


def _counted(text: str) -> bytes:
    """A text behind its lengths, as the authority keeps names."""
    raw = text.encode("utf-16-le")
    return struct.pack("<HHI", len(raw), len(raw) + 2, 8) + raw + b"\0\0"


def _when(logon: CachedLogon, plan: Plan, default: Filetime) -> Filetime:
    """When somebody last logged on: when the profile of that name was loaded."""
    return max((each.loaded for each in plan.profiles if each.path.rpartition("\\")[2] == logon.user), default=default)


def _logon(logon: CachedLogon, plan: Plan, installed: Filetime, start: bytes) -> bytes:
    """The record of a cached logon: lengths and times, then hash and names under the key of logons."""
    user, domain, dns = (text.encode("utf-16-le") for text in (logon.user, logon.domain, logon.dns))
    plain = logon.hash.ljust(_NAME_AT, b"\0") + _even(user) + _even(domain) + _even(dns)
    head = bytearray(96)
    struct.pack_into("<HHH", head, 0, len(user), len(domain), len(user))
    struct.pack_into("<II", head, 20, _DOMAIN_USERS, 1)
    struct.pack_into("<HHQII", head, 28, len(domain), 0, _when(logon, plan, installed), _REVISION, 0)
    struct.pack_into("<IIIHH", head, 48, _VALID, 0, 0, len(dns), 0)
    head[64:80] = start
    return bytes(head) + sealing.chained(plain, logon_key(plan)[:16], start)


def _even(text: bytes) -> bytes:
    """A text filled up to an even number of letters."""
    return text + bytes(len(text) % 4)
