"""Contract: a command line that our reader takes means what Volatility's own reader makes of it.

Volatility's command line runs up to the point where it has its arguments, in a process of its own, with all plugins
loaded and without an image being opened.
"""

import json
import random
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.each import check_each
from training.analysis import cards as plugin_cards
from training.analysis.command import Command, parse
from training.analysis.command.general import GENERAL, LETTERS, RENDERERS
from training.analysis.command.reading import _Reading
from training.errors import Refused

ROOT = Path(__file__).resolve().parents[4]
CARDS = plugin_cards.load()

READER = """
import contextlib, gc, io, json, logging, sys
gc.disable()  # as the engine does while a command runs
from pathlib import Path
from types import SimpleNamespace
from training.analysis.volatility import framework
framework.settle(Path(sys.argv[1]))
classes = framework.load()
from volatility3 import cli
from volatility3.cli import text_filter
class Stop(Exception): pass
class Reader(cli.CommandLine):
    def populate_config(self, context, configurables, args, path):
        super().populate_config(context, configurables, args, path)
        raise Stop(args, dict(context.config.branch(path)))
def read(words, columns):
    sys.argv = ["vol", *words]
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            Reader().run()
    except SystemExit:
        return {"refused": (said.getvalue().strip().splitlines() or ["help was shown"])[-1]}
    except Stop as stop:
        args, options = stop.args
        taken = {need.name: need.default for need in classes[args.plugin].get_requirements()}
        options = {name: value for name, value in options.items() if value != taken[name]}
        grid = SimpleNamespace(columns=[SimpleNamespace(name=name) for name in columns])
        filters = text_filter.CLIFilter(grid, args.filters)._filters
        return {
            "plugin": args.plugin, "options": options, "renderer": args.renderer, "hidden": args.hide_columns,
            "filters": [[f.column_num, f.pattern, f.regex, f.exclude] for f in filters],
        }
for line in sys.stdin:
    print(json.dumps(read(*json.loads(line))), flush=True)
"""

LINUX = (
    "vol -f exhibit.raw linux.pslist",
    "vol -f exhibit.raw linux.pslist.PsList",
    "vol -f exhibit.raw linux.pslist --pid 145",
    "vol -f exhibit.raw linux.pslist --pid 145 7 0x10",
    "vol -f exhibit.raw linux.pslist --pid=145",
    "vol -f exhibit.raw linux.pslist --pid 0o17 0b11 1_000",
    "vol -f exhibit.raw linux.pslist --threads --pid 5 --decorate-comm",
    "vol -f exhibit.raw linux.pslist --thr --dec --pi 3",
    "vol -fexhibit.raw linux.pslist",
    "vol -f=exhibit.raw linux.pslist",
    "vol --file exhibit.raw linux.pslist",
    "vol --file=exhibit.raw linux.pslist",
    "vol --filt=PID,1 -q linux.pslist",
    "vol -qf exhibit.raw linux.pslist",
    "vol -qvvvfexhibit.raw linux.pslist",
    "vol -q -vv --offline -f ./exhibit.raw linux.pstree",
    "vol -r json -f exhibit.raw linux.pslist",
    "vol -rcsv -f exhibit.raw linux.pslist",
    "vol --renderer=pretty -f exhibit.raw linux.psscan",
    "vol --rend jsonl linux.psscan",
    "vol -r mermaid -r none linux.psscan",
    "vol --filters PID,145 linux.pslist",
    "vol --filters=-PID,145 linux.pslist",
    "vol --filters +comm,bash linux.pslist",
    "vol --filters 'COMM,^(ba)?sh$!' linux.pslist",
    "vol --filt offset,0x --filters=-kworker linux.pslist",
    "vol --filters sshd linux.pslist",
    "vol --filters ,sshd linux.pslist",
    "vol --filters PID, --filters '!' linux.pslist",
    "vol --filters 'file output,a,b' linux.pslist",
    "vol --filters '-PID,1 2' linux.pslist",
    "vol --hide-columns ppid uid -q linux.pslist",
    "vol --hide-columns=offset linux.pslist",
    "vol --hide OFFSET --hide 'file o' -f exhibit.raw linux.pslist",
    "vol linux.psli",
    "vol linux.lsm",
    "vol linux.lsmod",
    "vol linux.malfind --pid 9 --hexdump-size 128",
    "vol linux.malware.malfind --show-all-dirty-pages",
    "vol linux.malfind.Malfind --hexdump-size 64",
    "vol linux.check_modules",
    "vol linux.proc --pid 1",
    "vol linux.proc.Maps --pid 1 --address 0x400000 0x500000",
    "vol linux.pagecache.Files --type REG DIR",
    "vol linux.pagecache.Files --find '/srv/pay roll'",
    'vol linux.pagecache.Files --find "/srv/a\\"b"',
    "vol linux.pagecache.Files --find /srv/pay\\ roll",
    "vol linux.pagecache.InodePages --inode 0x8880042048c0",
    "vol linux.pagecache.InodePages --find /init",
    "vol linux.vmaregexscan --pattern 'a|b' --pid 9",
    "vol linux.vmaregexscan --pattern=-x",
    "vol linux.vmaregexscan --pattern '-x y'",
    "vol linux.vmaregexscan --pattern='[a-z]+@'",
    "vol linux.sockstat --pids 4 --netns 4026531840",
    "vol linux.lsof --files --pid 3",
    "vol linux.kallsyms --core --modules",
    "vol linux.mountinfo --mount-format --pids 1",
    "vol linux.tracing.ftrace.CheckFtrace --show",
    "vol linux.ip.Addr",
    "vol banners",
    "vol banners.Banners",
)

