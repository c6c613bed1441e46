"""A course as one HTML file with its own style inside: it asks for nothing, from nowhere."""

from pathlib import Path

from training.content.markdown import escape
from training.content.markdown.words import direction, words
from training.courses.offline.chapters import Chapter, Edition, chapters, front

STYLE = (Path(__file__).parent / "book.css").read_text("utf-8")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def whole(made: Edition) -> str:
    """The body of the whole course under one heading, for a file and for the page to print."""
    said = words(made.language)
    found = chapters(made, lambda chapter, inside: f"#{inside or chapter}", deeper=1)
    lines = "".join(f'<li><a href="#{one.id}">{escape(one.title)}</a></li>' for one in found)
    contents = f'<nav class="contents stack"><h2>{said.contents}</h2><ol>{lines}</ol></nav>'
    return f'<header class="title stack">{front(made)}</header>{contents}' + "".join(_article(one) for one in found)


def page(made: Edition) -> bytes:
    """The file. The policy in its head holds even where a browser would follow what should not be there."""
    language, title = made.language, escape(made.course.title)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}" dir="{direction(language)}"><head><meta charset="utf-8"/>'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}"/>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"/><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><main>{whole(made)}</main></body></html>\n"
    ).encode()


def _article(one: Chapter) -> str:
    turned = f'lang="{one.language}" dir="{direction(one.language)}"'
    return f'<article class="module" id="{one.id}" {turned}>{one.body}</article>'
