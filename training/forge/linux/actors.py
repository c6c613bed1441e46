"""The inert programs and kernel modules of the guest: compiled once for a base, then given a variant's values.

Their C sources have places for what differs from variant to variant, each a line ``char NAME[SIZE] = "@NAME@";``. The
value is written over the place in the finished ELF, padded with zeros: a new variant needs no compiler.

A module's own name is such a place too, though no line of its source says so. It is compiled under a name as long as
the kernel allows, which stands twice in the finished ELF, each time with a zero byte after it: in ``struct module`` of
section ``.gnu.linkonce.this_module``, and as ``name=`` in ``.modinfo``, whose entries may have any number of zeros
between them (``module_next_tag_pair`` of the kernel's ``kernel/module/main.c``). The kernel compares the two with
nothing; its version check looks at ``vermagic=``, which is left as it is.
"""

import io
import json
import lzma
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from training.errors import Damaged, DomainError, Refused

ACTORS = Path(__file__).parent / "guest" / "actors"
MODULES = ACTORS / "modules"
LIVING = ACTORS / "live"
"""Programs of machines that live: an addition holds them, so that bases stay what they are."""
PLACE = re.compile(r'^(?:const )?char (?P<name>[A-Z]+)\[(?P<size>\d+)\] = "@(?P=name)@";$', re.MULTILINE)
MODULE_NAME = "NAME"
MODULE_NAME_SIZE = 56
"""Bytes of a module's name with its zero byte: ``MODULE_NAME_LEN`` on 64-bit kernels."""
MODULE_NAME_FORM = re.compile(r"[a-z][a-z0-9_]*")
INDEX = "places.json"
LARGEST_TAR = 16 << 20
"""Bytes of all programs unpacked; they are some 15 KB each."""
MOST_MEMBERS = 100


class Place(NamedTuple):
    """Where a value goes in an ELF: the text that stands there until then, and the bytes that are kept for it."""

    text: str
    size: int


Places = Mapping[str, Place]


def _modules() -> frozenset[str]:
    return frozenset(path.stem for path in MODULES.glob("*.c"))


def _programs() -> frozenset[str]:
    return frozenset(path.stem for path in ACTORS.glob("*.c"))


def _living() -> frozenset[str]:
    return frozenset(path.stem for path in LIVING.glob("*.c"))


SOURCES: frozenset[str] = _programs() | _modules() | _living()
"""Names of all actors and modules; a name that ends in ``.so`` is a library."""


def _source(source: str) -> Path:
    for folder in (ACTORS, MODULES, LIVING):
        if (path := folder / f"{source}.c").is_file() and source in SOURCES:
            return path
    raise Refused(f"there is no actor called '{source}'; there are {', '.join(sorted(SOURCES))}")


def _places(source: str) -> dict[str, Place]:
    path = _source(source)
    found = PLACE.finditer(path.read_text(encoding="ascii"))
    places = {each["name"]: Place(f"@{each['name']}@", int(each["size"])) for each in found}
    if path.parent == MODULES:
        places[MODULE_NAME] = Place(_long_name(source), MODULE_NAME_SIZE)
    return places


def placeholders(source: str) -> frozenset[str]:
    """The names of the values that an actor or module takes, read from its C source.

    Raises:
        Refused: there is no such source; the message names those that there are.
    """
    return frozenset(_places(source))


def _long_name(source: str) -> str:
    """The name under which a module is compiled, as long as a name may be."""
    return f"at_{source}_".ljust(MODULE_NAME_SIZE - 1, "x")


def compile_all(release: str, headers: Path | None) -> bytes:
    """All actors compiled, as a tar.xz that is the same for the same compiler: each program under its source's name
    (a module's with ``.ko``), and an index of the places for values.

    Args:
        release: the kernel's release, such as ``6.12.118+deb13-cloud-amd64``.
        headers: the folder in which Debian's packages ``linux-headers-RELEASE``, their ``-common`` and
            ``linux-kbuild`` are unpacked (and the kernel's compiler with its parts, ``gcc-14``, if it isn't installed);
            ``/`` where all are installed. Without it no module is compiled.

    Raises:
        DomainError: a Debian package is missing; the message names it. Or a source does not compile.
    """
    with tempfile.TemporaryDirectory(prefix="engram-actors-") as work:
        made = {name: _compiled(name, Path(work)) for name in sorted(_programs())}
        if headers is not None:
            made |= _compiled_modules(release, headers.resolve(), Path(work) / "modules")
    return _indexed(made)


