"""Search: keep the index as what is offered, and find passages in it.

The index is derived from what is published and holds nothing else: a draft, a key or a lab that is not offered can't be
found because it is never read. Somebody who works with an older release of a course finds the passages of that one,
everybody else those of the release that is offered. Before each search the states of the sources are compared;
what changed, by whatever way it was published or rolled back, is read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from training.content import service as content
from training.content.models import Release
from training.courses.manuscript import glossary
from training.errors import DomainError
from training.search import gather, postgresql, releases, sqlite
from training.search.correct import Showing, corrected, showing
from training.search.models import SearchSource
from training.search.query import Query, parse
from training.search.rows import Entry, Row, entry
from training.search.snippet import Piece, snippet
from training.settings import Settings
from training.store import Store

LAYOUT, VERSION = "layout", "2"
"""A new version of how passages are read or kept makes the index anew."""
MOST = 300  # hits that are looked at
PAGE = 20  # hits on a page
PLUGINS, TERMS = "plugins", "terms"
KINDS = tuple(gather.GATHER)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, with the piece of its text around the words."""

    kind: str
    name: str
    place: str
    anchor: str
    language: str
    title: tuple[Piece, ...]
    section: tuple[Piece, ...]
    text: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits. `total` counts up to MOST; `every` says whether each hit has all of the words.

    `instead` are words that were looked for in place of others, which nothing holds.
    """

    hits: tuple[Hit, ...]
    total: int
    page: int
    pages: int
    every: bool
    asked: bool
    instead: tuple[Showing, ...] = ()


NOTHING = Results((), 0, 1, 1, every=True, asked=False)


def search(
    store: Store,
    settings: Settings,
    text: str,
    language: str,
    page: int = 1,
    *,
    reader: UUID | None = None,
    exact: bool = False,
) -> Results:
    """What is found for any text, in the reader's language first. Where nothing has all words: what has some.

    A word that nothing holds is taken for a slip, unless the words are wanted `exact`.
    """
    query = parse(text)
    if not query.terms:
        return NOTHING
    keep(store, settings)
    with store.reading() as session:
        if _known(session).get(LAYOUT) != VERSION:  # published at this very moment, and not read yet
            return NOTHING
        hidden = sorted(releases.found(session, KINDS).keys() - releases.opened(session, KINDS, reader).keys())
        found = _find(session, query, language, hidden, exact=exact)
        return _page(session, found, text, page)


def keep(store: Store, settings: Settings) -> int:
    """Read again what changed since it was indexed; the number of sources that were."""
    with store.reading() as session:
        wanted, known = _wanted(session, settings), _known(session)
        if wanted == known:
            return 0
        there = releases.found(session, KINDS)
    whole = known.get(LAYOUT) != VERSION
    changed = [name for name in wanted if name != LAYOUT and (whole or wanted[name] != known.get(name))]
    # Reading takes a while, so it is done before the unit in which others wait.
    found = {name: list(_entries(name, there.get(name), settings)) for name in changed}
    with store.writing() as session:
        return _write(session, wanted, found, settings, whole=whole)


def _write(
    session: Session, wanted: Mapping[str, str], found: Mapping[str, list[Entry]], settings: Settings, *, whole: bool
) -> int:
    """Put what was read in place, unless something was published meanwhile: the next search sees that."""
    index = _index(session)
    index.alone(session)
    known = _known(session)
    if known == wanted or _wanted(session, settings) != wanted or (known.get(LAYOUT) != VERSION) != whole:
        return 0
    if whole:
        index.make(session)
    for name in known.keys() - wanted.keys() | found.keys():
        if not whole:
            index.drop(session, name)
        index.put(session, found.get(name, []))
    index.done(session)
    session.execute(delete(SearchSource))
    session.add_all([SearchSource(name=name, state=state) for name, state in wanted.items()])
    return len(found)


def _wanted(session: Session, settings: Settings) -> dict[str, str]:
    """The state of each source now."""
    states = {name: one.sha256 for name, one in releases.found(session, KINDS).items()}
    states[PLUGINS] = gather.digest_of_plugins()
    if terms := gather.digest_of_terms(glossary.offered(settings.courses, settings.instance)):
        states[TERMS] = terms
    return states | {LAYOUT: VERSION}


def _known(session: Session) -> dict[str, str]:
    return {row.name: row.state for row in session.scalars(select(SearchSource))}


def _entries(name: str, release: Release | None, settings: Settings) -> Iterator[Entry]:
    """The passages of a source; none where its files can't be read, so that the others can still be found."""
    try:
        if name == PLUGINS:
            passages = gather.of_plugins()
        elif name == TERMS:
            passages = gather.of_terms(glossary.offered(settings.courses, settings.instance))
        elif release is not None:
            passages = gather.GATHER[release.kind](content.folder_of(settings.instance, release))
        else:
            return
        yield from [entry(name, one) for one in passages]
    except (DomainError, OSError) as bad:
        log.warning("a source can't be searched", source=name, reason=str(bad))


def _index(session: Session) -> ModuleType:
    return sqlite if session.get_bind().dialect.name == "sqlite" else postgresql


@dataclass(frozen=True, slots=True)
class _Found:
    """Row ids of passages, the best first; the question that found them, and the stems that stand for others in it."""

    numbers: list[int]
    query: Query
    every: bool = True
    other: Mapping[str, str] = field(default_factory=dict)


def _find(session: Session, query: Query, language: str, hidden: Sequence[str], *, exact: bool) -> _Found:
    index = _index(session)

    def found(query: Query, *, every: bool) -> list[int]:
        return _once(index.find(session, query, language, MOST, hidden, every=every))

    if numbers := found(query, every=True):
        return _Found(numbers, query)
    other: dict[str, str] = {}
    if not exact:
        query, other = corrected(session, index, query, language, hidden)
    numbers = found(query, every=True) if other else []
    if numbers or len(query.terms) == 1:
        return _Found(numbers, query, other=other)
    return _Found(found(query, every=False), query, every=False, other=other)


def _once(rows: Sequence[tuple[int, Row]]) -> list[int]:
    """Of a passage in several languages the one that comes first; of a term that courses hold alike one."""
    first: dict[tuple[str, ...], int] = {}
    said: set[tuple[str, str]] = set()
    for number, row in rows:
        if row.kind == "term" and (row.name, row.said) in said:
            continue
        said.add((row.name, row.said))
        first.setdefault((row.kind, row.name, row.place, row.anchor), number)
    return list(first.values())


def _page(session: Session, found: _Found, text: str, page: int) -> Results:
    index, total = _index(session), len(found.numbers)
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    rows = [index.read(session, number) for number in found.numbers[(page - 1) * PAGE : page * PAGE]]
    hits = tuple(_hit(row, found.query) for row in rows)
    return Results(hits, total, page, pages, found.every, asked=True, instead=showing(text, found.other, rows))


def _hit(row: Mapping[str, str], query: Query) -> Hit:
    return Hit(
        row["kind"],
        row["name"],
        row["place"],
        row["anchor"],
        row["language"],
        snippet(row["title"], query),
        snippet(row["section"], query),
        snippet(row["text"], query),
    )
