"""A walk over all pages: each is opened as somebody who may see it, and looked at for what shuts people out.

Links are followed: a page with something in its address to which none leads, and which is no seed of `furnished`, is
found missing by the test.
"""

import html
import re
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urlsplit

from flask import Flask
from playwright.sync_api import APIResponse, Browser, Error, Response
from werkzeug.exceptions import HTTPException

from tests.browser.conftest import NARROW, WIDE, ZOOMED, Visitor
from tests.browser.furnished import Furnished
from training.settings import ROOT

LOOKS: tuple[dict[str, Any], ...] = (
    {"locale": "en", "viewport": WIDE, "color_scheme": "light"},
    {"locale": "ar", "viewport": NARROW, "color_scheme": "dark"},
    {"locale": "en", "viewport": NARROW, "color_scheme": "dark"},
    {"locale": "ar", "viewport": WIDE, "color_scheme": "light"},
    {"locale": "en", "viewport": WIDE, "color_scheme": "dark"},
    {"locale": "ar", "viewport": NARROW, "color_scheme": "light"},
    {"locale": "en", "viewport": NARROW, "color_scheme": "light"},
    {"locale": "ar", "viewport": WIDE, "color_scheme": "dark"},
    {"locale": "en", "viewport": ZOOMED, "device_scale_factor": 2, "forced_colors": "active"},
)
"""Language, size and colours; the last is a page at 200 % in the colours of the system."""
MOST_BYTES = 100 * 1024
"""Of a first view, with its style sheets, scripts and pictures."""
NO_PAGES = {
    "static", "web.health", "web.favicon", "labs.completion", "labs.run_state",
    "machines.moving_parts", "machines.watch_moving", "machines.download",
    "labs.export", "labs.file", "learning.competencies_file", "learning.record_file", "marking.results_file",
    "reporting.draft_pdf", "reporting.filed_file", "reporting.filed_file_of",
    "moving.file", "offline.epub", "reading.exported",
    "hosting.logo", "organisations.sign", "hosting_board.live", "hosting_board.projector_live", "hosting_board.notices",
    "hosting_carry.manifest", "hosting_roster.file", "hosting_attendance.exported", "assessment.whole_file",
    "hosting_dossier.verifier",
    "assessment.public_file", "assessment.table_file", "assessment.report_file",
    "hosting_feedback.exported",
    "credentials.taken", "credentials.status", "credentials.printed", "credentials.verifier", "credentials.sheet_file",
    "labs.step_back", "labs.step_back_to_record", "labs.step_back_to_run", "reading.at", "reading.on",
}  # fmt: skip
"""What answers with something that is no page of its own: files, parts, states, ways back to a page."""
SAVED = {"offline.page"}
"""Pages that a browser only saves."""
LONG = {"offline.page", "offline.printed"}
"""Whole courses: axe needs ten seconds for each, and they are as heavy as they are long."""
MOST = {"labs.plugin": 4, "authoring.note": 2, "authoring.edit": 6, "authoring.history": 3, "moving.export": 4}
"""How many addresses of a route are opened in a whole walk, where fewer than `EACH` tell all."""
EACH = 30
AXE, CONTRASTS = 4, 8
"""Of so many pages one is read by axe, and of so many it measures the contrasts too, where the walk is not whole: pages
are made of the same parts, colours stand in one place, and the turns meet all looks.
"""
KNOWN = ("courses/**/*.*", "labs/*/*.*", "labs/*/materials/*", "labs/exhibits/*/*.json", "training/analysis/**/*.yaml",
         "tests/browser/furnished.py", "tests/browser/hosted.py", "tests/assessment_place.py",
         "tests/unit/assessment/*.json", "tests/unit/credentials/conftest.py",
         "training/hosting/plans/*.yaml", "training/operating/tour/path.py")  # fmt: skip
"""Where texts stand that may be English in a page in Arabic: content, and what people typed."""
FOREIGN = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Set();
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement, isolated = /\u2066[^\u2069]*\u2069/g;  // commands within a sentence
    const words = walk.currentNode.textContent.replace(isolated, "").trim();
    if (!/[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}/.test(words) || at.closest("script,style,textarea,pre,code,[hidden]"))
      continue;
    if (at.closest("[lang]").lang === "ar" && !at.closest("bdi")) found.add(words.slice(0, 160));
  }
  for (const name of ["aria-label", "placeholder", "title", "alt"])
    for (const at of document.querySelectorAll(`[${name}]`)) {
      const words = at.getAttribute(name);
      if (/[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}/.test(words) && at.closest("[lang]").lang === "ar") found.add(words);
    }
  return [...found];
}"""
"""Texts of a page in Arabic that are English and don't say so."""


