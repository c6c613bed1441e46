"""``python app.py forge``: make exhibits, bases and additions, make a kernel's symbols, check a pack."""

import signal
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import cast

import click
import yaml

from training.errors import Conflict, NotThere, Refused
from training.forge import build, pack, scenario
from training.forge.build import Outcome, Way
from training.forge.kit import making
from training.forge.linux import capture, rootfs
from training.forge.linux import symbols as symbol_files
from training.forge.linux.machine import Accelerator
from training.forge.pack import Kind
from training.forge.scenario import LETTERS, Draft, Scenario, WindowsScenario
from training.forge.scenario.reading import Source
from training.forge.scenario.systems import WINDOWS
from training.forge.scenario.windows.model import BUILDS
from training.settings import Settings

Folder = click.Path(exists=True, file_okay=False, path_type=Path)
File = click.Path(exists=True, dir_okay=False, path_type=Path)
AnyDraft = Draft[Scenario] | Draft[WindowsScenario]
MADE = "LAB"
"""The command that makes exhibits: it is meant wherever a lab stands in a command's place."""
LARGEST = 3_000_000
"""Bytes of one variant's pack above which it is said that it's large."""

kernel_option = click.option(
    "--kernel", type=File, help="Kernel image to boot; the newest cloud kernel in /boot without it."
)
exhibits_option = click.option(
    "--exhibits",
    type=click.Path(path_type=Path, resolve_path=True),
    help="Folder of packs, with materials in LAB/materials beside it; labs/exhibits without it.",
)
replace_option = click.option("--replace", is_flag=True, help="Replace a pack that lies there already.")
accelerator_option = click.option(
    "--accelerator",
    type=click.Choice(["tcg", "kvm", "auto"]),
    default="tcg",
    show_default=True,
    envvar="ENGRAM_FORGE_ACCELERATOR",
    help="What machines run on: emulation, the processor itself, or that where it can be had.",
)


class Forge(click.Group):
    """A group whose commands are also the labs."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first word; where there is none, that which makes the exhibits of a lab."""
        if args and args[0] not in self.commands:
            return MADE, self.commands[MADE], args
        return super().resolve_command(ctx, args)


@click.group(cls=Forge, subcommand_metavar="LAB|COMMAND [ARGS]...")
@click.pass_context
def forge(context: click.Context) -> None:
    """Make exhibits: a scenario becomes memory images, each with its truth, as deltas against a base."""
    context.with_resource(_left_at_sigterm())