WINDOWS = (
    "vol -f mem.raw windows.pslist --pid 4 --physical",
    "vol -f mem.raw windows.pslist.PsList",
    'vol -f mem.raw windows.registry.printkey --key "Software\\Microsoft\\Windows NT"',
    "vol -f mem.raw windows.registry.printkey --key 'Software\\Microsoft' --rec",
    "vol -f mem.raw windows.registry.printkey --offset 0xffffac840aa4b000 --key Software\\\\Microsoft",
    "vol -f mem.raw windows.handles --pid 4 --offset 0xac84",
    "vol -f mem.raw windows.handles --off 0xac84",
    "vol -f mem.raw windows.dlllist --name 'ntdll[.]dll' --ignore-case",
    "vol -f mem.raw windows.registry.hivelist --filter 'Users.*ntuser'",
    "vol --filters file,ntuser --filter x -f mem.raw windows.registry.hivelist --filt a",
    "vol -r jsonl --hide-columns off -f mem.raw windows.netscan --include-corrupt",
    "vol -f mem.raw windows.malfind --pid 8",
    "vol -f mem.raw windows.cmdscan --max-history 100 50",
    "vol -f mem.raw windows.netst",
    "vol -f mem.raw windows.svcscan",
)

REFUSED_BY_BOTH = (
    "vol",
    "vol -f exhibit.raw",
    "vol -f linux.pslist",
    "vol linux.pslist 145",
    "vol linux.pslist --pdi 1",
    "vol linux.pslist --pid abc",
    "vol linux.pslist --pid 1,2",
    "vol linux.pslist --pid 007",
    "vol linux.pslist --threads=yes",
    "vol linux.pslist --p 4",
    "vol --fil=exhibit.raw -q linux.pslist",
    "vol linux.pslist --d",
    "vol linux.vmaregexscan --pa 0b1",
    "vol linux.malware.malfind --he 64",
    "vol linux.malware.malfind --dump",
    "vol linux.tracing.ftrace.CheckFtrace --show_ftrace_flags",
    "vol -r html linux.pslist",
    "vol --filters -PID,1 linux.pslist",
    "vol --hide-columns PID linux.pslist",
    "vol --pid 4 linux.pslist",
    "vol --s x linux.pslist",
    "vol -f -q linux.pslist",
    "vol -x linux.pslist",
    "vol linux.pagecache",
    "vol linux.ip",
    "vol linux.nothing",
    "vol linux.vmaregexscan --pid 1",
    "vol -- linux.pslist",
)


