"""What a page gets to complete commands, and usage lines."""

import json

import pytest

from tests.each import check_each
from training.analysis import cards as plugin_cards
from training.analysis.command import completion, parse, usage
from training.errors import Refused

CARDS = plugin_cards.load()


@pytest.mark.parametrize(("os", "bytes_at_most"), [("linux", 20_000), ("windows", 40_000)])
def test_completion_is_small_and_whole(os: str, bytes_at_most: int) -> None:
    given = completion(os)
    assert len(json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()) <= bytes_at_most
    assert [plugin["name"] for plugin in given["plugins"]] == [card.name for card in CARDS.for_os(os)]
    for plugin in given["plugins"]:
        card = CARDS.get(plugin["name"])
        options = [given["options"][number] for number in plugin["options"]]
        assert [option["name"] for option in options] == [f"--{option.name}" for option in card.options]
        assert [option["usage"] for option in options] == [option.usage for option in card.options]
        assert [option.get("choices", []) for option in options] == [list(option.choices) for option in card.options]
        assert plugin["means"] == card.lists
        assert plugin["columns"] == [column.name for column in card.columns]


def test_completion_offers_only_words_that_are_taken() -> None:
    given = completion("linux")
    assert {"--file", "--filters", "--hide-columns", "--columns", "--renderer"} <= {
        word["name"] for word in given["words"]
    }
    values = {"--file": "x", "--renderer": "json", "--filters": "PID,1", "--hide-columns": "PID", "--columns": "PID"}
    for word in given["words"]:
        if word["name"] != "--help":
            assert parse(f"vol {word['name']} {values.get(word['name'], '')} -q linux.pslist").plugin == "linux.pslist"
    for renderer in given["renderers"]:
        assert parse(f"vol -r {renderer} banners").view.renderer == renderer


def test_usage() -> None:
    assert usage(CARDS.get("banners")) == "vol banners"
    assert usage(CARDS.get("linux.pslist")).startswith("vol linux.pslist [--pid N …] [--threads]")
    assert usage(CARDS.get("linux.pagecache.InodePages")).startswith(
        "vol linux.pagecache.InodePages (--find /PATH | --inode N)"
    )
    assert usage(CARDS.get("linux.vmaregexscan")).startswith("vol linux.vmaregexscan --pattern 'PATTERN' [")


@check_each(CARDS, lambda card: card.name)
def test_asking_for_help_names_the_card(card: plugin_cards.Card) -> None:
    with pytest.raises(Refused) as refused:
        parse(f"vol {card.name} --help", card.os if card.os != "any" else "linux")
    assert f"see {card.name}." in refused.value.message
    assert usage(card) in refused.value.message
    assert len(refused.value.message) < 500
