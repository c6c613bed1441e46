"""Two people before machines of their own at the same time: nothing of one is in the record of the other."""

import pytest

from tests.unit.machines.service.conftest import Scene
from training.accounts.actor import Role
from training.errors import TooMany
from training.machines.models import Medium, Remark, Response
from training.machines.service import console, guiding, noting, responses


def test_lines_are_numbered_and_kept_in_each_record(scene: Scene) -> None:
    mine, theirs = scene.begin(), scene.begin("colleague")
    assert scene.type(mine, "hostname", key="the-same-key") is not None
    assert scene.type(theirs, "date", key="the-same-key") is not None, "a key of another record is no line sent twice"
    assert [[(one.number, one.line) for one in scene.entries(record)] for record in (mine, theirs)] == [
        [(1, "hostname")],
        [(1, "date")],
    ]


def test_a_command_that_runs_is_no_bar_to_another_machine(scene: Scene) -> None:
    mine, theirs = scene.begin(), scene.begin("colleague")
    scene.machines.answers["sleep 7"] = None
    scene.type(mine, "sleep 7")
    scene.type(theirs, "date")
    assert [one.kind for one in scene.entries(theirs)] == ["command"]
    with scene.store.reading() as session:
        waiting = console.open_entry(session, mine)
        assert waiting is not None
        assert (waiting.response_id, waiting.line) == (mine, "sleep 7")
        assert console.open_entry(session, theirs) is None


def test_what_others_type_makes_nobody_wait(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "BURST", 2)
    mine, theirs = scene.begin(), scene.begin("colleague")
    for line in ("date", "id"):
        scene.type(mine, line)
    assert scene.type(theirs, "date") is not None
    with pytest.raises(TooMany, match="faster than anybody types"):
        scene.type(mine, "ls")
    scene.clock.now += console.WINDOW
    assert scene.type(mine, "ls") is not None


def test_a_record_takes_so_many_lines(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "MOST", 2)
    mine = scene.begin()
    for line in ("date", "id"):
        scene.type(mine, line)
    with pytest.raises(TooMany, match="takes no more"):
        scene.type(mine, "ls")


def test_media_remarks_and_happenings_are_those_of_each(scene: Scene) -> None:
    mine, theirs = scene.begin(), scene.begin("colleague")
    scene.do(mine, lambda session, it: noting.remark(session, it, "The screen is on.", None, scene.clock()))
    with scene.store.reading() as session:
        both = [Response(id=one) for one in (mine, theirs)]
        assert [len(noting.rows(session, Remark, one)) for one in both] == [1, 0]
        assert [{one.response_id for one in noting.media(session, each)} for each in both] == [{mine}, {theirs}]
        assert [{one.response_id for one in guiding.told(session, each)} for each in both] == [{mine}, {theirs}]
        assert [responses.next_number(session, Medium, one) for one in (mine, theirs)] == [4, 4]


def test_a_person_finds_the_own_response_and_an_instructor_those_of_the_organisation(scene: Scene) -> None:
    mine, theirs = scene.begin(), scene.begin("colleague")
    people = scene.people
    with scene.store.reading() as session:
        found = [responses.current(session, people[name]) for name in ("trainee", "colleague", "host")]
        assert [one and one.id for one in found] == [mine, theirs, None]
        assert responses.current(session, people["trainee"], "another-lab") is None

        def listed(name: str, role: Role = Role.TRAINEE) -> set[object]:
            return {one.id for one, _, _ in guiding.listed(session, scene.here, scene.actor(name, role))}

        assert listed("trainee") == {mine}
        assert listed("instructor", Role.INSTRUCTOR) == {mine, theirs}
        assert listed("host", Role.HOST) == set(), "who hosts and does not instruct reads nobody's"


def test_a_response_that_has_ended_is_not_the_one_that_goes_on(scene: Scene) -> None:
    mine = scene.begin()
    scene.do(mine, lambda session, it: responses.end(session, it, "Stopped.", scene.clock()))
    with scene.store.reading() as session:
        assert responses.current(session, scene.people["trainee"]) is None
