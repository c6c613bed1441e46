"""What a new course, module or lab begins with: complete, so that the first check finds no mistake in it."""

import json
import re
from collections.abc import Mapping
from datetime import date

import yaml

from training.authoring import paths
from training.authoring.beginnings import Beginning, beginning
from training.content import source
from training.content.source import ContentError
from training.courses.manuscript import known
from training.courses.manuscript.known import KnownCourse
from training.courses.manuscript.reader import FILE, KEYS, TEXT
from training.errors import Conflict, Refused
from training.sentence import LANGUAGES, phrase

MODULE_ID = re.compile(r"^id:\s*['\"]?m([1-9][0-9]?)-([1-9][0-9]?)['\"]?\s*$", re.MULTILINE)
COURSES = 99  # numbers of courses, and of modules in one
TITLE = 200
YEARS = 1  # until the next review

COURSE = """id: {name}
title: {title}
summary: {summary}
level: introductory
roles: [first-responder, investigator, examiner]
language: {language}
minutes: 30
licence: CC-BY-4.0
authors: [{author}]
review: {review}
modules:
"""
MODULE = """---
id: {id}
title: {title}
level: introductory
roles: [first-responder, investigator, examiner]
minutes: 30
review: {review}
licence: CC-BY-4.0
{feeds}
objectives:
  - {{id: o1, text: {objective}, bloom: remember, feeds: [K1]}}
changes: none
sources:
  - {{text: {source}, mark: V3, as_of: {today}}}
labs: []
---

{opening}

## {section}

{text}

![{alternative}](media/example.svg "{caption}")

```quiz
id: {id}-q1
objective: o1
type: choice
stem: {stem}
options:
  - {{id: a, text: {right}}}
  - {{id: b, text: {wrong[0]}}}
  - {{id: c, text: {wrong[1]}}}
```
"""
KEY = """
{id}-q1:
  answer: a
  mark: V3
  source: {source}
  explanation: {explanation}
  feedback:
    b: {feedback[0]}
    c: {feedback[1]}
"""
FIGURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 80">
<title>{caption}</title>
<rect class="nd" x="10" y="20" width="100" height="40"/>
<rect class="nd" x="210" y="20" width="100" height="40"/>
<path class="ln" d="M110 40H210"/>
<text class="ui" x="60" y="45" text-anchor="middle">{boxes[0]}</text>
<text class="ui" x="260" y="45" text-anchor="middle">{boxes[1]}</text>
</svg>
"""


def course(
    name: str, title: str, language: str, author: str, number: str, today: date, taken: Mapping[int, str]
) -> dict[str, bytes]:
    """The files of a new course with one module. `number` is that of the course among all, as in module 3.1.

    `taken` names the courses that have a number. Raises Refused for one of another course: competencies go by it.
    """
    paths.name(name)
    title = titled(title)
    if language not in LANGUAGES:
        raise Refused(phrase("Choose the language of the course."), field="language")
    if not number.isascii() or not number.isdecimal() or not 1 <= int(number) <= COURSES:
        raise Refused(phrase("Give the course a number from 1 to %(n)s.", n=COURSES), field="number")
    if (other := taken.get(int(number), name)) != name:
        raise Refused(
            phrase("%(name)s has the number %(number)s. Choose another.", name=other, number=str(int(number))),
            field="number",
        )
    review = _review(today)
    said, folder, first = beginning(language), "01-first-module", f"m{int(number)}-1"
    given = {"title": _quoted(title), "author": _quoted(author), "summary": _quoted(said.summary)}
    text = COURSE.format(name=name, language=language, review=review, **given)
    files = _module(folder, first, said.module, said, today)
    return {FILE: f"{text}  - {folder}\n".encode(), KEYS: _key(first, said).lstrip().encode(), **files}


def number_of(files: Mapping[str, bytes]) -> int | None:
    """The number of a course, from the id of its first module; None where it has none that can be read."""
    texts = sorted(path for path in files if path.endswith(f"/{TEXT}"))
    return next((int(match[1]) for path in texts for match in _ids(files[path])), None)


def module(files: Mapping[str, bytes], title: str, today: date) -> dict[str, bytes]:
    """The files that a new module adds to a course or changes in it, with its place in `course.yaml` and its key.

    Raises Refused where `course.yaml` can't be read, or the course is full.
    """
    title = titled(title)
    taken = [match.groups() for path, data in files.items() if path.endswith(f"/{TEXT}") for match in _ids(data)]
    number = int(taken[0][0]) if taken else 1
    following = max((int(one) for course_, one in taken if int(course_) == number), default=0) + 1
    places = [int(path[:2]) for path in files if re.match(r"[0-9]{2}-", path)]
    place = max(places, default=0) + 1
    if following > COURSES or place > COURSES:
        raise Refused(phrase("This course has as many modules as it can have."))
    folder, name = f"{place:02}-{paths.slug(title)}", f"m{number}-{following}"
    keys = files.get(KEYS, b"").decode("utf-8", "replace").rstrip("\n")
    text = files.get(FILE, b"").decode("utf-8", "replace")
    said = beginning(known.read(text, KnownCourse, FILE).value.language or "")
    return {
        FILE: listed(text, folder).encode(),
        KEYS: (keys + "\n" + _key(name, said)).lstrip().encode(),
        **_module(folder, name, title, said, today),
    }


def listed(text: str, folder: str) -> str:
    """`course.yaml` with one more folder at the end of its modules; everything else stays as it was written."""
    try:
        value, _ = source.load(text, FILE)
    except ContentError:
        value = None
    root = yaml.compose(text, yaml.SafeLoader) if isinstance(value, dict) else None
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    node = next((one for key, one in pairs if key.value == "modules"), None)
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise Refused(phrase("course.yaml can't be read, or lists no modules. Mend it first."))
    last = node.value[-1]
    at = last.end_mark.index
    if node.flow_style:
        return f"{text[:at]}, {folder}{text[at:]}"
    line = f"\n{' ' * (last.start_mark.column - 2)}- {folder}"
    return f"{text[:at]}{line}{text[at:]}"


def lab(files: Mapping[str, bytes], old: str, name: str, title: str) -> dict[str, bytes]:
    """A new lab that begins as another one: its file, briefing and scenario under the new name.

    Materials and sealed keys belong to exhibits, and are made when the lab is forged and proved.
    """
    paths.name(name)
    title = titled(title)
    wanted = {
        path: data for path, data in files.items() if path in {"lab.yaml", "brief.md", "scenario.yaml", "LICENSE.md"}
    }
    if "lab.yaml" not in wanted or "scenario.yaml" not in wanted:
        raise Refused(phrase("%(name)s has no scenario to begin with. Choose another lab.", name=old), field="scenario")
    word = re.compile(rf"(?<![\w-]){re.escape(old)}(?=-[a-z]\b|(?![\w-]))")
    made = {path: word.sub(name, data.decode("utf-8", "replace")) for path, data in wanted.items()}
    line = f"title: {json.dumps(title, ensure_ascii=False)}"
    for path in ("lab.yaml", "scenario.yaml"):
        made[path] = re.sub(r"^title:.*$", lambda _: line, made[path], count=1, flags=re.MULTILINE)
    return {path: text.encode() for path, text in made.items()}


def translation(files: Mapping[str, bytes], folder: str, language: str) -> tuple[str, bytes]:
    """Where the translation of a module goes, and what it begins with: the original, with its head cut down.

    Raises Refused for an unknown language, Conflict where there is one.
    """
    path = f"{folder}/index.{language}.md"
    if language not in LANGUAGES or f"{folder}/{TEXT}" not in files:
        raise Refused(phrase("Choose a module and a language."), field="language")
    if path in files:
        raise Conflict(phrase("There is a file %(path)s already.", path=path), field="language")
    text = files[f"{folder}/{TEXT}"].decode("utf-8", "replace")
    front, _, body = text.removeprefix("---\n").partition("\n---\n")
    try:
        value, _ = source.load(front, path)
    except ContentError:
        value = {}
    kept = {key: value.get(key, "") for key in ("title", "review")} if isinstance(value, dict) else {}
    aims = value.get("objectives", []) if isinstance(value, dict) else []
    lines = [f"{key}: {json.dumps(str(one), ensure_ascii=False)}" for key, one in kept.items()]
    lines += ["objectives:"]
    lines += [
        f"  {one['id']}: {json.dumps(str(one.get('text', '')), ensure_ascii=False)}" for one in aims if "id" in one
    ]
    lines += ["translators: []"]
    return path, ("---\n" + "\n".join(lines) + "\n---\n" + body).encode()


def titled(text: str) -> str:
    """A title in one line. Raises Refused."""
    title = " ".join(text.split())
    if not 1 <= len(title) <= TITLE:
        raise Refused(phrase("Give a title of 1 to %(n)s characters.", n=TITLE), field="title")
    return title


def _module(folder: str, name: str, title: str, said: Beginning, today: date) -> dict[str, bytes]:
    quoted = {field: _quoted(getattr(said, field)) for field in ("objective", "source", "stem", "right")}
    plain = {field: getattr(said, field) for field in ("opening", "section", "text", "alternative", "caption")}
    text = MODULE.format(
        id=name,
        title=_quoted(title),
        review=_review(today),
        today=today,
        feeds="\n".join(f"# {line}" for line in said.feeds),
        wrong=[_quoted(one) for one in said.wrong],
        **quoted,
        **plain,
    )
    figure = FIGURE.format(caption=said.caption, boxes=said.boxes)
    return {f"{folder}/{TEXT}": text.encode(), f"{folder}/media/example.svg": figure.encode()}


def _key(name: str, said: Beginning) -> str:
    feedback = [_quoted(one) for one in said.feedback]
    given = {"source": _quoted(said.source), "explanation": _quoted(said.explanation), "feedback": feedback}
    return KEY.format(id=name, **given)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _ids(data: bytes) -> list[re.Match[str]]:
    return list(MODULE_ID.finditer(data.decode("utf-8", "replace").partition("\n---\n")[0]))[:1]


def _review(today: date) -> date:
    return date(today.year + YEARS, today.month, min(today.day, 28))
