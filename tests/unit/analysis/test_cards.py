import pytest

from training.analysis import cards
from training.analysis.command import parse
from training.errors import Damaged, NotThere

CARDS = cards.load()


@pytest.mark.parametrize("card", list(CARDS), ids=lambda card: card.name)
def test_every_card_says_what_it_must(card: cards.Card) -> None:
    for sentence in (card.lists, card.shows, card.cannot_show):
        assert sentence.endswith(".")
        assert sentence[0].isupper()
    assert card.family
    assert 0 < card.seconds < 120
    assert card.columns
    assert all(option.help.endswith(".") for option in card.options)
    assert parse(card.example).plugin == card.name
    assert parse(card.example.replace(card.name, card.cls)).plugin == card.name


def test_nothing_that_opens_or_writes_files_is_an_option() -> None:
    names = {option.name for card in CARDS for option in card.options}
    assert not names & {"dump", "dump-regions", "yara-file", "yara-compiled-file", "isf", "strings-file", "output-dir"}


def test_what_is_left_out_has_a_reason_and_no_card() -> None:
    assert {"linux.pagecache.RecoverFs", "linux.malware.hidden_modules", "timeliner", "layerwriter"} <= set(
        CARDS.left_out
    )
    for name, reason in CARDS.left_out.items():
        assert name not in CARDS
        assert reason.endswith(".")


def test_looking_up() -> None:
    assert CARDS.get("linux.pslist").cls == "linux.pslist.PsList"
    assert CARDS.get("linux.pslist").option("pid") is not None
    assert CARDS.get("linux.pslist").option("dump") is None
    assert len(CARDS) == len(list(CARDS))
    with pytest.raises(NotThere):
        CARDS.get("linux.nothing")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"plugins: [", "not a file of plugin cards"),
        (b"[]", "not a file of plugin cards"),
        (b"plugins: {a: {}}", "not a file of plugin cards"),
        (b"{licence: VSL-1.0, island: 1, volatility: x, left_out: {}, plugins: {a: {class: b}}}", "plugins.a.version"),
        (b"{licence: MIT, island: 1, volatility: x, left_out: {}, plugins: {}}", "licence"),
    ],
)
def test_a_broken_file_of_cards_says_where(content: bytes, said: str) -> None:
    with pytest.raises(Damaged, match=r"x\.yaml") as damaged:
        cards.read(content, "x.yaml")
    assert said in damaged.value.message


def test_usage() -> None:
    option = CARDS.get("linux.pslist").option("pid")
    assert option
    assert option.usage == "--pid N …"
    flag = CARDS.get("linux.pslist").option("threads")
    assert flag
    assert flag.usage == "--threads"
