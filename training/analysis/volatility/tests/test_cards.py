"""Contract: the cards describe the installed Volatility, all of it that is Linux or generic."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from training.analysis import cards as plugin_cards

from .conftest import ROOT, Files

CARDS = plugin_cards.load()
TYPES = {"path": "str", "regex": "str"}

COLUMNS = """
import json, sys, tempfile
from pathlib import Path
from training.analysis.volatility import framework
framework.settle(Path(tempfile.mkdtemp(dir=sys.argv[3])))
classes = framework.load(Path(sys.argv[2]))
from training.analysis.volatility import cells
from volatility3.framework import automagic, contexts, plugins
from volatility3.framework.automagic import stacker
context = contexts.Context()
magics = automagic.available(context)
context.config["automagic.LayerStacker.single_location"] = Path(sys.argv[1]).as_uri()
context.config["automagic.LayerStacker.stackers"] = stacker.choose_os_stackers(classes["linux.pslist.PsList"])
def build(cls):
    chosen = automagic.choose_automagic(magics, cls)
    return plugins.construct_plugin(context, chosen, cls, "plugins", lambda *_: None, None)
build(classes["linux.pslist.PsList"])
kernel = context.config["plugins.PsList.kernel"]
layer = context.config["plugins.PsList.kernel.layer_name"]
for name in json.loads(sys.argv[4]):
    cls = classes[name]
    path = "plugins." + cls.__name__
    for need in cls.get_requirements():
        kind = type(need).__name__
        if kind in ("ModuleRequirement", "TranslationLayerRequirement"):
            context.config[f"{path}.{need.name}"] = kernel if kind == "ModuleRequirement" else layer
    context.config[path + ".pattern"] = "x"
    grid = build(cls).run()
    print(json.dumps([name, [[column.name, cells.type_name(column.type)] for column in grid.columns]]))
"""


@pytest.fixture(scope="module")
def described() -> dict[str, dict[str, Any]]:
    program = [sys.executable, "-m", "training.analysis.volatility", "describe"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, check=True)
    return {record["class"]: record for record in map(json.loads, done.stdout.splitlines())}


def test_every_plugin_is_offered_or_left_out_with_a_reason(described: dict[str, dict[str, Any]]) -> None:
    canonical = {name for name, record in described.items() if record["alias_of"] is None}
    offered = {card.cls for card in CARDS}
    left_out = canonical - offered
    assert offered <= canonical
    assert len(left_out) == len(CARDS.left_out)
    for name in left_out:
        assert any(name == out or name.startswith(f"{out}.") for out in CARDS.left_out), name


def test_old_names_are_known(described: dict[str, dict[str, Any]]) -> None:
    for card in CARDS:
        assert set(card.aliases) == {name for name, record in described.items() if record["alias_of"] == card.cls}


@pytest.mark.parametrize("card", list(CARDS), ids=lambda card: card.name)
def test_versions_and_options_are_the_real_ones(described: dict[str, dict[str, Any]], card: plugin_cards.Card) -> None:
    record = described[card.cls]
    assert record["version"] == card.version
    assert record["offered"]
    real = {option["name"]: option for option in record["options"]}
    for option in card.options:
        assert option.name in real
        assert real[option.name]["type"] == TYPES.get(option.type, option.type)
        if option.type in {"int", "str", "path"}:
            assert option.default == real[option.name]["default"]
    required = {name for name, option in real.items() if not option["optional"]}
    assert required <= {name for group in card.needs for name in group}


def test_columns_are_those_of_the_plugins(files: Files, tmp_path: Path) -> None:
    names = json.dumps([card.cls for card in CARDS])
    words = [str(files.image), str(files.symbols), str(tmp_path), names]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COLUMNS, *words], cwd=ROOT, capture_output=True, check=False
    )
    real = dict(map(json.loads, done.stdout.splitlines()))
    assert real.keys() == {card.cls for card in CARDS}, done.stderr.decode()
    for card in CARDS:
        assert [[column.name, column.type] for column in card.columns] == real[card.cls], card.name


def test_the_version_is_pinned() -> None:
    assert f"volatility3=={CARDS.volatility}" in (ROOT / "pyproject.toml").read_text("utf-8")
