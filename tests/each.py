"""One test for many alike: it looks at all of them, and names everything that is wrong."""

import inspect
import traceback
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

T = TypeVar("T")


def check_each(things: Iterable[T], name: Callable[[T], str] = str) -> Callable[[Callable[..., None]], Any]:
    """Make one test of a check whose first parameter is one of the things; its other parameters are fixtures.

    It goes on after a fault, and fails with all of them, each under the name of its thing. It fails as well where there
    is nothing to look at.
    """
    many = tuple(things)

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        def test(**fixtures: object) -> None:
            assert many, "there is nothing to look at"
            faults = [fault for thing in many if (fault := _fault(check, thing, fixtures, name(thing)))]
            if faults:
                pytest.fail("\n".join([f"{len(faults)} of {len(many)} are wrong", *faults]), pytrace=False)

        signature = inspect.signature(check)
        parameters = list(signature.parameters.values())[1:]
        test.__name__, test.__qualname__, test.__doc__ = check.__name__, check.__qualname__, check.__doc__
        test.__module__ = check.__module__
        test.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # as inspect has it
        return test

    return decorate


def _fault(check: Callable[..., None], thing: object, fixtures: dict[str, object], name: str) -> str:
    """What is wrong with one of them, and the line of the check that says so; nothing where all is right."""
    try:
        check(thing, **fixtures)
    except (Exception, pytest.fail.Exception) as bad:  # noqa: BLE001 - it is told, and the next is looked at
        own = [frame for frame in traceback.extract_tb(bad.__traceback__) if frame.filename == inspect.getfile(check)]
        return f"{name}, line {own[-1].lineno}: {type(bad).__name__}: {bad}"
    return ""
