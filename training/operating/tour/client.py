"""A small browser: cookies, links, forms. It sends what stands in the page and nothing else."""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http import HTTPStatus
from http.cookiejar import CookieJar

LIMIT = 4 * 2**20  # bytes of one page
PATIENCE = 60.0  # seconds for one answer


class TourError(Exception):
    """A page lacks what a trainee would look for there."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button that sends its form: what it adds, what it says, and where it sends the form to instead."""

    name: str
    value: str
    text: str
    action: str


@dataclass(slots=True)
class Form:
    """A form as it stands in the page: where it goes, its fields with their values, its buttons."""

    action: str
    method: str
    id: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    options: list[str] = field(default_factory=list)  # values of radio buttons and check boxes, in order
    buttons: list[Button] = field(default_factory=list)

    def button(self, said: str) -> Button:
        """The button with this text or value."""
        for button in self.buttons:
            if said in {button.value, button.text} or button.text.startswith(said):
                return button
        raise TourError(f"the form {self.action} has no button {said}")


@dataclass(slots=True)
class Page:
    """What came back: status, address after redirects, text, forms, links as (address, text), table rows as cells."""

    status: int
    url: str
    html: str
    size: int
    title: str = ""
    text: str = ""
    forms: list[Form] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    cites: list[str | None] = field(default_factory=list)  # value of the button that cites the row of the same place

    def form(self, *names: str, action: str = "", says: str = "") -> Form:
        """The first form with these fields or buttons, whose address holds `action` and a button of which `says` so."""
        for form in self.forms:
            known = form.names | {button.name for button in form.buttons}
            said = not says or any(button.text == says for button in form.buttons)
            if action in form.action and said and known.issuperset(names):
                return form
        raise TourError(f"no form with {', '.join(names) or action or says} on {self.described}")

    def link(self, part: str) -> str:
        """The address of the first link whose address or text holds `part`."""
        for address, text in self.links:
            if part in address or part in text:
                return address
        raise TourError(f"no link to {part} on {self.described}")

    def needs(self, *parts: str) -> None:
        """Raise TourError unless the text of the page holds every part."""
        for part in parts:
            if part not in self.text:
                raise TourError(f"{self.url} does not say: {part}")

    @property
    def described(self) -> str:
        """The page for whoever reads that something is missing: an answer that is no page says why."""
        return self.url if self.status == HTTPStatus.OK else f"{self.url} ({self.status}: {self.text[:300]})"


class Reader:
    """One visitor of one server."""

    def __init__(self, base: str, patience: float = PATIENCE) -> None:
        self.base, self._patience = base.rstrip("/"), patience
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open
        self.page = Page(0, self.base, "", 0)

    def get(self, address: str) -> Page:
        """Follow a link."""
        return self._ask(urllib.request.Request(self._absolute(address)))  # noqa: S310 - the server under tour

    def send(self, form: Form, values: Mapping[str, str], press: str = "") -> Page:
        """Fill in a form and send it, by the button whose text or value is `press` where it has several."""
        button = form.button(press) if press else Button("", "", "", "")
        left = [(name, value) for name, value in form.fields if name not in values]
        unknown = set(values) - form.names
        if unknown:
            raise TourError(f"the form {form.action} on {self.page.url} has no field {', '.join(sorted(unknown))}")
        data = urllib.parse.urlencode([*left, *values.items(), *([(button.name, button.value)] if button.name else [])])
        address = self._absolute(button.action or form.action)
        if form.method == "get":
            return self.get(f"{urllib.parse.urldefrag(address).url.partition('?')[0]}?{data}")
        return self._ask(urllib.request.Request(urllib.parse.urldefrag(address).url, data.encode(), method="POST"))  # noqa: S310 - the same

    def _absolute(self, address: str) -> str:
        found = urllib.parse.urljoin(self.page.url + ("/" if self.page.url == self.base else ""), address)
        if not found.startswith(self.base + "/") and found != self.base:
            raise TourError(f"{address} leads away from {self.base}")
        return found

    def _ask(self, request: urllib.request.Request) -> Page:
        end = time.monotonic() + self._patience
        while True:
            try:
                with self._open(request, timeout=self._patience) as answer:
                    body = answer.read(LIMIT)
                    if answer.length and len(body) < LIMIT:
                        raise ConnectionResetError("the answer broke off")
                    self.page = read(answer.status, answer.url, body)
            except urllib.error.HTTPError as refused:
                self.page = read(refused.code, refused.url or request.full_url, refused.read(LIMIT))
            except (urllib.error.URLError, ConnectionError) as gone:
                if time.monotonic() > end:
                    raise TourError(f"{request.full_url}: {gone}") from None
                time.sleep(0.2)  # the server is on its way up
                continue
            return self.page


def read(status: int, url: str, body: bytes) -> Page:
    """Take a page apart."""
    html = body.decode("utf-8", "replace")
    page = Page(status, urllib.parse.urldefrag(url).url, html, len(body))
    parser = _Parser(page)
    parser.feed(html)
    parser.close()
    page.text = " ".join("".join(parser.words).split())
    return page


