"""Identifiers that can be made anywhere and merged later."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): unique without asking anybody, and sorted by the time when it was made."""
    return uuid7()
