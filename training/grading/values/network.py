"""Network ends: addresses, and addresses with a port."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from training.grading.values.base import AnswerType, Canon, Misfit, Spec, answer_type, plain_digits, quoted
from training.grading.values.numbers import HIGHEST_PORT
from training.sentence import phrase

_SCHEME = re.compile(r"(?:tcp|udp|hxxps?|https?)\[?:\]?//", re.IGNORECASE)
_DOT = re.compile(r"[\[({](?:\.|dot)[\])}]", re.IGNORECASE)
_COLON_SIGN = re.compile(r"[\[({]:[\])}]")
_PROTOCOL = re.compile(r"\s*/[ ]?(?:tcp|udp)", re.IGNORECASE)
_SOME = r"[0-9a-fA-F:.]{2,45}"
_ZONE = r"(?:%[0-9A-Za-z_.-]{1,32})?"
_BRACKETED = re.compile(rf"\[({_SOME}{_ZONE})\]:?\s*([0-9]{{1,5}})")
_SPACED = re.compile(rf"({_SOME}?{_ZONE})(?:\s*,\s*|\s+)(?:port\s+)?([0-9]{{1,5}})", re.IGNORECASE)
_COLON = re.compile(r"([0-9.]{7,15}):\s*([0-9]{1,5})")
_DOTTED = re.compile(r"((?:[0-9]{1,3}\.){3}[0-9]{1,3})\.([0-9]{1,5})")
_ALONE = re.compile(rf"\[?({_SOME})({_ZONE})\]?")
_FOUR = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_PAIR = 2
_FORMS = (_BRACKETED, _COLON, _SPACED, _DOTTED)


def address(text: str) -> str:
    """An address in canonical form: IPv6 compressed, mapped IPv4 as IPv4, without a zone. Raises `ValueError`."""
    parsed: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        return parsed.compressed if parsed.ipv4_mapped is None else str(parsed.ipv4_mapped)
    return str(parsed)


def endpoint(end: str, port: int) -> str:
    """An endpoint in canonical form: address and port, IPv6 in brackets. Raises `ValueError`."""
    if not 0 <= port <= HIGHEST_PORT:
        raise ValueError(f"a port is a number from 0 to {HIGHEST_PORT}")
    known = address(end)
    return f"[{known}]:{port}" if ":" in known else f"{known}:{port}"


def _fanged(text: str) -> tuple[str, tuple[str, ...]]:
    """Text with defanged writing undone, without a scheme before and a slash after it, and a note where it changed."""
    bare = _COLON_SIGN.sub(":", _DOT.sub(".", _SCHEME.sub("", text, count=1))).strip().rstrip("/")
    return bare, ((phrase("Read as %(plain)s from defanged writing.", plain=bare),) if bare != text else ())


def _said(typed: str, canon: str) -> tuple[str, ...]:
    """Notes on what of a typed address is not in its canonical form."""
    head, sign, zone = typed.partition("%")
    notes: list[str] = []
    if sign:
        notes.append(phrase("The zone '%(zone)s' names an interface of one machine and was dropped.", zone=zone))
    if ":" in head and ":" not in canon:
        notes.append(phrase("An IPv4 address written as IPv6: read as %(address)s.", address=canon))
    return tuple(notes)


@answer_type
class Ip(AnswerType):
    """An IPv4 or IPv6 address. Defanged writing (192[.]0[.]2[.]1) is read; a mapped IPv4 address is that address.

    The zone of an address (`%eth0`) is dropped with a note.
    """

    name = "ip"
    expected = phrase("an IPv4 or IPv6 address")
    example = "192.0.2.17"
    separator = r"[\s,;]+"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """Undo defanged writing, then read one address."""
        plain, notes = plain_digits(text)
        bare, more = _fanged(plain)
        found = _ALONE.fullmatch(bare)
        try:
            canon = address(found[1]) if found else ""
        except ValueError:
            canon = ""
        if not found or not canon:
            raise self.refuse(self._trouble(bare))
        return canon, (*notes, *more, *_said(found[1] + found[2], canon))

    def _trouble(self, text: str) -> str:
        if any(form.fullmatch(text) for form in _FORMS):
            return phrase("%(typed)s holds a port: only the address is asked for.", typed=quoted(text))
        if "/" in text:
            return phrase("%(typed)s holds more than an address.", typed=quoted(text))
        if _FOUR.fullmatch(text) and any(len(part) > 1 and part[0] == "0" for part in text.split(".")):
            return phrase(
                "%(typed)s has zeros at the front of a number, which some programs read as octal.", typed=quoted(text)
            )
        return phrase("%(typed)s is not an address that exists.", typed=quoted(text))

    def of_data(self, data: object, spec: Spec) -> Canon:  # noqa: ARG002 - one form for all
        """A text that is an address."""
        if isinstance(data, str):
            try:
                return address(data.strip())
            except ValueError as error:
                raise Misfit("an address is IPv4 or IPv6") from error
        raise Misfit("an address is a text")


@answer_type
class Endpoint(AnswerType):
    """One end of a connection: IPv4 or IPv6 address and port. Defanged writing (203[.]0[.]113[.]9) is read."""

    name = "endpoint"
    expected = phrase("address:port, IPv6 addresses in brackets")
    example = "192.0.2.17:514"
    separator = r"[\n;]+|,\s+|\s+(?=[0-9\[])"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """Undo defanged writing, then read address and port."""
        plain, notes = plain_digits(text)
        found_protocol = _PROTOCOL.search(plain)
        if found_protocol and found_protocol.end() == len(plain):
            plain = plain[: found_protocol.start()]
        bare, more = _fanged(plain)
        found = next((one for form in _FORMS if (one := form.fullmatch(bare))), None)
        if not found:
            raise self.refuse(self._trouble(bare))
        try:
            canon = endpoint(found[1], int(found[2]))
        except ValueError:
            why = phrase(
                "The address or the port in %(typed)s does not exist: a port is from 0 to %(high)s.",
                typed=quoted(bare),
                high=HIGHEST_PORT,
            )
            raise self.refuse(why) from None
        return canon, (*notes, *more, *_said(found[1], canon if canon.startswith("[") else canon.partition(":")[0]))

    def _trouble(self, text: str) -> str:
        try:
            ip_address(text.strip("[]"))
        except ValueError:
            if text.count(":") > 1:
                return phrase(
                    "An IPv6 address stands in brackets, so that its port can be told apart, not as %(typed)s.",
                    typed=quoted(text),
                )
            return phrase("%(typed)s is not an address with a port.", typed=quoted(text))
        return phrase("The port is missing in %(typed)s, or can't be told apart from the address.", typed=quoted(text))

    def of_data(self, data: object, spec: Spec) -> Canon:
        """A text in canonical form, or a list of address and port."""
        if isinstance(data, str):
            found = _BRACKETED.fullmatch(data) or _COLON.fullmatch(data)
            if found:
                return self._of_pair(found[1], found[2])
        if isinstance(data, list | tuple) and len(data) == _PAIR:
            return self.of_data(self._of_pair(data[0], data[1]), spec)
        raise Misfit("an endpoint is an address and a port")

    def of_cells(self, cells: Sequence[object], spec: Spec) -> tuple[Canon, ...]:
        """Two cells are joined: address and port."""
        if len(cells) != _PAIR:
            return super().of_cells(cells, spec)
        try:
            return (self._of_pair(cells[0], cells[1]),)
        except Misfit:
            return ()

    def _of_pair(self, end: object, port: object) -> str:
        digits = isinstance(port, str) and port.isascii() and port.isdigit() and len(port) <= len(str(HIGHEST_PORT))
        if isinstance(end, str) and (digits or (isinstance(port, int) and not isinstance(port, bool))):
            try:
                return endpoint(end, int(str(port)))
            except ValueError as error:
                raise Misfit(str(error)) from error
        raise Misfit("an endpoint is an address and a port")
