"""The version resource of an image: who made it, what it is, which version. It says that the file is synthetic."""

import struct
from collections.abc import Iterable
from typing import Final

COMPANY: Final = "Synthetic"

_FIXED: Final = 0xFEEF04BD
_LANGUAGE: Final = 0x409
_UNICODE: Final = 1200
_VERSION_KIND: Final = 16
_TREE: Final = 0x48
_LEAF: Final = 0x58


def version_resource(rva: int, name: str, version: tuple[int, int, int, int]) -> bytes:
    """The resource section at an address of the image, with a version resource and nothing else."""
    text = ".".join(map(str, version))
    words = (
        ("CompanyName", COMPANY),
        ("FileDescription", f"SYNTHETIC {name}"),
        ("FileVersion", text),
        ("InternalName", name),
        ("LegalCopyright", "Written for training. Holds no code of any vendor."),
        ("OriginalFilename", name),
        ("ProductName", "Synthetic training files"),
        ("ProductVersion", text),
    )
    table = _block(f"{_LANGUAGE:04X}{_UNICODE:04X}", children=[_string(key, value) for key, value in words])
    strings = _block("StringFileInfo", children=[table])
    translation = _block("Translation", struct.pack("<HH", _LANGUAGE, _UNICODE), kind=0)
    body = _block("VS_VERSION_INFO", _fixed(version), [strings, _block("VarFileInfo", children=[translation])], kind=0)
    tree = _directory() + struct.pack("<II", _VERSION_KIND, 0x80000018)
    tree += _directory() + struct.pack("<II", 1, 0x80000030)
    tree += _directory() + struct.pack("<II", _LANGUAGE, _TREE)
    return tree + struct.pack("<IIII", rva + _LEAF, len(body), 0, 0) + body


def _fixed(version: tuple[int, int, int, int]) -> bytes:
    high, low = version[0] << 16 | version[1], version[2] << 16 | version[3]
    return struct.pack("<13I", _FIXED, 0x10000, high, low, high, low, 0x3F, 0, 0x40004, 2, 0, 0, 0)


def _directory() -> bytes:
    return struct.pack("<IIHHHH", 0, 0, 0, 0, 0, 1)


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _block(key: str, value: bytes = b"", children: Iterable[bytes] = (), *, kind: int = 1) -> bytes:
    """A block of a version resource: its length, that of its value, its kind, key, value and the blocks below it."""
    head = _aligned(bytes(6) + key.encode("utf-16-le") + b"\0\0")
    body = head + value
    for child in children:
        body = _aligned(body) + child
    return struct.pack("<HHH", len(body), len(value), kind) + body[6:]


def _string(key: str, text: str) -> bytes:
    head = _aligned(bytes(6) + key.encode("utf-16-le") + b"\0\0")
    body = head + text.encode("utf-16-le") + b"\0\0"
    return struct.pack("<HHH", len(body), len(text) + 1, 1) + body[6:]
