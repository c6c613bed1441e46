"""What machines of a build and a role have in common, so that a variant is a small patch on its base."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.forge.windows.stories import SERVER, drawn, example
from training.forge.build.idle import base_of
from training.forge.scenario import WindowsScenario
from training.forge.windows.planning import plan
from training.forge.windows.planning.casting import Cast, cast
from training.forge.windows.planning.idle import idle
from training.forge.windows.planning.numbering import number


def numbered(scenario: WindowsScenario) -> Cast:
    who = cast(scenario)
    number(who)
    return who


def numbers(who: Cast, *, own: bool) -> dict[str, tuple[int, ...]]:
    """Numbers of processes and their threads, of the story or of the baseline, by name."""
    return {
        each.name: (each.pid, *(tid for tid, _ in each.tids)) for each in who.members if each.own is own
    }  # fmt: skip


@pytest.mark.parametrize("build", ["19041", "22000", "20348"])
def test_the_machine_of_a_base_has_no_story(build: str) -> None:
    scenario = idle(build)
    assert scenario.name == base_of(build)
    assert not scenario.processes
    assert not any(each.own for each in cast(scenario).members)


@pytest.mark.parametrize(("text", "build"), [(example(), "19041"), (SERVER, "20348")], ids=["workstation", "server"])
def test_the_baseline_has_the_numbers_of_the_base(text: str, build: str, tmp_path: Path) -> None:
    base = numbers(numbered(idle(build)), own=False)
    here = numbers(numbered(drawn(text, tmp_path)), own=False)
    both = base.keys() & here.keys()
    assert len(both) > 70
    same = [name for name in both if base[name] == here[name]]
    assert len(same) >= 0.9 * len(both)


def test_no_process_of_the_story_has_a_number_twice(tmp_path: Path) -> None:
    found = [numbers(numbered(drawn(example(), tmp_path, which)), own=True) for which in range(16)]
    for name in found[0]:
        assert len({each[name][0] for each in found}) == len(found), name


def test_every_number_is_given_once_and_is_a_multiple_of_four(tmp_path: Path) -> None:
    for who in machines(tmp_path):
        given = [each for own in (True, False) for several in numbers(who, own=own).values() for each in several]
        assert len(set(given)) == len(given)
        assert not any(each % 4 for each in given)


def machines(into: Path) -> Iterator[Cast]:
    yield from (numbered(drawn(example(), into, which)) for which in range(4))
    yield numbered(drawn(SERVER, into))
    yield numbered(idle("22000"))


def test_places_follow_from_build_and_role_and_the_rest_from_the_variant(tmp_path: Path) -> None:
    one, other = (plan(drawn(example(), tmp_path, which)) for which in (0, 1))
    assert one.layout == other.layout == plan(idle("19041")).layout
    assert one.seed != other.seed
    assert one.host.sid != other.host.sid
