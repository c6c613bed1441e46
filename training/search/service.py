"""Search: keep the index as what is offered, and find passages in it.

The index is derived from what is published now and holds nothing else: a draft, a key or a lab that is not offered
can't be found because it is never read. Before each search the states of the sources are compared;
what changed, by whatever way it was published or rolled back, is read again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from training.content import service as content
from training.content.models import Release
from training.errors import DomainError
from training.search import gather, postgresql, sqlite
from training.search.models import SearchSource
from training.search.query import Query, parse
from training.search.rows import Entry, entry
from training.search.snippet import Piece, snippet
from training.settings import Settings
from training.store import Store

LAYOUT, VERSION = "layout", "1"
"""A new version of how passages are read or kept makes the index anew."""
MOST = 300  # hits that are looked at
PAGE = 20  # hits on a page
PLUGINS, TERMS = "plugins", "terms"

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
    """A page of hits. `total` counts up to MOST; `every` says whether each hit has all of the words."""

    hits: tuple[Hit, ...]
    total: int
    page: int
    pages: int
    every: bool
    asked: bool


NOTHING = Results((), 0, 1, 1, every=True, asked=False)


def search(store: Store, settings: Settings, text: str, language: str, page: int = 1) -> Results:
    """What is found for any text, in the reader's language first. Where nothing has all words: what has some."""
    query = parse(text)
    if not query.terms:
        return NOTHING
    keep(store, settings)
    with store.reading() as session:
        return _results(session, query, language, page)


def keep(store: Store, settings: Settings) -> int:
    """Read again what changed since it was indexed; the number of sources that were."""
    with store.reading() as session:
        wanted, known = _wanted(session, settings), _known(session)
        if wanted == known:
            return 0
        releases = {f"{kind}/{one.name}": one for kind in gather.GATHER for one in content.offered(session, kind)}
    whole = known.get(LAYOUT) != VERSION
    changed = [name for name in wanted if name != LAYOUT and (whole or wanted[name] != known.get(name))]
    # Reading takes a while, so it is done before the unit in which others wait.
    found = {name: list(_entries(name, releases.get(name), settings)) for name in changed}
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
    session.execute(delete(SearchSource))
    session.add_all([SearchSource(name=name, state=state) for name, state in wanted.items()])
    return len(found)


def _wanted(session: Session, settings: Settings) -> dict[str, str]:
    """The state of each source now."""
    current = select(Release.kind, Release.name, Release.sha256).where(Release.current)
    states = {f"{kind}/{name}": sha256 for kind, name, sha256 in session.execute(current) if kind in gather.GATHER}
    states[PLUGINS] = gather.digest_of_plugins()
    if terms := gather.digest_of_terms(settings.courses):
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
            passages = gather.of_terms(settings.courses)
        elif release is not None:
            passages = gather.GATHER[release.kind](content.folder_of(settings.instance, release))
        else:
            return
        yield from [entry(name, one) for one in passages]
    except (DomainError, OSError) as bad:
        log.warning("a source can't be searched", source=name, reason=str(bad))


def _index(session: Session) -> ModuleType:
    return sqlite if session.get_bind().dialect.name == "sqlite" else postgresql


def _results(session: Session, query: Query, language: str, page: int) -> Results:
    if _known(session).get(LAYOUT) != VERSION:  # published at this very moment, and not read yet
        return NOTHING
    index, every = _index(session), True
    found = index.find(session, query, language, MOST, every=True)
    if not found and len(query.terms) > 1:
        found, every = index.find(session, query, language, MOST, every=False), False
    # Of a passage in several languages, the one that comes first.
    numbers = list({place: number for number, place in reversed(found)}.values())[::-1]
    pages = max(1, -(-len(numbers) // PAGE))
    page = min(max(page, 1), pages)
    shown = numbers[(page - 1) * PAGE : page * PAGE]
    hits = tuple(_hit(index.read(session, number), query) for number in shown)
    return Results(hits, len(numbers), page, pages, every, asked=True)


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
