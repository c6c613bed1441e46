"""Markdown of authors to HTML that is safe to show, with every mistake and its line.

The order is fixed: limits; our own blocks become tokens; Python-Markdown without raw HTML; the tree gets the classes
of the design; nh3 cleans it by allow-list; our own markup is put in for the tokens. What an author writes never
reaches a page on another way.
"""

from training.content.markdown.blocks import Block, Mark, escape
from training.content.markdown.page import Draw, Heading, Rendered, inline, prose, render
from training.content.markdown.shape import Link

__all__ = ["Block", "Draw", "Heading", "Link", "Mark", "Rendered", "escape", "inline", "prose", "render"]
