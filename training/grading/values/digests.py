"""Hashes of files and of parts of memory."""

from __future__ import annotations

import re

from training.grading.values.base import (
    AnswerType,
    Canon,
    Misfit,
    Spec,
    Unreadable,
    answer_type,
    plain_digits,
    quoted,
    readable,
)
from training.sentence import phrase

LENGTHS = {32: "MD5", 40: "SHA-1", 64: "SHA-256", 128: "SHA-512"}
"""Hexadecimal digits of each hash."""

_LABEL = re.compile(r"(md5|sha-?1|sha-?256|sha-?512)(?:[ ]*[:=][ ]*|[ ]+)", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s:-]+")
_FOREIGN = re.compile(r"[^0-9a-f]")


@answer_type
class Hash(AnswerType):
    """A hash, told by its length: MD5, SHA-1, SHA-256 or SHA-512. Spaces, colons and capital letters don't count."""

    name = "hash"
    expected = phrase("an MD5, SHA-1, SHA-256 or SHA-512 in hexadecimal")
    example = "d41d8cd98f00b204e9800998ecf8427e"
    separator = r"[\n,;]+"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """Hexadecimal digits of one of the four lengths; the name of the hash may stand before them."""
        plain, notes = plain_digits(text)
        label = _LABEL.match(plain)
        digits = _BETWEEN.sub("", plain[label.end() :] if label else plain).lower()
        foreign = _FOREIGN.search(digits)
        if foreign:
            raise self.refuse(
                phrase("%(sign)s in %(typed)s is no hexadecimal digit.", sign=quoted(foreign[0]), typed=quoted(plain))
            )
        known = LENGTHS.get(len(digits))
        if known is None:
            lengths = ", ".join(f"{name} {size}" for size, name in LENGTHS.items())
            raise self.refuse(
                phrase(
                    "A hash of %(n)s hexadecimal digits is not known. There are: %(known)s.",
                    n=str(len(digits)),
                    known=lengths,
                )
            )
        if label and label[1].replace("-", "").upper() != known.replace("-", ""):
            raise self.refuse(
                phrase(
                    "%(n)s hexadecimal digits make a %(known)s, and %(named)s was named.",
                    n=len(digits),
                    known=known,
                    named=label[1],
                )
            )
        return digits, (*notes, phrase("Read as %(known)s: %(n)s hexadecimal digits.", known=known, n=len(digits)))

    def of_data(self, data: object, spec: Spec) -> Canon:
        """A text of one of the lengths."""
        if not isinstance(data, str):
            raise Misfit("a hash is a text of hexadecimal digits")
        try:
            return self.read(readable(data), spec)[0]
        except Unreadable as unreadable:
            raise Misfit(unreadable.why) from unreadable
