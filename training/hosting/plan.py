"""Plans: timetables with their rules, as files that a session is made from. Every mistake is told with its line.

Beside one-week.yaml stand one-week.fr.yaml and one-week.ar.yaml: its texts in other languages, by the text as the plan
has it. A session keeps them in its rules, so that its papers stay as they are when the plan changes; what identifies
a slot or a critical error, in records and in dossiers, is the plan's own text.
"""

import re
from collections.abc import Mapping
from datetime import time
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from training.content import source
from training.content.source import KEYS, ContentError, Mistake, Source
from training.errors import NotThere
from training.sentence import LANGUAGES, Translated, phrase, translated

FOLDER = Path(__file__).parent / "plans"
REF = re.compile(r"course/(?P<course>[a-z0-9-]{1,80})/(?P<module>[a-z0-9-]{1,40})|(?:lab|exercise)/[a-z0-9-]{1,80}")
KINDS = ("L", "W", "P", "D", "Q", "E", "A", "break")
"""Lesson, worked example, practice, debrief, quiz and retrieval, examination, organisation; and breaks."""
PERCENT = 100

Percent = Annotated[int, Field(ge=0, le=PERCENT)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=160)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,80}$")]
Texts = Mapping[str, Mapping[str, str]]
"""Texts of a plan with what they are in other languages: {"Lunch": {"fr": "Déjeuner"}}."""
OTHERS = tuple(one for one in LANGUAGES if one != "en")
Other = Annotated[str, StringConstraints(pattern=f"^({'|'.join(OTHERS)})$")]
Letter = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{0,10}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Attendance(_Model):
    """`percent` of its contact minutes make a half-day attended; `needed` half-days make a certificate of attendance.

    Minutes late within `late_minutes` are not called late. 0 needed: no such certificate is given.
    """

    percent: Percent = 75
    needed: Annotated[int, Field(ge=0, le=120)] = 0
    late_minutes: Annotated[int, Field(ge=0, le=240)] = 10


class Piece(_Model):
    """What an examination consists of: its weight in percent, and what it is worked on, where that is a lab."""

    title: Short
    weight: Percent
    minutes: Annotated[int, Field(ge=1, le=720)]
    lab: Name | None = None
    questions: Annotated[int, Field(ge=0, le=200)] = 0
    modules: tuple[Name, ...] = ()


class Examination(_Model):
    """An examination: its pieces, and the critical errors of which one caps it at *not yet*, whatever the points."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,10}$")]
    title: Short
    pieces: Annotated[tuple[Piece, ...], Field(min_length=1, max_length=10)]
    critical: Annotated[tuple[Short, ...], Field(max_length=20)] = ()
    passed: Percent = 60


class Achievement(_Model):
    """What the certificate of achievement needs: half-days, all examinations passed, no critical error standing.

    Distinction: the mean of the examinations is at least `mean`, and none is below `each`; None: none is given.
    """

    needed: Annotated[int, Field(ge=1, le=120)]
    mean: Percent | None = None
    each: Percent | None = None


class Resit(_Model):
    """How often, and within how many days, an examination may be taken again on another variant; the better stands."""

    times: Annotated[int, Field(ge=0, le=5)] = 1
    days: Annotated[int, Field(ge=0, le=400)] = 60


class Rules(_Model):
    """The rules of a session. Hours printed are the contact minutes of half-days attended, one decimal, half up.

    `texts` are those of the plan in other languages, as they were when the session was made; they decide nothing.
    What renews a competency is none of them: it is the same everywhere, see `training.learning.competence`.
    """

    attendance: Attendance = Attendance()
    achievement: Achievement | None = None
    examinations: Annotated[tuple[Examination, ...], Field(max_length=10)] = ()
    resit: Resit = Resit()
    appeal_days: Annotated[int, Field(ge=0, le=400)] = 10
    texts: Annotated[dict[Short, dict[Other, Short]], Field(max_length=600)] = Field(default_factory=dict)

    def examination(self, name: str) -> Examination | None:
        """The examination of this name."""
        return next((one for one in self.examinations if one.name == name), None)


class PlannedPart(_Model):
    """A slot: time of day in the session's zone, minutes, kind, title, what it works on, which examination it is."""

    at: str
    minutes: Annotated[int, Field(ge=1, le=720)]
    kind: Literal["L", "W", "P", "D", "Q", "E", "A", "break"]
    title: Short
    refs: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    exam: Letter = ""

    @field_validator("at")
    @classmethod
    def _a_time(cls, value: str) -> str:
        if not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", value):
            msg = f"{value} is not a time of day such as 08:30"
            raise ValueError(msg)
        return value

    @field_validator("refs")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [one for one in value if not REF.fullmatch(one)]:
            msg = f"{wrong[0][:60]} is none of course/NAME/MODULE, lab/NAME, exercise/NAME"
            raise ValueError(msg)
        return value

    @property
    def starts(self) -> time:
        """The time of day."""
        return time.fromisoformat(self.at)

    @property
    def begins(self) -> int:
        """The same in minutes from midnight."""
        return self.starts.hour * 60 + self.starts.minute

    @property
    def ends(self) -> int:
        """When it ends, in minutes from midnight."""
        return self.begins + self.minutes


