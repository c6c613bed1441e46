"""The field of a finding for every answer type: what a browser sends from it is what was typed into it."""

from collections.abc import Iterator
from html import unescape
from types import SimpleNamespace
from typing import Any, cast
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask, render_template
from werkzeug.datastructures import MultiDict

from tests.web.conftest import html_errors
from training.evidence.models import Exhibit
from training.grading.question import Question
from training.grading.rubric import Criterion
from training.grading.values.base import REGISTRY, Spec, Unreadable
from training.grading.values.reading import names, read
from training.labs import forms

HTML = "{http://www.w3.org/1999/xhtml}"
RUBRIC = (Criterion(id="reasons", text="Are reasons given?", levels=("none", "some", "all")),)


def question_of(kind: str, **fields: Any) -> Question:
    """A question of this type, with what the example of the type needs."""
    given = {name: value for name, value in REGISTRY[kind].example_spec.items() if name != "pattern"}
    rubric = RUBRIC if kind == "written" else ()
    made = {"id": "q1", "type": kind, "text": "What is it?", "points": (5.0,), "rubric": rubric, **given, **fields}
    return Question.model_construct(None, **made)


def spec_of(kind: str) -> Spec:
    return Spec(type=kind, **cast("dict[str, Any]", REGISTRY[kind].example_spec))


def shown(app: Flask, question: Question, typed: str, system: str = "linux") -> str:
    """The field as the page of an attempt on an exhibit of this system shows it, alone on a page."""
    case = SimpleNamespace(exhibit=Exhibit(os=system))
    longest = REGISTRY[question.type].longest
    with app.test_request_context():
        inner = render_template(
            "labs/answer.html", case=case, question=question, typed=typed, about="", longest_answer=longest
        )
    return f"<!doctype html><html lang=en><title>Field</title><form>{inner}</form></html>"


def sent(page: str) -> MultiDict[str, str]:
    """What a browser sends for the controls of a page."""
    found: MultiDict[str, str] = MultiDict()
    for name, value in _controls(html5lib.parse(page)):
        found.add(name, value)
    return found


def _controls(tree: Element) -> Iterator[tuple[str, str]]:
    for one in tree.iter():
        name, tag = one.get("name"), one.tag.removeprefix(HTML)
        if tag == "input" and name and (one.get("type") not in {"radio", "checkbox"} or "checked" in one.attrib):
            yield name, one.get("value", "")
        elif tag == "textarea" and name:
            yield name, one.text or ""
        elif tag == "select" and name:
            options = list(one.iter(f"{HTML}option"))
            yield name, next((each for each in options if "selected" in each.attrib), options[0]).get("value", "")


@pytest.mark.parametrize("kind", names())
def test_what_was_typed_comes_back_from_the_field(app: Flask, kind: str) -> None:
    question, spec, example = question_of(kind), spec_of(kind), REGISTRY[kind].example
    typed = read(example, spec).text
    page = shown(app, question, typed)
    assert html_errors(page) == []
    back = forms.claimed(sent(page)).value
    assert back == typed
    assert read(back, spec).canon == read(example, spec).canon


@pytest.mark.parametrize("kind", names())
def test_an_untouched_field_sends_nothing_and_is_told_so(app: Flask, kind: str) -> None:
    back = forms.claimed(sent(shown(app, question_of(kind), ""))).value
    assert back.strip() == ""
    with pytest.raises(Unreadable):
        read(back, spec_of(kind))


def test_elements_that_are_on_offer_may_hold_commas(app: Flask) -> None:
    options = {"/etc/a, b": "the first", "/etc/c": "the second", "/etc/d": "the third"}
    question = question_of("set", element="path", options=options)
    back = forms.claimed(sent(shown(app, question, "/etc/c"))).value
    assert back == "/etc/c"
    both = MultiDict([("element", "/etc/a, b"), ("element", "/etc/c")])
    typed = forms.claimed(both).value
    assert typed == "/etc/a, b\n/etc/c"
    assert forms.claimed(sent(shown(app, question, typed))).value == typed


def test_a_reason_without_a_truth_value_is_kept_and_refused(app: Flask) -> None:
    typed = forms.claimed(MultiDict([("reason", "gone")])).value
    assert forms.claimed(sent(shown(app, question_of("statement"), typed))).value == typed
    with pytest.raises(Unreadable):
        read(typed, spec_of("statement"))


def test_a_rubric_is_shown_beside_the_field(app: Flask) -> None:
    page = shown(app, question_of("written"), "")
    assert "Are reasons given?" in page
    assert page.index('<b class="num">0</b> none') < page.index("</b> all")
    assert 'maxlength="8000"' in page


def test_the_form_of_a_path_is_told_for_the_system_of_the_exhibit(app: Flask) -> None:
    question = question_of("path")
    linux, windows = (shown(app, question, "", system) for system in ("linux", "windows"))
    assert "full path from /, as it stands" in linux
    assert "'(deleted)' at its end is left out" in linux
    assert str(question.help) in unescape(windows)
    assert "(deleted)" not in windows
