"""The command table. Each room contributes its own; a room is loaded when its command is used."""

import errno
import gc
import sys
from importlib import import_module
from typing import TextIO, cast

import click
import structlog

from training.errors import DomainError
from training.log import Lines
from training.settings import Settings

SELDOM = 500_000
"""New objects between two looks for those that hold each other: more than there are when all is loaded, of which no
more than a thousand are garbage.
"""
TABLE = {
    "serve": "training.operating.cli:serve",
    "tour": "training.operating.cli:tour",
    "check": "training.operating.cli:check",
    "verify": "training.operating.cli:verify",
    "backup": "training.operating.cli:backup",
    "restore": "training.operating.cli:restore",
    "bench": "training.operating.cli:bench",
    "prove": "training.labs.cli:prove",
    "warm": "training.hosting.preparation.cli:warm",
    "forge": "training.forge.cli:forge",
    "exhibit": "training.evidence.cli:exhibit",
    "user": "training.personal.cli:user",
    "course": "training.authoring.cli:course",
    "session": "training.personal.cli:teaching",
    "machines": "training.machines.cli:machines",
    "certificate": "training.credentials.cli:certificate",
    "assessment": "training.assessment.cli:assessment",
}


class Table(click.Group):
    """Commands by name, each imported when it is asked for: a quick start for the rest."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """All names, in the order of the table."""
        return list(TABLE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the signature is click's
        """The command of this name."""
        if cmd_name not in TABLE:
            return None
        module, _, name = TABLE[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=Table, invoke_without_command=True)
@click.pass_context
def commands(ctx: click.Context) -> None:
    """Engram, a training platform for live data forensics. Without a command it serves."""
    ctx.obj = Settings.load()
    if ctx.invoked_subcommand is None:
        ctx.invoke(import_module("training.operating.cli").serve)


def main(arguments: list[str] | None = None) -> None:
    """Run a command. What can go wrong ends in one sentence and a non-zero exit, never in a trace."""
    gc.set_threshold(SELDOM)
    _log_to(sys.stderr)  # answers alone on standard output
    try:
        code = commands.main(args=arguments, prog_name="app.py", standalone_mode=False)  # hands exits back
        if isinstance(code, int) and code:
            sys.exit(code)
    except click.Abort:
        sys.exit("stopped")
    except click.ClickException as bad:
        bad.show()
        sys.exit(bad.exit_code)
    except DomainError as bad:
        sys.exit(bad.message)
    except OSError as bad:
        sys.exit(_of_system(bad))
    except Exception as bad:
        if not type(bad).__module__.startswith("sqlalchemy"):
            raise
        sys.exit(_of_database(bad))


def _log_to(out: TextIO) -> None:
    """Faults with their plain trace: the other formatters also print what variables held, keys and passwords too."""
    lines = Lines(out)
    shown = structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
    before = structlog.get_config()["processors"][:-1]  # the last one is structlog's own renderer
    structlog.configure(processors=[*before, shown], logger_factory=structlog.PrintLoggerFactory(cast("TextIO", lines)))


def _of_system(bad: OSError) -> str:
    where = f"{bad.filename}: " if bad.filename else ""
    if bad.errno == errno.ENOSPC:
        return f"{where}the disk is full; free some space and start again."
    return f"{where}{bad.strerror or bad}"


def _of_database(bad: Exception) -> str:
    """The driver's own first line: what the database said, without statement and parameters."""
    said = str(getattr(bad, "orig", None) or bad).strip().splitlines()[0]
    if "disk is full" in said:
        return "The disk is full (database); free some space and start again."
    return f"The database can't be used: {said}"
