"""Views are closed when their policy was forgotten, and what is forbidden looks like what is absent."""

import pytest
from flask import Flask, g
from sqlalchemy import update
from werkzeug.exceptions import HTTPException

from tests.conftest import People
from training.accounts import policy
from training.accounts.actor import Actor, Role
from training.accounts.models import Organisation
from training.store import Store, new_id
from training.web.guard import guarded, load, permit

pytestmark = pytest.mark.any_database


def closed(actor: Actor, thing: object) -> bool:
    """A policy that lets nobody in."""
    return bool(actor.id is None and thing == "never")


def test_a_view_that_has_not_asked_its_policy_answers_nobody(app: Flask) -> None:
    @guarded(policy.anyone)
    def forgetful() -> str:
        return "secret"

    with app.test_request_context("/"), pytest.raises(RuntimeError, match="forgetful answered without asking anyone"):
        forgetful()


def test_a_view_that_asked_in_an_earlier_request_has_to_ask_again(app: Flask) -> None:
    asks = [True, False]

    @guarded(policy.anyone)
    def once() -> str:
        return str(permit("thing") if asks.pop(0) else "secret")

    with app.test_request_context("/"):
        assert once() == "thing"
        with pytest.raises(RuntimeError):
            once()


@pytest.mark.parametrize("signed_in", [True, False])
def test_whom_the_policy_turns_away_finds_nothing_or_the_door(app: Flask, *, signed_in: bool) -> None:
    @guarded(closed)
    def view() -> str:
        return str(permit("secret"))

    with app.test_request_context("/somewhere"):
        if signed_in:
            g.actor = Actor(new_id(), "Amina", new_id(), frozenset())
        with pytest.raises(HTTPException) as turned:
            view()
        answer = turned.value.get_response()
    assert (answer.status_code, "/sign-in" in str(answer.headers.get("Location"))) == (
        (404, False) if signed_in else (302, True)
    )


@pytest.mark.parametrize("lock", [True, False])
def test_a_row_is_handed_out_to_whom_the_policy_lets_have_it(
    app: Flask, store: Store, people: People, *, lock: bool
) -> None:
    @guarded(policy.may_see_people)
    def view(key: object) -> str:
        with store.writing() as session:
            return load(session, Organisation, key, lock=lock).name

    with app.test_request_context("/"):
        g.actor = Actor(people["host"], "Host", people.home, frozenset({(people.home, Role.HOST)}))
        assert view(people.home) == "Academy of Port Selby"
        for other in (people.elsewhere, new_id()):
            with pytest.raises(HTTPException) as turned:
                view(other)
            assert turned.value.code == 404


def test_whose_policy_a_view_asks_can_be_read_from_it() -> None:
    @guarded(closed)
    def view() -> str:
        return ""

    assert vars(view)["policy"] is closed


@pytest.mark.parametrize("asked", [{}, {"lock": False}, {"lock": True}])
def test_a_row_is_read_anew_for_whom_it_is_locked_and_for_nobody_else(
    app: Flask, store: Store, people: People, asked: dict[str, bool]
) -> None:
    @guarded(policy.may_see_people)
    def view() -> str:
        with store.writing() as session:
            home = session.get_one(Organisation, people.home)
            renamed = update(Organisation).where(Organisation.id == people.home).values(name="Renamed meanwhile")
            session.execute(renamed.execution_options(synchronize_session=False))
            found = load(session, Organisation, people.home, **asked)
            assert found is home
            return found.name

    with app.test_request_context("/"):
        g.actor = Actor(people["host"], "Host", people.home, frozenset({(people.home, Role.HOST)}))
        assert view() == ("Renamed meanwhile" if asked.get("lock") else "Academy of Port Selby")
