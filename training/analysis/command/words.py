"""Typed text as words, by the rules of a POSIX shell (IEEE 1003.1, 2.2 Quoting), without any shell.

What a shell would do beyond splitting (pipes, variables, other commands) is refused, and so is what pasting into a page
does to a command: typographic quotation marks, dashes for hyphens, invisible characters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from training.analysis.command.wording import clipped, no, quoted
from training.analysis.render import named
from training.sentence import joined, phrase

WITHIN_QUOTES = "\n\t"  # what the text of a rule may hold
PART = re.compile(
    r"""(?P<space>\ +)
    | '(?P<single>[^']*)'
    | "(?P<double>[^"\\]*(?:\\.[^"\\]*)*)"
    | (?P<escape>\\.)
    | (?P<plain>[^\ '"\\]+)""",
    re.VERBOSE | re.DOTALL,
)
ESCAPED = re.compile(r'\\([$`"\\\n])')  # what a backslash protects between double quotes
REPLACED = re.compile(r"\\.|(?P<sign>\$(?=[\w({@*#?!$-])|`)", re.DOTALL | re.ASCII)
PROTECTED = set(" '\"\\$`|&;<>()*?[]{}~#!")  # what people write a backslash before on purpose
SIGN = re.compile(r"\|\|?|&&?|;|[<>]+|[()`]|\$[\w({@*#?!$-]", re.ASCII)
MARKS = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb"  # typographic quotation marks
DASHES = "\u2013\u2014\u2212"  # en dash, em dash, minus
IN_QUOTES = phrase("Put it in quotation marks if it is part of a value.")


@dataclass(frozen=True, slots=True)
class Word:
    """A word without its quotation marks.

    `raw` is the word as typed, `lost` a backslash outside quotation marks with the character after it, where a shell
    would drop the backslash silently; `replaced` says that a shell would have put something else into it.
    """

    text: str
    raw: str = ""
    lost: str = ""
    replaced: bool = False

    @property
    def plain(self) -> str:
        """The text, which must be one visible line. Raises Refused."""
        self.whole()
        hidden = next((character for character in self.text if not character.isprintable()), None)
        if hidden is not None:
            raise _hidden(hidden)
        return self.text

    def whole(self) -> str:
        """The text, lines and all. Raises Refused where a shell would have dropped a backslash."""
        if self.lost:
            raise no(
                phrase(
                    "The backslash in %(word)s would vanish: outside quotation marks a shell drops it. "
                    "Put the value in quotation marks: '…%(lost)s…'.",
                    word=quoted(self.raw),
                    lost=self.lost,
                )
            )
        return self.text

    def parted(self) -> tuple[str, "Word | None"]:
        """An option's name and the value after its equals sign, where there is one."""
        name, equals, value = self.text.partition("=")
        return name, replace(self, text=value) if equals else None


def split(text: str) -> list[Word]:
    """The words of a command. Raises Refused where a shell would do more than split, and for hidden characters."""
    words: list[Word] = []
    open_word: Word | None = None
    for kind, part in _parts(text.replace("\r\n", "\n").strip()):
        if kind == "space":
            words += [open_word] if open_word else []
            open_word = None
            continue
        seen = open_word or Word("")
        value, lost, replaced = _value(kind, part, first=open_word is None)
        open_word = Word(seen.text + value, seen.raw + part, seen.lost or lost, seen.replaced or replaced)
    return words + ([open_word] if open_word else [])


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Stretches of one kind of quoting, as typed."""
    at = 0
    while at < len(text):
        found = PART.match(text, at)
        if found is None or found.lastgroup is None:
            _visible(text[at:], WITHIN_QUOTES)
            raise no(phrase("A quotation mark or a backslash is left open at %(text)s.", text=quoted(text[at:])))
        yield found.lastgroup, found.group()
        at = found.end()
        if found.lastgroup == "plain" and text[at - 1 : at + 1] in {"$'", '$"'}:
            raise _shell_sign(text[at - 1 : at + 1])


def _value(kind: str, part: str, *, first: bool) -> tuple[str, str, bool]:
    """What a stretch stands for, the backslash that it lost, and whether a shell would replace something in it."""
    if kind == "single":
        return _visible(part[1:-1], WITHIN_QUOTES), "", False
    if kind == "double":
        inner = _visible(part[1:-1], WITHIN_QUOTES)
        replaced = any(found["sign"] for found in REPLACED.finditer(inner))
        return ESCAPED.sub(lambda found: found[1].strip("\n"), inner), "", replaced
    _visible(part)
    if kind == "escape":
        return part[1], "" if part[1] in PROTECTED else part, False
    _no_shell(part, first=first)
    return part, "", False


def _no_shell(part: str, *, first: bool) -> None:
    sign = SIGN.search(part)
    if sign or (first and part.startswith("#")):
        raise _shell_sign(sign.group() if sign else "#")
    mark = next((character for character in part if character in MARKS), None)
    if mark:
        raise no(
            phrase(
                "The quotation mark %(mark)s is a typographic one, which no shell knows. Type ' or \" instead.",
                mark=mark,
            )
        )
    if first and part[0] in DASHES:
        option = f"--{part.strip(DASHES + '-')}"
        raise no(
            phrase(
                "The sign %(sign)s is a dash, not a hyphen. Type %(option)s with two hyphens.",
                sign=part[0],
                option=clipped(option),
            )
        )


def _shell_sign(sign: str) -> Exception:
    why = phrase("The sign %(sign)s belongs to a shell, and there is none here.", sign=quoted(sign))
    return no(joined(why, IN_QUOTES))


def _visible(text: str, allowed: str = "") -> str:
    if not text.isprintable():
        hidden = next((one for one in text if not one.isprintable() and one not in allowed), None)
        if hidden is not None:
            raise _hidden(hidden)
    return text


def _hidden(character: str) -> Exception:
    return no(phrase("The command holds %(what)s. Type it again without that, in one line.", what=named(character)))
