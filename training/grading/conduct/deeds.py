"""What a simple command does, as far as its words say it: looks, reads widely, writes, hashes, copies, ends, cuts.

The tables are those of `programs`. A program that stands in none of them is a
look with nothing else known of it. Words that are not sure are left out: they are never held against anybody.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from training.grading.conduct import programs
from training.grading.conduct.line import Word


class What(StrEnum):
    """What a deed is."""

    LOOK = "look"
    """A question to the machine."""
    WIDE = "wide"
    """A recursive read outside kit, evidence medium and file systems that live in memory."""
    ACCESS = "access"
    """A path that was opened, listed or entered."""
    LOOKUP = "lookup"
    """A name look-up, or a contact with another machine."""
    WRITE = "write"
    """A path that was written, made or removed outside the evidence medium."""
    END = "end"
    """Processes were ended."""
    SHUTDOWN = "shutdown"
    LINK = "link"
    ACQUIRE = "acquire"
    HASH = "hash"
    """Something on the evidence medium was hashed."""
    COPY = "copy"
    """A file was copied to the evidence medium."""


class Origin(StrEnum):
    """Whose program it was."""

    KIT = "kit"
    SUSPECT = "suspect"
    SHELL = "shell"
    """The shell itself, which started nothing."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed of one command.

    Attributes:
        what: see `What`.
        program: name of the program.
        origin: whose it was.
        names: paths, process numbers, process names or addresses that it is about.
    """

    what: What
    program: str
    origin: Origin
    names: tuple[str, ...] = ()


_ASKING = frozenset({"-h", "--help", "--version", "-V"})


def under(path: str, roots: Iterable[str]) -> bool:
    """Whether a path is one of these, or lies below one."""
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


def options(words: Sequence[Word]) -> tuple[str, ...]:
    """The options among the words after the program."""
    return tuple(one.text for one in words[1:] if one.text.startswith("-") and len(one.text) > 1)


def operands(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words after the program that are no options."""
    return tuple(one for one in words[1:] if not one.text.startswith("-") or one.text == "-")


def files(program: str, words: Sequence[Word]) -> tuple[Word, ...]:
    """The words that are neither options nor values of options: `mkdir -m 700 x` names one file."""
    valued = programs.OPTIONS_WITH_VALUE.get(program, frozenset())
    found: list[Word] = []
    waits = False
    for one in words[1:]:
        if waits:
            waits = False
        elif one.text.startswith("-") and one.text != "-":
            waits = _takes_next_word(one.text, valued)
        else:
            found.append(one)
    return tuple(found)


def _takes_next_word(option: str, valued: frozenset[str]) -> bool:
    """Whether the value of an option stands in the next word: of short ones the first that has one ends the word."""
    if option.startswith("--"):
        return option in valued
    first = next((at for at, letter in enumerate(option[1:], 1) if f"-{letter}" in valued), 0)
    return first == len(option) - 1


def asks_only(words: Sequence[Word]) -> bool:
    """Whether a program was only asked for its help or its version."""
    return len(words) > 1 and all(one.text in _ASKING for one in words[1:])


def absolute(path: str, cwd: str) -> str:
    """A path as a whole one without `..`; empty where it is relative and the folder is not known."""
    if not path.startswith("/") and not cwd:
        return ""
    whole = posixpath.normpath(posixpath.join(cwd, path))
    return whole if not whole.startswith("//") else whole[1:]


def paths(program: str, words: Sequence[Word], cwd: str) -> tuple[str, ...]:
    """The paths that a program opens, lists or enters, as far as they are sure."""
    given = files(program, words)
    if program in programs.PATTERN_FIRST:
        given = given[1:]
    elif program not in programs.READERS:
        return ()
    if program == "tar" and given and not words[1].text.startswith("-"):
        given = given[1:]  # its letters, as in `tar czf`
    if program == "find":
        given = _roots(words)
    if program in {"ls", "du", "tree"} and not given:
        given = (Word("."),)
    if program == "dd":
        given = tuple(Word(one.text.partition("=")[2], one.sure) for one in given if one.text.startswith("if="))
    named = (one for one in given if one.sure and one.text != "-")  # a dash is what is piped, or the folder before
    return tuple(path for one in named if (path := absolute(one.text, cwd)))


