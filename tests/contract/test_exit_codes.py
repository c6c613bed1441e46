"""A command that found something wrong ends with another code than 0."""

from collections.abc import Iterator

import click
import pytest
import structlog

from training import cli


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command logs to the standard error of its process: here one that is closed when the test has ended."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@click.command
@click.pass_context
def ends(ctx: click.Context) -> None:
    """Find something wrong."""
    ctx.exit(3)


@click.command
def passes() -> None:
    """Find everything in order."""
    click.echo("all in order")


def test_a_command_that_ends_early_hands_its_code_to_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.Table, "get_command", lambda *_: ends)
    with pytest.raises(SystemExit) as ended:
        cli.main(["prove"])
    assert ended.value.code == 3


def test_a_command_that_passes_ends_with_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli.Table, "get_command", lambda *_: passes)
    cli.main(["prove"])  # an exit would be raised here
    assert capsys.readouterr().out == "all in order\n"
