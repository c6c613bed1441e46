"""The index on SQLite: one table of FTS5 (sqlite.org/fts5.html), which keeps the passages too."""

import json
from collections.abc import Sequence

from sqlalchemy import String, bindparam, text
from sqlalchemy.orm import Session

from training.search.query import Query
from training.search.rows import COLUMNS, SAID, Entry, Row

UNINDEXED = ", ".join(f"{name} UNINDEXED" for name in COLUMNS)
TOKENS = "tokenize = 'unicode61 remove_diacritics 0'"
MAKE = (
    "DROP TABLE IF EXISTS search_index_words",
    "DROP TABLE IF EXISTS search_index",
    f"CREATE VIRTUAL TABLE search_index USING fts5({UNINDEXED}, head, body, {TOKENS})",
    "CREATE VIRTUAL TABLE search_index_words USING fts5vocab(search_index, row)",
)
PUT = text(
    f"INSERT INTO search_index ({', '.join(COLUMNS)}, head, body) "  # noqa: S608 - names of our own
    f"VALUES ({', '.join(f':{name}' for name in COLUMNS)}, :head, :body)"
)
WEIGHTS = ", ".join(["0.0"] * len(COLUMNS) + ["6.0", "1.0"])
RANK = f"bm25(search_index, {WEIGHTS})"
FIND = text(
    f"SELECT rowid, kind, name, place, anchor, {SAID} FROM search_index WHERE search_index MATCH :wanted "  # noqa: S608 - our own
    f"AND source NOT IN :hidden ORDER BY language <> :language, {RANK}, rowid LIMIT :most"
).bindparams(bindparam("hidden", type_=String(), expanding=True))
COUNT = text(
    "SELECT count(*), coalesce(sum(language = :language), 0) FROM search_index "
    "WHERE search_index MATCH :wanted AND source NOT IN :hidden"
).bindparams(bindparam("hidden", type_=String(), expanding=True))
WORDS = text("SELECT json_group_object(term, doc) FROM search_index_words")  # one row: thousands take long to fetch
DROP = text("DELETE FROM search_index WHERE source = :source")
READ = text(f"SELECT rowid, {', '.join(COLUMNS)} FROM search_index WHERE rowid = :rowid")  # noqa: S608 - as above


def alone(session: Session) -> None:
    """Let nobody else change the index until the unit ends: on SQLite nobody can, as a unit that writes is alone."""


def make(session: Session) -> None:
    """An empty index in place of any other."""
    for statement in MAKE:
        session.execute(text(statement))


def put(session: Session, entries: Sequence[Entry]) -> None:
    """Add passages."""
    if entries:
        session.execute(
            PUT, [one.values() | {"head": " ".join(one.head), "body": " ".join(one.body)} for one in entries]
        )


def drop(session: Session, source: str) -> None:
    """Take the passages of a source out."""
    session.execute(DROP, {"source": source})


def done(session: Session) -> None:
    """All that is new was put in: the words of the index are a view of it, and are right already."""


def words(session: Session) -> dict[str, int]:
    """Every stem of the index, and how many passages hold it."""
    found: dict[str, int] = json.loads(session.execute(WORDS).scalar_one())
    return found


def count(session: Session, word: str, language: str, hidden: Sequence[str]) -> tuple[int, int]:
    """How many passages of sources that are not hidden hold a stem: in all, and in a language."""
    both = session.execute(COUNT, {"wanted": f'"{word}"', "language": language, "hidden": hidden}).one()
    return both[0], both[1]


def find(
    session: Session, query: Query, language: str, most: int, hidden: Sequence[str], *, every: bool
) -> list[tuple[int, Row]]:
    """Row ids and places of what meets all terms, or any of them; the reader's language first, then the best."""
    wanted = (" AND " if every else " OR ").join(
        f'"{" ".join(term)}"{" *" if query.begun and term is query.terms[-1] else ""}' for term in query.terms
    )
    found = session.execute(FIND, {"wanted": wanted, "language": language, "most": most, "hidden": hidden})
    return [(number, Row(*row)) for number, *row in found]


def read(session: Session, number: int) -> dict[str, str]:
    """A passage by its row id."""
    return dict(session.execute(READ, {"rowid": number}).mappings().one())
