"""One application for all tests of a process: building it takes a fifth of a second, and all would build the same.

Between two tests the services that it runs on are exchanged, as the program does at a start, and what a test may change
is put back: configuration, extensions, the counters of failed tries. A test that adds to the application itself, a
route for instance, builds one of its own.
"""

from typing import Any

from flask import Flask

from training.accounts.sign_in import limiter
from training.factory import create_app, equip
from training.settings import Settings
from training.web.rooms import Rooms


class Application:
    """Builds it for the first test that asks, and hands the same to all others."""

    def __init__(self) -> None:
        self._app: Flask | None = None
        self._config: dict[str, Any] = {}
        self._extensions: dict[str, Any] = {}
        self._parts: dict[str, int] = {}

    def on(self, settings: Settings, rooms: Rooms) -> Flask:
        """The application, running on these services as one that was just built does."""
        if self._app is None:
            self._app = create_app(settings, rooms)
            self._config, self._extensions = dict(self._app.config), dict(self._app.extensions)
            self._parts = _parts(self._app)
        app = self._app
        assert _parts(app) == self._parts, "a test has added to the application of all: let it build one of its own"
        for held, as_built in ((app.config, self._config), (app.extensions, self._extensions)):
            held.clear()
            held.update(as_built)
        equip(app, settings, rooms)
        app.config["TESTING"] = True
        limiter.reset()
        return app


def _parts(app: Flask) -> dict[str, int]:
    """How many of each kind the application consists of."""
    return {
        "views": len(app.view_functions),
        "addresses": len(list(app.url_map.iter_rules())),
        "hooks before": sum(len(hooks) for hooks in app.before_request_funcs.values()),
        "hooks after": sum(len(hooks) for hooks in app.after_request_funcs.values()),
        "globals": len(app.jinja_env.globals),
        "filters": len(app.jinja_env.filters),
    }