@forge.command(MADE)
@click.argument("lab")
@click.option(
    "--variants", "count", type=click.IntRange(1, len(LETTERS)), default=4, show_default=True, help="How many."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Of what is drawn.")
@click.option(
    "--first", type=click.Choice(LETTERS), help="Letter of the first variant; without it, those that are free."
)
@click.option(
    "--base", envvar="ENGRAM_FORGE_BASE", help="Name of the base of a Linux lab; the only one there is without it."
)
@click.option("--level", type=click.IntRange(1, 22), default=19, show_default=True, help="Compression of images.")
@replace_option
@exhibits_option
@accelerator_option
@click.pass_obj
def exhibits_of(  # noqa: PLR0913 - each an option
    settings: Settings,
    *,
    lab: str,
    count: int,
    seed: int,
    first: str | None,
    base: str | None,
    level: int,
    replace: bool,
    exhibits: Path | None,
    accelerator: Accelerator,
) -> None:
    """Draw variants of the scenario of LAB, a name or a folder, play or write each, and make its pack and materials."""
    begun = time.monotonic()
    packs = exhibits or settings.labs / "exhibits"
    draft = _draft(_lab(settings, lab))
    letters = _letters(draft.name, packs, count, first)
    if not replace:
        _demand_free(settings, packs, draft.name, letters)
    numbers = [LETTERS.index(letter) for letter in letters]
    outcomes = []
    with closing(_made(draft, seed, numbers, packs, base, Way(accelerator, level, replace))) as made:
        for one in made:
            outcomes.append(one)
            click.echo(_told(one))
    for one in outcomes:
        if one.failure:
            click.echo(f"{one.name} was not made:\n  {one.failure.message.replace(chr(10), chr(10) + '  ')}", err=True)
    click.echo(_summary(draft.name, outcomes, time.monotonic() - begun))
    if any(one.failure for one in outcomes):
        raise click.exceptions.Exit(1)


def _made(
    draft: AnyDraft, seed: int, numbers: list[int], packs: Path, base: str | None, way: Way
) -> Generator[Outcome, None, None]:
    """Make variants: those of Linux are played on a base, those of Windows written; both are deltas against theirs."""
    if draft.system is WINDOWS:
        written = cast("Draft[WindowsScenario]", draft).variants(seed, numbers[-1] + 1, first=numbers[0])
        yield from build.written([each for each in written if each.number in numbers], packs, click.echo, way)
        return
    played = cast("Draft[Scenario]", draft).variants(seed, numbers[-1] + 1, first=numbers[0])
    plans = [each for each in played if each.number in numbers]
    with (
        build.ground(packs / _base(packs, base), plans[0].machine.additions) as ground,
        closing(build.variants(plans, ground, packs, click.echo, way)) as made,
    ):
        yield from made


@forge.command()
@click.option(
    "--windows",
    type=click.Choice([each for several in BUILDS.values() for each in several]),
    help="Build of Windows to write the base of, instead of that of a kernel.",
)
@kernel_option
@click.option("--headers", type=Folder, help="Where the kernel's headers are unpacked; needed for kernel modules.")
@click.option("--name", help="Name of the base; that of the kernel's release without it.")
@click.option("--level", type=click.IntRange(1, 22), default=19, show_default=True, help="Compression of the image.")
@replace_option
@exhibits_option
@accelerator_option
@click.pass_obj
def base(  # noqa: PLR0913 - each an option
    settings: Settings,
    *,
    windows: str | None,
    kernel: Path | None,
    headers: Path | None,
    name: str | None,
    level: int,
    replace: bool,
    exhibits: Path | None,
    accelerator: Accelerator,
) -> None:
    """Make the base of a kernel: an idle machine, its symbols, its programs. Exhibits are deltas against it.

    With --windows the machine is written, and the base has the name of its build and role.
    """
    begun = time.monotonic()
    packs, way = exhibits or settings.labs / "exhibits", Way(accelerator, level, replace)
    if windows:
        if kernel or headers or name:
            raise Refused("--kernel, --headers and --name belong to bases of Linux, not to --windows")
        done = build.idle_base(windows, packs, click.echo, way)
    else:
        done = build.base(kernel or build.installed_kernel(), headers, packs, name, click.echo, way)
    packed = sum(part.size for part in done.files.values())
    click.echo(
        f"{done.name}: {done.size >> 20} MiB of memory in a base of {packed / 1e6:.1f} MB, "
        f"{time.monotonic() - begun:.0f} s"
    )


@forge.command()
@click.argument("name")
@click.option("--base", envvar="ENGRAM_FORGE_BASE", help="Name of the base; the only one there is without it.")
@click.option("--level", type=click.IntRange(1, 22), default=19, show_default=True, help="Compression of the archive.")
@replace_option
@exhibits_option
@click.pass_obj
def addition(
    settings: Settings, *, name: str, base: str | None, level: int, replace: bool, exhibits: Path | None
) -> None:
    """Make the addition NAME to a base: programs of Debian that some scenarios need beside those of the base."""
    packs = exhibits or settings.labs / "exhibits"
    done = build.addition(name, _base(packs, base), packs, click.echo, Way(level=level, replace=replace))
    click.echo(f"{done.name}: {done.size / 1e6:.1f} MB of programs in an addition of {done.content.size / 1e6:.1f} MB")


@forge.command()
@click.option(
    "--into",
    type=click.Path(path_type=Path, resolve_path=True),
    help="Folder of kits; labs/kits without it.",
)
@replace_option
@click.pass_obj
def kit(settings: Settings, *, into: Path | None, replace: bool) -> None:
    """Make the media of a responder: the kit of trusted programs and an empty evidence medium."""
    done = making.make(into or settings.labs / "kits", click.echo, replace=replace)
    packed = sum(each.packed.size for each in done.media.values())
    click.echo(f"kit {done.name}, version {done.version}: {len(done.inside)} files, {packed / 1e6:.1f} MB packed")


@forge.command()
@kernel_option
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=Path("symbols/linux"),
    show_default=True,
    help="Folder that the symbol file is written to.",
)
@accelerator_option
def symbols(kernel: Path | None, into: Path, accelerator: Accelerator) -> None:
    """Make the symbol file of a kernel, from a machine that plays nothing."""
    with tempfile.TemporaryDirectory(prefix="engram-forge-") as work:
        initrd = Path(work) / "initrd.gz"
        initrd.write_bytes(rootfs.common())
        image = kernel or build.installed_kernel()
        document, banner = capture.idle(image, initrd, Path(work) / pack.IMAGE, accelerator)
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"{symbol_files.release(banner.encode())}.json.xz"
    symbol_files.write(document, path)
    counts = ", ".join(f"{len(document[key])} {key.replace('_', ' ')}" for key in ("user_types", "enums", "symbols"))
    click.echo(f"{path}: {counts}, {path.stat().st_size} bytes")


