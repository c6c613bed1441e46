"""Plugin cards as pages, and what the command line completes from."""

import json
from html import unescape

import pytest

from tests.web.conftest import Clients, html_errors
from training.analysis import cards as plugin_cards
from training.labs import topics


def test_every_plugin_stands_in_the_list_once(clients: Clients) -> None:
    page = clients["trainee"].get("/plugins").text
    assert html_errors(page) == []
    for card in plugin_cards.load():
        assert page.count(f'href="/plugins/{card.name}"') == 1, card.name


def test_the_list_is_searched_by_words_and_by_system(clients: Clients) -> None:
    page = clients["trainee"].get("/plugins?text=socket+memory&system=linux").text
    assert 'href="/plugins/linux.sockscan"' in page
    assert 'href="/plugins/linux.pslist"' not in page
    assert "<details open" in page or 'class="fold" open' in page
    assert 'href="/plugins/windows.' not in page
    nothing = clients["trainee"].get("/plugins?text=%3Cb%3Enothing").text
    assert "No plugin has these words." in nothing
    assert "<b>nothing" not in nothing
    assert html_errors(nothing) == []


def test_every_plugin_has_a_topic_and_few_have_none_of_their_own() -> None:
    cards = list(plugin_cards.load())
    listed = topics.by_topic(cards)
    assert sum(len(found) for _, found in listed) == len(cards)
    assert topics.topic_of(plugin_cards.load().get("linux.sockstat")) == "network"
    assert topics.topic_of(plugin_cards.load().get("linux.lsmod")) == "kernel"
    assert topics.topic_of(plugin_cards.load().get("linux.pslist")) == "processes"
    assert len(dict(listed)["system"]) < len(cards) / 10


def test_a_card_says_all_that_is_known(clients: Clients, published: str) -> None:
    cards = plugin_cards.load()
    card = cards.get("linux.pslist")
    page = unescape(clients["stranger"].get("/plugins/linux.pslist").text)
    for part in (card.lists, card.walks, card.shows, card.cannot_show, card.defeated_by, card.example):
        assert part in page
    assert "vol linux.pslist [--" in page
    for option in card.options:
        assert option.usage in page
        assert option.help in page
    for column in card.columns:
        assert cards.meaning_of(card, column.name) in page
    for other, why in card.check_with:
        assert f'href="/plugins/{other}"' in page
        assert why in page
    for kind in cards.absences:
        assert cards.absence_of(card, kind) in page
    assert "finance-workstation-a" in page, "what it costs on the exhibits here"
    assert "This card describes a plugin of Volatility 3." in page


@pytest.mark.timeout(600)
def test_every_card_is_a_valid_page(clients: Clients) -> None:
    pages = {card.name: clients["trainee"].get(f"/plugins/{card.name}") for card in plugin_cards.load()}
    assert {name for name, page in pages.items() if page.status_code != 200} == set()
    assert {name: errors for name, page in pages.items() if (errors := html_errors(page.text))} == {}


def test_a_plugin_that_is_not_offered_has_no_card(clients: Clients) -> None:
    assert clients["trainee"].get("/plugins/linux.nothing").status_code == 404


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_completion_is_asked_for_once_and_kept(clients: Clients, system: str) -> None:
    address = f"/plugins/completion/{system}.json"
    first = clients["trainee"].get(address)
    known = json.loads(first.text)
    names = [one["name"] for one in known["plugins"]]
    assert f"{system}.pslist" in names
    assert {"linux": "windows.pslist", "windows": "linux.pslist"}[system] not in names
    assert first.headers["Cache-Control"] == "private, max-age=3600"
    again = clients["trainee"].get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert clients["trainee"].get("/plugins/completion/plan9.json").status_code == 404


def test_a_narrowed_list_says_the_questions_of_its_plugins_and_the_whole_stays_light(clients: Clients) -> None:
    asked = "What did a process connect to?"
    whole, narrowed = clients["trainee"].get("/plugins").text, clients["trainee"].get(f"/plugins?text={asked}").text
    assert asked not in whole
    assert asked in narrowed
