"""What is wrong with the expressions of a scenario, as far as it shows before there is an exhibit."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from training.forge.scenario.model import Material, Scenario
from training.forge.scenario.reading import Where
from training.forge.scenario.words import EXPRESSION
from training.forge.truth import Planted, Truth, Typed
from training.grading.keys.expression import Expression
from training.grading.keys.syntax import Field, Filter, KeyProblem, Name, Node, children, nearest

Known = Mapping[str, Any]
"""What stands below a value: names, and what stands below each of them; None where that isn't known."""

IMAGE: Known = dict.fromkeys(("name", "size", "sha256", "format"))


def expressions(scenario: Scenario) -> Iterator[tuple[Where, str]]:
    """All of it, each with its place."""
    return handed_over(scenario.materials, scenario.record.lines, _known(scenario))


def handed_over(materials: Iterable[Material], lines: Iterable[str], known: Known) -> Iterator[tuple[Where, str]]:
    """What is wrong in the texts of materials and the lines of a record, each with its place.

    Args:
        materials: of a scenario.
        lines: of its record.
        known: names below ``truth`` and ``image``.
    """
    for number, material in enumerate(materials):
        for wrong in _wrong(material.text or "", known):
            yield ("materials", number, "text"), wrong
    for number, line in enumerate(lines):
        for wrong in _wrong(line, known):
            yield ("record", "lines", number), wrong


def _wrong(text: str, known: Known) -> Iterator[str]:
    if text.count("{=") != len(EXPRESSION.findall(text)):
        yield "an expression begins with {= and ends with } and has no other brace in it"
    for expression in EXPRESSION.findall(text):
        try:
            parsed = Expression.parse(expression.strip())
            parsed.check(known)
            _below(parsed.tree, known)
        except KeyProblem as problem:
            yield f"{{={expression}}}: {problem}"
        else:
            if parsed.queries:
                yield f"{{={expression}}}: rows can't be asked for here, only truth and image"


def _known(scenario: Scenario) -> Known:
    """Names below ``truth`` and ``image`` in the exhibits of a scenario. Drawn names are told where they are filled."""
    named = scenario.named | {step.as_: step for step in scenario.living if step.as_}
    typed = [name for name, step in named.items() if step.type is not None]
    truth = {
        **fields(Truth),
        "drawn": None,
        "events": dict.fromkeys(named),
        "commands": dict.fromkeys(typed, fields(Typed)),
        "planted": dict.fromkeys(scenario.planted, fields(Planted)),
    }
    return {"truth": truth, "image": IMAGE}


def fields(model: type[BaseModel]) -> Known:
    """Fields of a part of the truth; of a list of parts those of each."""
    return {name: _part(field.annotation) for name, field in model.model_fields.items()}


def _part(annotation: Any) -> Known | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return fields(annotation)
    return next((found for each in get_args(annotation) if (found := _part(each))), None)


def _below(node: Node, known: Known) -> Known | None:
    """What stands below the value of a node; `KeyProblem` for a name that is not there, in it or in a part of it."""
    if isinstance(node, Filter):
        # The condition's bare names are columns; what begins with truth in it is like anywhere.
        _below(node.condition, known)
        return _below(node.base, known)
    if isinstance(node, Name):
        return known.get(node.name)
    if not isinstance(node, Field) or node.base is None:
        for each in children(node):
            _below(each, known)
        return None
    inner = _below(node.base, known)
    if inner is None:
        return None
    if node.name not in inner:
        raise KeyProblem(f"nothing is named '{node.name}' there{nearest(node.name, inner)}", node.at)
    below: Known | None = inner[node.name]
    return below
