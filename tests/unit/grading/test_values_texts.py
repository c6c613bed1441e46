from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.grading.readings import check_reading
from tests.unit.grading.scripts import SCRIPTS, in_script
from training.grading.values import patterns
from training.grading.values.base import Misfit, Spec, Unreadable
from training.grading.values.digests import LENGTHS
from training.grading.values.patterns import BadPattern
from training.grading.values.reading import kind_of, read

TEXT, HASH, WRITTEN = Spec(type="text"), Spec(type="hash"), Spec(type="written")
PATTERN = Spec(type="pattern", pattern="fin-[0-9]{4}")
LOOSE = PATTERN.model_copy(update={"ignore_case": True})
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize(
    ("text", "spec", "canon", "note"),
    [
        ("Kernel   THREAD", TEXT, "kernel thread", None),
        ("\uff4b\uff45\uff52nel thread", TEXT, "kernel thread", None),
        ("kernel\u00a0thread\n", TEXT, "kernel thread", None),
        ("Straße ﬁle", TEXT, "strasse file", None),
        ("٣ processes", TEXT, "3 processes", "Digits of another script"),
        ("خيط النواة", TEXT, "خيط النواة", None),
        ("ker\u200bnel", TEXT, "kernel", "An invisible character (U+200B) was removed."),
        ("FIN-٢٠٣١", PATTERN, "FIN-2031", "Digits of another script"),
        ("a\r\nb\rc", WRITTEN, "a\nb\nc", None),
        ("x" * 8000, WRITTEN, "x" * 8000, None),
        (DIGEST.upper(), HASH, DIGEST, "Read as SHA-256: 64 hexadecimal digits."),
        (f"SHA-256: {DIGEST}", HASH, DIGEST, "Read as SHA-256"),
        (f"sha256 {DIGEST[:32]} {DIGEST[32:]}", HASH, DIGEST, "Read as SHA-256"),
        (":".join(re.findall("..", DIGEST[:40])), HASH, DIGEST[:40], "Read as SHA-1: 40"),
        ("-".join(re.findall("....", DIGEST[:32])), HASH, DIGEST[:32], "Read as MD5: 32"),
        (DIGEST * 2, HASH, DIGEST * 2, "Read as SHA-512: 128"),
    ],
)
def test_reads(text: str, spec: Spec, canon: object, note: str | None) -> None:
    check_reading(text, spec, canon, note)


@pytest.mark.parametrize(
    ("text", "spec", "why"),
    [
        ("x" * 8001, WRITTEN, "has 8,001 characters; at most 8,000 are read"),
        ("\ufdfa" * 200, TEXT, "more than 2,000 characters"),
        (DIGEST[:-1], HASH, "A hash of 63 hexadecimal digits is not known. There are: MD5 32, SHA-1 40, SHA-256 64"),
        (DIGEST[:-1] + "g", HASH, "'g' in '9f86"),
        (f"MD5 {DIGEST}", HASH, "64 hexadecimal digits make a SHA-256, and MD5 was named"),
        ("::", HASH, "A hash of 0 hexadecimal digits"),
    ],
)
def test_refuses(text: str, spec: Spec, why: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(why)) as caught:
        read(text, spec)
    assert caught.value.expected
    assert caught.value.example


@given(st.sampled_from(list(LENGTHS)), st.data(), SCRIPTS)
def test_any_spelling_of_a_hash_is_one(length: int, data: st.DataObject, script: int) -> None:
    digits = data.draw(st.text("0123456789abcdef", min_size=length, max_size=length))
    pairs = re.findall("..", digits)
    forms = [digits, digits.upper(), ":".join(pairs), " ".join(pairs), "-".join(pairs), f"{LENGTHS[length]}: {digits}"]
    assert {read(in_script(form, script if ":" not in form else 0x30), HASH).canon for form in forms} == {digits}
    assert kind_of(HASH).of_cells([digits, digits.upper(), digits[1:], None], HASH) == (digits, digits)


