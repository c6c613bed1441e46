"""The rest of the report: priorities, plan, what training won't solve, groups, documents, method, questionnaires."""

from collections.abc import Iterator

from flask_babel import gettext as _

from training.assessment.instrument.reader import Texts, instrument
from training.assessment.instrument.schema import Question
from training.assessment.paper.blocks import Block, Head, Rows, Text, listed
from training.assessment.paper.opening_pages import plain
from training.assessment.presentation import words
from training.assessment.scoring.exact import shown
from training.assessment.scoring.indicators import Indicator
from training.assessment.scoring.priority import Course
from training.assessment.service.notes import PLAN
from training.assessment.service.report import Report
from training.web.render import typed

TIMES = "\u00d7"
RANKING = (8.0, 52.0, 14.0, 8.0, 16.0, 12.0, 14.0, 46.0)


def blocks(found: Report, said: Texts) -> Iterator[Block]:
    """Parts 5 to 11 of the outline."""
    yield from _priorities(found, said)
    yield from _plan(found, said)
    yield from _unsolved(found, said)
    yield from _differences(found, said)
    yield from _documents(found)
    yield from _method()
    yield from _questionnaires(said)


def _priorities(found: Report, said: Texts) -> Iterator[Block]:
    yield Head(_("Priorities"), 1)
    yield Text(
        _("P = gap G times weight w times feasibility f, from 0 to 12. The product of G and w stays beside it."),
        soft=True,
    )
    heads = ("", _("Indicator"), "G", "w", f"G {TIMES} w", "f", "P", _("What speaks against it"))
    rows = tuple(_ranked(found, said, n, one) for n, one in enumerate(found.result.ranking, 1))
    yield Rows(heads, rows, RANKING)
    yield Head(_("The ranking with all weights equal"), 2)
    alike = enumerate(found.result.alike, 1)
    shares = (
        (str(n), f"{one.given.code} {said[one.given.code]}", shown(one.gap * one.given.feasibility)) for n, one in alike
    )
    yield Rows(("", _("Indicator"), f"G {TIMES} f"), tuple(shares), (10.0, 130.0, 30.0))


def _ranked(found: Report, said: Texts, n: int, one: Indicator) -> tuple[str, ...]:
    code = one.given.code
    against = " ".join(filter(None, (plain(words.flags(one)), typed(found.notes.against.get(code, "")))))
    figures = (
        shown(one.gap),
        str(one.given.weight),
        shown(one.weighty),
        str(one.given.feasibility),
        shown(one.priority),
    )
    return (str(n), f"{code} {said[code]}", *figures, against)


def _plan(found: Report, said: Texts) -> Iterator[Block]:
    yield Head(_("Training plan"), 1)
    if found.warning:
        yield Text(plain(found.warning), bold=True)
    labels = (_("Who takes part"), _("How many people"), _("Sessions"), _("Dates"), _("Refreshers"))
    for one in found.result.courses:
        yield Head(said[f"course/{one.number}"], 2)
        points = _("%(points)s points, from %(codes)s", points=shown(one.points), codes=", ".join(one.indicators))
        yield Text(points, soft=True)
        plan = found.notes.plans.get(str(one.number), {})
        yield from listed(
            f"{label}: {typed(plan[name])}" for name, label in zip(PLAN, labels, strict=True) if plan.get(name)
        )
        yield Text(_("Modules: %(names)s.", names=_("; ").join(_modules(said, one))), size=8.5)


def _modules(said: Texts, course: Course) -> list[str]:
    """The modules of a course that answer the gaps it was recommended for."""
    known = {one.code: one for one in instrument().indicators}
    names = (name for code in course.indicators for name in known[code].modules if name[1] == str(course.number))
    return [f"{name[1:].replace('-', '.')} {said[name]}" for name in dict.fromkeys(names)]


def _unsolved(found: Report, said: Texts) -> Iterator[Block]:
    yield Head(_("What training won't solve"), 1)
    yield Text(
        _("Training answers a gap in knowledge or skill. It does not answer a missing law, post, budget or will.")
    )
    yield from listed(
        f"{one.given.code} {said[one.given.code]}: {_('gap %(n)s', n=shown(one.gap))}" for one in found.untrained
    )
    hard = [one for one in found.result.ranking if one.given.feasibility <= FAR]
    if hard:
        yield Head(_("What needs a law, or lies outside the assessing body's reach"), 2)
    yield from listed(
        f"{one.given.code} {said[one.given.code]}: {plain(words.FEASIBILITY[one.given.feasibility])}" for one in hard
    )


FAR = next(one for one in words.FEASIBILITY if one.denominator == 2)  # noqa: PLR2004 - one half: a new law


def _differences(found: Report, said: Texts) -> Iterator[Block]:
    yield Head(_("Where groups differ"), 1)
    for one in found.split:
        yield Text(f"{one.given.code} {said[one.given.code]}: {plain(words.flags(one))}")
    if not found.split:
        yield Text(_("No indicator carries a flag."))


def _documents(found: Report) -> Iterator[Block]:
    yield Head(_("Documents seen"), 1)
    rows = tuple(
        (
            typed(one.data["title"]),
            one.data["dated"],
            typed(one.data["reference"]),
            ", ".join(one.data["indicators"]),
        )
        for one in found.notes.documents
    )
    yield Rows((_("Title"), _("Date"), _("Reference"), _("Indicators")), rows, (62.0, 24.0, 52.0, 32.0))
    if not rows:
        yield Text(_("None is entered."))


def _method() -> Iterator[Block]:
    yield Head(_("Method"), 1)
    yield Text(
        _("All arithmetic is exact; numbers are rounded at display only, to two decimals, halves away from zero.")
    )
    yield from listed(
        (
            _("Answers: levels 0 to 4, each with an evidence grade of weight 1, 3/4, 1/2 or 1/4."),
            _("Cell: one indicator answered by one group. With fewer than five answers it is suppressed."),
            _("Median M; quartiles by linear interpolation at position (n - 1)p; W is the mean weight of the grades."),
            _("Coverage C = used answers / asked answers; published from 0.60."),
            _("Score S = mean of the medians M of the cells, each weighted by its W."),
            _("Evidence E = mean weight of all used answers."),
            _("Shown level: the nearest, halves down."),
            _("Confidence: strong from C 0.80 and E 0.75, fair from C 0.60 and E 0.50, else weak."),
            _("Dimension: published where two thirds of its indicators are, with a coverage of 0.60."),
            _("Its score and target are means weighted by w; its gap is the target less the score, never below 0."),
            _("Priority P = the product of G, w and f; ties by gap, then weight, then code."),
            _("Each ranked indicator gives its P in full to every course that it names."),
            _(
                "Flags: quartiles two levels apart or more; medians of groups two levels apart or more; a median of 3 "
                "or more with W under 0.5."
            ),
        )
    )


def _questionnaires(said: Texts) -> Iterator[Block]:
    yield Head(_("Annex: questionnaires"), 1)
    for paper in instrument().questionnaires:
        yield Head(said[f"group/{paper.group}"], 2)
        for question in paper.questions:
            yield Text(f"{question.id} {said[question.id]}", size=8.5)
            yield from (Text(text, soft=True, size=7.5) for text in (_options(said, question),) if text)


def _options(said: Texts, question: Question) -> str:
    """Options or indicators of a question, on one line."""
    options = [said.option(question.id, one) for field in question.fields for one in field.options]
    apart: str = _("; ")
    return apart.join(dict.fromkeys((*options, *question.indicators)))
