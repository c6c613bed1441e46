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

LOOKS: dict[str, dict[str, Any]] = {
    "en": {"locale": "en", "viewport": WIDE, "color_scheme": "light"},
    "ar": {"locale": "ar", "viewport": NARROW, "color_scheme": "dark"},
}
"""What axe reads each page in. Names come from the language, contrasts from the theme, what is shown from the width: no
finding needs a third or a fourth of these. Whether a page fits is measured in all sizes, in each language.
"""
SIZES = (WIDE, NARROW, ZOOMED)
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
"""Whole courses: they are as heavy as they are long."""
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
    """What was opened in one of the looks, and what was found."""

    app: Flask
    browser: Browser
    furnished: Furnished
    language: str
    found: list[str] = field(default_factory=list)
    foreign: Counter[str] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)
    _forms: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    _visitors: dict[str, Visitor] = field(default_factory=dict)
    _bytes: dict[str, int] = field(default_factory=dict)

    def pages(self) -> None:
        """As each role, those first who see least: a page of each route, and those that are seeds."""
        for login in self.furnished.seeds:
            self.whole_house(login)

    def forms(self) -> None:
        """Each form on these pages, with nothing in it."""
        for login, path, action in self._forms.values():
            self.refused(login, path, action)

    def whole_house(self, login: str) -> None:
        """From the home of somebody to all pages that links lead to."""
        states = [*self.furnished.seeds[login], "/" if login else "/sign-in"]
        waiting, known = deque(states), set[str]()
        while waiting or (waiting := deque(self.unlinked(login))):
            path = waiting.popleft()
            endpoint = self.endpoint(path)
            if path in known or not endpoint or (self.opened[endpoint] and path not in states):
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
        asks = self.visitor(login)
        return [one for one in left if asks.page.request.get(asks.base + one, max_redirects=0).status == 200]

    def endpoint(self, path: str) -> str:
        """The route of a page, or nothing."""
        try:
            found = self.app.url_map.bind("localhost").match(urlsplit(path).path)[0]
        except HTTPException:
            return ""
        return "" if found in NO_PAGES else str(found)

    def look(self, login: str, path: str) -> list[str]:
        """Open a page, note what is wrong, and say where its links lead."""
        visitor = self.visitor(login)
        answer = self.open(visitor, path)
        if not answer:
            return []
        if answer.status >= 400:
            self.found.append(f"{login}: {path} answers {answer.status}")
            return []
        self.weigh(visitor, answer, f"{login}, {path}")
        self.examine(visitor, f"{login}, {path}")
        visitor.picture(f"{self.endpoint(path)}-{self.opened[self.endpoint(path)]}-{self.language}", full=False)
        for action in visitor.page.evaluate(FORMS):
            self._forms.setdefault(re.sub(r"[0-9a-f-]{36,}", "", action or path), (login, path, action))
        links = re.findall(r'<a [^>]*?href="(/[^"]*)"', visitor.page.content())
        return [urldefrag(html.unescape(one)).url for one in links]

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

    def examine(self, visitor: Visitor, where: str) -> None:
        """Note what is wrong with the page that is open."""
        wrong = visitor.barriers()
        for size in SIZES:
            visitor.page.emulate_media(forced_colors="active" if size is ZOOMED else "none")
            visitor.page.set_viewport_size(size)
            wrong += [f"{size['width']} wide: {one}" for one in visitor.overflow()]
        visitor.page.emulate_media(forced_colors="none")
        visitor.page.set_viewport_size(LOOKS[self.language]["viewport"])
        self.found += [f"{where}: {one}" for one in (*wrong, *visitor.faults)]
        visitor.faults.clear()
        if self.language == "ar":
            self.foreign.update(f"{where}: {one}" for one in visitor.page.evaluate(FOREIGN))

    def refused(self, login: str, path: str, action: str) -> None:
        """Send a form with nothing in it: the page that says what is missing is one like any other."""
        visitor = self.visitor(login)
        self.open(visitor, path)
        if action not in visitor.page.evaluate(FORMS):  # an earlier form changed the page
            return
        try:
            with visitor.page.expect_navigation() as gone:
                visitor.page.evaluate(EMPTIED, action)
        except Error as ended:
            if "ERR_ABORTED" not in ended.message:
                raise
            return  # the answer is a file, which a browser saves instead of showing it
        visitor.faults = [one for one in visitor.faults if "status of 4" not in one]
        if gone.value.status >= 500:
            self.found.append(f"{login}: {action} on {path}, empty, answers {gone.value.status}")
        self.opened["refused"] += 1
        self.examine(visitor, f"{login}, {action} on {path}, empty")

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

    def visitor(self, login: str) -> Visitor:
        """Somebody's browser, signed in when it is asked for first."""
        if login not in self._visitors:
            live = self.furnished.live
            made = self._visitors[login] = Visitor(self.browser.new_context(**LOOKS[self.language]), live.url)
            if login:
                made.sign_in(live, login)
        return self._visitors[login]


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