FORMS = """() => [...document.querySelectorAll("main form[method=post]")]
  .filter((one) => one.querySelector("textarea, select, input:is([type=text], [type=date], [type=file], :not([type]))"))
  .map((one) => one.getAttribute("action") ?? "")"""
"""Where forms of a page go in which something is to be typed or chosen."""
EMPTIED = """(action) => {
  const form = [...document.querySelectorAll("main form[method=post]")]
    .find((one) => (one.getAttribute("action") ?? "") === action);
  for (const one of form.querySelectorAll("textarea, input:is([type=text], [type=date], :not([type]))")) one.value = "";
  HTMLFormElement.prototype.submit.call(form);
}"""
"""Send such a form with nothing typed."""


@dataclass
class Sweep:
    """What was opened and what was found. A walk that is not `whole` opens each route once, in one of the looks."""

    app: Flask
    browser: Browser
    furnished: Furnished
    whole: bool = False
    found: list[str] = field(default_factory=list)
    foreign: Counter[str] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)
    _forms: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    _visitors: dict[tuple[str, int], Visitor] = field(default_factory=dict)
    _bytes: dict[str, int] = field(default_factory=dict)

    def all(self) -> None:
        """As each role, those first who see least, and nobody twice what somebody saw."""
        for login in self.furnished.seeds:
            self.whole_house(login)
        for login, path, action in self._forms.values() if self.whole else ():
            self.refused(login, path, action)

    def whole_house(self, login: str) -> None:
        """From the home of somebody to all pages that links lead to."""
        seeds = self.furnished.seeds.get(login, [])
        waiting, known = deque([*seeds, "/" if login else "/sign-in"]), set[str]()
        while waiting or (waiting := deque(self.unlinked(login))):
            path = waiting.popleft()
            endpoint = self.endpoint(path)
            if path in known or not endpoint or self.opened[endpoint] >= self.most(endpoint):
                continue
            known.add(path)
            self.opened[endpoint] += 1
            waiting += self.look(login, path)

    def unlinked(self, login: str) -> list[str]:
        """Pages whose address holds nothing to be known, that no link led to, and that this person may see."""
        left = [
            rule.rule
            for rule in self.app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
            and not rule.arguments
            and not self.opened[rule.endpoint]
            and rule.endpoint not in NO_PAGES
        ]
        asks = self.visitor(login, 0)
        return [one for one in left if asks.page.request.get(asks.base + one, max_redirects=0).status == 200]

    def most(self, endpoint: str) -> int:
        """How many addresses of a route are opened."""
        if self.whole:
            return MOST.get(endpoint, EACH)
        return int(endpoint not in LONG)

    def looks(self) -> range:
        """Numbers of the looks that the next page is given."""
        at = self.opened.total() % len(LOOKS)
        return range(len(LOOKS)) if self.whole else range(at, at + 1)

    def endpoint(self, path: str) -> str:
        """The route of a page, or nothing."""
        try:
            found = self.app.url_map.bind("localhost").match(urlsplit(path).path)[0]
        except HTTPException:
            return ""
        return "" if found in NO_PAGES else str(found)

    def look(self, login: str, path: str) -> list[str]:
        """Open a page in each look, note what is wrong, and say where its links lead."""
        links: list[str] = []
        for number in self.looks():
            visitor = self.visitor(login, number)
            answer = self.open(visitor, path)
            if not answer:
                break
            if answer.status >= 400:
                self.found.append(f"{login}: {path} answers {answer.status}")
                break
            self.weigh(visitor, answer, f"{login}, {path}")
            self.examine(visitor, f"{login}, {path}", number)
            visitor.picture(f"{self.endpoint(path)}-{self.opened[self.endpoint(path)]}-{number}", full=False)
            for action in visitor.page.evaluate(FORMS):
                self._forms.setdefault(re.sub(r"[0-9a-f-]{36,}", "", action or path), (login, path, action))
            links = [html.unescape(one) for one in re.findall(r'<a [^>]*?href="(/[^"]*)"', visitor.page.content())]
        return [urldefrag(one).url for one in links]

    def weigh(self, visitor: Visitor, answer: Response | APIResponse, where: str) -> None:
        """Note a page that is too heavy for a slow line, uncompressed, with all that it brings along."""
        if self.endpoint(answer.url) in LONG:
            return
        text = answer.text()
        brings = set(re.findall(r'<(?:link rel="stylesheet"|script|img)[^>]*? (?:href|src)="(/[^"]+)"', text))
        for one in brings - self._bytes.keys():
            self._bytes[one] = len(visitor.page.request.get(visitor.base + html.unescape(one)).body())
        weight = len(text.encode()) + sum(self._bytes[one] for one in brings)
        if weight > MOST_BYTES:
            self.found.append(f"{where}: {weight} bytes with all that it brings")

    def examine(self, visitor: Visitor, where: str, number: int) -> None:
        """Note what is wrong with the page that is open."""
        said = f"{where}, {LOOKS[number]['locale']} {LOOKS[number]['viewport']['width']}"
        turn, barriers = 0 if self.whole else self.opened.total(), list[str]()
        if turn % AXE == 0:
            barriers = visitor.barriers(contrast=turn % CONTRASTS == 0)
        self.found += [f"{said}: {one}" for one in (*barriers, *visitor.overflow(), *visitor.faults)]
        visitor.faults.clear()
        if LOOKS[number]["locale"] == "ar":
            self.foreign.update(f"{where}: {one}" for one in visitor.page.evaluate(FOREIGN))

    def refused(self, login: str, path: str, action: str, number: int = 1) -> None:
        """Send a form with nothing in it: the page that says what is missing is one like any other."""
        visitor = self.visitor(login, number)
        self.open(visitor, path)
        if action not in visitor.page.evaluate(FORMS):  # an earlier form changed the page
            return
        with visitor.page.expect_navigation() as gone:
            visitor.page.evaluate(EMPTIED, action)
        visitor.faults = [one for one in visitor.faults if "status of 4" not in one]
        if gone.value.status >= 500:
            self.found.append(f"{login}: {action} on {path}, empty, answers {gone.value.status}")
        self.opened["refused"] += 1
        self.examine(visitor, f"{login}, {action} on {path}, empty", number)

    def open(self, visitor: Visitor, path: str) -> Response | APIResponse | None:
        """Show a page; None where a browser saves a file instead. One that is only saved is shown as whoever opens it
        sees it.
        """
        if self.endpoint(path) in SAVED:
            saved = visitor.page.request.get(visitor.base + path)
            visitor.page.goto("about:blank")
            visitor.page.set_content(saved.text())
            return saved
        try:
            return visitor.page.goto(visitor.base + path)
        except Error as ended:
            if "Download is starting" in str(ended):
                return None
            raise

    def visitor(self, login: str, look: int) -> Visitor:
        """Somebody's browser in a look. All looks of one person are one sign-in."""
        if (login, look) not in self._visitors:
            live = self.furnished.live
            known = next(
                (one.page.context.storage_state() for (who, _), one in self._visitors.items() if who == login), None
            )
            made = Visitor(self.browser.new_context(**LOOKS[look], storage_state=known), live.url)
            made.page.set_default_timeout(60_000)
            self._visitors[login, look] = made
            if login and known is None:
                made.sign_in(live, login)
        return self._visitors[login, look]


def untranslated(texts: Iterable[str]) -> list[str]:
    """Those that stand in no content, and so are the program's own."""
    known = _plain(
        " ".join(file.read_text("utf-8", "replace") for one in KNOWN for file in ROOT.glob(one) if file.is_file())
    )
    return sorted(one for one in texts if not any(core in known for core in _cores(one)))


def _cores(text: str) -> list[str]:
    """First words of what is English in a text, which is put together from content and words around it."""
    found = (re.search(r"[A-Za-z][A-Za-z ,.'-]{8,29}", one) for one in _plain(text).split(":")[1:])
    return [one[0].strip() for one in found if one]


def _plain(text: str) -> str:
    """Without markup, and on one line."""
    return re.sub(r"[\s*`_>\"'“”\\\[\]]+", " ", text)
