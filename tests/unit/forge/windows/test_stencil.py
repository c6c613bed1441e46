import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.forge.windows.builds.load import NAMES, UnknownMember, build
from training.forge.windows.layout import DoesNotFit, Struct
from training.forge.windows.stencil import Stencil

MEMBERS = (
    "VadNode.Left",
    "StartingVpn",
    "StartingVpnHigh",
    "u.VadFlags.Protection",
    "u.VadFlags.PrivateMemory",
    "u1.VadFlags1.CommitCharge",
)
WIDTHS = (64, 32, 8, 5, 1, 31)


class Flat:
    """Memory from address 0."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)

    def read(self, va: int, n: int) -> bytes:
        return bytes(self.data[va : va + n])

    def write(self, va: int, data: bytes) -> None:
        self.data[va : va + len(data)] = data


@pytest.mark.parametrize("name", NAMES)
@given(values=st.tuples(*(st.integers(0, (1 << width) - 1) for width in WIDTHS)))
def test_it_writes_what_members_one_by_one_would(name: str, values: tuple[int, ...]) -> None:
    table = build(name)
    stencil = Stencil(table, "_MMVAD_SHORT", *MEMBERS)
    expected = Flat(bytes(stencil.size))
    single = Struct(table, expected, "_MMVAD_SHORT", 0)
    for member, value in zip(MEMBERS, values, strict=True):
        single.put(member, value)
    assert stencil.fill(*values) == expected.data
    found = Struct(table, Flat(bytes(stencil.fill(*values))), "_MMVAD_SHORT", 0)
    assert tuple(found.get(member) for member in MEMBERS) == values


@pytest.mark.parametrize("place", range(len(MEMBERS)))
@pytest.mark.parametrize("low", [True, False])
def test_nothing_is_cut(place: int, *, low: bool) -> None:
    values = [0] * len(MEMBERS)
    values[place] = -1 if low else 1 << WIDTHS[place]
    with pytest.raises(DoesNotFit, match=MEMBERS[place].replace(".", r"\.")):
        Stencil(build("19041"), "_MMVAD_SHORT", *MEMBERS).fill(*values)


def test_members_have_to_be_known_numbers_and_all_be_given() -> None:
    table = build("19041")
    with pytest.raises(UnknownMember):
        Stencil(table, "_MMVAD_SHORT", "Colour")
    with pytest.raises(DoesNotFit, match="ImageFileName is no single number"):
        Stencil(table, "_EPROCESS", "ImageFileName")
    with pytest.raises(ValueError, match="longer than argument"):
        Stencil(table, "_MMVAD_SHORT", "StartingVpn", "EndingVpn").fill(1)
