r"""The hive of accounts: ``\SystemRoot\System32\Config\SAM``."""

import struct
from typing import Final

from training.forge.windows.hive import Node, Stored
from training.forge.windows.hives import identity, sealing
from training.forge.windows.hives.usual import fixed, soon
from training.forge.windows.plan import Account, Filetime, Plan

NAME: Final = "\\SystemRoot\\System32\\Config\\SAM"

_BINARY: Final = 3
_FIELDS: Final = 0xCC
_FIELD: Final = 12
_SECURITY, _NAME, _COMMENT, _HOURS, _LM, _NT, _NT_OLD, _LM_OLD = 0, 1, 3, 11, 13, 14, 15, 16
_KIND: Final = 2
_ALWAYS: Final = struct.pack("<HH", 168, 0) + b"\xff" * 21 + bytes(3)
_DAY: Final = 864_000_000_000
_FIRST_OF_USERS: Final = 1000
_NEVER: Final = 0x7FFFFFFFFFFFFFFF
_ACCOUNT_RIGHTS: Final = 0xF07FF
_COMMENTS: Final = {
    500: "Built-in account for administering the computer/domain",
    501: "Built-in account for guest access to the computer/domain",
    503: "A user account managed by the system.",
    504: "A user account managed and used by the system.",
}
_GROUPS: Final = {
    544: "Administrators",
    545: "Users",
    546: "Guests",
    551: "Backup Operators",
    552: "Replicator",
    555: "Remote Desktop Users",
    556: "Network Configuration Operators",
    558: "Performance Monitor Users",
    559: "Performance Log Users",
    562: "Distributed COM Users",
    568: "IIS_IUSRS",
    569: "Cryptographic Operators",
    573: "Event Log Readers",
    580: "Remote Management Users",
    581: "System Managed Accounts Group",
}


def accounts_key(plan: Plan) -> bytes:
    """The key under which the hashes of all accounts are kept, itself kept under the boot key."""
    return plan.random("accounts key").randbytes(16)


def write(root: Node, plan: Plan, installed: Filetime) -> None:
    """Write the accounts of the machine and the groups that every machine has."""
    draw = plan.random("accounts")
    domain = root.put(
        "SAM\\Domains\\Account",
        max((account.created for account in plan.accounts), default=installed),
        (
            Stored("F", _BINARY, _domain(plan, installed, draw.randbytes(16))),
            Stored("V", _BINARY, _identified(plan.host.sid)),
        ),
    )
    domain.put("Groups\\00000201", installed)
    domain.put("Groups\\Names\\None", installed, (Stored("", 513, b""),))
    key = accounts_key(plan)
    for account in plan.accounts:
        record = _record(account, plan.host.sid, key, draw.randbytes(16))
        values = (Stored("F", _BINARY, _counters(account)), Stored("V", _BINARY, record))
        domain.put(f"Users\\{account.rid:08X}", account.created, values)
        domain.put(f"Users\\Names\\{account.name}", account.created, (Stored("", account.rid, b""),))
    _builtin(root, plan, installed)


def _domain(plan: Plan, installed: Filetime, start: bytes) -> bytes:
    """What holds for all accounts, with their key at the end."""
    block = bytearray(0xF0)
    following = max((account.rid for account in plan.accounts), default=_FIRST_OF_USERS - 1) + 1
    struct.pack_into("<IIQQqqq", block, 0, 3, 0, installed, len(plan.accounts) + 4, -42 * _DAY, 0, -_NEVER - 1)
    struct.pack_into("<qq", block, 0x30, -30 * 60 * 10_000_000, -30 * 60 * 10_000_000)
    struct.pack_into("<IIHHHHIII", block, 0x48, max(following, _FIRST_OF_USERS), 0, 0, 0, 10, 0, 1, 3, 1)
    struct.pack_into("<IIII", block, 0x68, 2, 0x70, 0x20, 0x20)
    block[0x78:0x88] = start
    block[0x88:0xA8] = sealing.chained(accounts_key(plan) + bytes(16), sealing.boot_key(plan), start)
    return bytes(block)


