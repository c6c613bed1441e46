"""Bundles as somebody makes them who holds the key of a trusted installation, and means harm."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from training.hosting.carry import bundle, rows, sending
from training.store.migrate import standing

from .conftest import Place


def forged(
    place: Place,
    of: UUID,
    into: Path,
    change: Callable[[dict[str, list[dict[str, Any]]]], object],
    files: Mapping[str, bytes] | None = None,
    **said: Any,
) -> Any:
    """A bundle of rows as somebody who holds the key of a trusted installation may make it: with these files, and a
    manifest that says this.
    """
    with place.store.reading() as session:
        state = sending.carried(session, place.settings, of)
        document = json.loads(bundle.lines(rows.document(state)))
    change(document)
    row = document["teaching_session"][0]
    head = {
        "made": place.now(),
        "schema_at": standing(place.settings.database).program,
        "session": row["id"],
        "organisation": row["organisation_id"],
        "knows": (),
        "same": {},
        **said,
    }
    inside = {"rows.json": json.dumps(document).encode(), "audit.jsonl": b"", **(files or {})}
    bundle.write(into, place.instance, head, inside, None)
    return bundle.read(into)
