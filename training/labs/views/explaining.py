"""What a page says beside the words of a lab: its briefing in sections, and terms of the glossary in a question."""

import re
from functools import lru_cache

from training.courses.manuscript import glossary
from training.courses.manuscript.glossary import Term, Word
from training.grading.question import Question
from training.labs.briefing import sections
from training.labs.views.blueprint import bp
from training.web.language import reading_language
from training.web.rooms import rooms

MOST = 3
"""Terms that are explained beside one question."""

bp.add_app_template_global(sections, "briefed_in")


@bp.app_template_global()
def words_of(question: Question) -> list[tuple[Term, Word]]:
    """The terms of the glossary that a question uses, each with its explanation in the language of the reader."""
    settings, language = rooms().settings, reading_language()
    terms = glossary.known(glossary.offered(settings.courses, settings.instance))
    names = tuple((name, term.en.term) for name, term in terms.items())
    return [(terms[name], terms[name].word(language)) for name in _among(question.text, names)]


@lru_cache(maxsize=1_024)
def _among(text: str, names: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Ids of the terms in a text. What is only a part of a longer one is none: no kernel in a kernel thread."""
    found, left = [], text
    for name, term in sorted(names, key=lambda one: -len(one[1])):
        taken, times = re.subn(rf"\b{re.escape(term)}(?:s|es)?\b", "\0", left, flags=re.IGNORECASE)
        if times:
            found.append(name)
            left = taken
    return tuple(found[:MOST])
