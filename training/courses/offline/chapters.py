"""What a copy of a course consists of, as XHTML: a title, each module, the terms that the modules use.

A module is that of no reader in particular: questions of a pool and the order of options are drawn for nobody. Notes of
a host stay in its installation.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from training.content.markdown import escape
from training.content.markdown.words import Words, words
from training.content.models import Release
from training.courses.manuscript import drawing
from training.courses.manuscript.course import Course, LabWay, LocalPlace, Module
from training.courses.manuscript.glossary import Term
from training.courses.manuscript.questions import Question
from training.courses.offline.xhtml import Link, xhtml

NOBODY = UUID(int=0)
TERM = re.compile(r"^\.\./\.\./glossary#(?P<term>[a-z0-9-]+)$")
MODULE = re.compile(r"^(?P<module>m\d+-\d+)(?:#(?P<id>.+))?$")
LANDMARK = re.compile(r'(?<=<section aria-label=")[^"]+')
GLOSSARY = "glossary"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A piece of a copy: its id, title, language and body; for a module with its number before the title."""

    id: str
    title: str
    language: str
    body: str


@dataclass(frozen=True, slots=True)
class Edition:
    """What a copy is made from: a course in one language, terms of the glossary, titles of labs by name."""

    course: Course
    release: Release
    terms: Mapping[str, Term]
    labs: Mapping[str, str]

    @property
    def language(self) -> str:
        """Of titles and labels."""
        return self.course.language


Address = Callable[[str, str], str]
"""Gives the link to a chapter and to an id in it, '' for its beginning."""


def edition(course: Course, release: Release, terms: Mapping[str, Term], labs: Mapping[str, str]) -> Edition:
    """The course for no reader in particular, with the terms that it uses."""
    drawn = drawing.for_person(course, NOBODY, release.sha256)
    html = "".join(part.html for module in drawn.modules for part in module.parts)
    used = {name: term for name, term in terms.items() if f'/glossary#{name}"' in html}
    return Edition(drawn, release, used, {name: labs[name] for name in drawn.labs if name in labs})


def chapters(made: Edition, address: Address, deeper: int = 0) -> list[Chapter]:
    """The modules and the glossary. `deeper` puts their headings below that of the course."""
    found = [_module(made, module, address, deeper) for module in made.course.modules]
    return [*found, _glossary(made, deeper)] if made.terms else found


def front(made: Edition) -> str:
    """Title, summary, and where the copy comes from."""
    said, course, release = words(made.language), made.course, made.release
    day = release.published_at.date().isoformat()
    lines = [
        said.authors.format(", ".join(course.file.authors)),
        said.licence.format(course.file.licence),
        said.release.format(release.number, day, release.sha256),
        *([said.vsl] if "VSL-1.0" in {course.file.licence, *(one.file.licence for one in course.modules)} else []),
    ]
    return (
        f'<h1>{escape(course.title)}</h1><p class="lede">{escape(course.file.summary)}</p>'
        f'<p class="box note">{escape(said.copy)}</p>'
        + "".join(f'<p class="mute">{escape(line)}</p>' for line in lines)
    )


def _module(made: Edition, module: Module, address: Address, deeper: int) -> Chapter:
    said, head = words(module.language), f"h{1 + deeper}"
    link = _link(made, address)
    title, names = f"<{head}>{escape(module.title)}</{head}>", {"Reading": said.reading}
    aims = "".join(f"<li>{escape(one.text)}</li>" for one in module.file.objectives)
    sources = "".join(
        f'<li>{escape(one.text)} <span class="mute">({names.get(one.mark, one.mark)}, {one.as_of})</span></li>'
        for one in module.file.sources
    )
    body = [
        f'<header class="title"><p class="lab">{said.module.format(module.number)}</p>{title}</header>',
        f'<div class="aims"><p class="lab">{said.aims}</p><ul class="dot">{aims}</ul></div>',
        *_parts(made, module, said, link, deeper),
        f'<div class="sources"><p class="lab">{said.sources}</p><p class="mute">{said.marks}</p>',
        f'<ul class="dot">{sources}</ul></div>',
    ]
    return Chapter(module.id, f"{module.number} {module.title}", module.language, "\n".join(body))


def _parts(made: Edition, module: Module, said: Words, link: Link, deeper: int) -> Iterator[str]:
    total, number = len(module.questions), said.module.format(module.number)
    for part in module.parts:
        if part.question:
            yield _question(part.question, total, said, link)
        elif part.lab:
            yield _lab(part.lab, made.labs, said, link)
        elif part.local:
            yield _local(part.local, said, link, deeper)
        else:
            html = LANDMARK.sub(rf"\g<0> ({number})", part.html)  # landmarks of one page differ by name
            yield xhtml(html, f"{module.id}-", link, deeper)


def _link(made: Edition, address: Address) -> Link:
    """Links to modules and terms of this copy; addresses elsewhere stay, what is only on the site can't be followed."""

    def resolved(target: str) -> str | None:
        if (term := TERM.match(target)) is not None:
            return address(GLOSSARY, f"word-{term['term']}") if term["term"] in made.terms else None
        if (module := MODULE.match(target)) is not None:
            known = made.course.module(module["module"])
            inside = f"{module['module']}-{module['id']}" if module["id"] else ""
            return address(module["module"], inside) if known else None
        return target if target.startswith(("https://", "mailto:")) else None

    return resolved


def _question(question: Question, total: int, said: Words, link: Link) -> str:
    """Stem and options on paper: no field, no key, no feedback."""
    how = {
        "choice": said.choose_one,
        "multiple": said.choose_all,
        "statement": said.statement,
        "order": said.order,
        "matching": said.matching,
    }.get(question.type, said.write)
    items = _list(question.items, "items", link)
    options = _list(question.options, "options", link)
    return (
        f'<div class="quiz" id="{question.id}"><p class="lab">{said.question.format(question.number, total)}</p>'
        f'<p class="stem">{xhtml(question.stem, "", link)}</p><p class="mute">{how}</p>{items}{options}</div>'
    )


def _list(texts: tuple[tuple[str, str], ...], kind: str, link: Link) -> str:
    lines = "".join(f"<li>{xhtml(text, '', link)}</li>" for _, text in texts)
    return f'<ul class="{kind}">{lines}</ul>' if lines else ""


def _lab(way: LabWay, titles: Mapping[str, str], said: Words, link: Link) -> str:
    kind = said.exercise if way.exercise else said.lab
    title = escape(titles.get(way.name, way.name))
    return f'<p class="box note"><b>{kind}: {title}.</b> {xhtml(way.sentence, "", link)} {said.in_engram}</p>'


def _local(place: LocalPlace, said: Words, link: Link, deeper: int) -> str:
    head = f"h{3 + deeper}"
    return (
        f'<section class="law"><{head}>{said.national}</{head}><p>{said.ask}</p>'
        f'<p class="mute">{said.belongs} {xhtml(place.asks, "", link)}</p></section>'
    )


def _glossary(made: Edition, deeper: int) -> Chapter:
    said, head = words(made.language), f"h{1 + deeper}"
    used = [(name, term.word(made.language)) for name, term in made.terms.items()]
    lines = "".join(
        f'<dt id="word-{name}">{escape(word.term)}</dt><dd>{escape(word.text)}</dd>'
        for name, word in sorted(used, key=lambda one: one[1].term.casefold())
    )
    body = f'<header class="title"><{head}>{said.glossary}</{head}></header><dl>{lines}</dl>'
    return Chapter(GLOSSARY, said.glossary, made.language, body)
