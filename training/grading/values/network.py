"""Network ends: an address and a port."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from training.grading.values.base import AnswerType, Canon, Misfit, Spec, answer_type, plain_digits, quoted

_SCHEME = re.compile(r"(?:tcp|udp|hxxps?|https?)\[?:\]?//", re.IGNORECASE)
_BRACKETED = re.compile(r"\[([0-9a-fA-F:.]{2,45})\]:?\s*([0-9]{1,5})")
_SPACED = re.compile(r"([0-9a-fA-F:.]{2,45}?)(?:\s*,\s*|\s+)([0-9]{1,5})")
_COLON = re.compile(r"([0-9.]{7,15}):\s*([0-9]{1,5})")
_HIGHEST_PORT = 65_535
_PAIR = 2


def endpoint(address: str, port: int) -> str:
    """An endpoint in canonical form: IPv6 compressed and in brackets, mapped IPv4 as IPv4. Raises `ValueError`."""
    if not 0 <= port <= _HIGHEST_PORT:
        raise ValueError(f"a port is a number from 0 to {_HIGHEST_PORT}")
    if "%" in address:
        raise ValueError("an address with a scope is not an endpoint of the wire")
    parsed: IPv4Address | IPv6Address = ip_address(address)
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return f"[{parsed.compressed}]:{port}"
        parsed = parsed.ipv4_mapped
    return f"{parsed}:{port}"


@answer_type
class Endpoint(AnswerType):
    """One end of a connection: IPv4 or IPv6 address and port. Defanged writing (203[.]0[.]113[.]9) is read."""

    name = "endpoint"
    expected = "address:port, IPv6 addresses in brackets"
    example = "192.0.2.17:514"
    separator = r"[\n;]+|,\s+|\s+(?=[0-9\[])"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """Undo defanged writing, then read address and port."""
        plain, notes = plain_digits(text)
        bare = _SCHEME.sub("", plain, count=1)
        for sign in ".:":
            for form in (f"[{sign}]", f"({sign})", f"{{{sign}}}"):
                bare = bare.replace(form, sign)
        bare = bare.replace("[dot]", ".").replace("(dot)", ".").strip().rstrip("/")
        if bare != plain:
            notes = (*notes, f"Read as {bare} from defanged writing.")
        found = _BRACKETED.fullmatch(bare) or _SPACED.fullmatch(bare) or _COLON.fullmatch(bare)
        if not found:
            raise self.refuse(self._trouble(bare))
        try:
            canon = endpoint(found[1], int(found[2]))
        except ValueError:
            why = f"The address or the port in {quoted(bare)} does not exist: a port is from 0 to {_HIGHEST_PORT:,}."
            raise self.refuse(why) from None
        if ":" in found[1] and not canon.startswith("["):
            notes = (*notes, f"An IPv4 address written as IPv6: read as {canon}.")
        return canon, notes

    def _trouble(self, text: str) -> str:
        try:
            ip_address(text.strip("[]"))
        except ValueError:
            if text.count(":") > 1:
                return f"An IPv6 address stands in brackets, so that its port can be told apart, not as {quoted(text)}."
            return f"{quoted(text)} is not an address with a port."
        return f"The port is missing in {quoted(text)}, or can't be told apart from the address."

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

    def _of_pair(self, address: object, port: object) -> str:
        digits = isinstance(port, str) and port.isascii() and port.isdigit() and len(port) <= len(str(_HIGHEST_PORT))
        if isinstance(address, str) and (digits or (isinstance(port, int) and not isinstance(port, bool))):
            try:
                return endpoint(address, int(str(port)))
            except ValueError as error:
                raise Misfit(str(error)) from error
        raise Misfit("an endpoint is an address and a port")
