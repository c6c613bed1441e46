"""What a machine can find in a lab's questions, materials and procedure before anybody works on it."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from training.analysis import cards as plugin_cards
from training.analysis.cards import Cards
from training.content import source
from training.content.source import Mistake
from training.grading import question as grading
from training.grading.citations import pairs
from training.grading.keys.expression import Expression
from training.grading.keys.syntax import Field as Column
from training.grading.keys.syntax import KeyProblem, Name, Node, children
from training.grading.partial_order import Cycle
from training.grading.parts import Source
from training.grading.procedure import ANY, Kind, Procedure
from training.grading.question import Question
from training.grading.values.base import REGISTRY
from training.grading.values.reading import kind_of
from training.labs.labfile import LabFile
from training.labs.material import FORM, RECORD, Material

LINE = ("text", "number")
"""Columns that every line of a material has."""

FEWEST_MISTAKES = 2
FEW_OPTIONS = 2
MOST_SHOWN = 3

Lab = source.Source[LabFile]
Materials = Mapping[str, Material]


def of_questions(lab: Lab, materials: Materials) -> Iterator[Mistake]:
    """Names, expressions, sources, look-alikes and named mistakes of every question."""
    seen: list[str] = []
    for number, one in enumerate(lab.value.questions):
        at = ("questions", number)
        if one.id in seen:
            yield lab.mistake((*at, "id"), f"two questions are named {one.id}")
        yield from _expressions(lab, at, one, seen, materials)
        known = {*seen, *one.facts, "value", "key"}
        yield from _sources(lab, at, one, known, materials)
        yield from _lookalikes(lab, at, one, known)
        yield from _mistakes(lab, at, one)
        seen.append(one.id)


def of_kind(lab: Lab) -> Iterator[Mistake]:
    """What an exercise has and a lab has not, and the other way round."""
    file = lab.value
    if not file.on_papers:
        if not file.exhibits and file.live is None:
            message = (
                "a lab names at least one exhibit; one on papers alone has kind: exercise, one on a machine kind: live"
            )
            yield lab.mistake(("exhibits",), message)
        yield from _of_constants(lab)
    else:
        yield from _of_exercise(lab)


def _of_constants(lab: Lab) -> Iterator[Mistake]:
    """Where exhibits differ, only answers that ask for understanding are the same on all of them."""
    for number, one in enumerate(lab.value.questions):
        if one.key is not None and one.key.constant is not None and not kind_of(one.spec).constant:
            kinds = ", ".join(sorted(name for name, kind in REGISTRY.items() if kind.constant))
            message = f"a constant key belongs to {kinds}: other answers depend on the exhibit"
            yield lab.mistake(("questions", number, "key"), f"{one.id}: {message}")


def _of_exercise(lab: Lab) -> Iterator[Mistake]:
    file = lab.value
    for name in ("exhibits", "baseline", "dumps", "accounts", "stage_hand", "live"):
        if getattr(file, name):
            yield lab.mistake((name,), f"an exercise has no memory image, so it has no {name}")
    if not file.materials:
        yield lab.mistake(("materials",), "an exercise is worked on papers: list at least one")
    yield from _on_papers_alone(lab)


def _on_papers_alone(lab: Lab) -> Iterator[Mistake]:
    """Nothing runs in an exercise: its keys are fixed, and its proof stands in papers."""
    for number, one in enumerate(lab.value.questions):
        key = one.key
        if key is not None and key.constant is None and key.pattern is None:
            yield lab.mistake(
                ("questions", number, "key"), f"{one.id}: the key of an exercise is `constant` or `pattern`"
            )
        for part in ("proof", "corroboration"):
            sources: tuple[Source, ...] = getattr(one, part)
            for place, each in enumerate(sources):
                if each.plugin is not None:
                    at = ("questions", number, part, place)
                    yield lab.mistake(at, f"{one.id}: no plugin runs in an exercise; name a paper")


def of_procedure(lab: Lab, materials: Materials) -> Iterator[Mistake]:
    """Whether the steps name what there is, and need each other in no circle."""
    procedure = lab.value.procedure
    if procedure is None:
        return
    cards, places = plugin_cards.load(), {step.id: number for number, step in enumerate(procedure.steps)}
    try:
        _ = procedure.order
    except Cycle as bad:
        for step in dict.fromkeys(bad.steps):
            yield lab.mistake(("procedure", "steps", places[str(step)], "needs"), str(bad))
    for name in procedure.relevant:
        if name not in cards:
            yield lab.mistake(("procedure", "relevant"), no_plugin(name, cards))
    yield from _signs(lab, procedure, materials)


def _signs(lab: Lab, procedure: Procedure, materials: Materials) -> Iterator[Mistake]:
    cards = plugin_cards.load()
    asked = {one.id for one in lab.value.questions} | {ANY}
    seconded = {one.id for one in lab.value.questions if one.corroboration} | {ANY}
    for number, step in enumerate(procedure.steps):
        for place, sign in enumerate(step.seen):
            at = ("procedure", "steps", number, "seen", place)
            for name in sign.names:
                if sign.kind in {Kind.RUN, Kind.CITED} and name not in cards:
                    yield lab.mistake(at, no_plugin(name, cards))
                elif sign.kind is Kind.LINE and name not in materials and name != RECORD:
                    yield lab.mistake(at, no_material(name, materials))
                elif sign.kind is Kind.FINDING and name not in asked:
                    yield lab.mistake(at, f"there is no question {name}")
                elif sign.kind is Kind.CORROBORATED and name not in seconded:
                    yield lab.mistake(at, f"there is no question {name} with corroboration")


def _expressions(
    lab: Lab, at: source.KEYS, one: Question, earlier: list[str], materials: Materials
) -> Iterator[Mistake]:
    cards = plugin_cards.load()
    for place, code, known in grading.expressions(one):
        keys = (*at, *_keys(place))
        expression = Expression.parse(code)
        try:
            expression.check({*known, *earlier}, row=place.endswith("where"))
        except KeyProblem as bad:
            yield lab.mistake(keys, f"{one.id}, {place}: {bad}")
        for query in expression.queries:
            if query.material and query.plugin not in materials and query.plugin != RECORD:
                yield lab.mistake(keys, f"{one.id}, {place}: {no_material(query.plugin, materials)}")
            elif not query.material and query.plugin not in cards:
                yield lab.mistake(keys, f"{one.id}, {place}: {no_plugin(query.plugin, cards)}")


def _sources(lab: Lab, at: source.KEYS, one: Question, known: set[str], materials: Materials) -> Iterator[Mistake]:
    cards = plugin_cards.load()
    for part in ("proof", "corroboration", "lost"):
        sources: tuple[Source, ...] = getattr(one, part) if part != "lost" else one.lost.proof if one.lost else ()
        for number, each in enumerate(sources):
            keys = (*at, part, number) if part != "lost" else (*at, part, "proof", number)
            if each.material is not None and each.material not in materials and each.material != RECORD:
                yield lab.mistake(keys, no_material(each.material, materials))
            elif each.plugin is not None and each.plugin not in cards:
                yield lab.mistake(keys, no_plugin(each.name, cards))
            elif not (lab.value.live and each.material == FORM):  # its fields are those of the forms of the day
                used = (("shows", each.shows), ("where", sorted(_named(each.condition, known))))
                yield from _columns(lab, keys, each.name, _offered(each, cards, materials), used)
    yield from _dependent(lab, at, one, cards)


def _dependent(lab: Lab, at: source.KEYS, one: Question, cards: Cards) -> Iterator[Mistake]:
    """Two views of one structure confirm the tool, not the fact."""
    for proof, second in pairs(one):
        if proof.plugin not in cards or second.plugin not in cards:
            continue
        family = cards.get(str(second.plugin)).family
        if cards.get(str(proof.plugin)).family == family:
            keys = (*at, "corroboration", one.corroboration.index(second))
            yield lab.mistake(
                keys, f"{second.plugin} reads what {proof.plugin} reads ({family}): it corroborates nothing"
            )


def _lookalikes(lab: Lab, at: source.KEYS, one: Question, known: set[str]) -> Iterator[Mistake]:
    cards = plugin_cards.load()
    for number, each in enumerate(one.lookalikes):
        keys = (*at, "lookalikes", number)
        if each.plugin is not None and each.plugin not in cards:
            yield lab.mistake(keys, no_plugin(each.plugin, cards))
        elif each.plugin is not None:
            offered = [column.name for column in cards.get(each.plugin).columns]
            used = (("where", sorted(_named(each.condition, known))),)
            yield from _columns(lab, keys, each.plugin, offered, used)


def _mistakes(lab: Lab, at: source.KEYS, one: Question) -> Iterator[Mistake]:
    """At least two wrong answers of every question are worth an explanation; a choice of two has only one."""
    named = len({each.code for each in one.mistakes} | {each.code for each in one.lookalikes})
    if one.type == "written" or (one.type == "choice" and len(one.options) <= FEW_OPTIONS):
        return
    if named < FEWEST_MISTAKES:
        yield lab.mistake(
            (*at, "mistakes"), f"{one.id} names {named} mistakes; at least {FEWEST_MISTAKES} are asked for"
        )


def _offered(each: Source, cards: Cards, materials: Materials) -> list[str]:
    """The columns of the rows or lines of a source."""
    if each.plugin is not None:
        return [column.name for column in cards.get(each.plugin).columns]
    found = materials.get(each.name)
    return [*(found.columns if found else ()), *LINE]


def _columns(
    lab: Lab, keys: source.KEYS, name: str, offered: Collection[str], used: Iterable[tuple[str, Iterable[str]]]
) -> Iterator[Mistake]:
    for part, columns in used:
        for column in columns:
            if column not in offered:
                message = f"{name} has no column {column}; it has: {', '.join(offered)}"
                yield lab.mistake((*keys, part), message)


def _named(condition: Expression | None, known: set[str]) -> set[str]:
    return _columns_of(condition.tree, known) if condition else set()


def _columns_of(tree: Node, known: set[str]) -> set[str]:
    """The columns that a condition on a row names. A condition on a column that isn't there would never hold."""
    found = {name for child in children(tree) for name in _columns_of(child, known)}
    if isinstance(tree, Name) and tree.name not in known:
        found.add(tree.name)
    if isinstance(tree, Column) and tree.base is None:
        found.add(tree.name)
    return found


def no_plugin(name: str, cards: Cards) -> str:
    """What is said where a plugin is named that isn't offered."""
    known = [card.name for card in cards if name.rsplit(".", maxsplit=1)[-1] in card.name]
    return f"no plugin {name} is offered" + (f"; there is {', '.join(known[:MOST_SHOWN])}" if known else "")


def no_material(name: str, materials: Materials) -> str:
    """What is said where a material is named that isn't handed over."""
    return f"there is no material {name}; there is: {', '.join([RECORD, *materials])}"


def _keys(place: str) -> source.KEYS:
    """'key.truth' and 'mistakes 2 when' as the path of that part in the file."""
    words = place.replace(".", " ").split()
    return tuple(int(word) - 1 if word.isdigit() else word for word in words)