class PlannedDay(_Model):
    """A day of two halves."""

    morning: Annotated[tuple[PlannedPart, ...], Field(max_length=40)] = ()
    afternoon: Annotated[tuple[PlannedPart, ...], Field(max_length=40)] = ()

    @property
    def parts(self) -> tuple[tuple[int, PlannedPart], ...]:
        """The half, from 1, with each slot, in order."""
        return (*((1, one) for one in self.morning), *((2, one) for one in self.afternoon))


class Plan(_Model):
    """A plan. `works` says how people call each lab that it names, for where that is not installed."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    summary: Annotated[str, StringConstraints(min_length=1, max_length=600)]
    seats: Annotated[int, Field(ge=1, le=500)]
    instructors: Annotated[int, Field(ge=1, le=50)]
    works: dict[Name, Short] = Field(default_factory=dict)
    rules: Rules
    days: Annotated[tuple[PlannedDay, ...], Field(min_length=1, max_length=60)]

    @property
    def minutes(self) -> int:
        """Contact minutes of all days."""
        return sum(one.minutes for day in self.days for _, one in day.parts if one.kind != "break")


class Translation(_Model):
    """The texts of a plan in another language: `texts` has what it is there by each text of slots, rules and works."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    summary: Annotated[str, StringConstraints(min_length=1, max_length=600)]
    texts: dict[str, Short]


def names() -> list[str]:
    """The plans that are shipped, the longest first."""
    plans = (one.stem for one in FOLDER.glob("*.yaml") if "." not in one.stem)
    return sorted(plans, key=lambda one: (-read(one).minutes, one))


@cache
def read(name: str) -> Plan:
    """A plan that is shipped. Raises NotThere; ContentError with every mistake."""
    file = FOLDER / f"{name}.yaml"
    if not re.fullmatch(r"[a-z0-9-]{1,40}", name) or not file.is_file():
        raise NotThere(phrase("There is no plan %(name)s.", name=name[:40]), field="plan")
    return load(file)


def load(file: Path) -> Plan:
    """The plan of a file, with its translations beside it. Raises ContentError with every mistake and its line."""
    found = source.read(file, Plan, file.name)
    mistakes, others = [*_of_days(found), *_of_rules(found)], dict[str, Translation]()
    for language in OTHERS:
        beside = file.with_suffix(f".{language}.yaml")
        if not beside.is_file():
            continue
        try:
            read_one = source.read(beside, Translation, beside.name)
        except ContentError as bad:
            mistakes += bad.mistakes
            continue
        mistakes += _of_texts(found.value, read_one)
        others[language] = read_one.value
    if mistakes:
        raise ContentError(mistakes)
    return _with_texts(found.value, others)


def _of_texts(plan: Plan, found: Source[Translation]) -> list[Mistake]:
    """Texts that have no translation, and translations of what the plan doesn't say."""
    wanted, given = dict.fromkeys((*_texts_of(plan), *plan.works.values())), found.value.texts
    mistakes = [found.mistake(("texts",), f"no translation of: {one}") for one in wanted if one not in given]
    first: dict[str, str] = {}
    for one, text in given.items():
        if one not in wanted:
            mistakes.append(found.mistake(("texts", one), f"the plan says nothing like: {one}"))
        elif first.setdefault(text, one) != one:  # a form that is typed in this language must find the way back
            mistakes.append(found.mistake(("texts", one), f"the same as of: {first[text]}"))
    return mistakes


def _texts_of(plan: Plan) -> list[str]:
    """The texts of a plan that a session takes over: titles of slots, and all that its examinations say."""
    said = [one.title for day in plan.days for _, one in day.parts]
    for one in plan.rules.examinations:
        said += [one.title, *(piece.title for piece in one.pieces), *one.critical]
    return list(dict.fromkeys(said))


def _with_texts(plan: Plan, others: Mapping[str, Translation]) -> Plan:
    """The plan, each of whose texts knows what it is in other languages."""

    def by_language(text: str) -> dict[str, str]:
        return {language: one.texts[text] for language, one in others.items()}

    texts = {one: by_language(one) for one in _texts_of(plan)} if others else {}
    given = {key: one.model_dump(exclude={"texts"}) for key, one in others.items()}
    heads = {
        name: translated(getattr(plan, name), {language: one[name] for language, one in given.items()})
        for name in ("title", "summary")
    }
    works = {lab: translated(text, by_language(text)) for lab, text in plan.works.items()}
    rules = _spoken(plan.rules.model_copy(update={"texts": texts}))
    return plan.model_copy(update={**heads, "works": works, "rules": rules})


