"""Regular expressions of authors, by RE2: no text can make one slow, and too large ones are refused at loading."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

LONGEST_PATTERN = 500
"""Characters of a pattern."""

_MEMORY = 256 * 1024
"""Bytes that one compiled pattern may take, its tables included."""

_LARGEST = 1_500
"""Instructions of a compiled pattern: with a text of 2,000 characters the slowest one is done within 50 ms."""

_ANYTHING = ("", "7", "no answer of any question", "\N{ARABIC LETTER ALEF}!\\<>#0x7f")
"""Texts that nobody takes for one answer: a pattern that two of them fit asks for nothing."""
_MOST_OF_ANYTHING = 2


class BadPattern(ValueError):
    """A pattern that can't be used, with the reason."""


def check(pattern: str, *, ignore_case: bool = False) -> None:
    """Refuse a pattern that is none, that is too large, or that every text fits. Raises `BadPattern`."""
    if len(pattern) > LONGEST_PATTERN:
        raise BadPattern(f"the pattern has {len(pattern):,} characters; at most {LONGEST_PATTERN} are allowed")
    try:
        compiled = _compiled(pattern, ignore_case)
    except re2.error as trouble:
        reason = trouble.args[0] if trouble.args else trouble
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise BadPattern(f"the pattern can't be used: {said}") from None
    if compiled.programsize > _LARGEST:
        raise BadPattern(f"the pattern is too large: {compiled.programsize:,} instructions, at most {_LARGEST:,}")
    if sum(compiled.fullmatch(text) is not None for text in _ANYTHING) >= _MOST_OF_ANYTHING:
        raise BadPattern("every text fits the pattern")


def fits(text: str, pattern: str, *, ignore_case: bool = False) -> bool:
    """Whether a text fits a pattern from its beginning to its end."""
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str, ignore_case: bool) -> Any:  # noqa: FBT001 - the key of a cache
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.never_capture = True
    options.case_sensitive = not ignore_case
    return re2.compile(pattern, options)
