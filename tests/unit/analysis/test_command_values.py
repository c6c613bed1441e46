"""Values by their types, on a plugin made for it."""

from dataclasses import replace

import pytest

from training.analysis import cards as plugin_cards
from training.analysis.cards import Cards, Column, Option
from training.analysis.command import LONGEST, LONGEST_WITH_RULES, Command, parse
from training.analysis.command.values import RULES
from training.errors import Refused

RULE = 'rule a {\n\tstrings:\n\t\t$a = "x"\n\tcondition:\n\t\t$a\n}'


@pytest.fixture(scope="module")
def cards() -> Cards:
    options = (
        Option("yara-rules", "yara", "Rules."),
        Option("dump", "bool", "Write.", files=True),
        Option("key", "str", "A key."),
        Option("find", "path", "A file."),
        Option("source", "choice", "Whose.", choices=("kernel", "Processes")),
        Option("many", "choice", "One of many.", choices=tuple("abcdefghijklmn")),
        Option("kind", "strs", "Kinds.", choices=("Reg", "DIR")),
        Option("words", "strs", "Any words.", length=9, many=3),
        Option("filter", "regex", "A pattern."),
        Option("offset", "int", "An address.", default=5, most=2**64 - 1),
        Option("pid", "ints", "Numbers.", least=1, most=400, many=3),
    )
    base = replace(plugin_cards.load().get("banners"), own=True, options=options, columns=(Column("PID", "int"),))
    names = ("linux.made", "windows.made")
    return replace(plugin_cards.load(), cards={name: replace(base, name=name, cls=name) for name in names})


@pytest.mark.parametrize(
    ("typed", "options"),
    [
        ("--source KERNEL", {"source": "kernel"}),
        ("--source processes", {"source": "Processes"}),
        ("--kind dir REG reg", {"kind": ["DIR", "Reg"]}),
        ("--words 'b c' a a", {"words": ["a", "b c"]}),
        ("--words=-x", {"words": ["-x"]}),
        ("--words '-x y' z", {"words": ["-x y", "z"]}),
        ('--key "Software\\Microsoft\\Windows NT"', {"key": "Software\\Microsoft\\Windows NT"}),
        ("--key '-a b'", {"key": "-a b"}),
        ("--key -5", {"key": "-5"}),
        ("--key='--pid 5'", {"key": "--pid 5"}),
        ("--offset 0xffff800012345678", {"offset": 0xFFFF800012345678}),
        ("--offset 5", {}),
        ("--filter 'a{2}\\.exe$'", {"filter": "a{2}\\.exe$"}),
        ("--dump --pid 4", {"dump": True, "pid": [4]}),
        (f"--yara-rules '{RULE}'", {"yara-rules": RULE}),
        (f"'--yara-rules={RULE}' --pid 1", {"yara-rules": RULE, "pid": [1]}),
        (f"--yara-rules '{RULE}' --filters PID,1", {"yara-rules": RULE}),
        ("--yara-rules '" + "x" * RULES + "'", {"yara-rules": "x" * RULES}),
    ],
)
def test_values(cards: Cards, typed: str, options: dict[str, object]) -> None:
    command = parse(f"made {typed}", "linux", cards)
    assert command.as_json() == options
    assert parse(command.text, "linux", cards) == command
    assert Command.of("linux.made", command.as_json()) == command


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--source user", "--source knows kernel or Processes, not 'user'"),
        ("--many z", "--many knows a, b, c, d, e, f, g, h, i, j, k, l and others, not 'z'."),
        ("--words 'a b c d e f'", "has 11 characters; at most 9 are read"),
        ("--words a b c d", "at most 3 values, not 4"),
        ("--words ''", "--words needs a value"),
        ("--key ' '", "--key needs a value"),
        ("--key Software\\Microsoft", "The backslash in 'Software\\\\Microsoft' would vanish"),
        ("--key a b", "'b' was not understood after linux.made"),
        ("--find etc", "begins with /"),
        ("--filter '(?P<a>'", "not a regular expression"),
        ("--filter '" + "(" * 150 + "'", "not a regular expression"),
        ("--offset 1.5", "a whole number"),
        ("--pid 401", "must be from 1 to 400, not 401."),
        ("--yara-file x", "--yara-file can't be used here: it opens files or addresses of this server; type the rules"),
        ("--yara-compiled-file x", "type the rules themselves as text: --yara-rules"),
        ("--yara x", "--yara can mean --yara-rules, --yara-file or --yara-compiled-file"),
        ("--yara-rules 'a\u202e'", "a direction mark"),
        ("--yara-rules rule\\n", "would vanish"),
        ("--yara-rules '" + "x" * (RULES + 1) + "'", f"at most {RULES} are read"),
        ("--yara-rules '" + "x" * LONGEST_WITH_RULES + "'", f"at most {LONGEST_WITH_RULES} are read"),
        ('--yara-rules "' + "'" * (RULES // 3) + '"', f"at most {LONGEST_WITH_RULES} are read"),
        ("--key --yara " + " " * LONGEST + "--pid 1", "--key needs a value"),
        ("--key '--yara x' --pid 1" + " " * LONGEST + " 2", f"at most {LONGEST} are read"),
    ],
)
def test_values_that_are_refused(cards: Cards, typed: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(f"made {typed}", "linux", cards)
    assert said in refused.value.message


def test_paths_of_windows_begin_as_they_like(cards: Cards) -> None:
    command = parse("made --find '\\Windows\\System32'", "windows", cards)
    assert command.as_json() == {"find": "\\Windows\\System32"}


def test_writing_files_is_seen(cards: Cards) -> None:
    assert parse("made --dump", "linux", cards).writes_files(cards)
    assert not parse("made --pid 1", "linux", cards).writes_files(cards)
    always = replace(cards, cards={"linux.made": replace(cards.get("linux.made"), files=True)})
    assert parse("made", "linux", always).writes_files(always)