def _spoken(rules: Rules) -> Rules:
    """The rules, each of whose texts knows what it is in other languages."""

    def said(text: str) -> str:
        return say(rules.texts, text)

    examinations = tuple(
        one.model_copy(
            update={
                "title": said(one.title),
                "pieces": tuple(each.model_copy(update={"title": said(each.title)}) for each in one.pieces),
                "critical": tuple(said(each) for each in one.critical),
            }
        )
        for one in rules.examinations
    )
    return rules.model_copy(update={"examinations": examinations})


def say(texts: Texts, text: str) -> str:
    """A text of a session, which knows what it is in other languages where it came with a plan."""
    return translated(text, texts.get(text, {}))


def in_language(text: str, language: str) -> str:
    """A text as it is in a language; as it stands where it is in none but its own."""
    return text.others.get(language, str(text)) if isinstance(text, Translated) else text


def meant(texts: Texts, typed: str) -> str:
    """The plan's own text for what it is in another language, so that a form can show it there; else what was typed."""
    return next((text for text, others in texts.items() if typed in others.values()), typed)


@cache
def shipped() -> Texts:
    """The texts of all plans that are shipped: for sessions that were made before they kept theirs."""
    return {text: others for name in names() for text, others in read(name).rules.texts.items()}


def _of_days(found: Source[Plan]) -> list[Mistake]:
    """Slots that overlap or name what the plan doesn't know."""
    mistakes: list[Mistake] = []
    for number, day in enumerate(found.value.days):
        placed = [
            (("days", number, half, place), one)
            for half in ("morning", "afternoon")
            for place, one in enumerate(getattr(day, half))
        ]
        for (_, before), (at, one) in pairwise(placed):
            if one.begins < before.ends:
                mistakes.append(found.mistake(at, f"{one.at} {one.title}: begins before {before.title} has ended"))
        mistakes += [each for at, one in placed for each in _of_part(found, at, one)]
    return mistakes


def _of_part(found: Source[Plan], at: KEYS, one: PlannedPart) -> list[Mistake]:
    said = [
        f"{ref}: say under works how {ref.partition('/')[2]} is called"
        for ref in one.refs
        if not ref.startswith("course/") and ref.partition("/")[2] not in found.value.works
    ]
    if one.exam and (one.kind != "E" or found.value.rules.examination(one.exam) is None):
        said.append(f"{one.title}: no examination {one.exam} stands in the rules, or this is none (kind E)")
    return [found.mistake(at, each) for each in said]


def _of_rules(found: Source[Plan]) -> list[Mistake]:
    """Weights that are not the whole, examinations that no slot holds, more half-days than there are."""
    plan, mistakes = found.value, list[Mistake]()
    held = {one.exam for day in plan.days for _, one in day.parts}
    for number, one in enumerate(plan.rules.examinations):
        at = ("rules", "examinations", number)
        if (total := sum(piece.weight for piece in one.pieces)) != PERCENT:
            mistakes.append(found.mistake(at, f"{one.title}: the weights are {total} percent together, not {PERCENT}"))
        if one.name not in held:
            mistakes.append(found.mistake(at, f"{one.title}: no slot of the days is this examination"))
    halves = sum(bool(half) for day in plan.days for half in (day.morning, day.afternoon))
    for name, rule in (("attendance", plan.rules.attendance), ("achievement", plan.rules.achievement)):
        if rule is not None and rule.needed > halves:
            mistakes.append(
                found.mistake(
                    ("rules", name, "needed"), f"{name}: {rule.needed} half-days are needed, and there are {halves}"
                )
            )
    return mistakes


def as_ref(text: str, kind: str) -> dict[str, str]:
    """A reference as a slot keeps it. Labs have a mode where people work on them: in practice and examinations."""
    what, _, name = text.partition("/")
    if what == "course":
        course, _, module = name.partition("/")
        return {"kind": "course", "name": course, "module": module}
    mode = {"E": "examination", "P": "practice"}.get(kind)
    return {"kind": what, "name": name} | ({"mode": mode} if mode else {})


def as_text(ref: Mapping[str, str]) -> str:
    """The same as a plan writes it."""
    return "/".join(filter(None, (ref["kind"], ref["name"], ref.get("module", ""))))


def rules_of(rules: object, texts: Texts | None = None) -> Rules:
    """The rules that a session keeps. Older ones keep shares of a renewal as well, which never decided anything.

    `texts`: those of the session in other languages, for rules that were kept without them.
    """
    if isinstance(rules, Mapping):
        kept = {key: one for key, one in rules.items() if key != "renewal"}
        rules = {"texts": shipped() if texts is None else texts} | kept
    return _spoken(Rules.model_validate(rules))


def called(plan: str, lab: str) -> str:
    """How people call a lab that a plan names; its own name where the plan doesn't, or isn't here any more."""
    try:
        return read(plan).works.get(lab, lab) if plan else lab
    except (NotThere, ContentError):
        return lab