@given(st.lists(st.text("abcABCéÉßﬁ\uff4b\u06633", min_size=1), min_size=1, max_size=6))
def test_any_spelling_of_a_short_text_is_one(words: list[str]) -> None:
    canon = read(" ".join(words), TEXT).canon
    forms = ["  ".join(words), "\u00a0".join(words), "\n".join(words), unicodedata.normalize("NFKD", " ".join(words))]
    forms += [" ".join(words).upper(), " ".join(words).lower()]
    assert {read(form, TEXT).canon for form in forms} == {canon}
    assert kind_of(TEXT).of_data(" ".join(words), TEXT) == canon


@pytest.mark.parametrize(
    ("text", "strict", "loose"),
    [("fin-2031", True, True), ("FIN-2031", False, True), ("fin-203", False, False), ("xfin-2031", False, False),
     ("fin-2031\nfin-2031", False, False), (PATTERN.pattern or "", False, False)],
)  # fmt: skip
def test_a_pattern_fits_from_end_to_end(text: str, strict: bool, loose: bool) -> None:  # noqa: FBT001
    for spec, right in ((PATTERN, strict), (LOOSE, loose)):
        key = spec.pattern or ""
        assert kind_of(spec).same(text, key, spec) == right
        assert kind_of(spec).correctness(text, key, spec, {}) == right


def test_a_row_shows_a_text_of_the_pattern_where_it_is_that_text() -> None:
    assert kind_of(PATTERN).of_cells(["fin-2031", 7], PATTERN) == ("fin-2031",)
    assert kind_of(PATTERN).same("fin-2031", "fin-2031", PATTERN)
    assert not kind_of(PATTERN).same("fin-2031", "fin-2032", PATTERN)
    assert not kind_of(PATTERN).same("fin-2031", ".*", PATTERN), "a cell is never a pattern"
    assert kind_of(LOOSE).same("fin-2031", "FIN-2031", LOOSE)
    with pytest.raises(Misfit):
        kind_of(PATTERN).of_data(7, PATTERN)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a", "missing ): (a"),
        ("a{1001}", "invalid repetition size"),
        (r"(\w+)\1", "invalid escape sequence"),
        ("(?=a)b", "invalid perl operator: (?="),
        ("((a{100}){10}){10}", "invalid repetition size"),
        (r"\pL{400}", "pattern too large"),
        ("(?:a?){1000}a{1000}", "3,004 instructions, at most 1,500"),
        ("a" * 501, "501 characters; at most 500"),
        (".*", "every text fits"),
        (r"[\s\S]+", "every text fits"),
        ("|.+", "every text fits"),
    ],
)
def test_hostile_patterns_are_refused_with_the_reason(pattern: str, why: str) -> None:
    best = 1.0
    for _ in range(3):
        start = time.process_time()
        with pytest.raises(BadPattern, match=re.escape(why)):
            patterns.check(pattern)
        best = min(best, time.process_time() - start)
    assert best < 0.05


@pytest.mark.parametrize(
    "pattern",
    ["(x+x+)+y", "(a|a)*b", "(a*)*b", "(?:a?){300}a{300}", "(?:.*a){40}b", "(?:(?:.?){10}){10}x", r"(?:\w+\s?)*!"],
)
@pytest.mark.parametrize("text", ["a" * 2000, "x" * 2000, "aé" * 1000, "a " * 1000])
def test_no_text_makes_a_pattern_slow(pattern: str, text: str) -> None:
    patterns.check(pattern)
    best = 1.0
    for _ in range(3):
        start = time.process_time()
        fits = patterns.fits(text, pattern)
        best = min(best, time.process_time() - start)
        assert not fits
    assert best < 0.05


@given(st.text(max_size=40))
def test_any_pattern_is_used_or_refused(pattern: str) -> None:
    try:
        patterns.check(pattern)
    except BadPattern as bad:
        assert str(bad)  # noqa: PT017 - refusal is one of two right outcomes
    else:
        assert patterns.fits("x", pattern) in {True, False}
