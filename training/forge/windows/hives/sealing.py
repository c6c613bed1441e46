"""How Windows seals passwords and secrets in its registry, for accounts and secrets that are fiction.

The methods are those of Windows 10 from version 1607 on, as public tools read them: AES where RC4 was before. Keys are
drawn from the seed of a plan; nothing sealed here was ever used by anybody.
"""

import hashlib
import struct
from random import Random
from typing import Final

from Crypto.Cipher import AES, DES
from Crypto.Hash import MD4

from training.forge.windows.plan import Plan

BOOT_KEYS: Final = ("JD", "Skew1", "GBG", "Data")
"""The keys below ``Control\\Lsa`` over whose class names the boot key is spread."""

_ORDER: Final = (8, 5, 4, 2, 11, 9, 13, 3, 0, 6, 1, 12, 14, 10, 15, 7)
_BLOCK: Final = 16
_ROUNDS: Final = 1000
_SEVEN: Final = 0x7F


def boot_key(plan: Plan) -> bytes:
    """The 16 bytes from which all other keys of the registry are reached."""
    return plan.random("boot key").randbytes(_BLOCK)


def scattered(key: bytes) -> dict[str, str]:
    """The class names of the keys of `BOOT_KEYS` that hold a boot key: eight hexadecimal digits each."""
    mixed = bytearray(_BLOCK)
    for place, byte in zip(_ORDER, key, strict=True):
        mixed[place] = byte
    digits = mixed.hex()
    return {name: digits[8 * number : 8 * number + 8] for number, name in enumerate(BOOT_KEYS)}


def nt_hash(password: str) -> bytes:
    """The hash that Windows keeps of a password: MD4 (RFC 1320) of its letters in UTF-16."""
    return MD4.new(password.encode("utf-16-le")).digest()  # noqa: S303 - Windows keeps this one


def des_keys(rid: int) -> tuple[bytes, bytes]:
    """The two keys of eight bytes, each of odd parity, under which the hash of the account of a RID is kept."""
    a, b, c, d = struct.pack("<I", rid)
    return _spread(bytes((a, b, c, d, a, b, c))), _spread(bytes((d, a, b, c, d, a, b)))


def _spread(seven: bytes) -> bytes:
    """Eight bytes from seven: seven bits each, and one that makes their number odd."""
    bits = int.from_bytes(seven, "big")
    septets = (bits >> shift & _SEVEN for shift in range(49, -1, -7))
    return bytes(septet << 1 | (septet.bit_count() + 1) % 2 for septet in septets)


def sealed_hash(digest: bytes, rid: int, key: bytes, salt: bytes) -> bytes:
    """The 32 bytes that the record of an account keeps of a hash, under the key of the accounts."""
    first, second = des_keys(rid)
    halves = ((first, digest[:8]), (second, digest[8:]))
    # The layer that protects is the one around it.
    wrapped = [DES.new(each, DES.MODE_ECB).encrypt(half) for each, half in halves]  # noqa: S304 - as Windows does
    return chained(b"".join(wrapped) + bytes([_BLOCK] * _BLOCK), key, salt)


def chained(plain: bytes, key: bytes, start: bytes) -> bytes:
    """AES in a chain of blocks, from a start; the plain bytes are filled up with zeros."""
    return AES.new(key, AES.MODE_CBC, start).encrypt(_full(plain))


def sealed_secret(plain: bytes, key: bytes, random: Random) -> bytes:
    """A secret of the local security authority: 28 bytes of head, 32 of salt, and AES under the key and the salt."""
    head = struct.pack("<I", 1) + random.randbytes(16) + struct.pack("<II", 3, 0)
    salt = random.randbytes(32)
    digest = hashlib.sha256(key)
    for _ in range(_ROUNDS):
        digest.update(salt)
    return head + salt + AES.new(digest.digest(), AES.MODE_ECB).encrypt(_full(plain))


def framed(content: bytes) -> bytes:
    """The content of a secret as it is sealed: its length in front, zeros behind."""
    return _full(struct.pack("<I12x", len(content)) + content)


def _full(plain: bytes) -> bytes:
    return plain + bytes(-len(plain) % _BLOCK)
