"""Splitting as a shell does it; bash itself is the judge where there is one."""

import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.analysis.command import parse
from training.analysis.command.words import split
from training.errors import Refused


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", []),
        ("  a   b ", ["a", "b"]),
        ("a'b c'd", ["ab cd"]),
        ("''", [""]),
        ("a '' b", ["a", "", "b"]),
        ('"Software\\Microsoft"', ["Software\\Microsoft"]),
        ("'Software\\Microsoft'", ["Software\\Microsoft"]),
        ("Software\\\\Microsoft", ["Software\\Microsoft"]),
        ('"a\\"b\\\\c\\$d\\`e"', ['a"b\\c$d`e']),
        ("/srv/pay\\ roll", ["/srv/pay roll"]),
        ("a\\;b", ["a;b"]),
        ("'a|b' \"c>d\"", ["a|b", "c>d"]),
        ("x$ 'y' a# *.txt ~ !", ["x$", "y", "a#", "*.txt", "~", "!"]),
        ("'rule a {\n\tcondition: true\n}'", ["rule a {\n\tcondition: true\n}"]),
        ("'a\r\nb'", ["a\nb"]),
        ('"a\\\nb"', ["ab"]),
    ],
)
def test_words(typed: str, words: list[str]) -> None:
    assert [word.text for word in split(typed)] == words


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("a 'b", 'left open at "\'b"'),
        ('a "b\\"', "left open"),
        ("a \\", "left open"),
        ("a | b", "The sign '|' belongs to a shell"),
        ("a||b", "The sign '||' belongs"),
        ("a&", "'&' belongs"),
        ("a 2>/dev/null", "'>' belongs"),
        ("a <b", "'<' belongs"),
        ("a $HOME", "'$H' belongs"),
        ("a $(id)", "'$(' belongs"),
        ("a `id`", "'`' belongs"),
        ("a $'b'", 'The sign "$\'" belongs'),
        ('a$"b"', "belongs to a shell"),
        ("a (b)", "'(' belongs to a shell, and there is none here. Put it in quotation marks"),
        ("a # b", "'#' belongs"),
        ("a \u201cb\u201d", "The quotation mark \u201c is a typographic one"),
        ("a \u2013pid 4", "The sign \u2013 is a dash, not a hyphen. Type --pid with two hyphens."),
        ("a \u2014 4", "is a dash"),
        ("a\tb", "a control character (U+0009)"),
        ("a\nb", "a line break (U+000A)"),
        ("a \\\nb", "a line break (U+000A)"),
        ("'a\rb'", "a line break (U+000D)"),
        ("'a\u202eb'", "a direction mark (U+202E)"),
        ('"a\x00b"', "a control character (U+0000)"),
        ("'a\u200b", "an invisible character (U+200B)"),
    ],
)
def test_what_is_no_command(typed: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        split(typed)
    assert said in refused.value.message


def test_a_backslash_that_would_vanish_is_said() -> None:
    with pytest.raises(Refused, match=r"The backslash in 'a\\\\\.b' would vanish: .* Put the value in quotation marks"):
        parse("linux.vmaregexscan --pattern a\\.b")
    assert parse("linux.vmaregexscan --pattern 'a\\.b'").as_json() == {"pattern": "a\\.b"}
    assert parse('linux.vmaregexscan --pattern "a\\.b"').as_json() == {"pattern": "a\\.b"}


def test_what_a_shell_would_replace_is_said() -> None:
    note = "single quotes keep it as it is"
    assert any(note in said for said in parse('linux.vmaregexscan --pattern "a$b"').notes)
    for fine in ('"a\\$b"', '"a$"', "'a$b'"):
        assert not any(note in said for said in parse(f"linux.vmaregexscan --pattern {fine}").notes)


@pytest.mark.parametrize("typed", ["'a\nb'", "'a\tb'"])
def test_lines_belong_into_rules_only(typed: str) -> None:
    for line in (f"linux.vmaregexscan --pattern {typed}", typed, f"banners {typed}", f"vol -r {typed} banners"):
        with pytest.raises(Refused, match="Type it again without that, in one line"):
            parse(line)


@try_examples(60)
@given(st.text("ab \\'\"$,=-#\n/", max_size=14))
@example("$''")
@example('a"b\\$c"')
def test_words_are_those_of_bash(text: str) -> None:
    try:
        words = split(text)
    except Refused:
        return
    if any(word.lost or word.replaced for word in words):
        return  # these are said
    program = f"set -f +B; HOME='~'; printf '%s\\0' end {text.strip()}"
    done = subprocess.run(["bash", "--norc", "-c", program], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[1:-1] == [word.text for word in words]
