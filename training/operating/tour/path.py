"""The path of the tour: what a trainee does on the first day, step by step, and what must come back.

Nothing here knows an answer. The trainee looks for it in the rows as a person would, so that the path holds for any
variant of the exhibit.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from training.operating.tour.client import Page, Reader, TourError

COURSE, LAB = "memory-analysis", "finance-workstation"
TRAINEE = "First trainee"  # name of the account of a new installation
WAIT = 120.0  # seconds for one run
MODULE = re.compile(rf"/courses/{COURSE}/[\w-]+$")


@dataclass
class Walk:
    """A trainee on the way: the browser, and what was noted so far."""

    reader: Reader
    login: str
    password: str
    bench: str = ""  # address of the workbench
    pid: str = ""  # process that the first finding names
    parent: str = ""
    points: float = 0.0
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def page(self) -> Page:
        """The page that is open."""
        return self.reader.page

    def expect(self, status: int, *parts: str) -> None:
        """Raise TourError unless the open page has this status and says all of this."""
        if self.page.status != status:
            raise TourError(f"{self.page.url} answered {self.page.status}, expected {status}: {self.page.text[:300]}")
        self.page.needs(*parts)

    # --------------------------------------------------------------------------------- the door and the course
    def door(self) -> str:
        """An address that is not open leads to the door."""
        self.reader.get("/courses")
        self.expect(200, "Sign in", "Password")
        return self.page.title

    def sign_in(self) -> str:
        """Sign in."""
        form = self.page.form("login", "password")
        self.reader.send(form, {"login": self.login, "password": self.password})
        self.expect(200, "Courses")
        self.reader.get("/")
        self.expect(200, "Good day", "Labs")
        return self.page.title

    def syllabus(self) -> str:
        """Open the course."""
        self.reader.get(f"/courses/{COURSE}")
        self.expect(200)
        modules = {address for address, _ in self.page.links if MODULE.search(address)}
        if len(modules) < 3:  # noqa: PLR2004 - the course has three modules
            raise TourError(f"{len(modules)} modules on {self.page.url}, expected 3")
        self.notes["module"] = min(modules)
        return f"{len(modules)} modules"

    def module(self) -> str:
        """Read a module and say so."""
        self.reader.get(self.notes["module"])
        self.expect(200, "Volatility 3")
        self.reader.send(self.page.form(action="/read"), {})
        self.expect(200, "Read on")
        return self.page.title

    def quiz(self) -> str:
        """Answer a question of the module; the same form sent twice counts once."""
        self.reader.get(self.notes["module"])
        form = self.page.form("option", "request_key", action="/quiz/")
        answer = form.options[0]
        self.reader.send(form, {"option": answer})
        self.expect(200)
        once = self.page.text
        self.reader.send(form, {"option": answer})
        self.expect(200)
        if self.page.text != once:
            raise TourError("the same answer sent twice changed the page")
        return form.action.rpartition("/")[2]

    # --------------------------------------------------------------------------------- the workbench
    def lab(self) -> str:
        """Take the way into the lab and begin."""
        self.reader.get(self.notes["module"])
        self.reader.get(self.page.link(f"/labs/{LAB}").partition("#")[0])
        self.expect(200, "SHA-256")
        self.reader.send(self.page.form(says="Begin the lab"), {})
        self.expect(200, "SHA-256 as registered", "Briefing", "Submit finding")
        self.bench = self.page.url.partition("?")[0]
        return f"{self.page.title}, {self.page.size} bytes"

    def unknown_plugin(self) -> str:
        """A plugin that doesn't exist: the nearest names are shown, what was typed stays."""
        self._command("linux.pslst --pid 1")
        self.expect(422, "Not run", "linux.pslist")
        if "linux.pslst --pid 1" not in self.page.html:
            raise TourError("the command that was typed is gone")
        return "422, nearest names shown"

    def forbidden_option(self) -> str:
        """A parameter that opens files is refused."""
        self._command("linux.pslist -o /etc --save-config x")
        self.expect(422, "Not run")
        return "422, refused"

    def processes(self) -> str:
        """Run linux.psaux and find the process that only carries a kernel thread's label."""
        run = self._run("linux.psaux")
        for row, place in self._rows("q1", run, "ARGS", "[kworker", sort="PPID"):
            if row["PPID"] != "2":
                self.pid, self.parent, self.notes["label"] = row["PID"], row["PPID"], place
        if not self.pid:
            raise TourError("no such process in linux.psaux")
        self._cite(self.notes["label"])
        return f"run {run}: PID {self.pid}, child of {self.parent}; cited"

    def unreadable(self) -> str:
        """A finding that can't be read says what is expected and spends no try."""
        before = self._question("q1").text
        self._answer("the one with the odd name", "Submit finding")
        self.expect(422, "can't be read", "Expected", "No try was spent")
        worth = re.search(r"still worth ([\d.]+)", before)
        if not worth or worth[0] not in self._question("q1").text:
            raise TourError("the question is worth less after an unreadable finding")
        return "422, no try spent"

    def preview(self) -> str:
        """See how a value is read before it is submitted; it stays as a draft."""
        self._question("q1")
        self._answer(hex(int(self.pid)), "Check how it is read")
        self.expect(200, "It is read as", self.pid)
        if hex(int(self.pid)) not in self._question("q1").html:
            raise TourError("the draft was not kept")
        return f"{hex(int(self.pid))} is read as {self.pid}"

    def likely_mistake(self) -> str:
        """A likely wrong answer gets its own feedback."""
        self._question("q1")
        self._answer(self.parent, "Submit finding")
        self.expect(200, "Not right", "parent")
        return "the parent's PID: feedback names the mistake"

    def finding(self) -> str:
        """Corroborate with a second source and submit the right finding."""
        run = self._run(f"linux.proc.Maps --pid {self.pid}")
        self._cite(self._rows("q1", run, "PID", self.pid)[0][1])
        self._question("q1")
        self._answer(self.pid, "Submit finding")
        self.expect(200, "Right and proven")
        return "right and proven"

    def hint(self) -> str:
        """Open a hint at the price that its button shows."""
        form = self._question("q2").form("hint")
        button = form.button("Hint 1")
        if "costs" not in button.text:
            raise TourError("the hint doesn't show its price")
        self.reader.send(form, {}, button.text)
        self.expect(200, "Hint 1")
        return button.text

    def connection(self) -> str:
        """Find the connection of that process and submit its remote end."""
        run = self._run("linux.sockstat")
        mine = [row for row in self._rows("q9", run, "PID", self.pid) if row[0]["PID"] == self.pid]
        held = [(row, place) for row, place in mine if row["State"] == "ESTABLISHED"]
        row, place = held[0]
        self._cite(place)
        self._question("q9")
        self._answer(f"{row['Destination Addr']}:{row['Destination Port']}", "Submit finding")
        self.expect(200, "added")
        return f"run {run}: {row['Destination Addr']}:{row['Destination Port']}"

    def court(self) -> str:
        """Answer what the court asks: whoever cites nothing is asked again, and no program judges the text."""
        text = "The rows name a session of an account and not a person. Others may have had its password."
        run = self.notes["label"].partition(":")[0]
        self._question("q13")
        self._answer(text, "Submit answer")
        self.expect(422, "Nothing is cited for this answer", "Nothing was submitted")
        self._cite(self._rows("q13", run, "PID", self.parent)[0][1])
        self._question("q13")
        self._answer(text, "Submit answer")
        self.expect(200, "Kept for a marker", "awaited 4 of 4")
        self.page.needs("A model answer is shown when the attempt is closed.")
        return "kept for a marker"

    def score(self) -> str:
        """The score that the workbench shows."""
        self._question("q1")
        found = re.search(r"Score ([\d.]+) of", self.page.text)
        if not found or float(found[1]) <= 0:
            raise TourError("no score on the workbench")
        self.page.needs("awaited)")
        self.points = float(found[1])
        return f"{self.points:g}"

    def close(self) -> str:
        """End the attempt: the model answer is shown, and what was not marked is neither earned nor lost."""
        self._question("q13")
        self.reader.send(self.page.form(action="/close"), {})
        self._question("q13")
        self.expect(200, "Closed", "Kept for a marker", "awaited 4 of 4")
        self.page.needs("A model answer", "The rows name a session, not a person.")
        return "the model answer"

    # --------------------------------------------------------------------------------- how it is done
    def _command(self, text: str) -> None:
        self.reader.get(self.bench)
        self.reader.send(self.page.form("command"), {"command": text}, press="Run")

    def _run(self, text: str) -> str:
        """Put a command and wait for its whole result; the number of the run."""
        self._command(text)
        self.expect(200)
        found = re.search(r"[?&]run=(\d+)", self.page.url)
        if not found:
            raise TourError(f"no run was made for {text}: {self.page.url}")
        end = time.monotonic() + WAIT
        while "is under way" in self.page.text:
            if time.monotonic() > end:
                raise TourError(f"{text} has not ended after {WAIT:.0f} s")
            time.sleep(0.5)
            self.reader.get(f"{self.bench}?run={found[1]}")
        self.page.needs(f"Run {found[1]}:", "rows in")
        return found[1]

    def _rows(
        self, question: str, run: str, column: str, text: str, sort: str = ""
    ) -> list[tuple[dict[str, str], str]]:
        """The first rows of a run that hold a text in a column, each with the place by which it is cited."""
        self.reader.get(f"{self.bench}?question={question}&run={run}&sort={sort}&desc=1")
        self.reader.send(self.page.form("column", "text"), {"column": column, "text": text})
        self.expect(200)
        head = next(row for row in self.page.rows if "Cite" in row and "Row" in row)
        found = [
            (dict(zip(head, row, strict=False)), place)
            for row, place in zip(self.page.rows, self.page.cites, strict=True)
            if place and len(row) == len(head)
        ]
        if not found:
            raise TourError(f"no row of run {run} holds {text} in {column}")
        return found

    def _cite(self, place: str) -> None:
        """Press the button beside the row; the open page shows it."""
        for form in self.page.forms:
            if any((button.name, button.value) == ("place", place) for button in form.buttons):
                self.reader.send(form, {}, place)
                self.expect(200)
                return
        raise TourError(f"no button cites {place} on {self.page.url}")

    def _question(self, name: str) -> Page:
        page = self.reader.get(f"{self.bench}?question={name}")
        self.expect(200)
        return page

    def _answer(self, value: str, press: str) -> None:
        self.reader.send(self.page.form("value", "request_key"), {"value": value}, press)


