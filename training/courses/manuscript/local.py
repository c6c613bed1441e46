"""Notes of a host on the law of its country, shown where a module leaves room for one."""

from dataclasses import dataclass
from functools import lru_cache

from training.content.markdown import render


@dataclass(frozen=True, slots=True)
class LocalNote:
    """What a host wrote under a key: whose law, which article, the state of the law, who checked it, safe HTML."""

    jurisdiction: str
    article: str
    dated: str
    checked_by: str
    text: str


@lru_cache(maxsize=512)
def html_of(text: str) -> str:
    """The text of a note as safe HTML, made once: the page of a module has no time for it."""
    return render(text, file="note").html