def _any_lines(number: int) -> tuple[str, ...]:
    """Command lines out of everything that cards offer, the same ones each time."""
    chance = random.Random(7)  # noqa: S311 - no secret, only variety
    plugins = [card for card in CARDS if not card.own and card.cls != card.name]
    before = [
        "-q",
        "-vv",
        "-qf exhibit.raw",
        "-r csv",
        "--rend=json",
        "--hide-columns {} -q",
        "--filters {},1",
        "--filt x",
    ]
    lines = []
    for _ in range(number):
        card = chance.choice(plugins)
        columns = [shlex.quote(column.name) for column in card.columns]
        words = [word.format(chance.choice(columns)) for word in chance.sample(before, chance.randint(0, 3))]
        words.append(chance.choice([card.cls, *card.aliases]))
        for option in chance.sample(card.options, chance.randint(0, len(card.options))):
            if option.type == "yara":
                continue
            typed = f"--{option.name[: chance.choice([1, 2, 3, 4, 99])]}"
            value = chance.choice(option.choices or VALUES)
            words.append(typed if option.type == "bool" else f"{typed}{chance.choice('= ')}{value}")
        lines.append(" ".join(["vol", *words]))
    return tuple(lines)


VALUES = ("1", "0x10", "7 8 9", "0b1", "010", "/init", "'a b'", "-1", "'-a b'", "--pid")
ANY = _any_lines(150)


def _columns(command: Command | None) -> list[str]:
    return [column.name for column in CARDS.get(command.plugin).columns] if command else []


def _system(line: str) -> str:
    return "windows" if " windows." in line else "linux"


