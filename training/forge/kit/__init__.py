"""The responder's kit: trusted programs on a read-only medium, and the empty evidence medium that goes with it.

Both are file systems that ``python app.py forge kit`` makes once. They travel with the repository in
``labs/kits/<name>/``: ``kit.json`` (a `Kit`), and each image compressed with zstd. An installation unpacks them and
needs neither a compiler nor mke2fs.

The programs are ours (``training/forge/linux/guest/kit``, static, without a C library) and Debian's static BusyBox,
which stands there under the names of those of its programs that a responder needs.
"""

from training.forge.kit.manifest import KITS, MANIFEST, Image, Kit, Medium, read, unpacked

__all__ = ["KITS", "MANIFEST", "Image", "Kit", "Medium", "read", "unpacked"]
