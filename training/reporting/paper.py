"""The report as PDF: A4, in the language of its reader, with real text; what a machine wrote in fixed width."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from training.analysis.render import visible
from training.credentials import fonts
from training.credentials.paper.sheet import BOTTOM, HEIGHT, INK, INSIDE, LEADING, SIDE, SOFT, TOP, Sheet
from training.errors import Refused
from training.reporting import pictures
from training.reporting.document import Cited, Document, Drawn, Made
from training.reporting.figures import LEGENDS
from training.reporting.parts import BY_NAME
from training.reporting.references import paragraphs
from training.reporting.repeat import way
from training.reporting.wording import custody
from training.sentence import Sentence, counted, listed, phrase
from training.web.language import reading_language, spoken
from training.web.render import utc

LOWEST = HEIGHT - BOTTOM - 6
FOOT = HEIGHT - 11
PIECE = 700  # characters that are never parted by the end of a page
PLENTY = 90.0  # millimetres, more than any piece takes
SIZES = {0: 18.0, 1: 13.0, 2: 10.5}
WRITTEN, TOLD, EVIDENCE = 10.0, 8.5, 7.2
ISOLATES = dict.fromkeys(range(0x2066, 0x206A))
NOTHING = phrase("Nothing was written here.")

Kind = Literal["head", "text", "told", "mono", "figure"]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading of a rank, a paragraph of the author, one of the program, what a machine wrote, or a figure."""

    kind: Kind
    text: str
    rank: int = 0
    bold: bool = False
    drawn: Drawn | None = None


def pdf(document: Document, sha256: str) -> bytes:
    """The whole report. `sha256` is the digest of a filed one; empty marks a draft on every page.

    Raises Refused where this machine has no font for the language of the reader.
    """
    drawable = _Drawable(reading_language())
    blocks = [replace(one, text=drawable(one.text)) for one in _blocks(document, sha256)]
    drawn: dict[str, pictures.Picture] = {
        one.name: pictures.of(one, lambda text: drawable(_say(text))) for one in document.figures
    }
    foot = drawable(f"{document.attempt[:8]} · {document.exhibit.name} · {utc(document.at)}")
    state = drawable(f"SHA-256 {sha256[:16]}…" if sha256 else _say(phrase("Draft")))
    shown = (one.letters for one in drawn.values())
    letters = "".join((foot, state, "0123456789/", *(one.text for one in blocks), *shown))
    sheet = Sheet(reading_language(), letters, UUID(document.attempt), document.at).with_fixed()
    try:
        sheet.set_title(drawable(_title(document)))
        sheet.set_author(drawable(document.author))
        sheet.set_subject(sha256)
        _Printer(sheet, drawn).print(blocks)
        _number(sheet, foot, state)
        return bytes(sheet.output())
    finally:
        sheet.give_back()


