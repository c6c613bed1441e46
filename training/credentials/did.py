"""The name of a key: `did:key` (W3C Community Group report), multibase base58btc over the multicodec of Ed25519."""

from training.errors import Refused
from training.sentence import phrase

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519 = b"\xed\x01"
LONGEST = 120  # letters; decoding takes time that grows with their square
SIZE = 32


def of_key(key: bytes) -> str:
    """What an Ed25519 public key of 32 bytes is called: the key is the name, so it is found without a network."""
    return f"did:key:z{base58(ED25519 + key)}"


def method(did: str) -> str:
    """The address of the one key in the document of a `did:key`."""
    return f"{did}#{did.removeprefix('did:key:')}"


def key_of(did: str) -> bytes:
    """The public key that a `did:key`, or an address in its document, names. Raises Refused for any other name."""
    name = did.partition("#")[0]
    try:
        data = unbase58(name.removeprefix("did:key:z")) if len(name) <= LONGEST else b""
    except ValueError:
        data = b""
    if not name.startswith("did:key:z") or not data.startswith(ED25519) or len(data) != len(ED25519) + SIZE:
        raise Refused(phrase("%(name)s names no Ed25519 key that can be found here.", name=name[:LONGEST]))
    return data[len(ED25519) :]


def base58(data: bytes) -> str:
    """Bytes in base58btc."""
    value, out = int.from_bytes(data), ""
    while value:
        value, rest = divmod(value, 58)
        out = BASE58[rest] + out
    return BASE58[0] * (len(data) - len(data.lstrip(b"\0"))) + out


def unbase58(text: str) -> bytes:
    """The bytes of a text in base58btc. Raises ValueError."""
    value = 0
    for one in text:
        value = value * 58 + BASE58.index(one)
    zeros = len(text) - len(text.lstrip(BASE58[0]))
    return b"\0" * zeros + value.to_bytes((value.bit_length() + 7) // 8)
