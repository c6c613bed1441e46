"""Load, authorise, act: once, and closed when forgotten.

A view names its policy with `guarded`; `load` and `permit` are the only ways to satisfy it. A view that answers without
having asked is an error, and what is absent looks like what is forbidden.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

from flask import abort, g, make_response
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, bindparam, inspect, select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.accounts.sign_in import turned_away
from training.store import Base, locked
from training.web.rooms import actor

P = ParamSpec("P")
T = TypeVar("T")
Row = TypeVar("Row", bound=Base)
Policy = Callable[[Actor, Any], bool]
View = Callable[P, ResponseReturnValue]


def guarded(may: Policy) -> Callable[[View[P]], View[P]]:
    """Name the policy of a view. Whoever is not signed in and may not see it is sent to the door first."""

    def mark(view: View[P]) -> View[P]:
        @wraps(view)
        def run(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            g.may, g.allowed = may, False
            answer = view(*args, **kwargs)
            if not g.allowed:
                msg = f"{view.__name__} answered without asking {may.__name__}"
                raise RuntimeError(msg)
            return answer

        run.policy = may  # type: ignore[attr-defined]  # the route walk reads it
        return run

    return mark


def load(session: Session, kind: type[Row], key: object, *, lock: bool = False) -> Row:
    """The row with this key, if the policy of the running view lets the reader have it; else the answer is 404."""
    thing = session.scalars(_locked(kind), {"key": key}).first() if lock else session.get(kind, key)
    if thing is None:
        _turn_away()
    return permit(thing)


@lru_cache
def _locked(kind: type[Base]) -> Select[Any]:
    """A row by its key, for whoever is going to change it. Every act begins with it: made once for each kind."""
    (key,) = inspect(kind).primary_key
    return locked(select(kind).where(key == bindparam("key")))


def permit(thing: T) -> T:
    """The same for a thing that is no row; None stands for the whole site."""
    if not g.may(actor(), thing):
        _turn_away()
    g.allowed = True
    return thing


def _turn_away() -> NoReturn:
    if not actor().signed_in:
        abort(make_response(turned_away()))
    abort(404)
