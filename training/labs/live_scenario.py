"""The scenario beside a live lab: whether both fit, and the materials that it gives."""

import re
from collections.abc import Iterator
from pathlib import Path

from training.content import source
from training.content.source import Mistake
from training.forge.scenario import LETTERS, Scenario, ScenarioMistakes
from training.forge.scenario import load as load_scenario
from training.forge.scenario.living import Live as Living
from training.labs.labfile import LabFile
from training.labs.livefile import Live
from training.labs.material import FOLDER

SCENARIO = "scenario.yaml"
_FIRES = "fire "

Lab = source.Source[LabFile]


def check(folder: Path, lab: Lab) -> Iterator[Mistake]:
    """Whether the scenario beside the lab has the variants and the events that the lab names, and whether its materials
    are what the scenario gives in each variant.
    """
    live = lab.value.live
    if live is None:
        return
    path = folder / SCENARIO
    try:
        draft = load_scenario(path)
        plans = draft.variants(live.seed, _count(live))
    except ScenarioMistakes as bad:
        yield lab.mistake(("live",), f"{SCENARIO} has mistakes: {'; '.join(map(str, bad.mistakes))[:900]}")
        return
    if draft.name != lab.value.id:
        yield lab.mistake(("live",), f"{SCENARIO} is that of {draft.name}")
    yield from _events(lab, live, plans[0])
    for letter in live.variants:
        yield from _materials(folder, lab, plans[LETTERS.index(letter)])


def write_materials(folder: Path, file: LabFile) -> None:
    """Write what the scenario of a live lab hands over in each variant. Raises ScenarioMistakes."""
    assert file.live is not None  # noqa: S101 - of a live lab
    plans = load_scenario(folder / SCENARIO).variants(file.live.seed, _count(file.live))
    for plan in (plans[LETTERS.index(letter)] for letter in file.live.variants):
        for one in plan.materials:
            path = folder / FOLDER / plan.pack / one.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((one.text or "").encode())


def _count(live: Live) -> int:
    return max(LETTERS.index(one) for one in live.variants) + 1


def _materials(folder: Path, lab: Lab, plan: Scenario) -> Iterator[Mistake]:
    """Materials hold drawn values: they are those that the scenario gives in each variant."""
    for one in plan.materials:
        path = folder / FOLDER / plan.pack / one.file
        if one.text is None:
            yield lab.mistake(("materials",), f"{SCENARIO}: {one.file} needs a text, as it is shown before any freeze")
        elif not path.is_file() or path.read_bytes() != one.text.encode():
            name = f"labs/{lab.value.id}/{path.relative_to(folder).as_posix()}"
            again = f"run: python app.py prove {lab.value.id} --write"
            yield Mistake(name, 1, f"is not what {SCENARIO} gives for this variant; {again}")


def _events(lab: Lab, live: Live, plan: Scenario) -> Iterator[Mistake]:
    lives = plan.live
    if lives is None:
        yield lab.mistake(("live",), f"{SCENARIO} has no part `live`: nothing would happen after the arrival")
        return
    fired = [
        (("live", "forks", number, "options", place, "does"), option.does.removeprefix(_FIRES))
        for number, fork in enumerate(live.forks)
        for place, option in enumerate(fork.options)
        if option.does.startswith(_FIRES)
    ]
    proved = [
        (("live", "ways", number, "orders", place), order.removeprefix(_FIRES))
        for number, way in enumerate(live.ways)
        for place, order in enumerate(way.orders)
        if order.startswith(_FIRES)
    ]
    called = [(("live", "on_call", number), name) for number, name in enumerate(live.on_call)]
    for where, name in (*fired, *proved, *called):
        if name not in lives.on_call:
            known = ", ".join(lives.on_call) or "none"
            yield lab.mistake(where, f"the scenario has no event {name} on call; it has: {known}")
    yield from _happenings(lab, live, plan, lives)


def _happenings(lab: Lab, live: Live, plan: Scenario, lives: Living) -> Iterator[Mistake]:
    """What is said of events that can't come, and items that are lost by one of which nothing is said."""
    steps = [*lives.steps, *(step for several in lives.on_call.values() for step in several)]
    named = {step.as_ for step in steps if step.as_}
    heard = [re.compile(rf"{re.escape(door.hears)}_[1-9][0-9]*_[a-z]+") for door in plan.outside.listens if door.hears]
    for number, one in enumerate(live.conduct.happenings):
        if one.event not in named and not any(each.fullmatch(one.event) for each in heard):
            known = ", ".join(sorted(named)) or "none"
            message = f"the scenario has no event {one.event} after the arrival; it has: {known}"
            yield lab.mistake(("live", "conduct", "happenings", number, "event"), message)
    lost = {
        item
        for event in (*named, *(one.event for one in live.conduct.happenings))
        for item in live.conduct.lost_by(event)
    }
    for number, item in enumerate(live.conduct.items):
        if item.id not in lost:
            message = f"nothing loses {item.id}: name the event that does under `happenings`"
            yield lab.mistake(("live", "conduct", "items", number, "id"), message)
