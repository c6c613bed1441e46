"""Digits of other scripts, for tests: whatever a person's keyboard writes is one number."""

from __future__ import annotations

from hypothesis import strategies as st

ZEROS = (0x30, 0x660, 0x6F0, 0x966, 0xFF10)
"""The digit 0 of ASCII, Arabic, Persian, Devanagari, and the wide forms."""

SCRIPTS = st.sampled_from(ZEROS)


def in_script(text: str, zero: int) -> str:
    """A text whose digits are those of another script."""
    return text.translate({0x30 + digit: zero + digit for digit in range(10)})
