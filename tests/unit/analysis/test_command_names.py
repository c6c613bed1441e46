"""Which plugin a word means on an exhibit of one system."""

from dataclasses import replace

import pytest

from tests.each import check_each
from training.analysis import cards as plugin_cards
from training.analysis.cards import Card, Cards
from training.analysis.command import parse
from training.errors import Refused

SHIPPED = plugin_cards.load()


def card(name: str, cls: str, *aliases: str) -> Card:
    """A card without options."""
    return replace(SHIPPED.get("banners"), name=name, cls=cls, aliases=aliases, own=name == cls, options=(), needs=())


@pytest.fixture(scope="module")
def cards() -> Cards:
    """A few plugins of both systems."""
    offered = [
        card("banners", "banners.Banners"),
        card("regexscan", "regexscan.RegExScan"),
        card("engram.timeline", "engram.timeline"),
        card("linux.pslist", "linux.pslist.PsList"),
        card("linux.lsof", "linux.lsof.Lsof"),
        card("linux.proc.Maps", "linux.proc.Maps"),
        card("linux.malware.malfind", "linux.malware.malfind.Malfind", "linux.malfind.Malfind"),
        card("linux.sockstat", "linux.sockstat.Sockstat"),
        card("linux.vmaregexscan", "linux.vmaregexscan.VmaRegExScan"),
        card("windows.pslist", "windows.pslist.PsList"),
        card("windows.handles", "windows.handles.Handles"),
        card("windows.filescan", "windows.filescan.FileScan"),
        card("windows.malware.malfind", "windows.malware.malfind.Malfind", "windows.malfind.Malfind"),
        card("windows.netstat", "windows.netstat.NetStat"),
        card("windows.windows", "windows.windows.Windows"),
        card("windows.windowstations", "windows.windowstations.WindowStations"),
    ]
    left_out = {
        "timeliner": "Its times are wrong.",
        "isfinfo": "It opens files.",
        "linux.malware.hidden_modules": "It needs other symbols.",
        "windows.strings": "It reads a file.",
    }
    return replace(SHIPPED, cards={one.name: one for one in offered}, left_out=left_out)


@pytest.mark.parametrize(
    ("os", "typed", "name", "note"),
    [
        ("linux", "pslist", "linux.pslist", "pslist was read as linux.pslist."),
        ("windows", "pslist", "windows.pslist", "pslist was read as windows.pslist."),
        ("windows", "malfind", "windows.malware.malfind", "malfind was read as windows.malware.malfind."),
        ("linux", "malfind", "linux.malware.malfind", "malfind was read as linux.malware.malfind."),
        (
            "windows",
            "windows.malfind",
            "windows.malware.malfind",
            "is an old name: it is called windows.malware.malfind",
        ),
        ("windows", "windows.pslist.PsList", "windows.pslist", ""),
        ("windows", "hand", "windows.handles", "hand was read as windows.handles."),
        ("linux", "banners", "banners", ""),
        ("windows", "banners", "banners", ""),
        ("windows", "engram.timeline", "engram.timeline", ""),
        ("linux", "timeliner", "engram.timeline", "timeliner was read as engram.timeline: Volatility 2.28.2 gives"),
        ("windows", "timeliner.Timeliner", "engram.timeline", "timeliner.Timeliner was read as engram.timeline"),
        (
            "linux",
            "regexscan",
            "regexscan",
            "vol itself asks for regexscan.RegExScan here: other plugins have regexscan",
        ),
        ("windows", "windows.windows", "windows.windows", "vol itself asks for windows.windows.Windows here"),
        ("windows", "windows.windows.Windows", "windows.windows", ""),
        ("linux", "proc", "linux.proc.Maps", "proc was read as linux.proc.Maps."),
    ],
)
def test_a_name_fits_the_exhibit(cards: Cards, os: str, typed: str, name: str, note: str) -> None:
    command = parse(typed, os, cards)
    assert command.plugin == name
    assert len(command.notes) == bool(note)
    assert note in "".join(command.notes)
    assert parse(command.text, os, cards) == command


