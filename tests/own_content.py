"""Labs and exhibits of somebody's own, as an installation holds them that isn't made of the repository alone."""

import base64
import hashlib
import json
import lzma
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.forge.test_pack import ACCOUNTS, noise, reseal, write
from training.analysis import cards
from training.evidence import fitting
from training.forge import pack
from training.grading import proving
from training.labs import reader
from training.labs.reader import Seal
from training.settings import ROOT, Settings

SIZE = 200_000
BANNER, BANNER_AT = "Linux version 5.0.1-harbour (root@harbour) #1 SMP", 0x12345
ORIGIN = "Captured with LiME by the harbour police from a seized server."
COURSE = ROOT / "tests" / "unit" / "courses" / "sample" / "lantern"
LAB = """\
id: {name}
title: The {name}
summary: One question about one image.
level: introductory
roles: [investigator]
minutes: 10
licence: CC-BY-4.0
language: en
authors: [Engram authors]
exhibits: [{pack}]
questions:
  - id: q1
    type: written
    by: court
    text: What does the image show?
    short: What does it show?
    points: 3
    after: It shows what a small image shows.
"""


@dataclass(frozen=True)
class Own:
    """An installation that has labs on an exhibit each, and courses, and nothing of the repository."""

    settings: Settings

    @property
    def labs(self) -> Path:
        """Its folder of labs."""
        return self.settings.labs

    def pack(self, name: str) -> Path:
        """The pack of an exhibit."""
        return self.labs / "exhibits" / name

    def kept(self, name: str) -> Path:
        """Where the registered exhibit of a pack lies, which has to be readable still."""
        return self.settings.instance / "exhibits" / hashlib.sha256(_image(name)).hexdigest()


def _image(name: str) -> bytes:
    """Noise with the banner of a kernel where its symbols say."""
    content = bytearray(noise(int.from_bytes(name.encode(), "big"), SIZE))
    text = f"{BANNER}\n\0".encode()
    content[BANNER_AT : BANNER_AT + len(text)] = text
    return bytes(content)


def symbols(banner: str = BANNER, at: int = BANNER_AT, **more: object) -> bytes:
    """A symbol file of a kernel with a banner at a physical address, in Volatility's intermediate format."""
    text = base64.b64encode(f"{banner}\n\0".encode()).decode()
    place = {"address": 0xFFFF_FFFF_8100_0000 + at, "constant_data": text}
    empty: dict[str, object] = {name: {} for name in fitting.PARTS}
    told = {**empty, "metadata": {"linux": {}}, "symbols": {"linux_banner": place}, **more}
    return lzma.compress(json.dumps(told).encode())


def put(folder: Path, role: pack.Role, content: bytes) -> None:
    """Give a pack another file for a role, as somebody does who makes it anew."""
    path = folder / pack.read(folder).files[role].name
    path.write_bytes(content)
    reseal(folder, role)


def write_own_pack(folder: Path, **more: Any) -> Path:
    """A pack as a person makes it: no kernel, no initramfs, and a banner that agrees with image and symbols."""
    names = {pack.Role.SYMBOLS: "5.0.json.xz", **ACCOUNTS}
    write(folder, _image(folder.name), names, made_by="A person", banner=BANNER, origin=ORIGIN, **more)
    put(folder, pack.Role.SYMBOLS, symbols())
    put(folder, pack.Role.TRUTH, b"{}")
    return folder


def write_lab(labs: Path, name: str) -> Path:
    """A lab with one written question on an exhibit of its own, sealed."""
    packed = write_own_pack(labs / "exhibits" / f"{name}-a")
    folder = labs / name
    (folder / reader.KEYS).mkdir(parents=True)
    (folder / reader.FILE).write_text(LAB.format(name=name, pack=packed.name), "utf-8")
    (folder / reader.BRIEF).write_text("A small case.\n", "utf-8")
    running, manifest = cards.load(), pack.read(packed)
    sealed = proving.seal(reader.draft(folder).questions, {}, {})
    seal = Seal(
        exhibit=manifest.sha256,
        volatility=running.volatility,
        island=running.island,
        symbols=pack.symbols_sha256(packed),
        sealed=sealed,
    )
    (folder / reader.KEYS / f"{packed.name}.json").write_text(seal.model_dump_json(), "utf-8")
    return folder


def own_installation(settings: Settings, into: Path, labs: Iterable[str], courses: Iterable[str] = ()) -> Own:
    """Labs on an exhibit each and courses, by name, below a new folder."""
    for name in labs:
        write_lab(into / "labs", name)
    for name in courses:
        write_course(into / "courses", name)
    shutil.copytree(COURSE.with_name("glossary"), into / "courses" / "glossary")
    return Own(settings.model_copy(update={"labs": into / "labs", "courses": into / "courses"}))


def write_course(courses: Path, name: str) -> Path:
    """A course of one small module under a name of its own."""
    folder = courses / name
    shutil.copytree(COURSE, folder)
    for file in (path for path in folder.rglob("*") if path.is_file()):
        file.write_text(file.read_text("utf-8").replace("lantern", name), "utf-8")
    return folder
