"""Rounds of an assessment for tests: made by the services, answered as in the worked example of a fictional country."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from training.accounts.actor import Actor, Role
from training.assessment.instrument.reader import instrument
from training.assessment.models import Respondent, Round
from training.assessment.scoring.exact import fraction
from training.assessment.service import answering, links, rounds
from training.assessment.service.rounds import About, Choice

EXAMPLE = Path(__file__).parent / "unit" / "assessment"
SEED = "s" * 43
ABOUT = About(
    subject="Norvala",
    body="University of Port Selby",
    scope="Police, prosecution and courts of the whole country.",
    controller="University of Port Selby, data protection officer, room 12.",
    purpose="To find out what to learn and build next.",
    retention="Texts for 24 months.",
    rights="To change or delete answers while the round is open.",
)


def example(kind: str) -> dict[str, Any]:
    """The worked example: `given` or `result`."""
    read: dict[str, Any] = json.loads((EXAMPLE / f"norvala-{kind}.json").read_text("utf-8"))
    return read


def host_of(organisation: Any, person: Any) -> Actor:
    """Somebody who hosts in an organisation."""
    return Actor(person, "Host", organisation, frozenset({(organisation, Role.HOST)}))


def make_round(session: Session, actor: Actor, now: datetime, about: About = ABOUT) -> Round:
    """A draft with the choices of the worked example."""
    assert actor.home
    held = rounds.make(session, actor, actor.home, about, now)
    chosen = {
        one["code"]: Choice(one["weight"], fraction(str(one["target"])), fraction(one["feasibility"]))
        for one in example("given")["indicators"]
    }
    rounds.choose(held, chosen)
    return held


def answered(session: Session, actor: Actor, now: datetime, about: About = ABOUT) -> Round:
    """An open round in which all people of the worked example have answered."""
    held = make_round(session, actor, now, about)
    rounds.open_round(session, held, actor, now)
    for one in example("given")["answers"]:
        respond(session, held, one["who"], one["group"], one["levels"])
    return held


def respond(session: Session, held: Round, who: str, group: str, levels: Mapping[str, str]) -> Respondent:
    """A respondent with levels such as 2d by indicator; what is not named was not applicable."""
    person = links.add(session, held, group, token_for(who))
    answering.keep(session, held, person, values(group, levels))
    return person


def token_for(who: str) -> str:
    """The token of a respondent of the example: twenty letters of those that links have."""
    return who.lower().replace("i", "y").ljust(20, "z")


def values(group: str, levels: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Answers by question, as a page keeps them. Authorities work in a laboratory, which is asked about D4 and D6."""
    paper = instrument().questionnaire(group)
    first = {"S": "laboratory", "P": "bank", "I": "regional", "A": "law"}[group]
    found: dict[str, dict[str, Any]] = {paper.questions[0].id: {"choice": first}}
    for question in paper.questions:
        if question.indicators:
            found[question.id] = {"levels": {code: _said(levels.get(code, "na")) for code in question.indicators}}
    return found


def _said(level: str) -> dict[str, str]:
    if level == "-":
        return {}
    return {"level": level} if level in {"dk", "na"} else {"level": level[0], "grade": level[1]}
