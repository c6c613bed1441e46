import shutil
import threading
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from training.accounts.actor import Actor
from training.audit.models import Event
from training.content import service as content
from training.courses.manuscript import reader
from training.errors import Conflict, NotThere, TooMany
from training.learning import service
from training.learning.models import Answer, Enrolment, Reading
from training.learning.service import courses
from training.settings import ROOT, Settings
from training.store import Store, new_id

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"


class Harbour:
    """The small course, published, and what a person can do with it."""

    def __init__(self, store: Store, settings: Settings, clock, folder: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - the clock of the fixtures
        self.store, self.settings, self.clock, self.folder = store, settings, clock, folder
        shutil.copytree(SAMPLE, folder)
        self.publish()

    def publish(self) -> UUID:
        self.clock.forward(minutes=1)
        with self.store.writing() as session:
            release = content.publish(
                session, self.settings.instance, "course", self.folder, reader.check, self.clock()
            )
            return release.id

    def change(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text("utf-8")
        assert old in text
        (self.folder / file).write_text(text.replace(old, new), "utf-8")

    def place(self, actor: Actor) -> service.Place:
        with self.store.reading() as session:
            return service.place(session, self.settings.instance, actor, "harbour")

    def answer(self, actor: Actor, question: str, *value: str, key: str = "") -> UUID:
        self.clock.forward(seconds=1)
        with self.store.writing() as session:
            place = service.place(session, self.settings.instance, actor, "harbour")
            asked = place.question(question.rpartition("-q")[0], question)
            row = service.answer(session, actor, place, asked, list(value), key or new_id().hex, self.clock())
            return row.id

    def read(self, actor: Actor, module: str) -> datetime | None:
        with self.store.writing() as session:
            place = service.place(session, self.settings.instance, actor, "harbour")
            service.mark_read(session, actor, place, place.module(module), self.clock())
        return self.standing(actor, module).read_at

    def standing(self, actor: Actor, module: str) -> service.Standing:
        with self.store.reading() as session:
            place = service.place(session, self.settings.instance, actor, "harbour")
            return service.progress(session, actor, place)[module]

    def given(self, actor: Actor, module: str = "m1-1") -> dict[str, service.Given]:
        with self.store.reading() as session:
            place = service.place(session, self.settings.instance, actor, "harbour")
            return service.given(session, actor, place, place.module(module))

    def count(self, kind: type) -> int:
        with self.store.reading() as session:
            return session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.fixture
def harbour(store: Store, settings: Settings, clock, tmp_path: Path) -> Harbour:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return Harbour(store, settings, clock, tmp_path / "harbour")


@pytest.fixture
def ana(people) -> Actor:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return Actor(people["trainee"], "Ana", people.home)


@pytest.fixture
def ben(people) -> Actor:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return Actor(people["colleague"], "Ben", people.home)


ALL_RIGHT = {
    "m1-1-q1": ("a",),
    "m1-1-q2": ("4396",),
    "m1-1-q3": ("a", "c"),
    "m1-1-q4": ("b", "a", "c"),
    "m1-1-q5": ("pslist",),
}


def test_an_answer_is_kept_with_its_score_and_release(harbour: Harbour, ana: Actor) -> None:
    made = harbour.answer(ana, "m1-1-q3", "a")
    with harbour.store.reading() as session:
        row = session.get_one(Answer, made)
    assert (row.person_id, row.course, row.module, row.question) == (ana.id, "harbour", "m1-1", "m1-1-q3")
    assert (row.value, row.score, row.release_id) == (["a"], 0.5, harbour.place(ana).release.id)
    assert made.version == 7


def test_the_same_form_twice_is_one_answer(harbour: Harbour, ana: Actor) -> None:
    key = new_id().hex
    assert harbour.answer(ana, "m1-1-q1", "b", key=key) == harbour.answer(ana, "m1-1-q1", "b", key=key)
    assert harbour.count(Answer) == 1


def test_a_used_form_with_another_answer_is_in_the_way(harbour: Harbour, ana: Actor) -> None:
    key = new_id().hex
    harbour.answer(ana, "m1-1-q1", "b", key=key)
    with pytest.raises(Conflict, match="sent before"):
        harbour.answer(ana, "m1-1-q1", "a", key=key)
    with pytest.raises(Conflict, match="sent before"):
        harbour.answer(ana, "m1-2-q1", "b", key=key)
    assert harbour.count(Answer) == 1


def test_eight_clicks_at_once_are_one_answer(harbour: Harbour, ana: Actor) -> None:
    key, made, failed = new_id().hex, set[UUID](), list[BaseException]()
    start = threading.Barrier(8)

    def click() -> None:
        try:
            start.wait()
            with harbour.store.writing() as session:
                place = service.place(session, harbour.settings.instance, ana, "harbour")
                asked = place.question("m1-1", "m1-1-q1")
                made.add(service.answer(session, ana, place, asked, ["b"], key, harbour.clock()).id)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(made) == 1
    assert (harbour.count(Answer), harbour.count(Enrolment)) == (1, 1)


def test_a_question_is_answered_so_often_and_no_more_whatever_else_was(
    harbour: Harbour, ana: Actor, ben: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courses, "MOST_ANSWERS", 2)
    for who, question in ((ben, "m1-1-q1"), (ana, "m1-2-q1"), (ana, "m1-1-q1"), (ana, "m1-1-q1")):
        harbour.answer(who, question, "b")
    with pytest.raises(TooMany, match="answered 2 times"):
        harbour.answer(ana, "m1-1-q1", "a")
    harbour.answer(ana, "m1-2-q1", "b")
    assert harbour.count(Answer) == 5


def test_what_was_done_in_another_course_counts_in_this_one_for_nothing(harbour: Harbour, ana: Actor) -> None:
    """Where both have modules and questions of the same ids."""
    other = harbour.folder.with_name("seaport")
    shutil.copytree(harbour.folder, other)
    file = other / "course.yaml"
    file.write_text(file.read_text("utf-8").replace("id: harbour", "id: seaport"), "utf-8")
    with harbour.store.writing() as session:
        content.publish(session, harbour.settings.instance, "course", other, lambda _: (), harbour.clock())
        place = service.place(session, harbour.settings.instance, ana, "seaport")
        service.mark_read(session, ana, place, place.module("m1-1"), harbour.clock())
        asked = place.question("m1-1", "m1-1-q1")
        service.answer(session, ana, place, asked, ["a"], new_id().hex, harbour.clock())
    assert not harbour.place(ana).begun
    assert harbour.standing(ana, "m1-1") == service.Standing(None, 5, 0, 0, mastered=False)
    assert harbour.given(ana) == {}
    assert harbour.read(ana, "m1-1")
    assert (harbour.count(Reading), harbour.count(Enrolment)) == (2, 2)
    assert harbour.place(ana).course.id == "harbour"


def test_two_people_may_have_the_same_key(harbour: Harbour, ana: Actor, ben: Actor) -> None:
    key = new_id().hex
    assert harbour.answer(ana, "m1-1-q1", "b", key=key) != harbour.answer(ben, "m1-1-q1", "a", key=key)


def test_nobody_sees_what_another_person_did(harbour: Harbour, ana: Actor, ben: Actor) -> None:
    harbour.answer(ana, "m1-1-q1", "b")
    harbour.read(ana, "m1-1")
    assert harbour.given(ben) == {}
    assert harbour.standing(ben, "m1-1") == service.Standing(None, 5, 0, 0, mastered=False)
    assert harbour.place(ben).begun is False
    with pytest.raises(NotThere), harbour.store.reading() as session:
        service.place(session, harbour.settings.instance, Actor(), "harbour")


def test_the_latest_answer_counts(harbour: Harbour, ana: Actor) -> None:
    harbour.answer(ana, "m1-1-q1", "a")
    harbour.answer(ana, "m1-1-q1", "c")
    assert harbour.given(ana)["m1-1-q1"].value == ("c",)
    assert harbour.given(ana)["m1-1-q1"].answers == 2
    assert harbour.standing(ana, "m1-1").right == 0


def test_a_module_is_done_when_it_is_read_and_four_fifths_are_right(harbour: Harbour, ana: Actor) -> None:
    for question in list(ALL_RIGHT)[:4]:
        harbour.answer(ana, question, *ALL_RIGHT[question])
    assert harbour.standing(ana, "m1-1") == service.Standing(None, 5, 4, 4, mastered=True)
    assert harbour.standing(ana, "m1-1").state == "work"
    harbour.read(ana, "m1-1")
    assert harbour.standing(ana, "m1-1").state == "ok"
    harbour.answer(ana, "m1-1-q3", "a")
    assert harbour.standing(ana, "m1-1").mastered is False
    assert harbour.standing(ana, "m1-2").state == "open"


def test_reading_twice_keeps_the_first_time(harbour: Harbour, ana: Actor) -> None:
    first = harbour.read(ana, "m1-1")
    harbour.clock.forward(hours=1)
    assert harbour.read(ana, "m1-1") == first
    assert harbour.count(Reading) == 1


def test_the_release_begun_with_stays_until_the_person_moves(harbour: Harbour, ana: Actor, ben: Actor) -> None:
    old = harbour.place(ana).release.id
    harbour.answer(ana, "m1-1-q1", "a")
    harbour.change("01-quay/index.md", "title: The quay", "title: The old quay")
    new = harbour.publish()
    assert (harbour.place(ana).release.id, harbour.place(ana).number) == (old, 1)
    assert harbour.place(ana).course.modules[0].title == "The quay"
    newer = harbour.place(ana).newer
    assert newer is not None
    assert newer.id == new
    assert (harbour.place(ben).release.id, harbour.place(ben).number, harbour.place(ben).newer) == (new, 2, None)
    with harbour.store.writing() as session:
        service.move(session, ana, "harbour", harbour.clock())
    assert harbour.place(ana).course.modules[0].title == "The old quay"
    assert harbour.given(ana)["m1-1-q1"].value == ("a",)
    with harbour.store.reading() as session:
        acts = list(session.scalars(select(Event.act).where(Event.subject == "course:harbour").order_by(Event.seq)))
    assert acts == ["course.begun", "course.moved"]


def test_a_corrected_key_and_a_changed_question_are_judged_as_they_are_now(harbour: Harbour, ana: Actor) -> None:
    harbour.answer(ana, "m1-1-q2", "4400")
    harbour.answer(ana, "m1-1-q1", "c")
    harbour.change("keys.yaml", "answer: 4396", "answer: 4400")
    harbour.change("01-quay/index.md", '{id: c, text: "At a free page', '{id: d, text: "At a free page')
    harbour.change("keys.yaml", 'c: "FEEDBACK-ONE-C', 'd: "FEEDBACK-ONE-C')
    harbour.publish()
    assert harbour.standing(ana, "m1-1").right == 0
    with harbour.store.writing() as session:
        service.move(session, ana, "harbour", harbour.clock())
    assert harbour.standing(ana, "m1-1").right == 1
    assert set(harbour.given(ana)) == {"m1-1-q2"}


def test_a_course_with_a_mistake_keeps_the_last_release_served(harbour: Harbour, ana: Actor) -> None:
    before = harbour.place(ana).release.id
    harbour.change("01-quay/index.md", "title: The quay", "titel: The quay")
    with harbour.store.writing() as session:
        done = content.publish_all(
            session, harbour.settings.instance, "course", harbour.folder.parent, reader.check, harbour.clock()
        )
    assert [mistake.line for mistake in done.mistakes] == [2, 3]
    assert harbour.place(ana).release.id == before
    assert harbour.place(ana).course.modules[0].title == "The quay"


def test_the_home_page_knows_the_next_module(harbour: Harbour, ana: Actor) -> None:
    def card() -> service.HomeCard:
        with harbour.store.reading() as session:
            return service.home_cards(session, harbour.settings.instance, ana)[0]

    first = card()
    assert (first.name, first.done, first.modules, first.begun) == ("harbour", 0, 2, False)
    assert first.next is not None
    assert first.next.id == "m1-1"
    for question, value in ALL_RIGHT.items():
        harbour.answer(ana, question, *value)
    harbour.read(ana, "m1-1")
    second = card()
    assert (second.done, second.begun) == (1, True)
    assert second.next is not None
    assert second.next.id == "m1-2"
    harbour.answer(ana, "m1-2-q1", "b")
    harbour.read(ana, "m1-2")
    assert (card().done, card().next) == (2, None)


def test_the_database_refuses_what_the_service_would_not_do(harbour: Harbour, ana: Actor) -> None:
    release = harbour.place(ana).release.id

    def answer(**more: object) -> Answer:
        given = {
            "person_id": ana.id,
            "course": "harbour",
            "module": "m1-1",
            "question": "m1-1-q1",
            "value": ["a"],
            "release_id": release,
            "request_key": "k" * 20,
            "at": harbour.clock(),
            **more,
        }
        return Answer(**given)

    for wrong in ([answer(score=1.5)], [answer(request_key="")], [answer(), answer()], [answer(person_id=new_id())]):
        with pytest.raises(IntegrityError), harbour.store.writing() as session:
            session.add_all(wrong)
    assert harbour.count(Answer) == 0


def test_unknown_names_are_not_there(harbour: Harbour, ana: Actor) -> None:
    with pytest.raises(NotThere):
        harbour.place(ana).module("m9-9")
    with pytest.raises(NotThere):
        harbour.place(ana).question("m1-1", "m1-2-q1")
    with pytest.raises(NotThere), harbour.store.reading() as session:
        service.place(session, harbour.settings.instance, ana, "none")
