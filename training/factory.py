"""The application, put together."""

from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module

from flask import Blueprint, Flask
from flask_wtf import CSRFProtect

from training.accounts import sign_in
from training.analysis import setup as analysis
from training.analysis.place import Place
from training.evidence.service import Vault
from training.reporting.service import storing
from training.settings import Settings
from training.store import Store
from training.web import assets, bounds, compiled, edge, errors, headers, language, menu, render
from training.web.cookies import Cookies
from training.web.rooms import Clock, Rooms

VIEWS = (
    *("web", "accounts", "courses", "courses.offline", "courses.moving", "learning", "labs", "marking"),
    *("authoring", "search", "reading", "hosting", "hosting.board", "hosting.attendance", "credentials", "assessment"),
    "hosting.preparation",
    "hosting.feedback",
    "hosting.roster",
    "hosting.carry",
    "hosting.dossier",
    "accounts.organisations",
    "personal",
    "reporting",
    "machines",
)


def create_app(settings: Settings, rooms: Rooms | None = None) -> Flask:
    """The table of contents of the program: no decision is taken here."""
    app = Flask("training.web", static_folder=None)
    app.session_interface = Cookies()
    equip(app, settings, rooms or open_rooms(settings))
    for part in (headers, sign_in, bounds):
        part.init(app)
    CSRFProtect(app)
    for part in (language, edge, errors, assets, render, menu, compiled):
        part.init(app)
    for blueprint in load_views():
        app.register_blueprint(blueprint)
    return app


def load_views() -> list[Blueprint]:
    """The pages of all rooms. Whoever starts several processes loads them once, before these are forked."""
    return [import_module(f"training.{name}.views").bp for name in VIEWS]


def equip(app: Flask, settings: Settings, rooms: Rooms) -> None:
    """Let an application run on these services: what it asks for is looked up when a request needs it."""
    app.config.from_mapping(settings.flask())
    app.extensions["rooms"] = rooms


def open_rooms(
    settings: Settings,
    executor: Executor | None = None,
    clock: Clock | None = None,
    store: Store | None = None,
    lent: Place | None = None,
) -> Rooms:
    """What the program runs on by default: its database, a pool of threads that wait for runs, the wall clock, and a
    place of its own where runs are worked off.
    """
    now = clock or (lambda: datetime.now(UTC))
    store = store or Store(settings.database, settings.threads)
    pool = executor or ThreadPoolExecutor(settings.runs_at_once, thread_name_prefix="run")
    vault = Vault(store, settings.instance, settings.labs / "exhibits", now)
    engine = analysis.engine(settings, store, pool, vault.open, clock=now, kept=storing.kept, lent=lent)
    return Rooms(settings, store, pool, engine, vault, now)