def _parsed(line: str) -> Command | None:
    try:
        return parse(line, _system(line))
    except Refused:
        return None


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What Volatility made of each line."""
    folder = tmp_path_factory.mktemp("lines")
    for name in ("exhibit.raw", "mem.raw", "linux.pslist"):  # the last, so that -f may take it for an image
        (folder / name).touch()
    lines = (*LINUX, *WINDOWS, *ANY, *REFUSED_BY_BOTH, *(f"vol {card.example}" for card in CARDS if not card.own))
    asked = [json.dumps([shlex.split(line)[1:], _columns(_parsed(line))]) for line in lines]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READER, str(folder / "cache")],
        input="\n".join(asked),
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        check=False,
        text=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines), done.stderr
    return dict(zip(lines, answers, strict=True))


def _same(command: Command, theirs: dict[str, Any]) -> None:
    """The plugin is the one, and what was set beyond defaults too; lists have no order and say nothing twice."""
    card = CARDS.get(command.plugin)
    set_by_vol = {
        name.replace("_", "-"): sorted(set(value)) if isinstance(value, list) else value
        for name, value in theirs["options"].items()
    }
    assert theirs["plugin"] in {card.cls, *card.aliases}
    assert command.as_json() == set_by_vol


@pytest.mark.parametrize("line", [*LINUX, *WINDOWS])
def test_what_both_take_is_the_same(read: dict[str, dict[str, Any]], line: str) -> None:
    command, theirs = parse(line, _system(line)), read[line]
    assert "refused" not in theirs
    _same(command, theirs)
    assert (command.view.renderer or "quick") == theirs["renderer"]
    columns = _columns(command)
    ours = [
        [None if one.column is None else columns.index(one.column), one.text, one.regex, one.exclude]
        for one in command.view.filters
    ]
    assert ours == theirs["filters"]
    prefixes = tuple(prefix.lower() for prefix in theirs["hidden"] or ())
    assert command.view.hidden == tuple(name for name in columns if name.lower().startswith(prefixes))


def test_no_line_that_we_take_means_something_else_to_vol(read: dict[str, dict[str, Any]]) -> None:
    taken = {line: command for line in ANY if (command := _parsed(line)) is not None}
    assert len(taken) > len(ANY) // 3
    for line, command in taken.items():
        assert "refused" not in read[line], line
        _same(command, read[line])


@pytest.mark.parametrize("line", REFUSED_BY_BOTH)
def test_what_vol_refuses_is_refused(read: dict[str, dict[str, Any]], line: str) -> None:
    assert "refused" in read[line], read[line]
    with pytest.raises(Refused):
        parse(line)


@check_each([card for card in CARDS if not card.own], lambda card: card.name)
def test_examples_of_cards_are_real_command_lines(card: plugin_cards.Card, read: dict[str, dict[str, Any]]) -> None:
    theirs = read[f"vol {card.example}"]
    command = parse(card.example, "windows" if card.os == "windows" else "linux")
    if "matches multiple plugins" in theirs.get("refused", ""):
        assert any(card.cls in note for note in command.notes)
    elif not any(option.type == "yara" for option in card.options):
        _same(command, theirs)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The options of vol itself and of all plugins, and the names of its output formats."""
    program = """
import json, sys
from pathlib import Path
from training.analysis.volatility import framework
framework.settle(Path(sys.argv[1]))
classes = framework.load()
from volatility3.cli import text_renderer, volargparse
from volatility3 import cli, framework as vol
seen = {}
class Parser(volargparse.HelpfulArgParser):
    def add_argument(self, *names, **more):
        action = super().add_argument(*names, **more)
        seen[action.option_strings[-1]] = [action.option_strings[0], str(action.nargs)]
        return action
    def _add_container_actions(self, container): pass
    def add_mutually_exclusive_group(self, **more): return self
    def add_subparsers(self, **more):
        names = [x.name.lower() for x in vol.class_subclasses(text_renderer.CLIRenderer)]
        plugins = {
            name: [o.replace("_", "-") for o, kind, _ in framework.options(cls)] for name, cls in classes.items()
        }
        print(json.dumps({"general": seen, "renderers": names, "plugins": plugins}))
        sys.exit()
volargparse.HelpfulArgParser = Parser
sys.argv = ["vol"]
cli.CommandLine().run()
"""
    words = [sys.executable, "-W", "ignore", "-c", program, str(tmp_path_factory.mktemp("real"))]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, check=False, text=True)
    answer: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
    assert answer, done.stderr
    return answer


def test_every_option_of_vol_has_an_answer(real: dict[str, Any]) -> None:
    takes = {"nothing": "0", "one": "None", "maybe": "?", "any": "*"}
    ours = {
        option.name: [option.letter or option.name, takes[option.takes]]
        for option in GENERAL.values()
        if option.name != "--columns"
    }
    assert ours == real["general"]
    assert set(LETTERS) == {first for first, _ in real["general"].values() if not first.startswith("--")}
    assert set(RENDERERS) == set(real["renderers"])


def _meant(typed: str, options: list[str], general: list[str]) -> set[str]:
    """What argparse takes an abbreviation for: the plugin's options first, unless vol's own are unclear."""
    own = {name for name in general if name.startswith(typed)}
    found = {name for name in [*options, "--help"] if name.startswith(typed)}
    return {typed} if typed in options else found if len(own) < 2 else found | own


@check_each([card for card in CARDS if not card.own], lambda card: card.name)
def test_an_abbreviation_means_what_it_means_in_vol(card: plugin_cards.Card, real: dict[str, Any]) -> None:
    theirs = [f"--{name}" for name in real["plugins"][card.cls]]
    reading = _Reading([], card.os, CARDS)
    for option in (option for option in card.options if option.type != "yara"):
        for length in range(1, len(option.name) + 1):
            typed = f"--{option.name[:length]}"
            meant = _meant(typed, theirs, list(real["general"]))
            try:
                found = reading.option(card, typed)
            except Refused:
                continue
            assert found
            assert meant == {f"--{found.name}"}
