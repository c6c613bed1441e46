"""What every template can use: icons, times, digests. The only module that marks text as safe HTML."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g
from markupsafe import Markup

from training.analysis.render import visible
from training.sentence import changed, parts, unpacked
from training.web.language import spoken, turned

SPRITE = Path(__file__).parent / "icons.svg"
SYMBOL = re.compile(r'<symbol id="([\w-]+)".*?</symbol>', re.DOTALL)


def init(app: Flask) -> None:
    """Add globals and filters to the template environment."""
    symbols = {match[1]: match[0] for match in SYMBOL.finditer(SPRITE.read_text("utf-8"))}
    drawn: dict[tuple[str, str], Markup] = {}  # what templates ask for: a page does dozens of times

    def icon(name: str, extra: str = "") -> Markup:
        if name not in symbols:
            msg = f"no icon {name} in {SPRITE.name}"
            raise KeyError(msg)
        g.setdefault("icons", {})[name] = True
        if (name, extra) not in drawn:
            what = f"i {extra}".strip(), name
            drawn[name, extra] = Markup('<svg class="{}" aria-hidden="true"><use href="#{}"/></svg>').format(*what)
        return drawn[name, extra]

    def sprite(known: Collection[str] = ()) -> Markup:
        used = "".join(symbols[name] for name in g.get("icons", {}) if name not in known)
        return Markup('<svg width="0" height="0" class="vh" aria-hidden="true">{}</svg>').format(Markup(used))  # noqa: S704 - our own file

    app.jinja_env.globals |= {"icon": icon, "sprite": sprite}
    app.jinja_env.filters |= {"utc": instant, "short": short, "cleaned": cleaned, "typed": typed}
    app.jinja_env.filters |= {"within": within, "told": unpacked, "parts": parts, "spoken": spoken}


def fragment(template: str, **given: Any) -> str:
    """A part of a page, for a template that asks for nothing of the page around it: reader, menu, language, theme."""
    return current_app.jinja_env.get_template(template).render(given)


def utc(value: datetime | None, precision: str = "seconds") -> str:
    """An instant as `2026-03-11 09:14:33Z`, to seconds, minutes or days; a dash for none."""
    if value is None:
        return "-"
    text = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return {"seconds": text, "minutes": text[:16] + "Z", "days": text[:10]}[precision]


def instant(value: datetime | None, precision: str = "seconds") -> str:
    """`utc` in a page. From right to left it is set apart: after Arabic words a date would be read day first."""
    text = utc(value, precision)
    return f"\u2066{text}\u2069" if turned() else text


def within(value: datetime, zone: str) -> str:
    """An instant to the minute as clocks of a zone show it, set apart as `instant` is; its zone stands beside it."""
    text = f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    return f"\u2066{text}\u2069" if turned() else text


def typed(text: str) -> str:
    """What a person typed, for another person's eyes: hidden characters are shown, lines stay lines.

    A sentence of the program stays one; only what was put into it is looked at.
    """
    return changed(text, _seen)


def _seen(text: str) -> str:
    return "\n".join(visible(line) for line in text.splitlines())


def short(digest: str) -> str:
    """The ends of a digest, for places where the whole one stands nearby."""
    return f"{digest[:8]}…{digest[-8:]}"


def cleaned(html: str) -> Markup:
    """HTML that `training.content.markdown` cleaned when it was published. Nothing else may pass through here."""
    return Markup(html)  # noqa: S704 - cleaned by nh3 at publication
