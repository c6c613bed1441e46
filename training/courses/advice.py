"""What an author should look at although a course can be published."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from training.content.source import Mistake, Source
from training.courses import questions, readability
from training.courses.draft import Draft, Written
from training.courses.format import NOT_CHECKED, CourseFile, ModuleFile
from training.courses.questions import Question

FEWEST_WORDS, MOST_WORDS = 900, 2_000
FEWEST_QUESTIONS = 6  # that one reader gets in a module
FEWEST_OF_OBJECTIVE = 2


def remarks(draft: Draft, today: date, labs: Collection[str] | None) -> Iterator[Mistake]:
    """Everything that deserves a second look, in the originals and their keys.

    `labs` are the names of those that are installed, or the ids of their questions by name.
    """
    court = draft.course is not None and draft.course.value.court
    if draft.course is not None:
        yield from _review(draft.course, today)
    for module in draft.modules:
        written = draft.files[module.folder]
        yield from _review(written.file, today)
        yield from _of_sources(written.file)
        yield from _of_length(written, module.words)
        yield from _of_labs(written.file, labs)
        yield from _of_ways(written, labs if isinstance(labs, Mapping) else {})
        if module.folder not in draft.unread:
            yield from _of_questions(written, module.questions)
            yield from _of_parts(written, court=court)
        if module.language == "en":
            yield from readability.remarks(written.page, written.file.file)
    for name, asked in draft.asked.items():
        if draft.keys is not None and name in draft.keys.value:
            yield from questions.remarks(asked, draft.keys.value[name])


def _review(file: Source[CourseFile] | Source[ModuleFile], today: date) -> Iterator[Mistake]:
    if file.value.review < today:
        yield file.mistake(("review",), f"the review date {file.value.review} has passed")


def _of_sources(file: Source[ModuleFile]) -> Iterator[Mistake]:
    for number, one in enumerate(file.value.sources):
        if one.mark == NOT_CHECKED:
            message = "this source has no mark V1, V2 or V3: nobody verified it; check it or leave its facts out"
            yield file.mistake(("sources", number), message)


def _of_length(written: Written, words: int) -> Iterator[Mistake]:
    if not FEWEST_WORDS <= words <= MOST_WORDS:
        message = f"{words} words; a module has {FEWEST_WORDS} to {MOST_WORDS}"
        yield Mistake(written.file.file, 1, message)


def _of_labs(file: Source[ModuleFile], labs: Collection[str] | None) -> Iterator[Mistake]:
    for number, name in enumerate(file.value.labs):
        if labs is not None and name not in labs:
            yield file.mistake(("labs", number), f"lab {name} is not in this installation; readers see that")


def _of_ways(written: Written, labs: Mapping[str, Collection[str]]) -> Iterator[Mistake]:
    """Ways to a question of a lab that is there and has no such question."""
    for mark in (*written.marks("lab"), *written.marks("exercise")):
        name, question = mark.block.arguments if mark.block else ("", "")
        there = labs.get(name)  # none are known of a lab whose file can't be read
        if question and there and question not in there:
            message = f"lab {name} has no question {question}; there are {', '.join(there)}"
            yield Mistake(written.file.file, mark.line, message)


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
