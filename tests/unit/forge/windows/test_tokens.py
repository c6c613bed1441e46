import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.forge.windows import populated, reading
from training.forge.windows import Forged, tokens
from training.forge.windows.builds.load import NAMES
from training.forge.windows.plan import Token
from training.forge.windows.privileges import PRIVILEGES


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> Forged:
    return reading.forged(request.param)


def spelt(raw: bytes) -> str:
    """A security identifier as people write it."""
    revision, count = raw[0], raw[1]
    parts = struct.unpack_from(f"<{count}I", raw, 8)
    return "-".join(["S", str(revision), str(int.from_bytes(raw[2:8], "big")), *map(str, parts)])


def groups(made: Forged, name: str) -> list[tuple[str, int]]:
    kernel = reading.kernel(made)
    at = reading.process(made, name).get("Token.Value") & ~0xF
    token = reading.view(made, "_TOKEN", at)
    pairs = kernel.read(token.get("UserAndGroups"), 16 * token.get("UserAndGroupCount"))
    return [(spelt(kernel.read(sid, 0x44)), attributes) for sid, attributes in struct.iter_unpack("<QQ", pairs)]


@pytest.mark.parametrize(("name", "token"), [("lsass.exe", populated.SYSTEM), ("rundll.exe", populated.PERSON)])
def test_a_token_tells_user_and_groups_in_the_order_of_the_plan(made: Forged, name: str, token: Token) -> None:
    assert groups(made, name) == [(token.user, 0), *token.groups]


def test_ended_processes_keep_their_token(made: Forged) -> None:
    assert groups(made, "setup.exe")[0] == ("S-1-5-18", 0)


def test_privileges_are_bits(made: Forged) -> None:
    at = reading.process(made, "lsass.exe").get("Token.Value") & ~0xF
    token = reading.view(made, "_TOKEN", at)
    found = [token.get(f"Privileges.{member}") for member in ("Present", "Enabled", "EnabledByDefault")]
    assert found == [1 << 20 | 1 << 7 | 1 << 19, 1 << 20 | 1 << 7, 1 << 20 | 1 << 7]


@pytest.mark.parametrize(
    ("name", "number"),
    [("SeCreateTokenPrivilege", 2), ("SeDebugPrivilege", 20), ("SeImpersonatePrivilege", 29)],
)
def test_privileges_have_the_numbers_of_windows(name: str, number: int) -> None:
    assert tokens.bit(name) == number


def test_the_last_privilege_is_number_36() -> None:
    assert tokens.bit(PRIVILEGES[-1]) == 36


def test_an_unknown_privilege_is_named() -> None:
    with pytest.raises(ValueError, match="'SeFlyPrivilege'"):
        tokens.bit("SeFlyPrivilege")


numbers = st.integers(min_value=0, max_value=0xFFFFFFFF)


@given(st.integers(min_value=0, max_value=(1 << 48) - 1), st.lists(numbers, max_size=15))
def test_every_identifier_can_be_read_again(authority: int, parts: list[int]) -> None:
    text = "-".join(["S", "1", str(authority), *map(str, parts)])
    assert spelt(tokens.sid(text)) == text


@pytest.mark.parametrize("text", ["", "S-1", "S-2-5-18", "X-1-5-18", "S-1-5" + "-1" * 16])
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no security identifier"):
        tokens.sid(text)
