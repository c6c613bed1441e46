"""A small course that carries a name of the catalogue, so that its questions show a level, and answers to it."""

from datetime import timedelta
from pathlib import Path

from tests.conftest import Clock
from training.accounts.actor import Actor
from training.content import service as content
from training.courses.manuscript import reader
from training.learning import judge, service
from training.settings import Settings
from training.store import Store, new_id

NAME, MODULE, FEEDS = "memory-analysis", "m3-2", "K6"
COURSE = """id: memory-analysis
title: Memory of a small office
summary: A short course for tests.
level: introductory
roles: [examiner]
language: en
minutes: 60
licence: CC-BY-4.0
authors: ["Engram authors"]
review: 2028-05-31
modules: [01-processes]
"""
HEAD = """---
id: m3-2
title: Processes
level: introductory
roles: [examiner]
minutes: 30
review: 2028-05-31
licence: CC-BY-4.0
objectives:
  - {id: o1, text: "State where a list begins", bloom: understand, feeds: [K6]}
  - {id: o2, text: "Compare two lists", bloom: analyse, feeds: [K6, K10]}
sources:
  - {text: "Manual of the office, section 1", mark: V1, as_of: 2026-11-25}
CHANGES
---

A short text about the lists of an office, for readers in a hurry.

## Check yourself
"""
QUIZ = """
```quiz
id: m3-2-qN
objective: oO
type: choice
stem: "Where does list N begin?"
options:
  - {id: a, text: "At place one of list N"}
  - {id: b, text: "At place two of list N"}
  - {id: c, text: "At place six of list N"}
```
"""
KEY = """m3-2-qN:
  answer: a
  mark: V1
  source: "Manual of the office, page N"
  explanation: "List N begins at place one."
  feedback:
    b: "Place two is the second."
    c: "Place six is the last."
"""


def write(parent: Path, questions: int = 10, changes: str = "changes: none") -> Path:
    """The folder of the course."""
    folder = parent / NAME
    (folder / "01-processes").mkdir(parents=True, exist_ok=True)
    (folder / "course.yaml").write_text(COURSE, "utf-8")
    asked = "".join(
        QUIZ.replace("N", str(n)).replace("oO", f"o{1 + (n > questions // 2)}") for n in range(1, questions + 1)
    )
    (folder / "01-processes" / "index.md").write_text(HEAD.replace("CHANGES", changes) + asked, "utf-8")
    keys = "\n".join(KEY.replace("N", str(n)) for n in range(1, questions + 1))
    (folder / "keys.yaml").write_text(keys, "utf-8")
    return folder


def publish(store: Store, settings: Settings, clock: Clock, folder: Path) -> None:
    with store.writing() as session:
        content.publish(session, settings.instance, "course", folder, reader.check, clock())


def answer(store: Store, settings: Settings, clock: Clock, actor: Actor, right: int, wrong: int = 0) -> None:
    """Read the module and answer its first questions right, and the next ones wrong."""
    with store.writing() as session:
        place = service.place(session, settings.instance, actor, NAME)
        module, keys = place.module(MODULE), reader.keys(place.folder)
        service.mark_read(session, actor, place, module, clock())
        for number, question in enumerate(module.questions[: right + wrong]):
            clock.now += timedelta(seconds=1)
            value = judge.answer_of(keys[question.id]) if number < right else ["b"]
            service.answer(session, actor, place, question, value, new_id().hex, clock())
