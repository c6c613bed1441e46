"""Structures that are written by the thousand: where their members lie is looked up once, not for each.

What `layout.Struct` checks for each value is checked here too: nothing is cut in silence.
"""

import struct
from typing import Final

from training.forge.windows.builds.load import Build
from training.forge.windows.layout import DoesNotFit

_FORMS: Final = {1: "<B", 2: "<H", 4: "<I", 8: "<Q"}


class Stencil:
    """A structure of which always the same members are set.

    Args:
        build: whose structure it is.
        kind: the structure's name.
        paths: of the members, in the order in which `fill` is given their values.

    Attributes:
        size: bytes of the structure.

    Raises:
        UnknownMember: the structure has no such member.
        DoesNotFit: a member is no single number.
    """

    def __init__(self, build: Build, kind: str, *paths: str) -> None:
        self.kind = kind
        self.size = build.sizeof(kind)
        self._paths = paths
        self._places: list[tuple[struct.Struct, int, int, int]] = []
        for path in paths:
            place = build.place(kind, path)
            if place.form.counts or place.size not in _FORMS:
                raise DoesNotFit(f"{kind}.{path} is no single number")
            bits = place.form.length or 8 * place.size
            self._places.append((struct.Struct(_FORMS[place.size]), place.offset, place.form.bit, bits))

    def fill(self, *values: int) -> bytearray:
        """The bytes of a structure with the values of its members, and zero elsewhere.

        Raises:
            DoesNotFit: a value is negative or too large for its member.
        """
        data = bytearray(self.size)
        for number, (value, (form, offset, shift, bits)) in enumerate(zip(values, self._places, strict=True)):
            if value < 0 or value >> bits:
                raise DoesNotFit(f"{self.kind}.{self._paths[number]} has {bits} bits: {value:#x} is too large")
            if bits < 8 * form.size:
                value = form.unpack_from(data, offset)[0] | value << shift  # noqa: PLW2901 - with its neighbours
            form.pack_into(data, offset, value)
        return data
