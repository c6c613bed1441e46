"""Rows and dumped files of ours against those of the command line: every offered plugin of Volatility, and some with
options, on one exhibit for each kernel that the repository holds, and on a reference image where there is one.

The command line takes seconds for each, so it is run once for all tests, two at a time; and it is forked for each
command instead of started. That a fork gives what a start gives is tested too. Everything is run 24 at a time on one
warm process, and so beside and behind other runs. What a run finds when it is the first, or comes in another
order, depends on our engine and on the plugins of a system, not on the exhibit: one exhibit of each system shows it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from training.analysis import cards as plugin_cards
from training.analysis.command import Command, parse
from training.analysis.volatility.bench import commands, equality, reference
from training.analysis.volatility.bench.made import Evidence, Made, compare, flat
from training.analysis.volatility.bench.ours import Ours
from training.analysis.volatility.bench.vol import Forks, Vol
from training.forge import pack

from .conftest import PACKS

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]  # hundreds of programs, and the command line is slow


def one_per_kernel() -> dict[str, Path]:
    """The packs to compare on, by name."""
    found: dict[str, Path] = {}
    for manifest in sorted(PACKS.glob(f"*/{pack.MANIFEST}")):
        if pack.read(manifest.parent).kind is pack.Kind.EXHIBIT:
            found.setdefault(pack.locate(manifest.parent, pack.Role.SYMBOLS)[1].sha256, manifest.parent)
    return {folder.name: folder for folder in found.values()}


SHIPPED = one_per_kernel()
NAMES = [*SHIPPED, *([reference.NAME] if reference.folder() else [])]
OF_SYSTEM = {pack.read(folder).os: name for name, folder in SHIPPED.items()}
"""One exhibit for each system."""
ONE_EACH = list(OF_SYSTEM.values())
SLOW = 5.0
"""Seconds of a command by the card of its plugin, from which on it is run 24 at a time only."""


class Side:
    """One exhibit: our engine, and what the command line made of each command.

    Ours runs afterwards: a plugin of the command line that looks for a symbol file which isn't there leaves half of one
    for a moment, in the folder that both read.
    """

    def __init__(self, evidence: Evidence, base: Path) -> None:
        mine, theirs = equality.folders(base)
        self.ours = Ours(evidence, mine)
        cards = plugin_cards.load()
        self.commands = commands.some(evidence.os)
        self.quick = [one for one in self.commands if cards.get(one.plugin).seconds < SLOW]
        self._theirs = theirs
        self._forks = Forks(evidence.symbols, theirs)
        vol = Vol(evidence, theirs, self._forks)
        slowest_first = sorted(self.commands, key=lambda command: -cards.get(command.plugin).seconds)
        with ThreadPoolExecutor(2) as executor:
            self.theirs: dict[Command, Made] = dict(
                zip(slowest_first, executor.map(vol.run, slowest_first), strict=True)
            )

    def on(self, image: Path) -> Vol:
        """The same command line on another image."""
        return Vol(replace(self.ours.evidence, image=image), self._theirs, self._forks)

    def close(self) -> None:
        """End all processes."""
        self.ours.close()
        self._forks.close()


@pytest.fixture(scope="module", autouse=True)
def _unmeasured() -> Iterator[None]:
    """Hundreds of runs in processes whose lines other tests count: what counts them here would only make them slow."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Side]]:
    made: dict[str, Side] = {}

    def side(name: str) -> Side:
        if name not in made:
            base = tmp_path_factory.mktemp(name)
            made[name] = Side(evidence(name, base), base)
        return made[name]

    yield side
    for one in made.values():
        one.close()


def evidence(name: str, base: Path) -> Evidence:
    if name == reference.NAME:
        forge = reference.folder()
        assert forge
        return reference.make(forge, base)
    manifest = pack.read(SHIPPED[name])
    return Evidence(name, manifest.os, pack.unpack(SHIPPED[name], base), base / "symbols")


def test_what_a_fork_of_the_command_line_gives_is_what_a_start_of_it_gives(
    sides: Callable[[str], Side], tmp_path: Path
) -> None:
    """On the captured machine, which has rows and files for each: what forks is the same whatever it reads."""
    side = sides(OF_SYSTEM["linux"])
    evidence = side.ours.evidence
    started = Vol(evidence, tmp_path)
    for text in (commands.WITH_OPTIONS[evidence.os][0], commands.WRITING[evidence.os][0]):
        command = parse(text, evidence.os)
        whole, forked = started.run(command), side.theirs[command]
        assert whole.rows
        assert replace(forked, seconds=whole.seconds) == whole
    nothing = tmp_path / "nothing.raw"
    failed, forked = Vol(replace(evidence, image=nothing), tmp_path).run(command), side.on(nothing).run(command)
    assert "status 2: vol: error: File does not exist" in failed.reason
    assert replace(forked, seconds=failed.seconds) == failed


def differing(side: Side, results: dict[Command, Made], commands: list[Command]) -> list[str]:
    assert results.keys() == set(commands)
    found = equality.differences(results, side.theirs)
    return [f"{command.text}: {difference}" for command, difference in found.items()]


@pytest.mark.parametrize("name", ONE_EACH)
def test_quick_ones_run_alone(sides: Callable[[str], Side], name: str) -> None:
    """All but the slow ones, see SLOW."""
    side = sides(name)
    assert differing(side, equality.alone(side.ours, side.quick), side.quick) == []


