import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.analysis.render import ABSENCES, cell, named, visible


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (0xFFFF888004200000, "hex", "0xffff888004200000"),
        (0, "hex", "0x0"),
        (-1, "hex", "-0x1"),
        (5, "bin", "0b101"),
        (145, "int", "145"),
        (-559087616, "int", "-559087616"),
        (True, "bool", "True"),
        (False, "bool", "False"),
        (1.5, "float", "1.5"),
        ("memfd:upd", "str", "memfd:upd"),
        ("2026-11-25T10:49:57+00:00", "datetime", "2026-11-25 10:49:57Z"),
        ("2026-11-25T10:49:57.617890+00:00", "datetime", "2026-11-25 10:49:57.617890Z"),
        ("2026-11-25T10:49:57", "datetime", "2026-11-25 10:49:57"),
        (None, "str", ""),
        ("90 90", "hexbytes", "90 90"),
    ],
)
def test_cells(value: Any, kind: str, shown: str) -> None:
    assert cell(value, kind) == shown


@pytest.mark.parametrize("absent", ABSENCES)
def test_absence_is_its_word(absent: str) -> None:
    assert cell(None, "hex", absent) == absent
    assert cell("N/A", "hexbytes", absent) == absent


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\nb\tc\0", "a␊b␉c␀"),
        ("\x7f", "␡"),
        ("\u202egnp.exe", "\u2039U+202E\u203agnp.exe"),
        ("a\u200bb", "a\u2039U+200B\u203ab"),
        ("a\u00a0b", "a\u2039U+00A0\u203ab"),
        ("\u2028", "\u2039U+2028\u203a"),
        ("\x85", "\u2039U+0085\u203a"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("ордер", "ордер"),
    ],
)
def test_what_is_hidden_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_hidden_is_left(text: str) -> None:
    shown = visible(text)
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in shown)
    if text.isascii() and text.isprintable():
        assert shown == text


@pytest.mark.parametrize(
    ("character", "said"),
    [
        ("\u202e", "a direction mark (U+202E)"),
        ("\u200f", "a direction mark (U+200F)"),
        ("\u2066", "a direction mark (U+2066)"),
        ("\u200b", "an invisible character (U+200B)"),
        ("\x1b", "a control character (U+001B)"),
        ("\r", "a line break (U+000D)"),
        ("\u2028", "a line break (U+2028)"),
        ("\u00a0", "an unusual space (U+00A0)"),
        ("\ue000", "a private character (U+E000)"),
    ],
)
def test_a_hidden_character_is_named_by_its_sort(character: str, said: str) -> None:
    assert named(character) == said
