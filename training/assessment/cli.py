"""`python app.py assessment`: what whoever runs the server does about assessments."""

from datetime import UTC, datetime

import click

from training.assessment.service import retention
from training.settings import Settings
from training.store import Store


@click.group()
def assessment() -> None:
    """Look after rounds of the capacity self-assessment."""


@assessment.command()
@click.option("--look", is_flag=True, help="Say what is due, and delete nothing.")
@click.pass_obj
def clear(settings: Settings, *, look: bool) -> None:
    """Delete texts, links, numbers and contact details of rounds that closed 24 months ago.

    Opening the list of rounds does the same; this is for a timer, where nobody opens it.
    """
    store, now = Store(settings.database), datetime.now(UTC)
    try:
        with store.reading() as session:
            late = retention.due(session, now)
        if late and not look:
            with store.writing() as session:
                late = list(retention.clear(session, settings.instance, now))
    finally:
        store.close()
    for held in late:
        click.echo(f"{'Due' if look else 'Cleared'}: round {held.id}.")
    click.echo(f"assessment clear: {len(late)} rounds {'due' if look else 'cleared'}")