class _Parser(HTMLParser):
    """Fills a Page: the text that a reader sees, forms, links, rows of tables."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self.words = page, list[str]()
        self._form: Form | None = None
        self._silent = 0
        self._link: tuple[str, list[str]] | None = None
        self._cell: list[str] | None = None
        self._area: tuple[str, list[str]] | None = None
        self._button: tuple[dict[str, str], list[str]] | None = None
        self._elsewhere: list[tuple[str, Button]] = []  # buttons of a form that may stand further down
        self._apart: list[tuple[str, str, str]] = []  # the same for fields: form, name, value
        self._select: str | None = None
        self._titled = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open what the tag stands for."""
        at = {name: value or "" for name, value in attrs}
        open_ = getattr(self, f"_open_{tag}", None)
        if open_:
            open_(at)

    def handle_endtag(self, tag: str) -> None:
        """Close it again."""
        close = getattr(self, f"_close_{tag}", None)
        if close:
            close()

    def handle_data(self, data: str) -> None:
        """Text goes to whatever is open."""
        if self._titled:
            self.page.title += data
        if self._area:
            self._area[1].append(data)
        if self._silent or self._titled:
            return
        self.words.append(data)
        for sink in (self._link and self._link[1], self._cell, self._button and self._button[1]):
            if sink is not None:
                sink.append(data)

    def _open_title(self, _at: dict[str, str]) -> None:
        self._titled = not self.page.title

    def _close_title(self) -> None:
        self._titled = False

    def _open_script(self, _at: dict[str, str]) -> None:
        self._silent += 1

    def _close_script(self) -> None:
        self._silent -= 1

    def _open_form(self, at: dict[str, str]) -> None:
        self._form = Form(at.get("action", ""), at.get("method", "get").lower(), at.get("id", ""))
        self.page.forms.append(self._form)

    def _close_form(self) -> None:
        self._form = None

    def _open_input(self, at: dict[str, str]) -> None:
        kind, name = at.get("type", "text"), at.get("name", "")
        form = self._form
        if "form" in at and name:
            self._apart.append((at["form"], name, at.get("value", "")))
            return
        if not form or not name:
            return
        form.names.add(name)
        if kind in {"radio", "checkbox"}:
            form.options.append(at.get("value", "on"))
        if kind not in {"radio", "checkbox"} or "checked" in at:
            form.fields.append((name, at.get("value", "on" if kind == "checkbox" else "")))

    def _open_textarea(self, at: dict[str, str]) -> None:
        self._area, self._silent = (at.get("name", ""), []), self._silent + 1

    def _close_textarea(self) -> None:
        if self._area and self._form and self._area[0]:
            self._form.names.add(self._area[0])
            self._form.fields.append((self._area[0], "".join(self._area[1]).removeprefix("\n")))
        self._area, self._silent = None, self._silent - 1

    def _open_select(self, at: dict[str, str]) -> None:
        self._select = at.get("name", "")
        if self._form and self._select:
            self._form.names.add(self._select)

    def _close_select(self) -> None:
        self._select = None

    def _open_option(self, at: dict[str, str]) -> None:
        if self._form and self._select and "selected" in at:
            self._form.fields.append((self._select, at.get("value", "")))

    def _open_button(self, at: dict[str, str]) -> None:
        self._button = (at, [])

    def _close_button(self) -> None:
        if self._button is None:
            return
        at, words = self._button
        text = " ".join("".join(words).split())
        button = Button(at.get("name", ""), at.get("value", ""), text, at.get("formaction", ""))
        if "form" in at:
            self._elsewhere.append((at["form"], button))
        elif self._form:
            self._form.buttons.append(button)
        if text == "Cite" and self.page.cites:
            self.page.cites[-1] = button.value
        self._button = None

    def close(self) -> None:
        """At the end of the page, give fields and buttons to the forms that they name."""
        super().close()
        for form_id, name, value in self._apart:
            for form in self.page.forms:
                if form.id == form_id:
                    form.names.add(name)
                    form.fields.append((name, value))
        for name, button in self._elsewhere:
            for form in self.page.forms:
                if form.id == name:
                    form.buttons.append(button)

    def _open_a(self, at: dict[str, str]) -> None:
        self._link = (at.get("href", ""), [])

    def _close_a(self) -> None:
        if self._link:
            self.page.links.append((self._link[0], " ".join("".join(self._link[1]).split())))
        self._link = None

    def _open_tr(self, _at: dict[str, str]) -> None:
        self.page.rows.append([])
        self.page.cites.append(None)

    def _open_td(self, _at: dict[str, str]) -> None:
        self._close_td()  # the end of a cell may go unsaid
        self._cell = []

    def _close_tr(self) -> None:
        self._close_td()

    def _close_td(self) -> None:
        if self._cell is not None and self.page.rows:
            self.page.rows[-1].append(" ".join("".join(self._cell).split()))
        self._cell = None

    _open_th, _close_th = _open_td, _close_td
