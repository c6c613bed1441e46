"""The record as deeds: what each entry did, with what the shell knew by then (folder, variables, aliases, PATH)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from training.grading.conduct import deeds, line, programs
from training.grading.conduct.deeds import Deed, Origin, What, absolute, under
from training.grading.conduct.line import Command, Word
from training.grading.conduct.plan import Bounds
from training.grading.conduct.record import Entry

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MOST = 200
_SWITCHES = ("/proc/sysrq-trigger", "/sys/power/state")
_NOWHERE = ("/dev", "/proc", "/sys")
_PIPED = Word("", sure=False)
"""What `xargs` adds to a command."""
_NO_LOOKS = {What.COPY, What.HASH, What.ACQUIRE, What.END, What.SHUTDOWN, What.LINK}


@dataclass(frozen=True, slots=True)
class Typed:
    """An entry with its deeds. `whole`: nothing of its line was unknown."""

    entry: Entry
    deeds: tuple[Deed, ...]
    whole: bool
    programs: frozenset[str] = frozenset()
    """Names of all programs that the line names."""

    def of(self, what: What) -> tuple[Deed, ...]:
        """The deeds of one kind."""
        return tuple(one for one in self.deeds if one.what is what)


@dataclass(slots=True)
class Shell:
    """What the console's shell knows, followed from line to line as far as it is sure."""

    bounds: Bounds
    cwd: str = ""
    variables: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    aliases: dict[str, tuple[Word, ...]] = field(default_factory=dict)

    def origin(self, program: Word) -> Origin:
        """Whose program a word names."""
        if not program.sure:
            return Origin.UNKNOWN
        if "/" not in program.text:
            if program.text in programs.BUILTINS:
                return Origin.SHELL
            first = self.variables.get("PATH", "").partition(":")[0]
            if not first:
                return Origin.UNKNOWN
            return Origin.KIT if under(posixpath.normpath(first), (self.bounds.kit,)) else Origin.SUSPECT
        whole = absolute(program.text, self.cwd)
        if not whole:
            return Origin.UNKNOWN
        return Origin.KIT if under(whole, (self.bounds.kit,)) else Origin.SUSPECT

    def learn(self, command: Command, words: Sequence[Word]) -> None:
        """Follow what a command changes in the shell itself."""
        if command.inner:
            return
        given = command.assigned if not words else ()
        name = words[0].text if words else ""
        if name == "export":
            given = tuple(
                (key, Word(rest, one.sure))
                for one in words[1:]
                for key, _, rest in [one.text.partition("=")]
                if "=" in one.text
            )
        for key, value in given:
            if value.sure and len(self.variables) < _MOST:
                self.variables[key] = value.text
            else:
                self.variables.pop(key, None)
        if name == "alias":
            self._alias(words[1:])
        elif name in {"unalias", "unset"}:
            for one in words[1:]:
                (self.aliases if name == "unalias" else self.variables).pop(one.text, None)
        elif name in {"cd", "pushd", "popd"}:
            to = next(iter(deeds.operands(words)), Word(self.bounds.home))
            self.cwd = absolute(to.text, self.cwd) if to.sure and to.text not in {"", "-"} and name != "popd" else ""

    def _alias(self, given: Iterable[Word]) -> None:
        for one in given:
            name, equals, value = one.text.partition("=")
            read = line.read(value, self.variables).commands
            if equals and one.sure and len(read) == 1 and len(self.aliases) < _MOST:
                self.aliases[name] = read[0].words
            else:
                self.aliases.pop(name, None)


def read(entries: Iterable[Entry], bounds: Bounds) -> tuple[Typed, ...]:
    """All entries of a record, in their order."""
    shell = Shell(bounds, cwd=bounds.home)
    return tuple(_entry(one, shell) for one in entries)


def _entry(entry: Entry, shell: Shell) -> Typed:
    before = shell.cwd
    found, whole, named = _line(entry.line, shell, 0)
    if entry.failed and len(found) <= 1:
        shell.cwd = before
    if entry.kit is not None:
        found = [_from(one, kit=entry.kit) for one in found]
    return Typed(entry, tuple(found), whole, frozenset(named))


def _from(deed: Deed, *, kit: bool) -> Deed:
    """A deed of which it is known otherwise whether its program came from the kit."""
    if deed.origin is Origin.SHELL:
        return deed
    return Deed(deed.what, deed.program, Origin.KIT if kit else Origin.SUSPECT, deed.names)


def _line(text: str, shell: Shell, depth: int) -> tuple[list[Deed], bool, set[str]]:
    parsed = line.read(text, shell.variables, depth)
    found: list[Deed] = []
    named: set[str] = set()
    whole = parsed.whole
    for command in parsed.commands:
        words, program, origin = _unwrapped(command, shell)
        named |= {program, *(posixpath.basename(one.text) for one in command.words if one.sure)} - {""}
        script = _script(program, words)
        if script is not None and depth < line.DEEPEST:
            inner, well, names = _line(script, shell, depth + 1)
            found += inner
            named |= names
            whole &= well
        else:
            found += _deeds(command, words, program, origin, shell)
        whole &= bool(program) or not words
        shell.learn(command, words)
    return found, whole, named


def _script(program: str, words: Sequence[Word]) -> str | None:
    """The text that a shell was started with, as in `sh -c '…'`."""
    if program not in programs.SHELLS | {"eval"}:
        return None
    if program == "eval":
        return " ".join(one.text for one in words[1:]) if all(one.sure for one in words) else None
    for at, one in enumerate(words[1:-1], 1):
        letters = one.text.startswith("-") and not one.text.startswith("--")
        if letters and one.text.endswith("c") and words[at + 1].sure:
            return words[at + 1].text
    return None


