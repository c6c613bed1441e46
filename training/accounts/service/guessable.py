"""Passwords that are guessed first: of words that many choose, rows of keys, repetitions, dates, names of their owner.

A password is taken apart into such pieces. Each counts as one sign, however long it is, and so does each letter that is
left. What counts less than `LEAST` is among the first guesses of anybody who tries (OWASP ASVS 5.0, chapter 6.2).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

LEAST = 5
"""Signs that must be left once each known piece counts as one."""
SHORTEST_PIECE, READ = 3, 64
"""Signs of the shortest piece, and of the part of a password that is looked at."""
LIST = """
password passwort passwd passphrase motdepasse contrasena senha parola haslo wachtwoord sifre pass word code
login welcome willkommen bienvenue bonjour marhaba salam hello hallo hola ciao secret geheim topsecret letmein
letme access enter open start begin changeme change default temp temporary test tester testing demo sample example
user username guest admin administrator root superuser master boss manager host instructor teacher trainee student
trainer training course class school academy university police agency court justice forensic forensics evidence
volatility memory engram lab labs computer internet server system windows linux ubuntu debian android apple google
facebook twitter instagram youtube netflix amazon microsoft samsung iphone nokia sony network cisco oracle mysql
qwerty azerty qwertz asdf asdfgh zxcv zxcvbn zxcvbnm qazwsx wsxedc edcrfv qweasd asdzxc qweasdzxc zaqwsx trustno
iloveyou iloveu love lovely loveme lover loveyou forever always together babygirl babyboy baby honey sweet
sweetheart sweety angel angels heaven princess princesse prince queen king kings royal lady girl boy girls boys man
woman mother father mommy daddy mama papa brother sister family friend friends freedom peace happy smile sunshine
soleil sun moon star stars starwars startrek matrix batman superman spiderman ironman pokemon pikachu naruto dragon
dragonball tiger lion wolf monkey donkey horse panther eagle falcon phoenix bear puppy dog doggy cat kitty kitten
bunny rabbit butterfly flower flowers rose lily daisy jasmine violet orange banana apple cherry strawberry
chocolate cookie candy sugar pepper ginger coffee pizza cheese burger water fire ice snow storm thunder lightning
shadow silver golden gold diamond crystal purple yellow green black white blue red pink grey spring summer autumn
winter fall monday tuesday wednesday thursday friday saturday sunday january february march april may june july
august september october november december lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier
avril juin juillet aout octobre novembre decembre football soccer baseball basketball hockey tennis golf cricket
rugby liverpool chelsea arsenal barcelona madrid realmadrid manchester united juventus bayern milan ferrari
mercedes porsche yamaha honda toyota harley corvette mustang money dollar euro business success winner champion
hunter killer warrior soldier ranger rangers cowboy cowboys yankees lakers steelers eagles player gamer hacker
ninja samurai pirate wizard magic merlin gandalf hello123 whatever nothing something everything michael jennifer
jessica ashley andrew daniel joshua matthew thomas robert william richard charles joseph george anthony david james
john jordan justin brandon nicole amanda melissa samantha elizabeth stephanie michelle christopher alexander
alexandra alexis maria anna sofia laura sarah emma julia marie pierre jean louis nicolas antoine camille chloe
mohamed mohammed muhammad ahmed ali hassan hussein omar fatima aisha khadija ibrahim youssef yusuf abdullah allah
bismillah jesus christ church bible hello gabriel victor maggie buster charlie bailey cooper rocky max lucky
tinkerbell doudou loulou coucou amour chouchou france paris london berlin rome madrid america canada texas florida
california africa maroc tunisie algerie egypt cairo spongebob hellokitty blink metallica nirvana slipknot eminem
rockyou music guitar dance dancer party summertime computer1 mypassword myspace internet please thankyou fuckyou
fuck bitch asshole sexy hottie cutie beautiful gorgeous jesuschrist godisgood blessed faith hope grace trust thx
matrix corona covid كلمة السر المرور كلمه سر مرحبا سلام السلام عليكم الله محمد احمد حبيبي حبيبتي
"""
"""Words in the languages of our readers that many passwords are made of."""
WORDS = frozenset(LIST.split())
ROWS = (
    *("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm"),
    *("azertyuiop", "qsdfghjklm", "wxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp"),
    *("1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "azqsedrftgyhujikolpm", "!@#$%^&*()", '!"§$%&/()='),
    *("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "ضصثقفغعهخحجد", "شسيبلاتنمكط", "٠١٢٣٤٥٦٧٨٩٠"),
)
LEET = str.maketrans("@4831!05$7+2", "aabeiiossttz")
DATE = re.compile(
    r"(0?[1-9]|[12]\d|3[01])[-./]?(0?[1-9]|1[0-2])[-./]?(19|20)?\d\d"
    r"|(19|20)\d\d[-./]?(0[1-9]|1[0-2])[-./]?(0[1-9]|[12]\d|3[01])|(19|20)\d\d"
)
AGAIN = re.compile(r"(.{1,4}?)\1{2,}|(.{2,8})\2")


def is_guessable(password: str, about: Iterable[str] = ()) -> bool:
    """Whether a password is one of those that are tried first; `about` holds names that belong to its owner."""
    known = {piece for text in about for piece in _pieces(text)}
    plain = _folded(password)[:READ]
    return any(_signs(text, known) < LEAST for text in {plain, plain.translate(LEET)})


def _signs(text: str, known: set[str]) -> int:
    """How many signs a text is worth: its longest known piece counts as one, and what is beside it in the same way."""
    if not text:
        return 0
    span = _longest(text, known)
    if span is None:
        return len(set(text)) if len(set(text)) < LEAST else len(text)
    before, after = text[: span[0]], text[span[1] :]
    return 1 + _signs(before, known) + _signs(after, known)


def _longest(text: str, known: set[str]) -> tuple[int, int] | None:
    """Where the longest piece of a text lies that is known, in order or repeated; none is shorter than three signs."""
    spans = [(match.start(), match.end()) for pattern in (DATE, AGAIN) for match in pattern.finditer(text)]
    rows = _rows()
    for start in range(len(text)):
        for end in range(len(text), start + SHORTEST_PIECE - 1, -1):
            piece = text[start:end]
            if piece in WORDS or piece in known or any(piece in row for row in rows):
                spans.append((start, end))
                break
    long = [span for span in spans if span[1] - span[0] >= SHORTEST_PIECE]
    return max(long, key=lambda span: (span[1] - span[0], -span[0]), default=None)


@cache
def _rows() -> tuple[str, ...]:
    return tuple(row for one in ROWS for row in (one, one[::-1]))


def _folded(text: str) -> str:
    """A text without case, width, accents and spaces, so that none of them makes a word another one."""
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign) and not sign.isspace())


def _pieces(text: str) -> set[str]:
    """The words of a name, and the name as one word."""
    words = [_folded(word) for word in re.split(r"[\W_]+", text)]
    return {word for word in (*words, "".join(words), _folded(text)) if len(word) >= SHORTEST_PIECE}