def see_as_instructor(walk: Walk, reader: Reader, password: str) -> str:
    """Sign in as the first instructor: the trainee's attempt stands among the results, with the trainee's score."""
    points = f"{walk.points:g}"
    reader.get("/results")
    form = reader.page.form("login", "password")
    reader.send(form, {"login": "instructor", "password": password})
    reader.get("/results")
    reader.page.needs(TRAINEE, points)
    reader.get(reader.page.link(TRAINEE))
    reader.page.needs(TRAINEE, points, "awaited)", "linux.psaux", "M-PPID")
    return f"the attempt at {LAB} with {points} points"


Step = tuple[str, Callable[[Walk], str]]

STEPS: tuple[Step, ...] = (
    ("the door", Walk.door),
    ("sign in", Walk.sign_in),
    ("the course", Walk.syllabus),
    ("read a module", Walk.module),
    ("answer a question", Walk.quiz),
    ("begin the lab", Walk.lab),
    ("a plugin that doesn't exist", Walk.unknown_plugin),
    ("an option that opens files", Walk.forbidden_option),
    ("run linux.psaux", Walk.processes),
    ("a finding that can't be read", Walk.unreadable),
    ("how it is read", Walk.preview),
    ("a likely mistake", Walk.likely_mistake),
    ("the finding, corroborated", Walk.finding),
    ("a hint", Walk.hint),
    ("the connection", Walk.connection),
    ("what the court asks", Walk.court),
    ("the score", Walk.score),
    ("the end of the attempt", Walk.close),
)
