"""The commands that are compared: every offered plugin, many with options, and those that write files."""

from collections.abc import Callable, Iterator
from typing import Any

from training.analysis import cards as plugin_cards
from training.analysis.cards import Card
from training.analysis.command import Command, parse

RULES = """
rule words { strings: $a = "Linux version" $b = { 49 4e 45 52 54 } $c = /https?:..[a-z.]{4,40}/ condition: any of them }
"""
WITH_OPTIONS = {
    "linux": (
        "linux.pslist --threads --decorate-comm",
        "linux.pslist --pid 1",
        "linux.malware.malfind --hexdump-size 128 --show-all-dirty-pages",
        "linux.mountinfo --mount-format",
        "linux.pagecache.Files --type REG DIR",
        "linux.malware.modxview --plain-taints",
        "linux.kallsyms --modules",
        f"yarascan --yara-rules '{RULES}'",
        f"linux.vmayarascan --pid 1 --yara-rules '{RULES}'",
    ),
    "windows": (
        "windows.pslist --physical --pid 4 6104",
        "windows.psscan --physical",
        "windows.netscan --include-corrupt",
        "windows.handles --pid 5508",
        "windows.bigpools --show-free",
        "windows.dlllist --name 'UPD|msv' --ignore-case",
        "windows.registry.printkey --recurse",
        "windows.vadinfo --pid 6104",
        "windows.modules --name mskbd64",
        f"yarascan --yara-rules '{RULES}'",
        f"windows.vadyarascan --pid 6104 --yara-rules '{RULES}'",
    ),
}
WRITING = {
    "linux": (
        "linux.pslist --pid 1 --dump",
        "linux.elfs --pid 1 --dump",
        "linux.proc.Maps --pid 1 --dump",
        "linux.malware.malfind --dump-regions",
        "linux.pagecache.InodePages --find /usr/bin/bash --dump",
        "linux.lsmod --dump",
        "linux.malware.check_modules --dump",
    ),
    "windows": (
        "windows.pslist --pid 6104 --dump",
        "windows.psscan --pid 6660 --dump",
        "windows.dlllist --pid 6104 --dump",
        "windows.modules --dump",
        "windows.modscan --dump",
        "windows.malware.malfind --dump",
        "windows.vadinfo --pid 6104 --dump",
        "windows.registry.hivelist --dump",
        "windows.registry.certificates --dump",
    ),
}
"""Commands that leave files, besides the examples of plugins that always do."""

Look = Callable[[Command], list[dict[str, Any]] | None]
"""Rows of a command on the exhibit."""


def offered(os: str) -> list[Command]:
    """Every plugin of Volatility that is offered for a system: plain where possible, else by its example.

    Our own assemblies have no counterpart; they are tested against the truth.
    """
    cards = plugin_cards.load()
    return [plain(card, os) for card in cards.for_os(os) if not card.own]


def plain(card: Card, os: str) -> Command:
    """The shortest command of a plugin."""
    return parse(card.example if card.needs else card.name, os)


def every(os: str, look: Look) -> list[Command]:
    """All commands for an exhibit, each once."""
    texts = (*WITH_OPTIONS[os], *WRITING[os])
    found = [*offered(os), *(parse(text, os) for text in texts), *_of_this_exhibit(os, look)]
    return list(dict.fromkeys(found))


def some(os: str) -> list[Command]:
    """Every plugin, a fixed sample of options and of files: what the suite compares, since `every` takes minutes."""
    texts = (WITH_OPTIONS[os][0], WITH_OPTIONS[os][-1], *WRITING[os][:2])
    return list(dict.fromkeys([*offered(os), *(parse(text, os) for text in texts)]))


def _of_this_exhibit(os: str, look: Look) -> Iterator[Command]:
    """Commands with addresses, which every image has others of."""
    if os != "linux":
        return
    modules = look(parse("linux.lsmod")) or []
    if modules:
        yield parse(f"linux.module_extract --base {modules[0]['Offset']}")
    files = look(parse("linux.pagecache.Files --type REG")) or []
    for row in files:
        if row["CachedPages"]:
            yield parse(f"linux.pagecache.InodePages --inode {row['InodeAddr']}")
            return
