"""An installation with something on every page: what people do in a first week, done through the pages themselves."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from tests.browser.hosted import carried, hosted
from tests.machines_place import put_response
from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.content import service as content
from training.courses.manuscript import reader
from training.courses.moving import incoming, pack
from training.learning import judge
from training.learning import service as learning
from training.operating.tour.client import Reader
from training.operating.tour.path import COURSE, LAB, Walk
from training.operating.tour.play import play
from training.operating.tour.server import Server
from training.settings import Settings
from training.store import Store, new_id

EXERCISE = "the-order"
NOTES = "/courses/cooperation"
"""A course that asks for national notes."""
TEXT = f"/authoring/course/{COURSE}/files/01-foundations/index.md"


@dataclass
class Furnished:
    """The installation, and pages to begin at that no menu leads to, by the login of who sees them; "" is anybody."""

    live: Server
    seeds: dict[str, list[str]]


def furnish(live: Server) -> dict[str, list[str]]:
    """Let people work on a server that was just started; the pages to begin at."""
    work = _Week(live)
    work.people()
    work.earlier()
    work.trainees()
    work.set_labs()
    work.mark()
    work.report()
    work.appeal()
    work.regrade()
    work.write()
    work.confirm()
    work.host()
    return work.seeds


def at_machines(live: Server, seeds: dict[str, list[str]]) -> Furnished:
    """Let people work at machines of a server that will not be started again before somebody looks."""
    work = _Week(live)
    work.seeds = seeds
    work.live_machines()
    return Furnished(live, seeds)


class _Week:
    """What was done so far."""

    def __init__(self, live: Server) -> None:
        self.live, self.now = live, datetime.now(UTC)
        self.settings = Settings.load({}, instance=live.instance)
        self.seeds: dict[str, list[str]] = {name: [] for name in ("", "trainee", "instructor", "host", "admin")}
        self._readers = dict[str, Reader]()

    def reader(self, login: str) -> Reader:
        """Somebody's browser, signed in."""
        if login not in self._readers:
            made = self._readers[login] = Reader(self.live.url)
            made.get("/sign-in")
            made.send(made.page.form("login", "password"), {"login": login, "password": self.live.passwords[login]})
        return self._readers[login]

    def press(self, login: str, address: str, values: dict[str, str], action: str = "", button: str = "") -> Reader:
        """Fill in the form of a page that has these fields and send it. AssertionError if it was refused."""
        at = self.reader(login)
        at.get(address)
        at.send(at.page.form(*values, action=action, says=button), values, button)
        assert at.page.status == 200, (address, at.page.status, at.page.text[:600])
        return at

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A unit of work beside the server's own."""
        store = Store(self.settings.database)
        with store.writing() as session:
            yield session
        store.close()

    def people(self) -> None:
        """A second instructor, a host and a second trainee; an invitation that is open."""
        with self.writing() as session:
            home = accounts.by_login(session, "trainee").home_id
            for login, role in (("second", Role.INSTRUCTOR), ("host", Role.HOST), ("colleague", Role.TRAINEE)):
                password = self.live.passwords[login] = secrets.token_urlsafe(16)
                sealed, name = accounts.seal(password, login), f"Dana {login.title()}"
                accounts.make_person(session, login=login, name=name, sealed=sealed, home=home, role=role, now=self.now)

    def live_machines(self) -> None:
        """The trainee has worked at a machine, and somebody works at another one."""
        past = {"state": "ended", "ended_at": self.now, "why": "Stopped."}
        with self.writing() as session:
            for login, given in (("trainee", past), ("trainee", {}), ("colleague", {})):
                who = accounts.by_login(session, login)
                assert who.home_id is not None
                made = put_response(session, self.settings, "first-response", who.id, who.home_id, self.now, **given)
                if login == "trainee":
                    self.seeds["trainee"] += [f"/responses/{made}", f"/responses/{made}/record"]
                    self.seeds["trainee"].append("/labs/first-response/live/prepare")  # no link, once it is prepared
                else:
                    self.seeds["instructor"].append(f"/responses/{made}/watch")

    def host(self) -> None:
        """A session of the host, certificates and a self-assessment."""
        with self.writing() as session:
            made = hosted(session, self.settings, self.seeds, self.now)
            person = accounts.by_login(session, "trainee")
            self.seeds["admin"] += [f"/organisations/{person.home_id}/data", f"/people/{person.id}/data"]
        store = Store(self.settings.database)
        carried(store, self.settings, made, self.seeds, self.now)
        store.close()

    def actor(self, session: Session, login: str) -> Actor:
        """Who somebody is to the services."""
        return accounts.actor_of(accounts.by_login(session, login))

    def earlier(self) -> None:
        """Ten months ago the trainee answered all questions of a module, two days ago one of another wrongly."""
        with self.writing() as session:
            actor = self.actor(session, "trainee")
            place = learning.place(session, self.settings.instance, actor, COURSE)
            keys = reader.keys(place.folder)
            for module, days in ((place.course.modules[0], 300), (place.course.modules[1], 2)):
                at = self.now - timedelta(days=days)
                learning.mark_read(session, actor, place, module, at)
                for question in module.questions:
                    right = judge.answer_of(keys[question.id])
                    value = right if days > 100 or question.type != "choice" else [question.options[-1][0]]
                    at += timedelta(seconds=1)
                    learning.answer(session, actor, place, question, value, new_id().hex, at)

    def trainees(self) -> None:
        """One plays the tour to its end and begins an exercise; one hands in what was heard, and stays at work."""
        said: list[str] = []
        walk = Walk(Reader(self.live.url), "trainee", self.live.passwords["trainee"])
        outcome = play(walk, said.append)
        assert not outcome.failed, said
        self.ended = walk.bench.removeprefix(self.live.url)
        at = self.press("trainee", f"/labs/{EXERCISE}", {}, button="Begin the exercise")
        papers = at.page.url.removeprefix(self.live.url)
        self.seeds["trainee"] += [self.ended, f"{self.ended}/walkthrough", f"{self.ended}/appeals"]
        self.seeds["trainee"] += [papers, f"{papers}/materials/law", f"{papers}/report/preview", "/search?q=process"]
        at = self.press("colleague", f"/labs/{LAB}", {}, button="Begin the lab")
        self.open = at.page.url.removeprefix(self.live.url)
        other = Walk(self.reader("colleague"), "colleague", "", bench=self.live.url + self.open)
        heard = re.search(r"[\d.]+:\d{2,}", "".join(one for one in said if "the connection" in one))
        assert heard
        for question, value in (("q9", heard[0]), ("q1", walk.pid), ("q2", "0")):
            self._claim(question, value)
        other.processes()
        other.court()
        self.seeds["colleague"] = [f"{self.open}{at}" for at in ("", "?run=1", "/signs", "/choose", "/all-runs")]
        seen = ("tree", "timeline", "network", "matrix", "bytes", "walk")
        self.seeds["colleague"] += [f"{self.open}/seeing/{name}" for name in seen]

    def _claim(self, question: str, value: str) -> None:
        """Hand in a finding without a proof, as the page lets one do on the second thought."""
        at = self.reader("colleague")
        at.get(f"{self.open}?question={question}")
        at.send(at.page.form("value", "request_key"), {"value": value}, "Submit")
        if at.page.status == 422:
            at.send(at.page.form("value", "request_key"), {"value": value}, "Submit without proof")
        assert at.page.status == 200, at.page.text[:600]

    def set_labs(self) -> None:
        """Practice that is open, and an examination."""
        begun = f"{self.now - timedelta(days=1):%Y-%m-%d %H:%M}"
        for title, mode, lab in (("First week", "practice", "one-case"), ("Examination", "examination", "moot")):
            values = {"title": title, "mode": mode, "opens_at": begun, "lab": lab}
            values |= {
                "organisation": self._first(
                    "instructor", "/assignments/new", r'id="organisation".*?value="([0-9a-f-]{36})"'
                )
            }
            self.press("instructor", "/assignments/new", {**values, "after": "closed", "pass_percent": "60"})

    def mark(self) -> None:
        """A round with an example and two markers who come close and far, and one that nobody has begun."""
        at = self.reader("instructor")
        at.get("/marking/rounds")
        at.get(at.page.link("/marking/rounds?"))
        form = at.page.form("marker", "per_piece")
        form.fields = [(name, value) for name, value in form.fields if name != "marker"]
        form.fields += [("marker", one) for one in form.options if len(one) == 36]
        at.send(form, {"per_piece": "2", "seed": "7"})
        assert at.page.status == 200, at.page.text[:600]
        held = at.page.url.removeprefix(self.live.url)
        self._give(
            "instructor", held, "0", "/examples", text="A name is not a person.", why="It says no more than that."
        )
        self._give("second", self._links("second", held, "/marking/examples/")[0], "1")
        for login, level in (("instructor", "0"), ("second", "1")):
            for piece in self._links(login, held, "/marking/pieces/")[: None if login == "second" else 1]:
                self._give(login, piece, level, comment="The second source is missing.")
        self.seeds["instructor"] += [held, f"{held}/agreement"]
        self.seeds["instructor"] += [f"/labs/{LAB}/keys", f"/authoring/lab/{LAB}/proof", "/exhibits/compare"]
        self.seeds["second"] = self._links("second", held, "/marking/examples/")

    def _links(self, login: str, address: str, part: str) -> list[str]:
        """Addresses that a page leads to."""
        return [one for one, _ in self.reader(login).get(address).links if part in one]

    def _give(self, login: str, address: str, level: str, action: str = "", **typed: str) -> None:
        at = self.reader(login)
        form = next(
            one
            for one in at.get(address).forms
            if action in one.action and any(n.startswith("level-") for n in one.names)
        )
        levels = {name: level for name in form.names if name.startswith("level-")}
        at.send(form, {**levels, **typed})
        assert at.page.status == 200, (address, at.page.text[:600])

    def report(self) -> None:
        """A report of a closed attempt with two parts and a figure, filed as it stands; a drill that is shared."""
        here, result = f"{self.ended}/report", self.ended.replace("/attempts/", "/results/")
        for part, text in (("opinion", "What C1 shows is no accident."), ("limits", "The disk was never read at all.")):
            self.press("trainee", f"{here}?part={part}", {"text": text}, "/report")
        self.press("trainee", f"{here}/figures", {"kept": "1"}, "/report/figures", "Keep the figure: Network")
        self.press("trainee", f"{here}/checks", {}, "/report/checks")
        self.press("trainee", f"{here}/drill", {"text": "I did not look further."}, "/report/drill")
        self.press("trainee", f"{here}/drill", {"shared": "1"}, "/report/drill/share")
        self.seeds["trainee"] += [
            f"{here}/figures/network",
            f"{here}/1/figures/network",
            f"{here}/court",
            f"{here}/1/court",
            f"{self.ended}/runs/1/rows/0/PID",
        ]
        self.seeds["trainee"] += [here, f"{here}?part=findings", f"{here}/preview", f"{here}/checks", f"{here}/1"]
        self.seeds["instructor"] += [f"{result}/reports", f"{result}/report/1", f"{result}/drill"]

    def appeal(self) -> None:
        """Two appeals, one of them decided; an override; a sign that somebody looks at."""
        for kind in ("complaint", "question"):
            chosen = self._first("trainee", f"{self.ended}/appeals", r'<option value="([0-9a-f-]{36})"')
            typed = {"finding": chosen, "kind": kind, "text": "The row shows it, and the verdict does not."}
            self.press("trainee", f"{self.ended}/appeals", typed)
        waiting = self._links("second", "/marking/appeals", "/marking/appeals/")
        self.press(
            "second", waiting[0], {"note": "You are right: the row shows it.", "outcome": "upheld", "credit": "1"}
        )
        result = self.open.replace("/attempts/", "/results/")
        finding = self._links("second", result, "/marking/findings/")[0]
        self.press("second", finding, {"credit": "0.5", "reason": "Half of it was shown in the room."}, "override")
        found = self._links(
            "instructor", self._links("instructor", "/marking/signs", "/marking/signs/")[0], "/marking/signs/"
        )
        self.press(
            "instructor", next(one for one in found if re.search("/[0-9a-f]{64}$", one)), {"state": "open", "note": ""}
        )

    def regrade(self) -> None:
        """A grading version, applied."""
        at = self.reader("instructor")
        at.get(self._links("instructor", "/marking/regrade", "/marking/regrade/")[0])
        at.send(at.page.form("accept_value"), {"accept_question": "q2", "accept_value": "2"}, "Accept it")
        at.send(at.page.form("accept_value"), {}, "Show what they would do")
        self.preview = at.page.html
        at.send(at.page.form("reason"), {"reason": "The key was too narrow here."}, "Apply as grading version")
        assert at.page.status == 200, at.page.text[:600]

    def write(self) -> None:
        """A pack that waits, a draft, two releases, a mistake in a draft, a note of the country, a margin note."""
        with self.writing() as session:
            release = content.get(session, "course", COURSE)
            home = accounts.by_login(session, "instructor").home_id
            packed = pack.make(session, self.live.instance, [release], self.now)
            kept = incoming.keep(self.settings.instance, home, packed)
        self.seeds["instructor"] += [f"/authoring/moving/packs/{kept.sha256}", f"{self.open}/runs/1/files"]
        self.press("instructor", f"/authoring/course/{COURSE}", {}, "/begin")
        for added, publish in (("One more sentence for the second release.", True), ("[Nowhere](../nowhere/)", False)):
            at = self.reader("instructor")
            form = at.get(TEXT).form("text", "base")
            text = dict(form.fields)["text"].rstrip() + f"\n\n{added}\n"
            at.send(form, {"text": text, "message": "A sentence"}, "save")
            assert at.page.status == 200, at.page.text[:600]
            if publish:
                self.press("instructor", f"/authoring/course/{COURSE}/releases", {"note": "A sentence more"})
        self.seeds["instructor"] += [
            f"/authoring/course/{COURSE}",
            f"/authoring/course/{COURSE}/changes?before=1&after=2",
            TEXT.replace("/files/", "/history/"),
        ]
        note = self._links("host", "/authoring/notes", "/authoring/notes/")[0]
        typed = {"jurisdiction": "Port Selby", "article": "Harbour Act, article 4", "dated": "2026-10-01"}
        self.press("host", note, {**typed, "checked_by": "A. Judge", "text": "An **order of the court** is needed."})
        self.press("trainee", f"/courses/{COURSE}/m3-1/notes?section=1", {"text": "Ask about this in class."})

    def confirm(self) -> None:
        """Ten questions that were begun, an invitation, what an instructor saw."""
        at = self.press("trainee", "/refresher", {}, button="Ten questions")
        self.seeds["trainee"].append(at.page.url.removeprefix(self.live.url))
        at = self.press("host", "/people", {"role": "trainee"}, "/invitations")
        self.seeds[""].append(re.findall(r"/invitation/[\w-]{43}", at.page.html)[0])
        self.press("trainee", "/competencies", {"role": "examiner"})
        person = self._first("instructor", "/people", r'href="(/people/[^"]*/competencies)">First trainee')
        task = self._first("instructor", person, r'<option value="(casework:[^"]+)"')
        typed = {"task": task, "competency": "K3", "day": f"{self.now:%Y-%m-%d}"}
        self.press("instructor", person, typed)

    def _first(self, login: str, address: str, pattern: str) -> str:
        """The first of what is found in the text of a page."""
        found = re.search(pattern, self.reader(login).get(address).html, re.DOTALL)
        assert found, (address, pattern)
        return found[1]
