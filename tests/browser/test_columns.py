"""What of a result is in sight beside each other: of every plugin that a question of a lab names, in a real browser."""

from functools import cache

from playwright.sync_api import Browser, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from tests.browser.test_path import put
from training.grading.question import sources
from training.labs import reader
from training.operating.tour.server import Server
from training.settings import ROOT

OPTIONS = {"linux.vmaregexscan": " --pattern 'root:x'"}
DECIDING = {
    "linux.proc.Maps": "File Path",
    "linux.malware.process_spoofing": "Exe_Deleted",
    "linux.pslist": "CREATION TIME",
    "linux.sockstat": "State",
}
"""Plugins with the column for which a row of theirs is cited, which was out of sight."""

OUT = """() => {
  const pane = document.querySelector("#rows"), right = (one) => one.getBoundingClientRect().right;
  const edge = pane.getBoundingClientRect().left + pane.clientLeft + pane.clientWidth + 1;
  return [...pane.querySelectorAll("th")].filter((one) => right(one) > edge).map((one) => one.textContent);
}"""
"""The columns that can be seen only by scrolling sideways."""


@cache
def named() -> dict[str, list[str]]:
    """The plugins that questions of labs name as sources, each with the first lab that does, by that lab."""
    found: dict[str, str] = {}
    for folder in sorted(file.parent for file in (ROOT / "labs").glob("*/lab.yaml")):
        for query in sorted(sources(reader.draft(folder).questions), key=lambda one: one.plugin):
            found.setdefault(query.plugin, folder.name)
    return {lab: [plugin for plugin in found if found[plugin] == lab] for lab in dict.fromkeys(found.values())}


def begin(visitor: Visitor, lab: str) -> None:
    visitor.go(f"/labs/{lab}")
    visitor.page.get_by_role("main").locator(".btn.main").first.click()
    expect(visitor.page.get_by_role("heading", name="Workbench")).to_be_attached()


def test_on_a_telephone_the_table_scrolls_and_its_first_column_stays(
    browser: Browser, live: Server, newcomer: str
) -> None:
    for visitor in visit(browser, live, viewport=NARROW):
        visitor.sign_in(live, newcomer)
        begin(visitor, "finance-workstation")
        put(visitor, "linux.proc.Maps")
        first = visitor.page.locator("#rows tbody td").first
        before = first.bounding_box()
        visitor.page.locator("#rows").evaluate("(pane) => { pane.scrollLeft = pane.scrollWidth; }")
        assert "File output" not in visitor.page.evaluate(OUT)
        after = first.bounding_box()
        assert before is not None
        assert after is not None
        assert after["x"] == before["x"]
        assert visitor.overflow() == []


def test_every_plugin_that_a_lab_names_has_all_its_columns_in_sight(
    browser: Browser, live: Server, newcomer: str
) -> None:
    cut, deciding = dict[str, list[str]](), dict(DECIDING)
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        for lab, plugins in named().items():
            begin(visitor, lab)
            for plugin in plugins:
                put(visitor, plugin + OPTIONS.get(plugin, ""))
                if found := [*visitor.page.evaluate(OUT), *visitor.overflow()]:
                    cut[plugin] = found
                if column := deciding.pop(plugin, None):
                    heads = visitor.page.locator("#rows th").all_inner_texts()
                    assert column.casefold() in [one.strip().casefold() for one in heads]
    assert not deciding, "named by no lab any more"
    assert cut == {}, f"of {sum(map(len, named().values()))} plugins"
