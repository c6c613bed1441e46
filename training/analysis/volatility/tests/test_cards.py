"""Contract: the cards describe the installed Volatility, all of it that is for Linux, Windows or any system."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.each import check_each
from training.analysis import cards as plugin_cards
from training.analysis.command import parse
from training.analysis.volatility import offered

from .client import ROOT

CARDS = plugin_cards.load()
REAL = [card for card in CARDS if not card.own]  # our own assemblies are no plugins of Volatility
TYPES = {"path": "str", "regex": "str"}
STANDS_FOR = {"yara-rules": "yara-file"}  # the rules come as text and are written to a file by the island
NEED_ANOTHER_IMAGE = {"windows.crashinfo"}  # it reads the header of a crash dump and refuses all else
REFERENCE = "ENGRAM_REFERENCE"

COLUMNS = """
import gc, json, os, sys
gc.disable()  # as the engine does while a command runs
from pathlib import Path
from training.analysis.volatility import framework
image, symbols, cache, examples, system = sys.argv[1:]
framework.settle(Path(cache))
classes = framework.load(Path(symbols))
from training.analysis.volatility import cells
from volatility3.framework import automagic, contexts, plugins
from volatility3.framework.automagic import stacker
from volatility3.plugins.timeliner import TimeLinerInterface
main = classes[system + ".pslist.PsList"]
context = contexts.Context()
magics = automagic.available(context)
context.config["automagic.LayerStacker.single_location"] = Path(image).as_uri()
context.config["automagic.LayerStacker.stackers"] = stacker.choose_os_stackers(main)
def build(cls):
    chosen = automagic.choose_automagic(magics, cls)
    return plugins.construct_plugin(context, chosen, cls, "plugins", lambda *_: None, None)
build(main)
kernel = context.config["plugins.PsList.kernel"]
layer = context.config["plugins.PsList.kernel.layer_name"]
def describe(name, options):
    cls = classes[name]
    path = "plugins." + cls.__name__
    for need in cls.get_requirements():
        kind = type(need).__name__
        if kind in ("ModuleRequirement", "TranslationLayerRequirement"):
            context.config[f"{path}.{need.name}"] = kernel if kind == "ModuleRequirement" else layer
        elif need.name.replace("_", "-") in options:
            context.config[f"{path}.{need.name}"] = options[need.name.replace("_", "-")]
    try:
        columns = [[column.name, cells.type_name(column.type)] for column in build(cls).run().columns]
    except Exception as error:
        columns = repr(error)
    print(json.dumps([name, columns, issubclass(cls, TimeLinerInterface)]), flush=True)
for name, options in json.loads(examples).items():
    child = os.fork()  # what one plugin leaves in the context must not meet the next
    if child == 0:
        describe(name, options)
        os._exit(0)
    os.waitpid(child, 0)
"""


class Exhibit(Protocol):
    """Where an image and its symbol folder lie."""

    @property
    def image(self) -> Path: ...
    @property
    def symbols(self) -> Path: ...


@pytest.fixture(scope="module")
def described() -> dict[str, dict[str, Any]]:
    program = [sys.executable, "-m", "training.analysis.volatility", "describe"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, check=True)
    return {record["class"]: record for record in map(json.loads, done.stdout.splitlines())}


def test_every_plugin_is_offered_or_left_out_with_a_reason(described: dict[str, dict[str, Any]]) -> None:
    canonical = {name for name, record in described.items() if record["alias_of"] is None}
    offered_classes = {card.cls for card in REAL}
    left_out = canonical - offered_classes
    assert offered_classes <= canonical
    assert len(left_out) == len(CARDS.left_out)
    for name in left_out:
        assert any(name == out or name.startswith(f"{out}.") for out in CARDS.left_out), name


def test_old_names_are_known(described: dict[str, dict[str, Any]]) -> None:
    for card in CARDS:
        assert set(card.aliases) == {name for name, record in described.items() if record["alias_of"] == card.cls}


@check_each(REAL, lambda card: card.name)
def test_versions_and_options_are_the_real_ones(card: plugin_cards.Card, described: dict[str, dict[str, Any]]) -> None:
    record = described[card.cls]
    assert record["version"] == card.version
    assert record["offered"]
    real = {option["name"]: option for option in record["options"]}
    for option in card.options:
        if option.type == "yara":
            assert real[STANDS_FOR[option.name]]["type"] == "uri"
            continue
        assert option.name in real
        assert real[option.name]["type"] == TYPES.get(option.type, option.type)
        if option.type in {"int", "str", "path", "choice"}:
            assert option.default == real[option.name]["default"]
    required = {name for name, option in real.items() if not option["optional"]}
    assert required <= {name for group in card.needs for name in group}


def run_columns(system: str, exhibit: Exhibit, folder: Path) -> dict[str, tuple[Any, bool]]:
    """Columns and whether it has a timeline, by class, of the cards that fit a system."""
    shutil.copytree(exhibit.symbols, folder / "symbols")  # Volatility deletes symbol files that it takes for missing
    (folder / "cache").mkdir()
    examples = {card.cls: parse(card.example, system).as_json() for card in CARDS.for_os(system) if not card.own}
    words = [str(exhibit.image), str(folder / "symbols"), str(folder / "cache"), json.dumps(examples), system]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COLUMNS, *words], cwd=ROOT, capture_output=True, check=False
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [name for name, _, _ in said] == list(examples), done.stderr.decode()
    return {name: (columns, timeline) for name, columns, timeline in said}


def compare(system: str, exhibit: Exhibit, folder: Path) -> None:
    real = run_columns(system, exhibit, folder)
    written = {
        card.cls: [[column.name, column.type] for column in card.columns]
        for card in CARDS.for_os(system)
        if not card.own and card.name not in NEED_ANOTHER_IMAGE
    }
    assert written == {name: real[name][0] for name in written}
    timeline = CARDS.get("engram.timeline").option("plugins")
    assert timeline
    assert {choice for choice in timeline.choices if choice.startswith(f"{system}.")} == {
        card.name for card in CARDS.for_os(system) if not card.own and real[card.cls][1]
    }


def test_columns_are_those_of_the_plugins(files: Exhibit, tmp_path: Path) -> None:
    compare("linux", files, tmp_path)


if os.environ.get(REFERENCE):

    def test_columns_are_those_of_the_plugins_for_windows(reference: Exhibit, tmp_path: Path) -> None:
        compare("windows", reference, tmp_path)


def test_the_island_reads_the_same_cards_as_the_rooms() -> None:
    document = offered.load()
    assert document["plugins"].keys() == {card.name for card in CARDS}
    assert {card["class"] for card in document["plugins"].values()} == {card.cls for card in CARDS}
    assert document["left_out"] == CARDS.left_out
    assert (document["island"], document["volatility"]) == (CARDS.island, CARDS.volatility)


def test_the_island_finds_plugins_by_name_and_by_class() -> None:
    document = offered.load()
    found = offered.find(document, "linux.pslist")
    assert found
    assert found == offered.find(document, "linux.pslist.PsList")
    assert found[0] == "linux.pslist"
    assert offered.find(document, "engram.timeline")
    assert offered.find(document, "layerwriter") is None


def test_the_version_is_pinned() -> None:
    assert f"volatility3=={CARDS.volatility}" in (ROOT / "pyproject.toml").read_text("utf-8")