@forge.command()
@click.argument("folder", metavar="PACK", type=Folder)
def check(folder: Path) -> None:
    """Check every file of a PACK, what it unpacks to, and in a folder of labs its materials."""
    labs = folder.resolve().parents[1]
    beside = pack.materials_of(labs, pack.read(folder))
    manifest = pack.check(folder, labs=labs if folder.resolve().parent.name == "exhibits" or beside.is_dir() else None)
    packed = sum(part.size for part in manifest.files.values())
    what = "archive" if manifest.kind is Kind.ADDITION else "image"
    click.echo(
        f"{manifest.name}: {len(manifest.files)} files, {packed} bytes, {what} of {manifest.size} bytes, "
        f"SHA-256 {manifest.sha256}: as it should be"
    )


def _lab(settings: Settings, lab: str) -> Path:
    """The folder of a lab that was given by name or by path."""
    tried = [settings.labs / lab, Path(lab)]
    for folder in tried:
        if (folder / "scenario.yaml").is_file():
            return folder
    known = ", ".join(sorted(each.parent.name for each in settings.labs.glob("*/scenario.yaml")))
    raise NotThere(f"there is no scenario.yaml in {' or '.join(map(str, tried))}; labs with one: {known or 'none'}")


def _draft(folder: Path) -> AnyDraft:
    """The scenario of a lab. Its packs bear its name, so it must be that of its own folder."""
    path, called = folder / "scenario.yaml", folder.resolve().name
    draft = scenario.load_any(path)
    if draft.name != called:
        source = Source(path)
        source.wrong(
            ("name",), f"is {draft.name}, but its folder is called {called}: packs would be taken for that lab's"
        )
        source.end_if_wrong()
    return draft


def _letters(lab: str, packs: Path, count: int, first: str | None) -> str:
    """The letters of variants to be made: from a first one on, or those at which nothing lies."""
    if first:
        which, left = f"from {first} on", LETTERS[LETTERS.index(first) :]
    else:
        which, left = "that are free", "".join(each for each in LETTERS if not build.lies(packs, lab, each))
    if len(left) < count:
        raise Refused(f"there are letters for {len(left)} variants {which}, not for {count}")
    return left[:count]


def _demand_free(settings: Settings, packs: Path, lab: str, letters: str) -> None:
    """Refuse to replace what lies there: the exhibit of a pack that isn't unpacked yet would be lost."""
    there = [f"{lab}-{letter}" for letter in letters if build.lies(packs, lab, letter)]
    if there:
        known = _listed(settings)
        which = "; ".join(
            f"{each} ({f'listed by {known[each]}' if each in known else 'no lab lists it'})" for each in there
        )
        raise Conflict(
            f"{packs} or the materials beside it hold {which}: leave --first out for the letters that are free, or say "
            "--replace to lose them"
        )


def _listed(settings: Settings) -> dict[str, Path]:
    """Names of exhibits, each with a lab file that lists it; a file that can't be read lists none."""
    known: dict[str, Path] = {}
    for path in sorted(settings.labs.glob("*/lab.yaml")):
        try:
            document = yaml.safe_load(path.read_bytes())
        except (OSError, yaml.YAMLError, ValueError, KeyError, AttributeError, TypeError):
            continue
        named = document.get("exhibits") if isinstance(document, dict) else None
        known |= {str(each): path for each in (named if isinstance(named, list) else ())}
    return known


@contextmanager
def _left_at_sigterm() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl+C does: machines and folders of work go with it."""

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _base(exhibits: Path, name: str | None) -> str:
    """The name of the base to work with."""
    found = build.bases(exhibits)
    if name and name not in found and (exhibits / name).is_dir():
        pack.read(exhibits / name)  # says what is wrong with it
    if name in found or (name is None and len(found) == 1):
        return name or found[0]
    if not found:
        raise NotThere(f"there is no base in {exhibits}; make one with: python app.py forge base")
    wanted = f"there is no base {name} in {exhibits}" if name else f"there are several bases in {exhibits}"
    raise Refused(f"{wanted}; name one with --base or ENGRAM_FORGE_BASE: {', '.join(found)}")


def _told(one: Outcome) -> str:
    if one.failure:
        return f"{one.name}: failed after {one.seconds:.1f} s"
    large = f", more than the {LARGEST / 1e6:.0f} MB that a variant should have" if one.size > LARGEST else ""
    return f"{one.name}: {one.size / 1e6:.2f} MB in {one.seconds:.1f} s{large}"


def _summary(lab: str, outcomes: list[Outcome], seconds: float) -> str:
    whole = [one for one in outcomes if one.manifest]
    sizes = [one.size for one in whole]
    figures = f"{sum(sizes) / len(sizes) / 1e6:.2f} MB on average, {max(sizes) / 1e6:.2f} MB at most, " if whole else ""
    return (
        f"forge: {len(whole)} of {len(outcomes)} variants of {lab}, {figures}"
        f"{seconds:.0f} s, {seconds / len(outcomes):.1f} s for each"
    )
