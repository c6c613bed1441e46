"""From text to the words that are compared: one function for texts and for queries, whatever their language.

A word is folded (case, accents, Arabic vowel signs, forms of alef and yeh, digits of any script) and cut to a light
stem. Arabic follows light10 (Larkey, Ballesteros and Connell, Light Stemming for Arabic Information Retrieval, 2007):
conjunction and article go, then the commonest endings. English and French lose the ending of a plural, French also that
of a feminine participle. What a stem looks like is nobody's business: it is only ever held against another one.
"""

import re
import unicodedata
from functools import lru_cache

MARKS = "\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200d"
WORD = re.compile(rf"[^\W_]+(?:[{MARKS}]+[^\W_]*)*")
ARABIC = re.compile("[\u0621-\u064a]")
LONGEST = 60  # characters of a word that count
LETTERS = str.maketrans(
    {"\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u0629": "\u0647", "\u0640": None, "\u0671": "\u0627"}
)
BEGINNINGS = ("وال", "فال", "بال", "كال", "ولل", "لل", "ال")
ENDINGS = ("\u0647\u0627", "ان", "ات", "ون", "ين", "يه", "\u0647", "ي")
SHORTEST = 3  # letters that are left of a word at least
PLURALS = (
    ("sses", "ss"),
    ("shes", "sh"),
    ("ches", "ch"),
    ("xes", "x"),
    ("ies", "i"),
    ("eaux", "eau"),
    ("aux", "al"),
    ("eux", "eu"),
    ("ss", "ss"),
    ("us", "us"),
    ("is", "is"),
    ("s", ""),
)
IDLE = (
    "a an and are as at be by do for from has have how i if in is it its not of on or that the this to was what when "
    "which who with you au aux ce ces cette dans de des du elle en est et il la le les leur l d qu que qui n ne ou par "
    "pas pour se ses son sur un une في من على إلى عن أن إن التي الذي هذا هذه ما هل أو ثم كل"
)
STOP = frozenset(IDLE.split())


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A word as it is compared; empty where nothing of it counts."""
    folded = fold(word[:LONGEST])
    if ARABIC.search(folded):
        return _arabic(folded)
    return _latin(folded) if len(folded) > SHORTEST and folded.isalpha() and folded.isascii() else folded


def stems(text: str) -> list[str]:
    """The words of a text as they are compared, in order."""
    return [found for word in WORD.findall(text) if (found := stem(word))]


def fold(word: str) -> str:
    """Without case, accents and vowel signs; letters that are written in two ways as one; digits as 0 to 9."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold()).translate(LETTERS)
    return "".join(_digit(one) for one in apart if one.isalnum())


def _digit(character: str) -> str:
    return str(unicodedata.digit(character)) if character.isdigit() else character


def _arabic(word: str) -> str:
    for beginning in BEGINNINGS:
        if word.startswith(beginning) and len(word) - len(beginning) >= SHORTEST - 1:
            word = word.removeprefix(beginning)
            break
    if word.startswith("و") and len(word) > SHORTEST:
        word = word[1:]
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            word = word.removesuffix(ending)
    return word


def _latin(word: str) -> str:
    for plural, single in PLURALS:
        if word.endswith(plural) and len(word) - len(plural) + len(single) >= SHORTEST:
            word = word.removesuffix(plural) + single
            break
    if word.endswith(("ee", "ie")):
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") else word
