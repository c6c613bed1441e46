"""The command table. Each room contributes its own; a room is loaded when its command is used."""

import errno
import sys
from importlib import import_module

import click

from training.errors import DomainError
from training.settings import Settings

TABLE = {
    "serve": "training.operating.cli:serve",
    "tour": "training.operating.cli:tour",
    "check": "training.operating.cli:check",
    "verify": "training.operating.cli:verify",
    "backup": "training.operating.cli:backup",
    "restore": "training.operating.cli:restore",
    "bench": "training.operating.cli:bench",
    "prove": "training.labs.cli:prove",
    "forge": "training.forge.cli:forge",
    "exhibit": "training.evidence.cli:exhibit",
    "user": "training.accounts.cli:user",
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
    try:
        commands.main(args=arguments, prog_name="app.py", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        sys.exit("stopped")
    except click.ClickException as bad:
        bad.show()
        sys.exit(bad.exit_code)
    except DomainError as bad:
        sys.exit(bad.message)
    except OSError as bad:
        if bad.errno != errno.ENOSPC:
            raise
        sys.exit(f"The disk is full ({bad.filename or 'instance folder'}): free some space and start again.")
    except Exception as bad:
        if "disk is full" not in str(bad):
            raise
        sys.exit("The disk is full (database): free some space and start again.")