class _Drawable:
    """Text of which all letters can be drawn: hidden characters are shown, letters without a font by their number."""

    def __init__(self, language: str) -> None:
        self._held = (fonts.of(language).regular, fonts.of("en").regular)
        self._known = fonts.letters(self._held[0]) | fonts.letters(self._held[1])
        self._other: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Line by line."""
        lines = (visible(line) for line in text.splitlines())
        return "\n".join(
            "".join(one if ord(one) in self._known else self._drawn(one) for one in line) for line in lines
        )

    def _drawn(self, one: str) -> str:
        if one not in self._other:
            try:
                fonts.for_letters(one, self._held)
                self._other[one] = one
            except Refused:
                self._other[one] = f"<U+{ord(one):04X}>"
        return self._other[one]


def _say(text: str) -> str:
    """In the language of the reader. Paper has no isolates: what they set apart stands in paragraphs of its own."""
    return str(spoken(text)).translate(ISOLATES)


def _title(document: Document) -> str:
    if document.number:
        return _say(phrase("Report %(n)s on the exhibit %(name)s", n=str(document.number), name=document.exhibit.name))
    return _say(phrase("Draft of the report on the exhibit %(name)s", name=document.exhibit.name))


def _blocks(document: Document, sha256: str) -> Iterator[Block]:
    yield Block("head", _title(document), 0)
    yield from _facts(document, sha256)
    yield from _part(document, "front", 1)
    yield from _part(document, "question", 1)
    yield from _part(document, "material", 1)
    yield from _custody(document)
    yield from _part(document, "method", 1)
    if not document.on_papers:
        runs, others = len(document.runs), len(document.others) + document.more_runs
        yield _told(
            counted(
                "The report rests on %(num)s run, listed with its command in annex B.",
                "The report rests on %(num)s runs, listed with their commands in annex B.",
                runs,
            )
        )
        yield _told(
            counted(
                "%(num)s further run was made, listed in annex C.",
                "%(num)s further runs were made, listed in annex C.",
                others,
            )
        )
        yield from _part(document, "footprint", 2)
    yield from _findings(document)
    for name in ("interpretation", "opinion", "alternatives"):
        yield from _part(document, name, 1)
    for one in document.findings:
        if one.alternatives:
            yield Block("head", _say(phrase("To F%(number)s", number=str(one.number))), 2)
            yield from _typed(one.alternatives)
    for name in ("limits", "undone", "declaration"):
        yield from _part(document, name, 1)
    yield Block("told", " ")
    yield _told(phrase("Place, date, signature"), ": " + "_" * 40)
    yield _told(phrase("Reviewed by"), ": " + "_" * 40)
    yield Block("head", "10. " + _say(phrase("Annexes")), 1)
    yield from _annexes(document)


def _told(text: str, more: str = "", *, bold: bool = False) -> Block:
    return Block("told", _say(text) + more, bold=bold)


def _typed(text: str) -> Iterator[Block]:
    return (Block("text", one) for one in paragraphs(text))


def _part(document: Document, name: str, rank: int) -> Iterator[Block]:
    part = BY_NAME[name]
    numbered = 0 < part.number < 11  # noqa: PLR2004 - front page and declaration have no number
    yield Block("head", f"{part.number}. {_say(part.title)}" if numbered else _say(part.title), rank)
    text = document.parts.get(name, "")
    yield from _typed(text) if text else (_told(NOTHING),)


def _facts(document: Document, sha256: str) -> Iterator[Block]:
    image = document.exhibit
    author = ", ".join(one for one in (document.author, document.organisation) if one)
    yield _told(phrase("Author"), f": {author or '-'}")
    yield _told(phrase("Case"), f": {document.title}")
    size = _say(counted("%(num)s byte", "%(num)s bytes", image.size))
    yield _told(phrase("Exhibit"), f": {image.title}, {size}")
    yield Block("mono", f"SHA-256 {image.sha256}")
    if image.verified_at:
        yield _told(phrase("worked out anew in this attempt"))
        yield Block("mono", utc(image.verified_at))
    else:
        yield _told(phrase("not worked out anew in this attempt"))
    if not document.on_papers:
        tools = ", ".join(f"Volatility {version}" for version, _ in document.tools)
        yield _told(phrase("Tools"), f": {tools or '-'}")
        yield _told(phrase("Captured"))
        yield Block("mono", utc(image.captured_at))  # in an Arabic line a date would be read day first
        if image.written:
            yield _told(phrase("Written for training: no Windows machine was captured."))
    if sha256:
        yield _told(phrase("SHA-256 of this document"))
        yield Block("mono", sha256)


def _custody(document: Document) -> Iterator[Block]:
    yield _told(phrase("Custody, as this installation noted it"), bold=True)
    for one in document.custody:
        yield Block("mono", f"{utc(one.at)}  {custody(one.text)}")
    for handed in document.handed:
        lines = _say(counted("%(num)s line", "%(num)s lines", handed.lines))
        yield _told(phrase("Handed over beside it:"), f" {handed.title} ({handed.name}, {lines})")
        yield Block("told", handed.origin)
    yield _told(
        phrase("SHA-256 of the list of papers") if document.on_papers else phrase("SHA-256 of the acquisition record")
    )
    yield Block("mono", document.exhibit.record)


SURE: dict[str, Sentence] = {
    "certain": phrase("Certain"),
    "probable": phrase("Probable"),
    "possible": phrase("Possible"),
}


def _findings(document: Document) -> Iterator[Block]:
    yield Block("head", f"4. {_say(BY_NAME['findings'].title)}", 1)
    if not document.findings:
        yield _told(phrase("No finding is in this report."))
    for one in document.findings:
        yield Block("text", f"F{one.number}. {one.claim or one.asks}", bold=True)
        if one.claim:
            yield Block("told", one.asks)
        yield _told(phrase("Value:"))
        yield Block("mono", one.value)
        numbers = ", ".join(f"C{n}" for n in one.citations) or _say(phrase("none"))
        yield _told(phrase("Rests on"), f": {numbers}")
        sources = "; ".join(document.structures(one))
        yield _told(phrase("Sources"), f": {sources or '-'}")
        if one.confidence:
            yield _told(phrase("Sure"), f": {_say(SURE[one.confidence])}")
    yield from _typed(document.parts.get("findings", ""))


def _annexes(document: Document) -> Iterator[Block]:
    yield Block("head", "A. " + _say(phrase("Cited places")), 2)
    for one in document.citations:
        yield from _place(one)
    if not document.on_papers:
        yield from _runs(document)
    if document.figures:
        yield Block("head", "D. " + _say(phrase("Figures")), 2)
    for drawn in document.figures:
        yield from _figure(drawn)


def _figure(one: Drawn) -> Iterator[Block]:
    yield _told(phrase("Figure %(n)s", n=str(one.number)), f": {_say(one.title)}", bold=True)
    yield from _typed(one.caption)
    runs = _say(listed(phrase("run %(n)s", n=str(number)) for number in one.runs))
    yield _told(phrase("Drawn by Engram from:"), f" {runs}")
    if "pid" in one.given:
        yield _told(phrase("Around PID"), f" {one.given['pid']}")
    elif "from" in one.given:
        yield Block("mono", f"{one.given['from']} - {one.given['to']}")
    yield _told(LEGENDS[one.name])
    yield Block("figure", "", drawn=one)
    if one.more:
        yield _told(
            counted("%(num)s more line is not on this figure.", "%(num)s more lines are not on this figure.", one.more)
        )


def _runs(document: Document) -> Iterator[Block]:
    yield Block("head", "B. " + _say(phrase("Runs that the report rests on, and how to repeat them")), 2)
    yield _told(
        phrase(
            "SYMBOLS is a folder with the symbol file, IMAGE the raw image of the digest above. vol is Volatility 3 as "
            "it is published: nothing of Engram is needed."
        )
    )
    for made in document.runs:
        yield from _run(document, made)
    yield Block("head", "C. " + _say(phrase("Further runs")), 2)
    for other in document.others:
        yield Block(
            "mono", f"{other.number:>4}  {other.command}  [{other.state}, {other.rows}]  {other.reason}".rstrip()
        )
    if document.more_runs:
        yield _told(counted("%(num)s more is left out here.", "%(num)s more are left out here.", document.more_runs))


def _place(one: Cited) -> Iterator[Block]:
    number = f"C{one.number}: "
    if one.run:
        given = {"plugin": one.plugin, "n": str(one.run), "row": str(one.row)}
        yield Block("told", number + _say(phrase("%(plugin)s, run %(n)s row %(row)s", **given)), bold=True)
    elif one.material == "record":
        yield Block("told", number + _say(phrase("record line %(n)s", n=str(one.line))), bold=True)
    else:
        given = {"material": one.material, "n": str(one.line)}
        yield Block("told", number + _say(phrase("%(material)s, line %(n)s", **given)), bold=True)
    if one.fault:
        yield Block("told", one.fault)
    elif one.cells:
        marks = {one.column: "*"} if one.column else {}
        yield Block("mono", "   ".join(f"{marks.get(c.name, '')}{c.name}={c.text}" for c in one.cells))
    else:
        yield Block("mono", one.text)
    if one.note:
        yield _told(phrase("Note:"), f" {one.note}")


def _run(document: Document, made: Made) -> Iterator[Block]:
    rows = _say(counted("%(num)s row", "%(num)s rows", made.rows))
    yield Block("told", _say(phrase("Run %(n)s", n=str(made.number))) + f", {rows}", bold=True)
    yield Block("mono", f"{made.plugin} {made.version}   Volatility {made.volatility}   {utc(made.made_at)}")
    yield _told(phrase("version %(n)s of the code that runs Volatility", n=str(made.island)))
    how = way(document, made)
    yield from (_told(one) for one in how.says)
    yield from (Block("mono", line) for line in how.lines)
    yield _told(phrase("Key"))
    yield Block("mono", made.key)
    if made.sha256:
        yield _told(phrase("SHA-256 of all rows"))
        yield Block("mono", made.sha256)
    elif made.masked:
        yield _told(phrase("Its rows hold secrets, so no digest of them is given."))


def _number(sheet: Sheet, foot: str, state: str) -> None:
    """What the report is, whether it is a draft, and the number of each page of all."""
    total = sheet.pages_count
    third = INSIDE / 3
    for page in range(1, total + 1):
        sheet.page = page
        sheet.put(foot, SIDE, FOOT, third * 1.6, 7, colour=SOFT, latin=True)
        sheet.put(state, SIDE + third * 1.6, FOOT, third, 7, colour=SOFT)
        sheet.put(f"{page}/{total}", SIDE + third * 2.6, FOOT, third * 0.4, 7, colour=SOFT, end=True, latin=True)


class _Printer:
    """Writes blocks one below the other, on as many pages as they take."""

    def __init__(self, sheet: Sheet, drawn: Mapping[str, pictures.Picture]) -> None:
        self._sheet, self._y, self._drawn = sheet, TOP, drawn

    def print(self, blocks: Sequence[Block]) -> None:
        """All of them."""
        self._sheet.add_page()
        for block in blocks:
            if block.kind == "head":
                self._head(block)
            elif block.drawn is not None:
                self._y = pictures.draw(self._sheet, self._drawn[block.drawn.name], self._y, LOWEST)
            else:
                self._text(block)

    def _room(self, height: float) -> None:
        if self._y + height > LOWEST:
            self._sheet.add_page()
            self._y = TOP

    def _head(self, block: Block) -> None:
        self._room(26)
        self._y += 0 if self._y == TOP else 3
        self._y += self._sheet.put(block.text, SIDE, self._y, INSIDE, SIZES[block.rank], bold=True) + 1
        if block.rank == 0:
            self._sheet.rule(self._y, 0.5)
        self._y += 1.5

    def _text(self, block: Block) -> None:
        mono = block.kind == "mono"
        size = {"text": WRITTEN, "told": TOLD}.get(block.kind, EVIDENCE)
        colour = INK if block.kind != "told" or block.bold else SOFT
        end = mono and self._sheet.rtl  # evidence begins at the left on every page
        for piece in _pieces(block.text):
            if self._y + PLENTY > LOWEST:  # measuring takes as long as writing: only where a page may end
                self._room(
                    self._sheet.put(piece, SIDE, self._y, INSIDE, size, bold=block.bold, mono=mono, end=end, dry=True)
                )
            self._y += self._sheet.put(
                piece, SIDE, self._y, INSIDE, size, bold=block.bold, colour=colour, mono=mono, end=end
            )
        self._y += size * LEADING * 0.4


def _pieces(text: str) -> Iterator[str]:
    """Lines of a text, those that are too long in parts."""
    for line in text.splitlines() or [""]:
        rest = line
        while len(rest) > PIECE:
            cut = rest.rfind(" ", 0, PIECE)
            cut = cut if cut > 0 else PIECE
            yield rest[:cut]
            rest = rest[cut:].lstrip()
        yield rest or " "
