"""Reports: how long the server takes for the pages of one, for its PDF and for filing it, and what the pages weigh.

A trainee of an installation of its own has asked all that the figures are made of, cited rows of each run, and answered
every question of the lab with them; all four figures stand in the report. The program answers in this process, as in
`bench seeing`; the first view of each page is not counted.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from training.errors import Refused
from training.evidence import service as evidence
from training.labs.models import Attempt
from training.labs.service import attempts, findings, notebook
from training.labs.service.attempts import Case
from training.labs.service.findings import Claimed
from training.operating.bench.figures import Figures, figure
from training.operating.bench.pages import weight
from training.operating.bench.seeing import at_work, client_of, milliseconds, now
from training.reporting.figures import NAMES
from training.reporting.parts import PARTS
from training.reporting.service import figures as pictures
from training.reporting.service import filing, projection, writing
from training.reporting.service.figures import Wish
from training.reporting.service.writing import Wish as Said
from training.settings import Settings
from training.store import new_id
from training.web.rooms import Rooms

COMMANDS = (
    *("linux.pslist", "linux.pidhashtable", "linux.psscan", "linux.psaux", "linux.sockstat", "linux.bash"),
    *("linux.malware.process_spoofing", "linux.elfs", "linux.proc.Maps"),
)
ROWS = 5  # cited of each run
CITED = 5  # places of each finding
VIEWS, PAPERS = 15, 5  # counted of each page, and of the PDF
PAGE_BAR, PAPER_BAR = 150.0, 2.0  # milliseconds; seconds
WEIGHT_BAR = 100.0  # KiB
WORDS = "Row C1 shows it, and F1 rests on it; C2 speaks against an update at 09:14:33Z by the machine's clock. "
PAGES = {
    "whole report": "report/preview",
    "part with its form": "report?part=limits",
    "figure": "report/figures/timeline",
    "court view": "report/court",
    "drill": "report/drill",
}


def figures(settings: Settings, *, short: bool = False) -> Figures:
    """Milliseconds of processor for each page, KiB of a first view of it, and seconds for the PDF and for filing."""
    views, copies = (1, 1) if short else (VIEWS, PAPERS)
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder, _written(settings, Path(folder)) as (rooms, at):
        client = client_of(rooms)
        for name, end in PAGES.items():
            address = f"/attempts/{at}/{end}"
            first = client.get(address)
            if first.status_code != 200:  # noqa: PLR2004 - a page
                raise RuntimeError(f"{address} answered {first.status_code}")
            pages = [milliseconds(partial(client.get, address)) for _ in range(views)]
            yield figure("reports", f"{name}, median", round(median(pages), 2), "ms", PAGE_BAR)
            yield figure("reports", f"first view of {name}", round(weight(client, first) / 1024, 1), "KiB", WEIGHT_BAR)
        address = f"/attempts/{at}/report.pdf"
        papers = [milliseconds(partial(client.get, address)) / 1000 for _ in range(copies)]
        yield figure("reports", "PDF, median", round(median(papers), 2), "s", PAPER_BAR)
        yield figure("reports", "size of the PDF", round(len(client.get(address).data) / 1024, 1), "KiB", None)
        seconds = milliseconds(partial(_file, rooms, at)) / 1000
        yield figure("reports", "filing", round(seconds, 2), "s", PAPER_BAR)


@contextmanager
def _written(settings: Settings, folder: Path) -> Iterator[tuple[Rooms, Any]]:
    """An installation in which a trainee has written a report of every kind of part."""
    with at_work(settings, folder, COMMANDS) as (rooms, at):
        with rooms.store.writing() as session:
            case = _case(session, rooms, at)
            cited = [
                notebook.cite(session, case, run, row, "", rooms.shown, now()).number
                for run in range(1, len(COMMANDS) + 1)
                for row in range(ROWS)
            ]
        _answer(rooms, at, cited)
        with rooms.store.writing() as session:
            case = _case(session, rooms, at)
            for part in PARTS:
                writing.write(session, case, part.name, f"{WORDS * 5}\n\n{WORDS * 5}", 0, now())
            answered = projection.writing(session, case).tries
            for question in case.lab.questions:
                if question.id in answered:
                    wish = Said(question.id, kept=True, finding_id=None, claim=WORDS, alternatives=WORDS * 3, version=0)
                    writing.choose(session, case, wish, now())
            for name in NAMES:
                pictures.choose(session, case, Wish(name, kept=True, given={}, caption=WORDS, version=0), now())
        yield rooms, at


def _answer(rooms: Rooms, at: Any, cited: list[int]) -> None:
    """A finding on each question, on some of the places. What it says is nonsense that the question can read."""
    with rooms.store.writing() as session:
        lab = _case(session, rooms, at).lab
    for number, question in enumerate(lab.questions):
        if question.type == "written":
            continue
        places = tuple((cited * 2)[number * CITED % len(cited) :][:CITED])
        for value in ("1", "1 > 2", "x", "/tmp/x", "192.0.2.1:80", "2026-03-10 11:50:05"):  # noqa: S108 - an answer
            try:
                with rooms.store.writing() as session:
                    case = attempts.held(session, rooms.settings.instance, at)
                    assert case is not None  # noqa: S101 - it was begun above
                    record = evidence.record(rooms.settings.instance, case.exhibit)
                    claimed = Claimed(value, None, places, True, None)
                    given = (rooms.shown, record)
                    findings.submit(session, case, question, claimed, str(new_id()), given, now())
                break
            except Refused:
                continue


def _file(rooms: Rooms, at: Any) -> None:
    with rooms.store.writing() as session:
        filing.file(session, _case(session, rooms, at), rooms.shown, "en", now())


def _case(session: Any, rooms: Rooms, at: Any) -> Case:
    return attempts.case(session, rooms.settings.instance, session.get_one(Attempt, at))
