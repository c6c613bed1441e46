"""The few words of the program that stand inside an author's text: they are in the language of the text."""

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """Labels and sentences, with places for what is counted."""

    figure: str
    table: str
    notes: str
    note: str
    back: str
    back_label: str
    exhibit: str
    rows: str
    rows_where: str
    comma: str = ","


WORDS: Mapping[str, Words] = {
    "en": Words(
        figure="Figure {0}",
        table="Table",
        notes="Notes",
        note="Note {0}",
        back="Back",
        back_label="Back to the text",
        exhibit="Exhibit",
        rows="{0} of {1} rows",
        rows_where="{0} of the {1} rows where {3}, of {2} in all",
    ),
    "fr": Words(
        figure="Figure {0}",
        table="Tableau",
        notes="Notes",
        note="Note {0}",
        back="Retour",
        back_label="Retour au texte",
        exhibit="Pièce",
        rows="{0} lignes sur {1}",
        rows_where="{0} des {1} lignes où {3}, sur {2} en tout",
    ),
    "ar": Words(
        figure="الشكل {0}",
        table="جدول",
        notes="الحواشي",
        note="الحاشية {0}",
        back="عودة",
        back_label="العودة إلى النص",
        exhibit="الدليل",
        rows="{0} من أصل {1} من الصفوف",
        rows_where="{0} من أصل {1} من الصفوف التي فيها {3}، من مجموع {2}",
        comma="،",
    ),
}


def words(language: str) -> Words:
    """The words for texts in a language; English where there are none."""
    return WORDS.get(language, WORDS["en"])
