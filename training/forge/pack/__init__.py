"""The pack: an exhibit, or what exhibits are made on, as it is kept and handed on.

A pack is a folder ``labs/exhibits/<name>/`` with ``exhibit.json`` (a `Manifest`) and the files that it lists by role:

========= ==============================================================================================
image     the raw memory image, compressed with zstd; of a delta, a zstd patch against the base's image, or by pages
symbols   the symbol file of the kernel (ISF, ``.json.xz``)
truth     what the guest itself wrote down after the freeze (`training.forge.truth.Truth`, JSON, may be zstd)
record    the acquisition record that the trainee receives (text, UTF-8)
kernel    the kernel that was booted; an exhibit that the forge did not make has none
initrd    the initramfs that was booted, likewise; of an addition, what is put behind a base's (``.cpio.zst``)
programs  actors and kernel modules compiled for that kernel (``.tar.xz``)
overlay   the initramfs that was added to the base's for this exhibit (``.cpio.gz``)
plan      the scenario with everything drawn (JSON), by which the exhibit can be made again
network   of Windows, the symbol file of the network driver (ISF, ``.json.xz``), which lies beside the kernel's
========= ==============================================================================================

There are three kinds. A *base* is an idle machine: image, symbols, kernel, initrd, programs; one of Windows, which is
written, has its image and both symbol files. It is no exhibit, has
neither truth nor record, and is never registered; nor is an *addition*, an archive of programs that a base lacks. An
*exhibit* is whole, or a delta: then it names its base, a pack beside it, and its additions, and what it leaves out
(symbols, kernel, initramfs) is theirs. Materials are no part of the folder: they lie in
``labs/<lab>/materials/<pack>/``, and the manifest holds their digests.

Unpacked, an exhibit is ``image.raw``, ``symbols/<system>/<name>.json.xz``, ``truth.json`` and ``record.txt`` in one
folder. The rest stays in the pack: it serves making the exhibit again, not examining it.

Compression is the zstd program's (https://facebook.github.io/zstd/, options ``--long=27`` and ``--patch-from``), which
finds matches across the whole base; decompression is python-zstandard's, with the base as a raw-content dictionary.
Patches by pages, those of Windows, are described in `training.forge.pack.pages`.
"""

from training.forge.pack.images import References, compress, write_image
from training.forge.pack.manifest import (
    FORGE,
    IMAGE,
    LARGEST_ADDITION,
    LARGEST_BASE,
    LARGEST_IMAGE,
    LARGEST_MANIFEST,
    LARGEST_TEXT,
    MANIFEST,
    RECORD,
    TRUTH,
    Base,
    Content,
    Kind,
    Licence,
    Manifest,
    NoRoom,
    Part,
    Role,
    locate,
    may_be_named,
    read,
    symbols_of,
    symbols_sha256,
    together,
    write_manifest,
)
from training.forge.pack.opening import DamagedPack
from training.forge.pack.pages import compress_pages
from training.forge.pack.reading import Progress, nothing, part_of
from training.forge.pack.unpacking import MATERIALS, check, lay_out, materials_of, remove_leftovers, unpack, verify

__all__ = [
    "FORGE",
    "IMAGE",
    "LARGEST_ADDITION",
    "LARGEST_BASE",
    "LARGEST_IMAGE",
    "LARGEST_MANIFEST",
    "LARGEST_TEXT",
    "MANIFEST",
    "MATERIALS",
    "RECORD",
    "TRUTH",
    "Base",
    "Content",
    "DamagedPack",
    "Kind",
    "Licence",
    "Manifest",
    "NoRoom",
    "Part",
    "Progress",
    "References",
    "Role",
    "check",
    "compress",
    "compress_pages",
    "lay_out",
    "locate",
    "materials_of",
    "may_be_named",
    "nothing",
    "part_of",
    "read",
    "remove_leftovers",
    "symbols_of",
    "symbols_sha256",
    "together",
    "unpack",
    "verify",
    "write_image",
    "write_manifest",
]
