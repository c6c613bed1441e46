"""Codes that are typed from paper."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.credentials import codes
from training.errors import Refused


def test_a_code_can_not_be_guessed_and_has_no_letters_that_look_alike() -> None:
    assert (codes.LENGTH - 1) * math.log2(len(codes.ALPHABET)) > 92
    assert not set("01ILOSU") & set(codes.ALPHABET)
    assert len({codes.new_code() for _ in range(100)}) == 100


def test_however_it_is_typed_it_is_the_same_code() -> None:
    code = codes.new_code()
    assert codes.spelled(code).count("-") == 3
    arabic = code.translate({ord(str(n)): chr(0x660 + n) for n in range(10)})
    for typed in (code.lower(), codes.spelled(code), f" {codes.spelled(code)} ".replace("-", " \u2013 "), arabic):
        assert codes.read(typed) == code
    assert codes.read(code.replace("5", "s").replace("V", "u")) == code


@given(st.integers(0, 19), st.sampled_from(codes.ALPHABET))
def test_any_one_wrong_letter_is_found(at: int, letter: str) -> None:
    code = codes.new_code()
    wrong = code[:at] + letter + code[at + 1 :]
    if wrong != code:
        with pytest.raises(Refused):
            codes.read(wrong)


@given(st.integers(0, 18))
def test_two_letters_swapped_are_found(at: int) -> None:
    code = codes.new_code()
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    if swapped != code:
        with pytest.raises(Refused):
            codes.read(swapped)


@pytest.mark.parametrize("typed", ["", "O" * 20, "7K3M9", "é" * 20, "<script>", "\0", "7" * 5000])
def test_what_is_no_code_is_refused_with_a_reason(typed: str) -> None:
    with pytest.raises(Refused) as bad:
        codes.read(typed)
    assert bad.value.field == "code"