def _identified(sid: str) -> bytes:
    """The record that ends with the SID of the machine's own domain."""
    own = identity.sid(sid)
    return struct.pack("<IIII", 1, 0, 0x30, len(own)).ljust(0x30, b"\0") + own


def _counters(account: Account) -> bytes:
    """The record of an account that changes with each logon: times, flags, counts."""
    block = bytearray(0x50)
    struct.pack_into("<II", block, 0, 3, 0)
    set_at = account.created if account.password is not None else 0
    struct.pack_into("<QQQ", block, 0x18, set_at, _NEVER, 0)
    struct.pack_into("<IIHHH", block, 0x30, account.rid, 513, account.flags, 0, 0)
    return bytes(block)


def _record(account: Account, domain: str, key: bytes, salt: bytes) -> bytes:
    """The record of an account that says who it is, with the hash of its password where one is kept."""
    own = f"{domain}-{account.rid}"
    grants = {identity.SYSTEM: _ACCOUNT_RIGHTS, identity.ADMINISTRATORS: _ACCOUNT_RIGHTS, own: _ACCOUNT_RIGHTS}
    parts = {
        _SECURITY: identity.descriptor(identity.ADMINISTRATORS, identity.ADMINISTRATORS, grants),
        _NAME: account.name.encode("utf-16-le"),
        _COMMENT: _COMMENTS.get(account.rid, "").encode("utf-16-le"),
        _HOURS: _ALWAYS,
        _LM: _hash(b""),
        _NT: _hash(b""),
        _NT_OLD: _hash(b""),
        _LM_OLD: _hash(b""),
    }
    if account.password is not None:
        sealed = sealing.sealed_hash(sealing.nt_hash(account.password), account.rid, key, salt)
        parts[_NT] = _hash(sealed, salt)
    head, body = bytearray(_FIELDS), b""
    for place in range(_FIELDS // _FIELD):
        part = parts.get(place, b"")
        struct.pack_into("<III", head, place * _FIELD, len(body), len(part), 0)
        body += part + bytes(-len(part) % 4)
    return bytes(head) + body


def _hash(sealed: bytes, salt: bytes = b"") -> bytes:
    """A hash in a record: of which sort, where its salt ends, the salt and the sealed bytes."""
    return struct.pack("<HHI", _KIND, 2, 16 if sealed else 0) + salt.ljust(16, b"\0") + sealed


def _builtin(root: Node, plan: Plan, installed: Filetime) -> None:
    """The groups that every machine has, with those of its accounts that are in them from the start."""
    domain, draw = root.put("SAM\\Domains\\Builtin", installed), fixed("groups")
    known = sorted(account.rid for account in plan.accounts)
    people = [rid for rid in known if rid >= _FIRST_OF_USERS]
    inside = {544: [500], 545: people, 546: [501], 581: [503]}
    everybody = {545: ["S-1-5-4", "S-1-5-11"]}
    for rid, name in _GROUPS.items():
        own = [f"{plan.host.sid}-{each}" for each in inside.get(rid, []) if each in known]
        content = _group(rid, name, everybody.get(rid, []) + own)
        time = soon(installed, draw)
        domain.put(f"Aliases\\{rid:08X}", time, (Stored("C", _BINARY, content),))
        domain.put(f"Aliases\\Names\\{name}", time, (Stored("", rid, b""),))
    root.put("SAM", 0, (Stored("C", _BINARY, struct.pack("<HHI", 7, 1, 0x70)),))


def _group(rid: int, name: str, members: list[str]) -> bytes:
    """The record of a group: its number, its name, who is in it."""
    text = name.encode("utf-16-le")
    who = b"".join(identity.sid(member) for member in members)
    start = len(text) + 3 & ~3
    head = struct.pack("<IIIIIIIIIIIII", rid, 0, 0, 0, 0, len(text), 0, start, 0, 0, start, len(who), len(members))
    return head + text.ljust(start, b"\0") + who