def compile_living() -> bytes:
    """The programs of machines that live, as `compile_all` gives those of all."""
    with tempfile.TemporaryDirectory(prefix="engram-actors-") as work:
        return _indexed({name: _compiled(name, Path(work)) for name in sorted(_living())})


def _indexed(made: dict[str, bytes]) -> bytes:
    index = {name.removesuffix(".ko"): _places(name.removesuffix(".ko")) for name in made}
    made[INDEX] = json.dumps(index, sort_keys=True).encode() + b"\n"
    return _tar(made)


def _compiled(source: str, work: Path) -> bytes:
    target = work / source
    command = ["gcc", "-std=gnu17", "-O2", "-s", "-Wall", "-Wextra", "-Werror", f"-ffile-prefix-map={ACTORS}=."]
    # Bound at the start: binding a function at its first call saves registers on the stack, and in them pieces of text.
    command += [
        "-Wl,--build-id=none,-z,now",
        *(("-shared", "-fPIC", "-fvisibility=hidden") if source.endswith(".so") else ()),
    ]
    _run([*command, "-o", str(target), f"{source}.c"], _source(source).parent, "gcc and libc6-dev")
    return target.read_bytes()


def _compiled_modules(release: str, headers: Path, work: Path) -> dict[str, bytes]:
    tree, common, compiler = _headers(release, headers)
    path = f"{headers / 'usr' / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    if shutil.which(f"x86_64-linux-gnu-{compiler}", path=path) is None:
        raise DomainError(f"x86_64-linux-gnu-{compiler} is missing: unpack or install the Debian package {compiler}")
    work.mkdir()
    names = sorted(_modules())
    lines = [f"obj-m += {_long_name(name)}.o\n{_long_name(name)}-y := {name}.o\n" for name in names]
    (work / "Makefile").write_text("".join(lines), encoding="ascii")
    for name in names:
        shutil.copyfile(MODULES / f"{name}.c", work / f"{name}.c")
    # The tree's own Makefile includes the common one by its installed path: it is named here instead. Type information
    # of modules needs pahole, and nobody reads it.
    command = ["make", "-s", "-C", str(tree), "-f", str(common / "Makefile"), f"M={work}", "ARCH=x86"]
    command += [f"KERNELRELEASE={release}", "CONFIG_DEBUG_INFO_BTF_MODULES="]
    _run([*command, f"KCFLAGS=-Werror -ffile-prefix-map={work}=.", "modules"], work, "make", path)
    for name in names:
        # Symbols of modules stay in the kernel's list: no name of ours shall stand there in capitals.
        command = ["objcopy", "--strip-debug", "--redefine-sym", "SYMBOL=traced", f"{_long_name(name)}.ko"]
        _run(command, work, "binutils")
    return {f"{name}.ko": (work / f"{_long_name(name)}.ko").read_bytes() for name in names}


def _headers(release: str, headers: Path) -> tuple[Path, Path, str]:
    """The kernel's own folder of headers, the one that it shares with other flavours, and the compiler it names."""
    tree = headers / "usr" / "src" / f"linux-headers-{release}"
    if not tree.is_dir():
        raise DomainError(f"{tree} is missing: unpack or install the Debian package {tree.name}")
    makefile, variables = ((tree / name).read_text(encoding="utf-8") for name in ("Makefile", ".kernelvariables"))
    shared, compiler = re.search(r"(\S+)-common/Makefile", makefile), re.search(r"\bgcc-\d+", variables)
    if shared is None or compiler is None:
        raise DomainError(f"{tree} is not what Debian's package {tree.name} holds: unpack it again")
    common = headers / f"{shared[1].lstrip('/')}-common"
    kbuild = common.name.removesuffix("-common").replace("linux-headers", "linux-kbuild")
    for folder, package in ((common, common.name), (tree / "scripts", kbuild)):
        if not folder.is_dir():
            raise DomainError(f"{folder} is missing: unpack or install the Debian package {package}")
    return tree, common, compiler[0]


