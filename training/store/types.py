"""Column types that mean the same on SQLite and PostgreSQL."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from training.sentence import Sentence, packed, unpacked

_SENTENCE = '{"say": '
"""How a packed sentence begins; no text of the program does."""
Json = JSON().with_variant(JSONB(), "postgresql")
"""Structured data that is read whole: options of a run, details of an event."""


class Told(TypeDecorator[str]):
    """What somebody was told. A sentence comes out as one, to be said in any language; texts as they are."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as below
        """Python to database."""
        return json.dumps(packed(value), ensure_ascii=False) if isinstance(value, Sentence) else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as below
        """Database to Python."""
        return unpacked(json.loads(value)) if value is not None and value.startswith(_SENTENCE) else value


class UtcTime(TypeDecorator[datetime]):
    """An instant. Only aware values go in, only UTC comes out; a naive value is a mistake and raises ValueError."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLite has no zone to keep: the value is stored in UTC there."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Python to database."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"{value} has no time zone"
            raise ValueError(msg)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Database to Python."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