@pytest.mark.parametrize(
    ("os", "typed", "said"),
    [
        ("linux", "windows.psscan.X", "The exhibit is a Linux machine: windows.psscan.X reads Windows. Take"),
        ("linux", "windows.pslist", "machine: windows.pslist reads Windows. The plugin for Linux is linux.pslist."),
        ("linux", "windows.pslist.PsList", "The plugin for Linux is linux.pslist."),
        ("linux", "windows.malfind", "The plugin for Linux is linux.malware.malfind."),
        ("linux", "windows.handles", "The plugin for Linux is linux.lsof."),
        ("linux", "handles", "handles reads Windows. The plugin for Linux is linux.lsof."),
        ("linux", "windows.filescan", "filescan reads Windows. Take one of the linux.* plugins."),
        ("linux", "windows.strings", "The exhibit is a Linux machine: windows.strings reads Windows."),
        ("linux", "windows.nothing", "reads Windows. Take one of the linux.* plugins."),
        ("linux", "mac.pslist", "mac.pslist reads macOS. The plugin for Linux is linux.pslist."),
        ("linux", "mac.netstat.Netstat", "reads macOS. The plugin for Linux is linux.sockstat."),
        ("windows", "mac.pslist", "mac.pslist reads macOS. The plugin for Windows is windows.pslist."),
        ("windows", "linux.pslist", "linux.pslist reads Linux. The plugin for Windows is windows.pslist."),
        ("windows", "linux.lsof", "The plugin for Windows is windows.handles."),
        ("windows", "LINUX.SOCKSTAT", "The plugin for Windows is windows.netstat."),
        ("windows", "lsof", "lsof reads Linux. The plugin for Windows is windows.handles."),
        ("windows", "linux.hidden_modules", "reads Linux. Take one of the windows.* plugins."),
        ("windows", "windows.strings", "The plugin windows.strings is not offered. It reads a file."),
        ("windows", "strings.Strings", "is not offered"),
        ("linux", "isfinfo.IsfInfo", "The plugin isfinfo is not offered. It opens files."),
        ("linux", "isfi", "The plugin isfinfo is not offered."),
        ("linux", "hidden_modules", "The plugin linux.malware.hidden_modules is not offered. It needs other symbols."),
        ("linux", "linux.hidden_modules.Hidden_modules", "The plugin linux.malware.hidden_modules is not offered."),
        ("windows", "windows", "windows.malware.malfind or windows.netstat and others"),
        ("windows", "pslits", "Did you mean windows.pslist"),
        ("linux", "pslits", "Did you mean linux.pslist"),
        ("windows", "", "Type for example: windows.pslist"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(cards: Cards, os: str, typed: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(typed, os, cards)
    assert said in refused.value.message
    assert len(refused.value.message) < 300


def test_without_our_own_timeline_the_reason_is_given(cards: Cards) -> None:
    without = replace(cards, cards={name: one for name, one in cards.cards.items() if name != "engram.timeline"})
    with pytest.raises(Refused, match=r"The plugin timeliner is not offered\. Its times are wrong\."):
        parse("timeliner.Timeliner", "linux", without)


@check_each(SHIPPED, lambda card: card.name)
def test_every_shipped_name_is_found_on_its_system_only(one: Card) -> None:
    for os in ("linux", "windows"):
        for spelling in (one.name, one.cls, one.name.upper(), *one.aliases):
            typed = one.example.replace(one.name, spelling, 1)
            if one.os in {os, "any"}:
                assert parse(typed, os).plugin == one.name
            else:
                with pytest.raises(Refused, match="The exhibit is a"):
                    parse(typed, os)


@pytest.mark.parametrize("name", SHIPPED.left_out)
def test_everything_left_out_is_refused_with_its_reason(name: str) -> None:
    os = "windows" if name.startswith("windows.") else "linux"
    if name == "timeliner" and "engram.timeline" in SHIPPED:
        assert parse(name, os).plugin == "engram.timeline"
        return
    with pytest.raises(Refused) as refused:
        parse(name, os)
    assert refused.value.message == f"The plugin {name} is not offered. {SHIPPED.left_out[name]}"
