"""Texts: paths, command lines and choices."""

from __future__ import annotations

import re

from training.grading.values.base import (
    AnswerType,
    Canon,
    Misfit,
    Spec,
    Unreadable,
    answer_type,
    quoted,
    readable,
    trimmed,
)

_DELETED = " (deleted)"
_SLASHES = re.compile(r"/(?:\./|/)+")
_QUOTES = {"'": "'", '"': '"', "`": "`", "\N{LEFT SINGLE QUOTATION MARK}": "\N{RIGHT SINGLE QUOTATION MARK}", "“": "”"}


def _bare(text: str) -> str:
    """A path without one pair of quotation marks, one note on deletion, the slash and the white space at its end."""
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1]
    text = trimmed(trimmed(text).removesuffix(_DELETED))
    return trimmed(text.rstrip("/")) or text[:1]


class _Text(AnswerType):
    def of_data(self, data: object, spec: Spec) -> Canon:
        if not isinstance(data, str):
            raise Misfit(f"a {self.name} is a text")
        try:
            return self.read(readable(data), spec)[0]
        except Unreadable as unreadable:
            raise Misfit(unreadable.why) from unreadable


@answer_type
class Path(_Text):
    """A Linux path. The space before and the ' (deleted)' after a path, which plugins print, are no part of it.

    A name without a slash is readable, so that 'this is the label, not the path' can be said of it.
    """

    name = "path"
    expected = "a full path from the root"
    example = "/usr/sbin/cron"
    separator = r"[\n,;]+"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """One line, without quotes, doubled slashes and the note on deletion."""
        notes: list[str] = []
        path, bare = text, _bare(text)
        while bare != path:
            path, bare = bare, _bare(bare)
        if _DELETED in text and not path.endswith(_DELETED):
            notes.append("Read without '(deleted)', which is a note of the kernel and no part of the path.")
        if not path:
            raise self.refuse("There is no path between the quotation marks.")
        if "\n" in path or "\r" in path:
            raise self.refuse(f"{quoted(path)} has a line break: a path stands on one line.")
        path = _SLASHES.sub("/", path)
        if not path.startswith("/"):
            notes.append("There is no '/' at the start: read as a name, not as a full path.")
        return path, tuple(notes)


@answer_type
class String(_Text):
    """A text that must be exact, such as a command line. White space at its ends does not count."""

    name = "string"
    expected = "the exact text, as the plugin prints it"
    example = "ls -l /var/log"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """As typed, without white space at its ends."""
        return text, ()


@answer_type
class Choice(AnswerType):
    """One of the options of the question, by its id or its text."""

    name = "choice"
    expected = "one of the options"
    example = "after"
    example_spec = {"options": {"before": "before the capture", "after": "after the capture"}}  # noqa: RUF012

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """The option that is named by its id or its text."""
        return one_of(text, spec.options, self), ()

    def of_data(self, data: object, spec: Spec) -> Canon:
        """The id of an option."""
        if not isinstance(data, str) or data not in spec.options:
            raise Misfit(f"{data!r} is none of the options {', '.join(spec.options)}")
        return data


def one_of(text: str, options: dict[str, str], kind: AnswerType) -> str:
    """The id of the option that is named by id or by text, whatever the case. Raises `Unreadable`."""
    wanted = " ".join(text.casefold().split())
    for option, label in options.items():
        if wanted in {option.casefold(), " ".join(label.casefold().split())}:
            return option
    known = ", ".join(options)
    raise kind.refuse(f"{quoted(text.strip())} is none of: {known}.", f"{kind.expected}: {known}")
