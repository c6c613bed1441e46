"""A class that submits over HTTP to a server of its own: repeated requests, and what the benches count.

The short forms of `bench answers` and `bench kill`, which tests/commands/test_bench.py runs, submit in rounds and are
killed.
"""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from sqlalchemy import func, select

from training.labs.models import Finding
from training.operating.bench import answers, kill
from training.operating.bench.classroom import Classroom, Request, classroom
from training.operating.bench.figures import figure
from training.operating.bench.load import HEAD

SEATS = 8


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    with classroom(tmp_path_factory.mktemp("class"), SEATS) as made:
        yield made


def count(room: Classroom, key: str) -> int:
    with room.store.reading() as session:
        return session.scalar(select(func.count()).where(Finding.request_key == key)) or 0


def post(room: Classroom, one: Request, **headers: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", room.server.port, timeout=60)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": one["cookie"]}
    connection.request("POST", one["path"], one["body"], {**kind, **headers})
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    return answer.status, said


def test_every_question_of_the_lab_has_values_that_are_wrong_and_one_that_is_right(room: Classroom) -> None:
    assert len(room.sheets) >= 10
    assert all(sheet.wrong and sheet.places for sheet in room.sheets)
    assert all(sheet.right not in sheet.wrong for sheet in room.sheets)


def test_one_request_key_sent_by_eight_clients_at_once_makes_one_finding(room: Classroom) -> None:
    room.sit()
    one = room.seats[0].request(room.sheets[0], 0)
    start, came = threading.Barrier(8), []

    def send() -> None:
        start.wait()
        came.append(post(room, one, **{"X-Engram": "fragment"}))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _ in came] == [200] * 8
    assert len({said for _, said in came}) == 1, "everybody is told the same"
    assert count(room, one["key"]) == 1


def test_the_verdict_comes_alone_only_where_a_script_asks_for_it(room: Classroom) -> None:
    room.sit()
    status, _ = post(room, room.seats[0].request(room.sheets[0], 0))
    assert status == 303
    status, said = post(room, room.seats[1].request(room.sheets[0], 0), **{"X-Engram": "fragment"})
    assert status == 200
    assert 'id="verdict"' in said
    assert "<html" not in said
    assert "X-Engram: fragment" in HEAD


def test_a_finding_that_is_not_there_is_counted_as_lost(room: Classroom) -> None:
    sent = room.seats[0].request(room.sheets[0], 0)
    found = kill.Outcome()
    kill._look_up(room, [sent], found)
    assert found.lost == 1
    assert answers.stored(room, [sent["key"]]) == 0


@pytest.mark.parametrize(
    ("value", "least", "met"), [(300.0, True, True), (299.9, True, False), (50.0, False, True), (50.1, False, False)]
)
def test_a_bar_is_a_most_or_a_least(value: float, least: bool, met: bool) -> None:  # noqa: FBT001 - a parameter
    assert figure("bench", "metric", value, "unit", 300.0 if least else 50.0, least=least)["ok"] is met
