"""A small reader of shell lines: which simple commands a typed line holds, with their words and redirections.

It knows what people type at a console: quotes, backslashes, pipes, `;`, `&&`, `||`, `&`, subshells, `$(…)` and
backticks, redirections, comments, variables whose values are known. It runs nothing and expands nothing else: a word
with a pattern, an unknown variable or a substitution in it is `sure` no more, and a line with a loop, a here-document
or an open quotation mark is not `whole`. What is not sure or not whole is unknown, and never held against anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile

LONGEST = 8_000
"""Characters of a line that are read; a terminal takes about half of that."""
MOST = 500
"""Commands of a line that are read."""
DEEPEST = 8
"""How many substitutions may stand inside each other."""
_BLANK = " \t\r"
_ENDS = frozenset(" \t\r\n;&|<>()")
_LEADING = frozenset({"then", "do", "else", "elif", "if", "while", "until", "!", "{", "time"})
_CLOSING = frozenset({"}", "fi", "done", "esac"})
_UNKNOWN = frozenset({"for", "case", "select", "function", "[[", "coproc"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word after quotes were taken off. `sure`: it is exactly this; else only the shell knew the whole of it."""

    text: str
    sure: bool = True
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    """Input (`<`) or output (`>`, also `>>`) of a command, to or from a file."""

    out: bool
    target: Word


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: assignments before it, its words, its redirections.

    `piped`: it reads what another one wrote. `inner`: it runs in a subshell or a substitution.
    """

    words: tuple[Word, ...]
    assigned: tuple[tuple[str, Word], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    piped: bool = False
    inner: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The commands of a line, those of substitutions before the one that uses them; `whole`: nothing was unknown."""

    commands: tuple[Command, ...]
    whole: bool = True


def read(text: str, known: Mapping[str, str] | None = None, depth: int = 0) -> Line:
    """Read a line. `known`: variables with their values. Never raises."""
    reader = _Reader(text[:LONGEST], known or {}, depth)
    reader.commands_until("")
    whole = reader.whole and len(text) <= LONGEST and len(reader.found) <= MOST
    return Line(tuple(reader.found[:MOST]), whole)


_POSIX = Word("-p")
"""The one option of the shell's own `time`."""