def _unwrapped(command: Command, shell: Shell) -> tuple[tuple[Word, ...], str, Origin]:
    """The words from the program that does the work, its name (empty where it is not known), and whose it is."""
    words = command.words
    if words and not words[0].quoted and words[0].text in shell.aliases:
        words = (*shell.aliases[words[0].text], *words[1:])
    for _ in range(line.DEEPEST):
        if not words:
            return (), "", Origin.UNKNOWN
        name = posixpath.basename(words[0].text) if words[0].sure else ""
        rest = _after(name, words) if name in programs.WRAPPERS else ()
        if not rest:
            return words, name, shell.origin(words[0])
        if name == "busybox":
            return rest, posixpath.basename(rest[0].text) if rest[0].sure else "", shell.origin(words[0])
        words = (*rest, _PIPED) if name == "xargs" else rest
    return words, "", Origin.UNKNOWN


def _after(name: str, words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of the program that a wrapper starts."""
    valued, at = programs.WRAPPERS[name], 1
    while at < len(words):
        text = words[at].text
        if name == "env" and "=" in text:
            at += 1
        elif text.startswith("-") and len(text) > 1 and name != "busybox":
            at += 2 if text[-1] in valued and len(text) == 2 else 1  # noqa: PLR2004 - a dash and one letter
        else:
            break
    if name == "timeout":
        at += 1
    return tuple(words[at:])


def _deeds(command: Command, words: Sequence[Word], program: str, origin: Origin, shell: Shell) -> Iterator[Deed]:
    """What one command does."""
    bounds = shell.bounds
    out = [
        path
        for one in command.redirects
        if one.out and one.target.sure and (path := absolute(one.target.text, shell.cwd))
    ]
    if any(path in _SWITCHES for path in out):
        yield Deed(What.SHUTDOWN, program, origin)
    written = [*out, *deeds.writes(program, words, shell.cwd)]
    outside = tuple(one for one in written if not under(one, (bounds.evidence, *_NOWHERE)) or under(one, ("/dev/shm",)))  # noqa: S108 - the machine's, not ours
    if outside:
        yield Deed(What.WRITE, program, origin, outside)
    if not words or deeds.asks_only(words) or not program:
        return
    opened = deeds.paths(program, words, shell.cwd)
    opened += tuple(
        path
        for one in command.redirects
        if not one.out and one.target.sure and (path := absolute(one.target.text, shell.cwd))
    )
    if opened:
        yield Deed(What.ACCESS, program, origin, opened)
    done = [
        *_acts(program, words, origin, shell),
        *_about_evidence(program, words, origin, shell, opened, written),
    ]
    yield from done
    changes = {one.what for one in done} & _NO_LOOKS or (program in programs.WRITERS | {"cp", "install", "rsync"})
    if not (changes or command.piped or program in programs.SETTING or _prepares(program, words, shell)):
        yield Deed(What.LOOK, program, origin)


def _acts(program: str, words: Sequence[Word], origin: Origin, shell: Shell) -> Iterator[Deed]:
    """Deeds that change something or reach far."""
    bounds = shell.bounds
    if far := deeds.wide(program, words, shell.cwd, (bounds.kit, bounds.evidence)):
        yield Deed(What.WIDE, program, origin, far)
    if spoken := deeds.contacts(program, words):
        yield Deed(What.LOOKUP, program, origin, spoken)
    if deeds.shuts_down(program, words):
        yield Deed(What.SHUTDOWN, program, origin)
    if (whom := deeds.ends(program, words)) is not None:
        yield Deed(What.END, program, origin, whom)
    if deeds.changes_link(program, words):
        yield Deed(What.LINK, program, origin)
    if deeds.acquires(program, words, shell.cwd):
        yield Deed(What.ACQUIRE, program, origin)


def _about_evidence(
    program: str, words: Sequence[Word], origin: Origin, shell: Shell, opened: Sequence[str], written: Sequence[str]
) -> Iterator[Deed]:
    """Deeds that put something onto the evidence medium, or hash what is there."""
    media = (shell.bounds.evidence, shell.bounds.kit)
    if deeds.acquires(program, words, shell.cwd):
        return
    if deeds.hashes(program, words):
        if any(under(one, media[:1]) for one in opened):
            yield Deed(What.HASH, program, origin, tuple(opened))
        return
    packed = (
        tuple(absolute(one.text, shell.cwd) for one in deeds.operands(words) if one.sure)
        if program in {"tar", "zip"}
        else ()
    )
    there = any(under(one, media[:1]) for one in (*written, *packed) if one)
    sources = tuple(one for one in opened if not under(one, media))
    if there and deeds.copies(program) and sources:
        yield Deed(What.COPY, program, origin, sources)


def _prepares(program: str, words: Sequence[Word], shell: Shell) -> bool:
    """Whether a command only prepares or keeps: mounts, or looks at what is on the kit and the evidence medium."""
    given = deeds.operands(words)
    if program in {"mount", "umount"}:
        return bool(given)
    if program not in {"ls", "stat", "du", "df", "cat", "tail", "head", "hexdump", "xxd"} | programs.HASHERS:
        return False
    named = deeds.files(program, words)
    whole = [absolute(one.text, shell.cwd) for one in named if one.sure] or [shell.cwd]
    return all(under(one, (shell.bounds.evidence, shell.bounds.kit)) for one in whole)