@pytest.mark.parametrize("name", NAMES)
def test_all_run_24_at_a_time(sides: Callable[[str], Side], name: str) -> None:
    side = sides(name)
    assert differing(side, equality.together(side.ours, side.commands, 24), side.commands) == []


@pytest.mark.parametrize("name", ONE_EACH)
def test_quick_ones_run_in_any_order(sides: Callable[[str], Side], name: str) -> None:
    """All but the slow ones, see SLOW."""
    side = sides(name)
    assert differing(side, equality.in_any_order(side.ours, side.quick, seed=1), side.quick) == []
    assert len(side.commands) - len(side.quick) <= 2
    assert len(side.ours.here.pool.memory()) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_the_comparison_is_of_something(
    sides: Callable[[str], Side], name: str, record_property: Callable[[str, object], None]
) -> None:
    side = sides(name)
    theirs = side.theirs
    offered = {card.name for card in plugin_cards.load().for_os(side.ours.evidence.os) if not card.own}
    compared = {command.plugin for command in theirs}
    assert compared == offered
    failing = equality.failing(theirs)
    rows = sum(made.count for made in theirs.values())
    files = sum(len(made.files) for made in theirs.values())
    record_property("compared with vol", f"{name}: {len(compared)} plugins, {len(theirs)} commands, {rows} rows, "
                    f"{files} dumped files; fail on both sides: {', '.join(failing) or 'none'}")  # fmt: skip
    assert rows > 1000
    assert files > 0 or side.ours.evidence.os == "windows"  # the processes whose files are dumped are the reference's
    assert len(failing) <= max(2, len(compared) // 20)
    if name in SHIPPED:
        assert set(failing) <= {"windows.crashinfo"}, "a raw image is no crash dump"


PARENT = {"PID": 1, "__children": [{"PID": 2, "__children": []}]}
ROWS = [PARENT, {"PID": 3, "__children": []}]


def made(rows: list[dict[str, object]] | None, state: str = "complete", reason: str = "", *files: str) -> Made:
    return Made(state, reason, rows, tuple((name, "0" * 64, 1) for name in files), 0.1)


@pytest.mark.parametrize(
    ("ours", "theirs", "rows", "files"),
    [
        (made(ROWS), made(ROWS), 0, 0),
        (made([]), made([]), 0, 0),
        (made(ROWS), made(ROWS[:1]), 1, 0),
        (made(ROWS), made([{"PID": n, "__children": []} for n in (1, 2, 3)]), 1, 0),
        (made(ROWS), made([{"PID": True, "__children": []}, *ROWS]), 4, 0),
        (made([{"PID": 1, "__children": []}]), made([{"PID": True, "__children": []}]), 1, 0),
        (made(ROWS, "complete", "", "a.dmp"), made(ROWS, "complete", "", "b.dmp"), 0, 2),
        (made(ROWS, "complete", "", "a.dmp"), made(ROWS, "complete", "", "a.dmp"), 0, 0),
        (made(ROWS, "partial", "a scan broke off"), made(ROWS), 1, 0),
        (made(ROWS, "partial", "the plugin said: no"), made(ROWS), 0, 0),
        (made(ROWS[:1], "partial", "the plugin said: no"), made(ROWS), 1, 0),
        (made(None, "failed", "the plugin said: no"), made([]), 0, 0),
        (made(None, "failed", "the plugin said: no"), made(ROWS), 3, 0),
        (made(None, "failed", "it broke off"), made([]), 1, 0),
        (made(None, "failed", "it broke off"), made(None, "failed", "status 1"), 0, 0),
        (made([], "complete"), made(None, "failed", "status 1"), 1, 0),
        (made(None, "failed", ""), made(None, "failed", "status 1"), 1, 0),
    ],
)
def test_the_comparison_finds_differences(ours: Made, theirs: Made, rows: int, files: int) -> None:
    found = compare(ours, theirs)
    assert (found.rows, found.files, bool(found)) == (rows, files, bool(rows or files))
    assert bool(found.first) == bool(found)


def test_rows_keep_their_depth_and_order() -> None:
    assert flat(ROWS) == ['0 {"PID": 1}', '1 {"PID": 2}', '0 {"PID": 3}']
    assert flat(None) == []


def test_the_set_has_commands_with_options_and_with_files() -> None:
    rows = [{"Offset": 4096, "CachedPages": 0, "InodeAddr": 1}, {"Offset": 1, "CachedPages": 2, "InodeAddr": 77}]
    cards = plugin_cards.load()
    for system in ("linux", "windows"):
        found = commands.every(system, lambda _command: rows)
        assert len(found) == len(set(found))
        assert {one.plugin for one in found} == {card.name for card in cards.for_os(system) if not card.own}
        assert any(one.writes_files(cards) for one in found)
        assert any("yara-rules" in one.as_json() for one in found)
        without_rows = commands.every(system, lambda _command: None)
        assert len(found) - len(without_rows) == {"linux": 2, "windows": 0}[system]
    assert parse("linux.module_extract --base 4096") in commands.every("linux", lambda _command: rows)
    assert parse("linux.pagecache.InodePages --inode 77") in commands.every("linux", lambda _command: rows)
