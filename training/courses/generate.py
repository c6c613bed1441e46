"""Make the plugin output of a course anew: run each block's plugin on its exhibit and store what the block shows."""

from pathlib import Path

from training.content.source import ContentError, Mistake
from training.courses.manuscript import output, reader
from training.courses.manuscript.output import Run
from training.errors import DomainError


def generate(folder: Path, run: Run) -> list[Mistake]:
    """Write the stored rows of every output block of a course and remove those that no block asks for any more.

    A block whose plugin gave no complete result keeps what it had; the reason comes back as a mistake at the block.
    """
    mistakes: list[Mistake] = []
    kept: set[Path] = set()
    try:
        blocks = reader.outputs(folder)
    except ContentError as bad:
        return bad.mistakes
    for module, block, file in blocks:
        kept.add(module / output.FOLDER / f"{output.digest(block.text)}.json")
        try:
            asked = output.read(block, file)
            output.write(module, block.text, output.make(asked.value, run))
        except ContentError as bad:
            mistakes += bad.mistakes
        except DomainError as bad:
            mistakes.append(Mistake(file, block.line, bad.message))
    for stale in set(folder.glob(f"*/{output.FOLDER}/*.json")) - kept:
        stale.unlink()
    return mistakes
