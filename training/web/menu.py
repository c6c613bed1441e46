"""The main menu: what stands there for whom."""

from dataclasses import dataclass

from flask import Flask, request, url_for
from flask_babel import gettext

from training.accounts.actor import Role
from training.web.rooms import actor


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: its name, its address, and whether the reader is there."""

    name: str
    address: str
    current: bool


def menu() -> list[Item]:
    """The entries for whoever asks."""
    who = actor()
    if not who.signed_in:
        return []
    entries = [(gettext("Home"), "web.home"), (gettext("Courses"), "courses.index"), (gettext("Labs"), "labs.index")]
    entries += [(gettext("Competencies"), "learning.competencies"), (gettext("Plugins"), "labs.plugins")]
    entries.append((gettext("Sessions"), "hosting.index"))
    if who.holds(Role.INSTRUCTOR):
        entries += [(gettext("Results"), "labs.results"), (gettext("Marking"), "marking.index")]
        entries.append((gettext("Authoring"), "authoring.index"))
    elif who.holds(Role.HOST):
        entries.append((gettext("National notes"), "authoring.notes"))
    if any(who.holds(role) for role in (Role.INSTRUCTOR, Role.HOST, Role.ADMINISTRATOR)):
        entries += [(gettext("People"), "accounts.people"), (gettext("Assessment"), "assessment.index")]
    room = (request.endpoint or "").partition(".")[0].partition("_")[0]  # rooms beside sessions belong to their entry
    return [
        Item(name, url_for(endpoint), endpoint.split(".")[0] == room and _same(endpoint, request.endpoint or ""))
        for name, endpoint in entries
    ]


def _same(entry: str, endpoint: str) -> bool:
    special = {
        "labs.results",
        "labs.result",
        "labs.people",
        "labs.plugins",
        "labs.plugin",
        "web.home",
        "accounts.people",
    }
    special |= {"labs.people", "learning.answer"}
    return entry == endpoint or (entry not in special and endpoint not in special)


def init(app: Flask) -> None:
    """Let templates ask for the menu and for who asks."""
    app.jinja_env.globals |= {"menu": menu, "actor": actor}
