"""What may be wrong between the fields of a question: each trouble one phrase that names the field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from training.grading.partial_order import Cycle
from training.grading.values import patterns, tolerance
from training.grading.values.base import REGISTRY, AnswerType, Unreadable
from training.grading.values.choices import alike
from training.grading.values.groups import edges
from training.grading.values.measures import MOST_OFFERED
from training.grading.values.reading import kind_of, names, read
from training.grading.values.sets import ELEMENTS

if TYPE_CHECKING:
    from training.grading.parts import Mistake
    from training.grading.question import Question

_FIELDS = ("element", "options", "items", "reasons", "steps", "before", "tolerance", "band", "unit", "ignore_case")
_LISTS = ("options", "items", "reasons", "steps")
"""Fields that are lists of ids and texts."""

_OF_IDS = frozenset({"choice", "choices", "matching", "statement", "sequence"})
_FEWEST = 2
_MOST_FOR_ALL = 0.5

_MOST_SECONDS = 86_400
_PLAIN_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_LONGEST_ID = 40


def troubles(question: Question) -> Iterable[str]:
    """All that is wrong between the fields; nothing where all is well."""
    if question.type not in names():
        yield f"no answer type is named '{question.type}'; there are {', '.join(names())}"
        return
    if question.element is not None and question.element not in ELEMENTS:
        yield f"elements of a set are one of {', '.join(ELEMENTS)}"
        return
    first = [*_of_fields(question), *_of_lists(question), *_of_measures(question), *_of_key(question)]
    yield from first
    yield from _of_sources(question)
    if not first:  # values can be read only where the fields are right
        yield from _of_values(question)


def _uses(question: Question) -> frozenset[str]:
    """The fields that the type, or the type of its elements, uses."""
    kinds: list[AnswerType] = [REGISTRY[question.type]]
    if question.type == "set" and question.element is not None:
        kinds.append(REGISTRY[question.element])
    used = frozenset[str]().union(*(kind.needs | kind.may for kind in kinds))
    return used - ({"band"} if question.type == "set" else set())


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _of_fields(question: Question) -> Iterable[str]:
    used, kind = _uses(question), REGISTRY[question.type]
    for field in _FIELDS:
        given = bool(getattr(question, field))
        if given and field not in used:
            users = sorted(name for name, one in REGISTRY.items() if field in one.needs | one.may)
            yield f"`{field}` belongs to {', '.join(users)}"
        if field in kind.needs and not given:
            yield f"{_article(question.type)} needs `{field}`"
    if question.method != "net" and "method" not in used:
        yield "`method` belongs to choices, set"


def _of_lists(question: Question) -> Iterable[str]:
    for field in _LISTS:
        listed: Mapping[str, str] = getattr(question, field)
        if not listed:
            continue
        if len(listed) < _FEWEST:
            yield f"`{field}` are {_FEWEST} or more"
        bad = [one for one in listed if not one or len(one) > _LONGEST_ID or set(one) - _PLAIN_ID]
        if bad and question.type != "set":
            yield f"`{field}`: the id '{bad[0][:_LONGEST_ID]}' has something else than letters, digits, and . - _"
        yield from _ambiguous(field, listed)
    for step, needs in question.before.items():
        unknown = [one for one in (step, *needs) if one not in question.steps]
        yield from (f"`before` names the step '{one}', which the question has not" for one in unknown)
    try:
        edges(question.spec)
    except Cycle as cycle:
        yield f"`before`: {cycle}"


def _ambiguous(field: str, listed: Mapping[str, str]) -> Iterable[str]:
    """Ids and texts by which two entries would be read as one."""
    seen: dict[str, str] = {}
    for one, text in listed.items():
        others = {seen.setdefault(form, one) for form in (alike(one), alike(text))} - {one}
        yield from (f"`{field}`: '{other}' and '{one}' read alike" for other in sorted(others))


def _of_measures(question: Question) -> Iterable[str]:
    if question.method == "each" and not 0 < len(question.options) <= MOST_OFFERED:
        yield f"`method: each` needs a closed list of at most {MOST_OFFERED} `options`: else an empty answer earns most"
    if question.options and question.type == "set" and question.method != "each":
        yield "`options` of a set are the closed list that `method: each` needs"
    yield from tolerance.troubles(question.tolerance, question.band)
    widths = [question.tolerance, *(band.tolerance for band in question.band)]
    for width in map(tolerance.of, widths):
        seconds = question.type != "number"
        if seconds and width.kind != "nominal":
            yield f"{_article(question.type)} has a tolerance in seconds, not a {width.kind} one"
        elif question.type == "timestamp" and width.width > _MOST_SECONDS:
            yield f"the tolerance of a timestamp is at most {_MOST_SECONDS:,} seconds"


def _of_key(question: Question) -> Iterable[str]:
    key = question.key
    if question.rubric and question.type != "written":
        yield "`rubric` belongs to written"
    if question.by and question.type != "written":
        yield "`by` belongs to written"
    ids = [one.id for one in question.rubric]
    yield from (
        f"two criteria of the rubric are named '{one}'" for one in sorted({one for one in ids if ids.count(one) > 1})
    )
    if question.type == "written":
        yield from _of_written(question)
        return
    if key is None:
        yield "a key is missing: only a written answer has none"
        return
    if question.lost is not None and (key.truth is None or question.type in _OF_IDS):
        yield "`lost` belongs to a question whose key depends on the exhibit"
    if (key.pattern is not None) != (question.type == "pattern"):
        yield "`key.pattern` belongs to the type pattern, which has no other key"
    if key.pattern is not None:
        try:
            patterns.check(key.pattern, ignore_case=question.ignore_case)
        except patterns.BadPattern as bad:
            yield f"key.pattern: {bad}"
    if key.names is not None and question.type != "chain":
        yield "`names` belongs to a chain"


def _of_written(question: Question) -> Iterable[str]:
    if not question.rubric:
        yield "a written answer needs `rubric`"
    for field in ("key", "lost", "mistakes", "accept", "lookalikes", "corroboration"):
        if getattr(question, field):
            yield f"a written answer is judged by a person: it has no `{field}`"
    if question.by and not question.after:
        yield "the court view needs a model answer in `after`"


def _of_sources(question: Question) -> Iterable[str]:
    each = kind_of(question.spec).each
    if question.corroboration and not question.proof:
        yield "corroboration is a second source: a question with it has `proof`"
    if question.needs == "each" and not each:
        yield "`needs: each` belongs to set, chain and sequence"
    for source in (*question.proof, *question.corroboration):
        if source.step is not None and source.step not in question.steps:
            yield f"the source {source.name} shows step '{source.step}', which the question has not"
        if question.type == "endpoint" and len(source.shows) == 1 and source.plugin is not None:
            yield f"the source {source.name} shows one column: an endpoint needs two, address and port"
        unshown = not source.shows and source.step is None
        if question.needed == "each" and source in question.proof and unshown:
            what = "the `step`" if question.type == "sequence" else "the columns"
            yield f"each element must be shown: {source.name} names {what} that shows one, or `needs` is a number"


def _of_values(question: Question) -> Iterable[str]:
    """What can't be read of the values in the question, and mistakes that can't match."""
    key = question.key
    if key is not None and key.constant is not None:
        unreadable = list(_unreadable(question, key.constant, "key.constant: "))
        if unreadable:
            yield from unreadable
            return
    yield from _of_everything(question)
    yield from _of_mistakes(question)
    for typed in (*(one.value for one in question.mistakes), *(one.value for one in question.accept)):
        if typed is not None:
            yield from _unreadable(question, typed, "")
    for option in question.options if question.type == "set" else ():
        yield from _unreadable(question, option, "options: ", offered=False)


def _of_everything(question: Question) -> Iterable[str]:
    """Several choices must not pay for choosing all."""
    if question.type != "choices" or question.fixed is None:
        return
    share = kind_of(question.spec).correctness(tuple(question.options), question.fixed, question.spec, {})
    if share > _MOST_FOR_ALL:
        yield f"naming every option would earn {share:.0%}: offer more wrong ones, or use `method: all`"


def _of_mistakes(question: Question) -> Iterable[str]:
    many = kind_of(question.spec).many
    for mistake in question.mistakes:
        if mistake.choice is not None and (mistake.choice not in question.options or question.type != "choice"):
            yield f"{mistake.code}: '{mistake.choice}' is no option of this question"
        if mistake.choice is not None and mistake.choice == question.fixed:
            yield f"{mistake.code}: '{mistake.choice}' is the right option"
        if mistake.value is not None and question.band and question.fixed is not None:
            yield from _in_a_better_band(question, mistake)
        if mistake.includes is not None and not many:
            yield f"{mistake.code}: `includes` belongs to set, chain, sequence, choices and matching"


def _in_a_better_band(question: Question, mistake: Mistake) -> Iterable[str]:
    """A mistake is matched before the bands: it must not take from a value what its distance earns."""
    kind, spec = kind_of(question.spec), question.spec
    try:
        value = read(mistake.value or "", spec).canon
    except Unreadable:
        return  # said elsewhere
    share = kind.correctness(value, question.fixed or "", spec, {})
    if share > mistake.credit:
        yield f"{mistake.code}: its value {mistake.value} lies in a band that is worth {share:g}"


def _unreadable(question: Question, typed: str, place: str, *, offered: bool = True) -> Iterable[str]:
    """`offered`: only what the question offers can be read, so that all of that is read, too."""
    try:
        read(typed, question.spec if offered else question.spec.model_copy(update={"options": {}}))
    except Unreadable as trouble:
        yield f"{place}the value '{typed[:60]}' can't be read: {trouble}"
