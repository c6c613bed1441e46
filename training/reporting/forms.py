"""What arrives from forms of a report: values out, limits checked by the service."""

import re
from collections.abc import Mapping
from uuid import UUID

from training.errors import NotThere
from training.reporting.service import figures
from training.reporting.service.writing import Wish
from training.sentence import phrase

_VERSION = re.compile(r"[0-9]{1,6}", re.ASCII)


def version(form: Mapping[str, str]) -> int:
    """The version that the page showed; 0 where it showed none."""
    text = form.get("seen", "")
    return int(text) if _VERSION.fullmatch(text) else 0


def wish(form: Mapping[str, str]) -> Wish:
    """What is to be said of a question. NotThere for a finding whose name is none."""
    chosen = form.get("finding", "")
    try:
        finding = UUID(chosen) if chosen else None
    except ValueError:
        raise NotThere(phrase("This attempt has no such finding.")) from None
    return Wish(
        question=form.get("question", ""),
        kept=form.get("kept") == "1",
        finding_id=finding,
        claim=form.get("claim", ""),
        alternatives=form.get("alternatives", ""),
        version=version(form),
    )


def figure(form: Mapping[str, str]) -> figures.Wish:
    """What is wanted of a figure."""
    return figures.Wish(
        name=form.get("name", ""),
        kept=form.get("kept") == "1",
        given={name: form.get(name, "") for name in ("pid", "from", "to", "view")},
        caption=form.get("caption", ""),
        version=version(form),
    )
