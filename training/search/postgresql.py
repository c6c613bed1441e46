"""The index on PostgreSQL: a table with a tsvector. Stems are ours, so none of its dictionaries takes part."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import String, bindparam, text
from sqlalchemy.orm import Session

from training.search.query import Query
from training.search.rows import COLUMNS, SAID, Entry, Row

KEPT = ", ".join(f"{name} text NOT NULL" for name in COLUMNS)
NUMBER = "rowid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
STATISTICS = "SELECT word AS term, ndoc AS doc FROM ts_stat('SELECT words FROM search_index')"
MAKE = (
    "DROP MATERIALIZED VIEW IF EXISTS search_index_words",
    "DROP TABLE IF EXISTS search_index",
    f"CREATE TABLE search_index ({NUMBER}, {KEPT}, words tsvector NOT NULL)",
    "CREATE INDEX ix_search_index_words ON search_index USING gin (words)",
    "CREATE INDEX ix_search_index_source ON search_index (source)",
    f"CREATE MATERIALIZED VIEW search_index_words AS {STATISTICS}",
)
PUT = text(
    f"INSERT INTO search_index ({', '.join(COLUMNS)}, words) "  # noqa: S608 - names of our own
    f"VALUES ({', '.join(f':{name}' for name in COLUMNS)}, CAST(:words AS tsvector))"
)
FIND = text(
    f"SELECT rowid, kind, name, place, anchor, {SAID} FROM search_index "  # noqa: S608 - names of our own
    "CROSS JOIN (SELECT CAST(:wanted AS tsquery) AS wanted) AS asked "
    "WHERE words @@ wanted AND source NOT IN :hidden "
    "ORDER BY language <> :language, ts_rank_cd(words, wanted, 1) DESC, rowid LIMIT :most"
).bindparams(bindparam("hidden", type_=String(), expanding=True))
COUNT = text(
    "SELECT count(*), count(*) FILTER (WHERE language = :language) FROM search_index "
    "WHERE words @@ CAST(:wanted AS tsquery) AND source NOT IN :hidden"
).bindparams(bindparam("hidden", type_=String(), expanding=True))
WORDS = text("SELECT term, doc FROM search_index_words")
REFRESH = text("REFRESH MATERIALIZED VIEW search_index_words")
DROP = text("DELETE FROM search_index WHERE source = :source")
READ = text(f"SELECT {', '.join(COLUMNS)} FROM search_index WHERE rowid = :rowid")  # noqa: S608 - as above
ALONE = text("SELECT pg_advisory_xact_lock(hashtext('search_index'))")
LAST = 16_383  # the last place of a word that a tsvector knows
PLACES = 255  # of one word
GAP = 10  # between titles and text, so that no phrase goes from one into the other


def alone(session: Session) -> None:
    """Let nobody else change the index until the unit ends, so that two processes don't make it at once."""
    session.execute(ALONE)


def make(session: Session) -> None:
    """An empty index in place of any other."""
    for statement in MAKE:
        session.execute(text(statement))


def put(session: Session, entries: Sequence[Entry]) -> None:
    """Add passages."""
    if entries:
        session.execute(PUT, [one.values() | {"words": _vector(one)} for one in entries])


def drop(session: Session, source: str) -> None:
    """Take the passages of a source out."""
    session.execute(DROP, {"source": source})


def done(session: Session) -> None:
    """All that is new was put in: count the words of the index anew, which takes too long to do at a search."""
    session.execute(REFRESH)


def words(session: Session) -> dict[str, int]:
    """Every stem of the index, and how many passages hold it."""
    return {row[0]: row[1] for row in session.execute(WORDS)}


def count(session: Session, word: str, language: str, hidden: Sequence[str]) -> tuple[int, int]:
    """How many passages of sources that are not hidden hold a stem: in all, and in a language."""
    both = session.execute(COUNT, {"wanted": f"'{word}'", "language": language, "hidden": hidden}).one()
    return both[0], both[1]


def find(
    session: Session, query: Query, language: str, most: int, hidden: Sequence[str], *, every: bool
) -> list[tuple[int, Row]]:
    """Row ids and places of what meets all terms, or any of them; the reader's language first, then the best."""
    terms = [
        " <-> ".join(f"'{word}'" for word in term) + (":*" if query.begun and term is query.terms[-1] else "")
        for term in query.terms
    ]
    wanted = (" & " if every else " | ").join(f"({term})" for term in terms)
    found = session.execute(FIND, {"wanted": wanted, "language": language, "most": most, "hidden": hidden})
    return [(number, Row(*row)) for number, *row in found]


def read(session: Session, number: int) -> dict[str, str]:
    """A passage by its row id."""
    return dict(session.execute(READ, {"rowid": number}).mappings().one())


def _vector(one: Entry) -> str:
    """The text form of a tsvector: each stem with its places, in titles with the weight A. Stems hold no quote."""
    places: dict[str, list[str]] = defaultdict(list)
    for place, word in enumerate(one.head, 1):
        places[word].append(f"{min(place, LAST)}A")
    for place, word in enumerate(one.body, len(one.head) + GAP):
        places[word].append(f"{min(place, LAST)}")
    return " ".join(f"'{word}':{','.join(found[:PLACES])}" for word, found in places.items())