def _run(command: list[str], folder: Path, package: str, path: str | None = None) -> None:
    environment = {**os.environ, "LC_ALL": "C"} | ({"PATH": path} if path else {})
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environment)  # noqa: S603 - a list, no shell
    except FileNotFoundError as error:
        raise DomainError(f"{command[0]} is missing: install the Debian package {package}") from error
    if done.returncode:
        raise DomainError(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")


def _tar(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    return lzma.compress(out.getvalue(), preset=9)


class Programs:
    """The compiled actors of a base, to be given values.

    Args:
        packed: what `compile_all` returned, and what `compile_living` did for additions; a later program stands for an
            earlier one of its name.

    Raises:
        Damaged: it is no such tar, or larger than one can be.
    """

    def __init__(self, *packed: bytes) -> None:
        self._content: dict[str, bytes] = {}
        self._places: dict[str, Places] = {}
        for each in packed:
            content = _untar(each)
            self._places |= _index(content)
            self._content |= content

    @property
    def sources(self) -> frozenset[str]:
        """Names of the actors and modules that are inside."""
        return frozenset(self._places)

    def made(self, source: str, values: Mapping[str, str]) -> bytes:
        """A program or module with its values: the finished ELF.

        Raises:
            Refused: no such source, or values that it can't take; all mistakes at once, each with its name.
        """
        if source in _modules() and not _modules() & self.sources:
            raise Refused(f"the base was made without --headers and has no kernel modules, so no '{source}' either")
        if source not in self._places:
            raise Refused(f"the base has no program '{source}'; it has {', '.join(sorted(self._places))}")
        places = self._places[source]
        wrong = [f"{source} has no value called {name}" for name in sorted(values.keys() - places.keys())]
        wrong += [f"{source} needs a value for {name}" for name in sorted(places.keys() - values.keys())]
        module = f"{source}.ko" in self._content
        for name in sorted(places.keys() & values.keys()):
            wrong += _faults(f"{source}: {name}", values[name], places[name], module=module and name == MODULE_NAME)
        if wrong:
            raise Refused("; ".join(wrong))
        content = self._content[f"{source}.ko" if module else source]
        written = bytearray(content)
        for name, place in places.items():
            for at in _found(content, place, f"{source}: {name}"):
                written[at : at + place.size] = values[name].encode().ljust(place.size, b"\0")
        return bytes(written)


def _index(content: dict[str, bytes]) -> dict[str, Places]:
    """The places of some programs, whose index is taken out."""
    try:
        index = json.loads(content.pop(INDEX))
        found: dict[str, Places] = {
            source: {name: Place(str(text), int(size)) for name, (text, size) in places.items()}
            for source, places in index.items()
        }
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Damaged(f"the programs have no usable {INDEX}: make the base again") from error
    if {name.removesuffix(".ko") for name in content} != set(found):
        raise Damaged(f"the programs are not those of their {INDEX}: make the base again")
    return found


def _faults(what: str, value: str, place: Place, *, module: bool) -> list[str]:
    wrong = []
    if not (value.isascii() and value.isprintable()) and value:
        wrong.append(f"{what} may hold printable ASCII only, not {value!r}")
    if len(value) >= place.size:
        wrong.append(f"{what} may have {place.size - 1} characters, '{value}' has {len(value)}")
    if module and not MODULE_NAME_FORM.fullmatch(value):
        wrong.append(f"{what} must begin with a small letter and go on with small letters, digits and _, not '{value}'")
    return wrong


def _found(content: bytes, place: Place, what: str) -> list[int]:
    """Where a place is; in the program as it was compiled, for a value may look like another place."""
    found = [each.start() for each in re.finditer(re.escape(place.text.encode().ljust(place.size, b"\0")), content)]
    if not found:
        raise Damaged(f"{what} has no place in the program: make the base again")
    return found


def _untar(packed: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=256 << 20)
        plain = unpacker.decompress(packed, LARGEST_TAR)
        if not unpacker.eof:
            raise Damaged(f"the programs are cut, or larger than {LARGEST_TAR >> 20} MiB: make the base again")
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            for entry in tar:
                file = tar.extractfile(entry) if entry.isreg() else None
                if file is None or len(found) == MOST_MEMBERS:
                    raise Damaged(f"'{entry.name}' among the programs is no plain file, or one too many")
                found[entry.name] = file.read()
    except (lzma.LZMAError, tarfile.TarError) as error:
        raise Damaged(f"the programs can't be read ({error}): make the base again") from error
    return found
