"""Whatever is typed is understood or refused, and what is understood stays within the cards."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.analysis import cards as plugin_cards
from training.analysis.cards import Option
from training.analysis.command import Command, completion, parse
from training.analysis.command.general import GENERAL, LETTERS, UNOFFERED
from training.errors import Refused

SHIPPED = plugin_cards.load()
RULED = replace(
    SHIPPED.get("banners"),
    name="linux.ruled",
    cls="linux.ruled.Ruled",
    options=(
        Option("yara-rules", "yara", "Rules."),
        Option("words", "strs", "Words.", many=4),
        Option("n", "int", "N."),
    ),
)
CARDS = replace(SHIPPED, cards={**SHIPPED.cards, "linux.ruled": RULED})
SYSTEMS = st.sampled_from(["linux", "windows"])

PLUGINS = [
    *(card.name for card in CARDS), *(card.cls for card in CARDS), *(alias for card in CARDS for alias in card.aliases),
    *CARDS.left_out, "pslist", "malfind", "timeliner", "mac.pslist", "linux", "scan",
]  # fmt: skip
OPTIONS = [*(f"--{option.name}" for card in CARDS for option in card.options), *GENERAL, *LETTERS, *UNOFFERED]
VALUES = [
    "1", "0x10", "007", "-5", "-x", "/init", "PID,1", "-PID,1!", "'a b'", "''", "'--pid=1 2'", "\"a'b\"", "REG", "json",
    "kernel", "exhibit.raw", "'(a|b)'", "'rule a {\n condition: true }'", "=", "--", "a\\b", "'-f b'",
]  # fmt: skip


def abbreviated(word: str, length: int) -> str:
    return word[: max(length, 3)]


WORDS = st.one_of(
    st.sampled_from(PLUGINS),
    st.sampled_from(OPTIONS),
    st.sampled_from(VALUES),
    st.builds("{}={}".format, st.sampled_from(OPTIONS), st.sampled_from(VALUES)),
    st.builds(abbreviated, st.sampled_from(OPTIONS), st.integers(3, 12)),
    st.builds(str.__add__, st.sampled_from(sorted(LETTERS)), st.sampled_from(["x", "q", "=json", "vvf"])),
    st.text(max_size=8),
)
LINES = st.builds(
    lambda plugin, before, after: " ".join([*before, plugin, *after]),
    st.sampled_from(PLUGINS),
    st.lists(WORDS, max_size=2),
    st.lists(WORDS, max_size=5),
)


def check(text: str, os: str) -> Command | None:
    """Parse; where that is possible, all that must hold of a command."""
    refusal: Refused | None = None
    try:
        command = parse(text, os, CARDS)
    except Refused as refused:
        refusal = refused
    if refusal is not None:
        assert refusal.field == "command"
        assert len(refusal.message) < 600
        assert refusal.message.isprintable()
        return None
    card = CARDS.get(command.plugin)
    assert card.os in {os, "any"}
    assert {name for name, _ in command.options} <= {option.name for option in card.options}
    assert list(command.options) == sorted(command.options)
    again = parse(command.text, os, CARDS)
    assert again == command
    assert again.text == command.text
    assert Command.of(command.plugin, command.as_json()) == command
    columns = {column.name for column in card.columns}
    assert {*command.view.hidden, *command.view.shown} <= columns
    assert {one.column for one in command.view.filters} <= {None, *columns}
    assert all(note.isprintable() and len(note) < 400 for note in command.notes)
    return command


@try_examples(300)
@given(LINES, SYSTEMS)
def test_lines_of_real_words(text: str, os: str) -> None:
    check(text, os)


@try_examples(200)
@given(st.text(max_size=60), SYSTEMS)
def test_any_text(text: str, os: str) -> None:
    check(text, os)


@try_examples(200)
@given(st.text("-= '\"\\$\nabfpqryiu,!/0", max_size=40))
def test_signs_that_mean_something(text: str) -> None:
    check(f"linux.ruled {text}", "linux")


@try_examples(100)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_what_is_quoted_comes_through(value: str) -> None:
    quoted = "'" + value.replace("'", "'\"'\"'") + "'"
    command = check(f"linux.ruled --yara-rules {quoted}", "linux")
    if command is not None:
        assert command.as_json() == {"yara-rules": value.replace("\r\n", "\n")}
    else:
        assert not value.isprintable() or not value.strip() or value.startswith("-")


def test_the_words_of_this_test_reach_commands() -> None:
    understood = [check(f"{card.example}", "windows" if card.os == "windows" else "linux") for card in CARDS]
    assert all(understood)
    assert completion("linux", CARDS)["plugins"][-1]["name"] == "linux.ruled"
