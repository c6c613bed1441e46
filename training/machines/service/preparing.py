"""Make the saved states of live labs on this installation, by its own QEMU: one for each variant."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from training.errors import NotThere
from training.forge import build, scenario
from training.forge.halt import Halt
from training.forge.scenario import LETTERS, Scenario
from training.labs import prove_live, reader
from training.labs.livefile import Live
from training.machines.guest import preparing
from training.machines.ranges import Range
from training.settings import Settings

FILE = "scenario.yaml"
Say = Callable[[str], None]


def live_labs(labs: Path) -> list[str]:
    """Names of the labs of a folder that have a live part."""
    folders = [file.parent for file in sorted(labs.glob(f"*/{reader.FILE}"))]
    return [folder.name for folder in folders if reader.draft(folder).live is not None]


def plans(labs: Path, name: str) -> list[Scenario]:
    """The variants of a live lab, drawn. Raises NotThere for a lab without a live part, ContentError."""
    folder = labs / name
    if not (folder / reader.FILE).is_file():
        raise NotThere(f"{folder}: there is no such lab")
    live = reader.draft(folder).live
    if live is None:
        raise NotThere(f"{folder / reader.FILE}: the lab has no live part; nothing is prepared for it")
    return _drawn(folder, live)


def _drawn(folder: Path, live: Live) -> list[Scenario]:
    count = 1 + max(LETTERS.index(letter) for letter in live.variants)
    drawn = scenario.load(folder / FILE).variants(live.seed, count)
    return [each for each in drawn if each.variant in live.variants]


def prepare(settings: Settings, here: Range, name: str, say: Say, letters: Sequence[str] = ()) -> list[str]:
    """Make what is missing or was made by another QEMU or of other files; the letters that are ready then.

    As many are made at a time as this computer can; `say` is told each step from several threads, with the name of the
    variant. Where one fails, those beside it are ended. Raises what `plans` does, NotThere where the base is not here,
    MachineFault where QEMU is not.
    """
    wanted = [plan for plan in plans(settings.labs, name) if not letters or plan.variant in letters]
    halt = Halt()
    with ThreadPoolExecutor(build.at_once()) as workers:
        try:
            making = [workers.submit(_prepare, settings, here, plan, say, halt) for plan in wanted]
            for made in as_completed(making):
                made.result()
        finally:
            halt.say()
            workers.shutdown(cancel_futures=True)
    return [plan.variant for plan in wanted]


def _prepare(settings: Settings, here: Range, plan: Scenario, say: Say, halt: Halt) -> None:
    base_name = prove_live.base_of(settings, plan)

    def tell(text: str) -> None:
        say(f"{plan.pack}: {text}")

    tell("is being prepared")
    with build.ground(here.exhibits / base_name, plan.machine.additions) as base:
        preparing.prepare(plan, base, here.snapshot(plan.name, plan.variant), tell, halt)
    here.base_file(plan.name, plan.variant).write_text(base_name, "utf-8")
