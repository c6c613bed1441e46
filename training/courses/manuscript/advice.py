"""What an author should look at although a course can be published."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from training.content.source import Mistake, Source
from training.courses.manuscript import questions, readability
from training.courses.manuscript.draft import Draft, Text, Written
from training.courses.manuscript.format import NOT_CHECKED, CourseFile, ModuleFile
from training.courses.manuscript.known import Installed, KnownModule
from training.courses.manuscript.modules import QUESTION
from training.courses.manuscript.questions import Question

FEWEST_WORDS, MOST_WORDS = 900, 2_000
FEWEST_MINUTES, MOST_MINUTES = 25, 45
FEWEST_QUESTIONS = 6  # that one reader gets in a module
FEWEST_OF_OBJECTIVE = 2


def remarks(draft: Draft, today: date, labs: Collection[str] | None) -> Iterator[Mistake]:
    """Everything that deserves a second look, in the originals and their keys.

    `labs` are the names of those that are installed, or what is known of them by name.
    """
    court = draft.course is not None and draft.course.value.court
    if draft.course is not None:
        yield from _review(draft.course, today)
        yield from _of_sum(draft.course, draft)
    for text in draft.texts.values():  # also below a front matter that has mistakes
        yield from _of_labs(text.head, labs)
        yield from _of_ways(text, labs if isinstance(labs, Mapping) else {})
    for module in draft.modules:
        written = draft.files[module.folder]
        yield from _review(written.file, today)
        yield from _of_sources(written.file)
        yield from _of_length(written, module.words)
        if module.folder not in draft.unread:
            yield from _of_questions(written, module.questions)
            yield from _of_parts(written, court=court)
        if module.language == "en":
            yield from readability.remarks(written.page, written.file.file)
    for name, asked in draft.asked.items():
        if draft.keys is not None and name in draft.keys.value:
            yield from questions.remarks(asked, draft.keys)


def _review(file: Source[CourseFile] | Source[ModuleFile], today: date) -> Iterator[Mistake]:
    if file.value.review < today:
        yield file.mistake(("review",), f"the review date {file.value.review} has passed")


def _of_sum(course: Source[CourseFile], draft: Draft) -> Iterator[Mistake]:
    """Where all modules can be read and their minutes are not those of the course."""
    minutes = [draft.files[module.folder].file.value.minutes for module in draft.modules]
    if len(minutes) == len(course.value.modules) and sum(minutes) != course.value.minutes:
        message = f"{course.value.minutes} minutes; its modules take {sum(minutes)}"
        yield course.mistake(("minutes",), message)


def _of_sources(file: Source[ModuleFile]) -> Iterator[Mistake]:
    for number, one in enumerate(file.value.sources):
        if one.mark == NOT_CHECKED:
            message = "this source has no mark V1, V2 or V3: nobody verified it; check it or leave its facts out"
            yield file.mistake(("sources", number), message)
        elif fault := questions.own_teaching(one.text, one.mark):
            yield file.mistake(("sources", number), fault)


def _of_length(written: Written, words: int) -> Iterator[Mistake]:
    if not FEWEST_WORDS <= words <= MOST_WORDS:
        message = f"{words} words; a module has {FEWEST_WORDS} to {MOST_WORDS}"
        yield Mistake(written.file.file, 1, message)
    minutes = written.file.value.minutes
    if not FEWEST_MINUTES <= minutes <= MOST_MINUTES:
        message = f"{minutes} minutes; a module takes {FEWEST_MINUTES} to {MOST_MINUTES}"
        yield written.file.mistake(("minutes",), message)


def _of_labs(head: Source[KnownModule], labs: Collection[str] | None) -> Iterator[Mistake]:
    for number, name in enumerate(head.value.labs or ()):
        if labs is not None and name not in labs:
            yield head.mistake(("labs", number), f"lab {name} is not in this installation; readers see that")


def _of_ways(text: Text, labs: Mapping[str, Installed]) -> Iterator[Mistake]:
    """Ways to a question of a lab that is there and has no such question, and to a lab that is of the other kind."""
    for mark in (*text.marks("lab"), *text.marks("exercise")):
        name, question = mark.block.arguments if mark.block else ("", "")
        there = labs.get(name)
        if there is None or not there.questions:  # none are known of a lab whose file can't be read
            continue
        if question and QUESTION.fullmatch(question) and question not in there.questions:
            message = f"lab {name} has no question {question}; there are {', '.join(there.questions)}"
            yield Mistake(text.head.file, mark.line, message)
        kind = "exercise" if there.kind == "exercise" else "lab"
        if kind != mark.kind:
            what = "an exercise, without an exhibit" if kind == "exercise" else "a lab, with an exhibit"
            yield Mistake(text.head.file, mark.line, f"{name} is {what}; write [[{kind}:{name}]]")


def _of_questions(written: Written, asked: tuple[Question, ...]) -> Iterator[Mistake]:
    """Counted as one reader gets them: of a pool only as many as are drawn."""
    file = written.file
    drawn = _got(asked, file.value)
    if drawn < FEWEST_QUESTIONS:
        yield Mistake(file.file, 1, f"{drawn} questions; a module has at least {FEWEST_QUESTIONS} for each reader")
    for number, objective in enumerate(file.value.objectives):
        got = _got([one for one in asked if one.objective == objective.id], file.value)
        if 0 < got < FEWEST_OF_OBJECTIVE:
            message = f"objective {objective.id} has one question only; it takes two to give a level"
            yield file.mistake(("objectives", number), message)


def _got(asked: Iterable[Question], file: ModuleFile) -> int:
    """How many of these questions one reader gets."""
    listed = list(asked)
    pools = {one.pool for one in listed} & file.pools.keys()
    return sum(one.pool not in pools for one in listed) + sum(file.pools[name] for name in pools)


def _of_parts(written: Written, *, court: bool) -> Iterator[Mistake]:
    if not written.marks("figure"):
        yield Mistake(written.file.file, 1, "no figure; a module has at least one")
    if court and not any(mark.name == "court" for mark in written.marks("box")):
        yield Mistake(written.file.file, 1, "no court box; each module of this course has one")