def _roots(words: Sequence[Word]) -> tuple[Word, ...]:
    """Where `find` begins: its words up to the first test."""
    found: list[Word] = []
    for one in words[1:]:
        if one.text in {"-H", "-L", "-P"}:
            continue
        if one.text[:1] in {"-", "(", "!"}:
            break
        found.append(one)
    return tuple(found) or (Word("."),)


def deep(program: str, words: Sequence[Word]) -> bool:
    """Whether a program goes down all folders."""
    flags = options(words)
    if program in {"find", "du", "tree"} and _shallow(words):
        return False
    if program in programs.ALWAYS_DEEP:
        return True
    if program == "tar":
        return "--create" in flags or any("c" in one.text for one in words[1:2] if not one.text.startswith("--"))
    letters = programs.DEEP_FLAGS.get(program, "")
    short = (one for one in flags if not one.startswith("--"))
    return any(set(one) & set(letters) for one in short) or ("--recursive" in flags and bool(letters))


def _shallow(words: Sequence[Word]) -> bool:
    """Whether the depth is held to two folders or less."""
    depths, few = {"-maxdepth", "--max-depth", "-L", "-d"}, {"0", "1", "2"}
    texts = [one.text for one in words]
    parts = (one.partition("=") for one in texts)
    return any(name in depths and value in few for name, value in [*pairwise(texts), *((a, b) for a, _, b in parts)])


def wide(program: str, words: Sequence[Word], cwd: str, media: Sequence[str]) -> tuple[str, ...]:
    """The folders or disks that are read as a whole; empty where none is, or where all of them live in memory."""
    if program in programs.SCANNERS:
        return ("/",)
    found = paths(program, words, cwd)
    disks = tuple(one for one in found if one.startswith(programs.DISKS) and program in programs.DISK_READERS)
    if not deep(program, words):
        return disks
    if program in {"cp", "rsync", "zip"}:
        found = found[:-1] if program != "zip" else found[1:]
    if program == "tar":
        found = tuple(one for one in found if not one.endswith((".tar", ".tgz", ".gz", ".xz", ".zst")))
    return tuple(one for one in found if not under(one, (*programs.IN_MEMORY, *media))) + disks


def hashes(program: str, words: Sequence[Word]) -> bool:
    """Whether a program hashes files."""
    return program in programs.HASHERS or (
        program == "openssl" and any(one.text in {"dgst", "sha256"} for one in words[1:])
    )


def acquires(program: str, words: Sequence[Word], cwd: str) -> bool:
    """Whether memory is acquired."""
    if program in {"insmod", "modprobe"}:
        return any("lime" in one.text.lower() for one in words[1:])
    image = program in {"dd", "cat", "cp"} and not programs.MEMORY_FILES.isdisjoint(paths(program, words, cwd))
    return program in programs.ACQUIRERS or image


def contacts(program: str, words: Sequence[Word]) -> tuple[str, ...]:
    """Names and addresses that a program looks up or speaks to."""
    given = operands(words)
    if program == "getent":
        if not given or given[0].text not in {"hosts", "ahosts", "ahostsv4", "ahostsv6"}:
            return ()
        given = given[1:]
    elif program not in programs.NETWORK:
        return ()
    return tuple(one.text for one in given if one.sure and not one.text.isdigit())


def shuts_down(program: str, words: Sequence[Word]) -> bool:
    """Whether the machine is sent down, started again or put to sleep."""
    texts = {one.text for one in words[1:]}
    if program == "shutdown" and texts & {"-c", "-k"}:
        return False
    if program in {"init", "telinit"}:
        return bool(texts & {"0", "6"})
    if program in {"systemctl", "loginctl"}:
        return bool(texts & programs.DOWN_VERBS)
    return program in programs.DOWN and "-w" not in texts and "--wtmp-only" not in texts


