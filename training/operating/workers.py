"""What the processes of the server do: all answer on the same port, and the first works runs off as well."""

import gc
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click
from flask import Flask
from waitress import create_server

from training.analysis.access import Bell
from training.analysis.access import answer as passed_on
from training.analysis.engine import Engine
from training.factory import create_app, load_views
from training.labs.service import own_keys
from training.machines.service import keeping as machines
from training.operating import oversize, startup
from training.operating.crew import Work
from training.personal.service import sweep as personal
from training.settings import Settings
from training.web.rooms import Rooms

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SELDOM = 20_000
"""New objects between two looks for those that hold each other: a request makes thousands, and frees nearly all."""
SWITCH = 0.0005
"""Seconds after which a thread gives way to another that wants to go on: a tenth of what Python takes by itself. Who
holds the turn to write goes on so after each statement, and the writers of all processes wait for it.
"""


def worker(settings: Settings, rooms: Rooms, listening: socket.socket) -> Work:
    """The work of each process, by its number. Call it last before they are started: afterwards no connection to the
    database is open, so that none is shared by two of them.
    """
    heard, bell = os.pipe()

    def work(number: int, again: bool) -> None:  # noqa: FBT001 - as a crew calls it
        sys.setswitchinterval(SWITCH)
        engine = rooms.engine
        if number == 0 and isinstance(engine, Engine):
            engine.start()
            tidy = partial(personal.keep, rooms.store, settings, rooms.clock)
            look = partial(machines.keep, rooms.store, settings, rooms.clock, engine.wake)
            keys = partial(own_keys.keep, rooms.store, settings, engine, rooms.clock)
            told = () if again else (partial(startup.tell_of_drift, rooms.store, settings, _say),)
            tasks = (engine.keep_awake, engine.keep_tidy, partial(passed_on, engine, heard), tidy, keys, look, *told)
            for task in tasks:
                threading.Thread(target=task, daemon=True).start()
        else:
            os.close(heard)
            engine = Bell(settings.instance, bell)
        app = create_app(settings, replace(rooms, engine=engine))
        try:
            _answer(app, settings, listening, partial(_ready, settings) if number == 0 and not again else None)
        finally:
            engine.stop()
            rooms.executor.shutdown(wait=False, cancel_futures=True)
            rooms.store.close()

    load_views()  # once for all processes
    rooms.store.close()
    gc.freeze()  # what was loaded until now stays, hardly any of it garbage: no collection has to look at it at all
    return work


class OneByOne:
    """Findings that are submitted to this process, one after the other.

    Python runs one thread at a time, and lets go of it at each statement to the database: several threads that submit
    take it from each other some fifty times, and all of them are later for it.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app
        self._turn = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        submits = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/findings")
        with self._turn if submits else nullcontext():
            return self._app(environ, start_response)


def _ready(settings: Settings) -> None:
    _say(f"Engram answers on http://{settings.listen}/ - stop it with Ctrl+C")


def _say(sentence: str) -> None:
    click.echo(sentence)
    sys.stdout.flush()


def _answer(app: Flask, settings: Settings, listening: socket.socket, ready: Callable[[], None] | None) -> None:
    """Call `ready`, then serve until SIGTERM; a request in flight is answered."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    proxy = {"trusted_proxy": settings.trusted_proxy, "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto"}
    app.wsgi_app = OneByOne(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's manual has it
    server = create_server(
        app,
        sockets=[listening],
        threads=settings.threads,
        connection_limit=800,  # sixty browsers hold up to 360; the default of 100 lets the 161st hang
        asyncore_use_poll=True,
        channel_timeout=60,
        max_request_body_size=oversize.TAKEN,
        ident=None,
        **(proxy if settings.trusted_proxy else {}),
    )
    server.channel_class = oversize.Channel

    def leave(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    gc.collect()
    gc.freeze()  # the application stays: no collection has to look at it again
    gc.set_threshold(SELDOM)
    if ready:
        ready()
    server.run()
