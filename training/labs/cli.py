"""`python app.py prove`: prove the answer keys of labs on their exhibits."""

from collections.abc import Iterator
from datetime import UTC, datetime

import click

from training.evidence.cli import bar
from training.grading.sealed import Proved
from training.labs import prove as proofs
from training.labs.prove import Proof, names
from training.settings import Settings


@click.command()
@click.argument("lab", required=False)
@click.option("--all", "every", is_flag=True, help="Prove every lab.")
@click.option("--write", is_flag=True, help="Seal the keys anew where they are proved.")
@click.option("--show", is_flag=True, help="Print the answers and what each mistake matches, for authors.")
@click.pass_obj
def prove(settings: Settings, lab: str | None, *, every: bool, write: bool, show: bool) -> None:
    """Prove the answer keys of LAB, or of all labs: each from the truth and from plugin rows, which must agree."""
    if (lab is None) != every:
        raise click.UsageError("Name one lab, or say --all.")
    done: list[Proof] = []
    for name in names(settings.labs) if every else [str(lab)]:
        for proof in proofs.prove(settings, name, lambda: datetime.now(UTC), bar, write=write):
            done.append(proof)
            for line in report(proof, show=show):
                click.echo(line)
    questions = [one for proof in done for one in proof.proved]
    sound = sum(one.sound for one in questions)
    mistakes = sum(len(one.mistakes) for one in questions)
    faults = sum(len(proof.faults) for proof in done)
    click.echo(
        f"prove: {len(done)} labs on exhibits, {sound} of {len(questions)} keys agree, {mistakes} mistakes, "
        f"{sum(proof.runs for proof in done)} runs, {faults} faults of sealed files"
    )
    if not all(proof.sound for proof in done):
        raise click.exceptions.Exit(1)


def report(proof: Proof, *, show: bool) -> Iterator[str]:
    """Lines about one lab on one exhibit. Answers are printed only where an author asks for them."""
    yield f"{proof.lab} on {proof.pack}"
    for one in proof.proved:
        yield f"  {one.id}: {_state(one)}, {len(one.mistakes)} mistakes"
        yield from (f"    problem: {text}" for text in one.problems)
        yield from (f"    remark: {text}" for text in one.remarks)
        if show:
            yield f"    truth: {one.truth!r}"
            yield f"    rows:  {one.rows!r}"
            yield from (f"    {code}: {values!r}" for code, values in one.mistakes)
    yield from (f"  {fault}" for fault in proof.faults)


def _state(one: Proved) -> str:
    if one.sound:
        return "truth and rows agree"
    return "truth and rows agree, but it can't be sealed" if one.agree else "NOT PROVED"