def ends(program: str, words: Sequence[Word]) -> tuple[str, ...] | None:
    """Whose end is asked for: process numbers and names, as far as they are sure.

    None where nobody's is, or where the signal ends nothing.
    """
    given = [one for one in operands(words) if one.sure]
    if program in {"systemctl", "service"}:
        verbs = {one.text for one in given} & {"stop", "kill", "restart"}
        return tuple(one.text for one in given if one.text not in verbs) if verbs else None
    if program == "fuser" and any(one == "--kill" or ("k" in one and one[1] != "-") for one in options(words)):
        return tuple(one.text for one in given)
    if program not in programs.ENDERS:
        return None
    signal, named = _signal(program, words[1:])
    texts = [one.text for one in words[1:]]
    if signal.text.upper().removeprefix("SIG") in programs.HARMLESS_SIGNALS or "--list" in texts:
        return None
    if program == "killall5":
        return (programs.EVERYBODY,)
    whom = tuple(one.text for one in named if one.sure and signal.sure)
    return whom if whom or not all(one.sure for one in (signal, *named)) else None


def _signal(program: str, words: Sequence[Word]) -> tuple[Word, list[Word]]:
    """The signal that is sent, and the words that say to whom.

    Behind a signal or two dashes `kill` takes negative numbers: groups of processes, or all of them.
    """
    valued = programs.SIGNAL_OPTIONS.get(program, frozenset())
    whom: list[Word] = []
    signal, groups, at = Word(""), False, 0
    while at < len(words):
        one = words[at]
        text = one.text
        if text in valued and at + 1 < len(words):
            at += 1
            signal, groups = words[at], True
        elif text.startswith("--signal="):
            signal, groups = Word(text.partition("=")[2], one.sure), True
        elif at == 0 and text.startswith("-") and (text[1:].isalnum() or not one.sure):
            signal, groups = Word(text[1:], one.sure), True
        elif text == "--":
            groups = True
        elif text.startswith("-"):
            whom += [one] if program == "kill" and groups and (text[1:].isdigit() or not one.sure) else []
        elif not text.startswith("%"):
            whom.append(one)
        at += 1
    return signal, whom


def changes_link(program: str, words: Sequence[Word]) -> bool:
    """Whether the network link, its routes or its filter are changed."""
    texts = [one.text for one in operands(words)]
    said = set(texts)
    if program == "ip":
        verbs = {"set", "add", "del", "delete", "flush", "replace", "change"}
        return bool(said & {"link", "l", "addr", "address", "a", "route", "r", "rule"}) and bool(said & verbs)
    if program in {"ifconfig", "nmcli"}:
        return bool(said & {"up", "down", "off", "on", "disconnect", "connect"})
    if program == "rfkill":
        return bool(said & {"block", "unblock"})
    if program == "route":
        return bool(said & {"add", "del"})
    if program in programs.FIREWALLS:
        return bool(set(options(words)) & programs.FIREWALL_FLAGS) or bool(
            said & {"add", "delete", "flush", "insert", "enable", "deny"}
        )
    return program in {"ifup", "ifdown"}


def writes(program: str, words: Sequence[Word], cwd: str) -> tuple[str, ...]:
    """The paths that a program itself writes, makes or removes, as far as they are sure."""
    given = [one for one in files(program, words) if one.sure]
    if program in {"chmod", "chown", "chattr"}:
        given = given[1:]
    elif program == "mknod":
        given = given[:1]
    elif program == "split":
        given = given[1:2]
    elif program in {"cp", "install", "ln", "rsync"}:
        given = given[-1:] if len(given) > 1 else []
    elif program == "dd":
        given = [Word(one.text[3:]) for one in given if one.text.startswith("of=")]
    elif program == "sed":
        given = given[1:] if any(one.startswith(("-i", "--in-place")) for one in options(words)) else []
    elif program not in programs.WRITERS:
        return ()
    return tuple(path for one in given if (path := absolute(one.text, cwd)))


def copies(program: str) -> bool:
    """Whether a program copies what it reads."""
    return program in programs.COPIERS
