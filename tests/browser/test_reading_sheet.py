"""Modules come with a part of the stylesheet: nothing that they show is meant by a rule that was left out."""

from datetime import UTC, datetime
from itertools import cycle

from playwright.sync_api import Browser

from tests.browser.conftest import WIDE, visit
from training.accounts import service as accounts
from training.content import service as content
from training.courses.manuscript import reader
from training.learning import service as learning
from training.operating.bench import answering
from training.operating.tour.server import Server
from training.sentence import LANGUAGES
from training.store import Store

LEFT_OUT = """async (whole) => {
  const rules = async (address) => {
    const sheet = new CSSStyleSheet(), found = new Map();
    await sheet.replace(await (await fetch(address)).text());
    const walk = (list, around) => {
      for (const rule of list) {
        if (rule.selectorText) found.set(around + rule.cssText, rule.selectorText);
        else if (rule.cssRules) walk(rule.cssRules, around + (rule.conditionText ?? ""));
      }
    };
    walk(sheet.cssRules, "");
    return found;
  };
  const here = await rules(document.querySelector("link[rel=stylesheet]").href);
  const gone = [...await rules(whole)].filter(([text]) => !here.has(text)).map(([, selector]) => selector);
  const still = gone.map((one) => one.replace(/::?(before|after|hover|focus-visible|active|checked)/g, ""));
  return [gone.length, still.filter((one) => document.querySelector(one))];
}"""


def answered(live: Server, login: str) -> list[str]:
    """Addresses of all modules, each question of which somebody has answered."""
    store, now = Store(f"sqlite:///{live.instance / 'engram.db'}"), datetime.now(UTC)
    found = []
    with store.writing() as session:
        who = accounts.actor_of(accounts.by_login(session, login))
        for release in content.offered(session, "course"):
            place = learning.place(session, live.instance, who, release.name)
            for module in reader.load(content.folder_of(live.instance, release)).modules:
                answering.answer_all(session, who, place, module.id, now)
                found.append(f"/courses/{release.name}/{module.id}")
    store.close()
    return found


def test_no_rule_that_a_module_needs_is_left_out(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        whole = visitor.page.locator("link[rel=stylesheet]").get_attribute("href")
        addresses = answered(live, newcomer)
        assert len(addresses) == 24
        for address, language in zip(addresses, cycle(LANGUAGES), strict=False):  # classes are the same in each
            visitor.page.context.add_cookies([{"name": "language", "value": language, "url": live.url}])
            visitor.go(address)
            count, needed = visitor.page.evaluate(LEFT_OUT, whole)
            assert count > 100, "rules are left out"
            assert needed == [], address