@dataclass(slots=True)
class _Draft:
    """A command that is being read."""

    piped: bool = False
    words: list[Word] = field(default_factory=list)
    assigned: list[tuple[str, Word]] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    text: str
    known: Mapping[str, str]
    depth: int = 0
    at: int = 0
    whole: bool = True
    found: list[Command] = field(default_factory=list)
    nested: int = 0

    def _sees(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def commands_until(self, stop: str) -> None:
        """Read commands up to a closing sign, or to the end."""
        draft = _Draft()
        while self.at < len(self.text):
            if stop and self._sees(stop):
                self.at += 1
                self._close(draft)
                return
            draft = self._step(draft, stop)
        self._close(draft)
        self.whole &= not stop

    def _step(self, draft: _Draft, stop: str) -> _Draft:
        """Read one sign, word or redirection; answers with the command that goes on."""
        sign = self.text[self.at]
        if sign in _BLANK:
            self.at += 1
        elif sign == "#":
            self.at += len(self.text[self.at :].partition("\n")[0])
        elif sign in "<>" or self._sees("&>") or self._numbered():
            self._redirect(draft, stop)
        elif sign in "\n;&|":
            self._close(draft)
            twice = self._sees("||") or self._sees("|&")  # of `&&` the second sign ends nothing more
            pipe = sign == "|" and not self._sees("||")
            self.at += 2 if twice else 1
            return _Draft(piped=pipe)
        elif sign == "(":
            self.whole &= not draft.words
            self.at += 1
            self._nest(")")
        elif sign == ")":
            self.whole = False
            self.at += 1
        else:
            self._take(draft, self._word(stop))
        return draft

    def _take(self, draft: _Draft, word: Word) -> None:
        """A word is an assignment where a name and an equals sign lead a command, else one of its words."""
        name, equals, value = word.text.partition("=")
        if equals and not draft.words and name.isidentifier():
            draft.assigned.append((name, Word(value, word.sure)))
        else:
            draft.words.append(word)

    def _close(self, draft: _Draft) -> None:
        words = draft.words
        while words and not words[0].quoted and words[0].text in _LEADING:
            options = words[0].text == "time" and words[1:2] == [_POSIX]
            words = words[2:] if options else words[1:]
        if words and not words[0].quoted and words[0].text in _UNKNOWN:
            self.whole = False
            return
        if words and not words[0].quoted and words[0].text in _CLOSING:
            words = []
        if words or draft.assigned or draft.redirects:
            made = Command(
                tuple(words), tuple(draft.assigned), tuple(draft.redirects), draft.piped, inner=self.nested > 0
            )
            self.found.append(made)

    def _nest(self, stop: str) -> None:
        """Read the commands of a subshell or a substitution."""
        if self.nested + self.depth >= DEEPEST:
            self.whole = False
            self.at = len(self.text)
            return
        self.nested += 1
        self.commands_until(stop)
        self.nested -= 1

    def _numbered(self) -> bool:
        """Whether a redirection with the number of a descriptor follows, such as `2>`."""
        digits = sum(1 for _ in takewhile("0123456789".__contains__, self.text[self.at : self.at + 4]))
        return self.text[self.at + digits : self.at + digits + 1] in {"<", ">"}

    def _redirect(self, draft: _Draft, stop: str) -> None:
        while self.text[self.at] not in "<>":
            self.at += 1
        if self._sees("<(") or self._sees(">("):
            self.at += 2
            self._nest(")")
            draft.words.append(Word("", sure=False))
            return
        sign = self.text[self.at]
        document, text = self._sees("<<") and not self._sees("<<<"), self._sees("<<<")
        while self.at < len(self.text) and self.text[self.at] in "<>|&-" and not (stop and self._sees(stop)):
            self.at += 1
        if self.text[self.at - 2 : self.at] == "&-":
            return  # closed, as in `2>&-`: what follows is a word
        while self.at < len(self.text) and self.text[self.at] in _BLANK:
            self.at += 1
        target = self._word(stop)
        self.whole &= not document
        if target.text and not target.text.isdigit() and not document and not text:
            draft.redirects.append(Redirect(sign == ">", target))

    def _word(self, stop: str) -> Word:
        parts: list[str] = []
        sure, quoted, start = True, False, self.at
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign in _ENDS or (stop and self._sees(stop)):
                break
            if sign in "'\"\\":
                quoted = True
                sure &= self._quoted(sign, parts)
            elif sign in "$`":
                value, known = self._expansion()
                sure &= known and not any(one.isspace() for one in value)
                parts.append(value)
            else:
                sure &= sign not in "*?[" and not (sign == "~" and self.at == start)
                parts.append(sign)
                self.at += 1
        text = "".join(parts)
        braces = not quoted and "{" in text and ("," in text or ".." in text)
        return Word(text, sure and not braces, quoted)

    def _quoted(self, sign: str, parts: list[str]) -> bool:
        """Take what is quoted; says whether all of it is known."""
        self.at += 1
        if sign == "\\":
            parts.append(self.text[self.at : self.at + 1].replace("\n", ""))
            self.at += 1
            return True
        if sign == "'":
            inside, closed = self._until("'")
            parts.append(inside)
            return closed
        sure = True
        while self.at < len(self.text):
            one = self.text[self.at]
            if one == '"':
                self.at += 1
                return sure
            if one == "\\":
                escaped = self.text[self.at + 1 : self.at + 2]
                parts.append(escaped if escaped in {"$", "`", '"', "\\"} else one + escaped)
                self.at += 2
            elif one in "$`":
                value, known = self._expansion()
                sure &= known
                parts.append(value)
            else:
                parts.append(one)
                self.at += 1
        self.whole = False
        return False

    def _until(self, sign: str) -> tuple[str, bool]:
        """Take all up to a sign, and the sign itself; says whether it was there. Without it the line is not whole."""
        inside, closed, _ = self.text[self.at :].partition(sign)
        self.at += len(inside) + len(closed)
        self.whole &= bool(closed)
        return inside, bool(closed)

    def _expansion(self) -> tuple[str, bool]:
        """What stands for a `$…` or a backtick, and whether it is known."""
        if self._sees("`"):
            self.at += 1
            self._nest("`")
            return "", False
        if self._sees("$(("):
            self._until("))")
            return "", False
        if self._sees("$("):
            self.at += 2
            self._nest(")")
            return "", False
        return self._variable()

    def _variable(self) -> tuple[str, bool]:
        if self._sees("${"):
            self.at += 2
            name, _ = self._until("}")
        else:
            self.at += 1
            name = "".join(
                takewhile(
                    lambda one: one == "_" or (one.isascii() and one.isalnum()), self.text[self.at : self.at + 200]
                )
            )
            name = name[:1] if name[:1].isdigit() else name
            if not name:  # `$` alone, `$?`, `$'…'`
                special = self.text[self.at : self.at + 1] in set("?$!#@*-")
                self.at += special
                return "" if special else "$", False
            self.at += len(name)
        return self.known.get(name, ""), name in self.known
