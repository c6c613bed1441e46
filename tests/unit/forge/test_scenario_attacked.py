import contextlib
import copy
import tempfile
import time
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.forge.test_scenario import REAL, SMALL, mistakes
from training.forge import scenario
from training.forge.scenario import ScenarioMistakes


def drawing(*draws: str, unlike: str = "") -> str:
    text = SMALL.replace("  port:", "".join(f"  {each}\n" for each in draws) + "  port:")
    return text.replace("\nmachine", f"\nunlike: {unlike}\nmachine") if unlike else text


def holding(text: str) -> str:
    return f"{SMALL}files: [{{path: /srv/x, modified: 2026-03-10T11:00:00Z, text: '{text}'}}]\n"


NUMBERED = [f"n{number}" for number in range(46)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (holding("{peer}" * 40_000), "files.0.text: must have at most 262144 characters"),
        (
            drawing(f"a: {{one_of: {[letter * 200 for letter in 'pqrs']}}}") + f"x: ['{'{a}' * 50_000}']\n",
            "with everything drawn the scenario has more than 2097152 characters",
        ),
        (
            SMALL + "files:\n" + "- {path: /srv/x, modified: 2026-03-10T11:00:00Z, text: x}\n" * 4_000,
            "must have at most 256 elements",
        ),
        (drawing(*(f"{name}: {{address: 203.0.113.0/30}}" for name in NUMBERED)), "for 1 variants, and 2 are wanted"),
        (
            drawing(*(f"{name}: {{address: '2001:db8::/32'}}" for name in NUMBERED), unlike=str([NUMBERED] * 32)),
            "draw.n16: has a value of its own for 0 variants",
        ),
        (
            drawing(*(f"{name}: {{whole: [1, 1000000000]}}" for name in NUMBERED), unlike=str([NUMBERED] * 32)),
            "draw.n45: is drawn and never used",
        ),
        (drawing(f"big: {{made: '{'{a-z}' * 39}'}}"), "draw.big: is drawn and never used"),
        (drawing(f"big: {{one_of: {list(range(33))}}}"), "must have at most 32 elements"),
        (drawing(*(f"x{number}: {{port: [2000, 3000]}}" for number in range(47))), "a mapping of at most 48 names"),
        (holding("{" * 200_000 + "{nix}"), "{nix} is not drawn"),
        (holding("{peer_" * 30_000 + "{nix}"), "{nix} is not drawn"),
        (holding("{port" * 40_000 + "}" * 40_000), "is not drawn"),
        (holding("1." * 100_000 + " 9.9.9.9"), "9.9.9.9 is not from the ranges"),
        (holding("a:" * 100_000 + " 2a00::1"), "2a00::1 is not from the ranges"),
        (holding("a" * 200_000 + " 9.9.9.9"), "9.9.9.9 is not from the ranges"),
        (SMALL + f"materials: [{{file: x, text: '{'{=' * 100_000}'}}]\n", "an expression begins with {= and ends"),
        (
            SMALL + f"materials: [{{file: x, text: '{''.join(f'{{= {n} + }}' for n in range(20_000))}'}}]\n",
            "{= 19999 + }:",
        ),
        (SMALL.replace("title: Small", "title: {" + "a: {" * 11 + "}" * 12), "nested more than 12 deep"),
    ],
)
def test_a_hostile_scenario_ends_soon_and_in_mistakes(tmp_path: Path, text: str, complaint: str) -> None:
    started = time.process_time()
    assert any(complaint in each for each in mistakes(tmp_path, text))
    assert time.process_time() - started < 10


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=12) | st.just("{peer}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcps{}", max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, above: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*above, key)
        yield from places(each, (*above, key))


DOCUMENT = yaml.safe_load(REAL.read_text(encoding="utf-8"))
PLACES = list(places(DOCUMENT))


def written(folder: Path, document: Any) -> Path:
    path = folder / "scenario.yaml"
    path.write_text(yaml.dump(document, Dumper=yaml.CSafeDumper), encoding="utf-8")
    return path


def test_the_document_that_is_spoilt_below_is_right_before(tmp_path: Path) -> None:
    assert len(PLACES) > 300
    assert scenario.load(written(tmp_path, DOCUMENT)).draw(1, 0) == scenario.load(REAL).draw(1, 0)


@try_examples(25)
@given(st.lists(st.tuples(st.sampled_from(PLACES), junk), min_size=1, max_size=2))
def test_whatever_stands_anywhere_is_a_scenario_or_a_list_of_mistakes(changes: list[tuple[Any, Any]]) -> None:
    document = copy.deepcopy(DOCUMENT)
    for place, value in changes:
        with contextlib.suppress(KeyError, IndexError, TypeError):
            reduce(lambda inner, key: inner[key], place[:-1], document)[place[-1]] = value
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(ScenarioMistakes):
        assert scenario.load(written(Path(folder), document)).draw(1, 0).drawn
