"""`python app.py prove`: prove the answer keys of labs on their exhibits. `python app.py warm`: make their runs."""

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import click

from training.analysis import setup
from training.evidence.cli import bar
from training.grading.sealed import Proved
from training.labs import warm as warming
from training.labs.prove import Proof, names, variety
from training.labs.prove import prove as proofs_of
from training.labs.variety import told
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand


def _now() -> datetime:
    return datetime.now(UTC)


@click.command()
@click.argument("lab", required=False)
@click.option("--all", "every", is_flag=True, help="Prove every lab.")
@click.option("--variant", "variants", multiple=True, help="Only this variant: a letter, or a pack. May be repeated.")
@click.option("--write", is_flag=True, help="Seal the keys anew where they are proved.")
@click.option("--show", is_flag=True, help="Print the answers and what each mistake matches, for authors.")
@click.pass_obj
def prove(
    settings: Settings, lab: str | None, *, every: bool, variants: tuple[str, ...], write: bool, show: bool
) -> None:
    """Prove the answer keys of LAB, or of all labs: each from the truth and from plugin rows, which must agree.

    A lab is proved on each of its exhibits. An answer that is the same on all of them is refused, unless its key says
    that it is meant so.
    """
    if (lab is None) != every:
        raise click.UsageError("Name one lab, or say --all.")
    if every and variants:
        raise click.UsageError("--variant belongs to one lab.")
    done: list[Proof] = []
    constant = 0
    with closing(setup.place(settings)) as place:
        for name in names(settings.labs) if every else [str(lab)]:
            proofs = []
            for proof in proofs_of(settings, name, _now, bar, write=write, variants=variants, lent=place):
                proofs.append(proof)
                for line in report(proof, show=show):
                    click.echo(line)
            found = variety(settings, name, proofs)
            for text in (*(f"fault: {one}" for one in found.faults), *(f"warning: {one}" for one in found.warnings)):
                click.echo(f"{name}, {text}")
            constant += len(found.faults)
            done += proofs
    click.echo(_summary(done, constant))
    if constant or not all(proof.sound for proof in done):
        raise click.exceptions.Exit(1)


def _summary(done: list[Proof], constant: int) -> str:
    questions = [one for proof in done for one in proof.proved if not _free(one)]
    sound = sum(one.sound for one in questions)
    mistakes = sum(len(one.mistakes) for one in questions)
    faults = sum(len(proof.faults) for proof in done)
    labs = len({proof.lab for proof in done})
    on = f"{labs} {'lab' if labs == 1 else 'labs'} on {len(done)} {'exhibit' if len(done) == 1 else 'exhibits'}"
    return (
        f"prove: {on}, {sound} of {len(questions)} keys agree, {mistakes} mistakes, "
        f"{sum(proof.runs for proof in done)} runs, {faults} faults of sealed files, "
        f"{constant} keys the same on all exhibits"
    )


def report(proof: Proof, *, show: bool) -> Iterator[str]:
    """Lines about one lab on one exhibit. Answers are printed only where an author asks for them, or where the two
    forms of a key differ.
    """
    yield f"{proof.lab} on {proof.pack}"
    for one in proof.proved:
        yield f"  {one.id}: {_state(one)}"
        yield from (f"    problem: {text}" for text in one.problems)
        yield from (f"    remark: {text}" for text in one.remarks)
        for different in proof.differences:
            if different.question == one.id:
                yield f"    {one.id} on {proof.pack}:"
                yield from (f"      {line}" for line in told(different))
        if show:
            yield f"    truth: {one.truth!r}"
            yield f"    rows:  {one.rows!r}"
            yield from (f"    {code}: {values!r}" for code, values in one.mistakes)
    yield from (f"  {fault}" for fault in proof.faults)


def _free(one: Proved) -> bool:
    """Whether people judge it: then nothing is there to be proved."""
    return one.sound and one.truth is None


def _state(one: Proved) -> str:
    if _free(one):
        return "free text, no key"
    agree = "truth and rows agree" + ("" if one.sound else ", but it can't be sealed")
    return f"{agree if one.agree else 'NOT PROVED'}, {len(one.mistakes)} mistakes"


@click.command()
@click.argument("lab", required=False)
@click.option("--all", "every", is_flag=True, help="The runs of every lab.")
@click.pass_obj
def warm(settings: Settings, lab: str | None, *, every: bool) -> None:
    """Make the runs that LAB, or every lab, is worked with, ahead of time.

    They are made here when no server runs. A running server is left to make them: they come after everything that
    people wait for. Each exhibit that isn't unpacked yet needs 128 MiB of disk, some 540 MB for a lab of four; where
    there is less nothing is begun.
    """
    from training.operating.serve import held  # noqa: PLC0415 - each command loads only its own rooms

    if (lab is None) != every:
        raise click.UsageError("Name one lab, or say --all.")
    demand(settings.database)
    store = Store(settings.database)
    try:
        labs = names(settings.labs) if every else [str(lab)]
        done = warming.warm(settings, store, labs, _now, held, _runs, bar)
    finally:
        store.close()
    for sentence in done.incomplete:
        click.echo(f"  {sentence}")
    click.echo(done.summary)
    if done.incomplete:
        raise click.exceptions.Exit(1)


def _runs(labs: str, done: int, total: int) -> None:
    """A progress bar on the error stream: in place on a terminal, its last state elsewhere."""
    share = done / total if total else 1.0
    line = f"{labs}: [{'#' * int(share * 30):<30}] {done} of {total} runs"
    if sys.stderr.isatty():
        click.echo(f"\r{line}", err=True, nl=done >= total)
    elif done >= total:
        click.echo(line, err=True)
