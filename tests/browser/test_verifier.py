"""The offline verifier in a browser that has no network, from a file, against codes that our key signed or didn't."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page

from tests.unit.credentials.conftest import AT, SAID, facts_of
from training.credentials import short
from training.credentials.codes import new_code
from training.credentials.facts import Printed
from training.credentials.making import Site, signed_code
from training.credentials.offline import file

RIGHT, GONE = new_code(), new_code()


def printed(site: Site, code: str, language: str = "en", holder: str = "") -> Printed:
    facts = facts_of(language, **({"holder": holder} if holder else {}))
    return Printed(UUID(int=7), code, AT, site.name, site.address, facts)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"), "https://training.example")


@pytest.fixture
def opened(browser: Browser, site: Site, tmp_path: Path) -> Iterator[Page]:
    listed = file.revocations([GONE], datetime.now(UTC), site.sign)
    (tmp_path / "verify.html").write_bytes(file.html([site.key], listed, "en"))
    context = browser.new_context(offline=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: faults.append(request.url) if not request.url.startswith("file:") else None)
    page.goto((tmp_path / "verify.html").as_uri())
    yield page
    context.close()
    assert faults == []


def answer(page: Page, text: str) -> tuple[str, str]:
    page.fill("#code", text)
    page.click("button.main")
    return page.get_attribute("#answer", "class") or "", page.inner_text("#answer")


def test_hours_have_the_decimal_sign_of_the_reader(opened: Page, site: Site) -> None:
    opened.click("button[data-language=fr]")
    assert "33,5" in answer(opened, signed_code(site, printed(site, RIGHT)))[1]


@pytest.mark.parametrize("language", SAID)
def test_a_signed_code_holds_and_is_never_called_valid(opened: Page, site: Site, language: str) -> None:
    state, text = answer(opened, signed_code(site, printed(site, RIGHT, language)))
    assert state == "held"
    assert f"not revoked as of {datetime.now(UTC):%Y-%m-%d}" in text
    assert "valid" not in text.lower()
    for fact in (SAID[language][3], SAID[language][0], SAID[language][1], "33.5", "10 / 10", "2024-11-06"):
        assert fact in text


def test_what_was_revoked_is_told(opened: Page, site: Site) -> None:
    assert answer(opened, signed_code(site, printed(site, GONE)))[0] == "revoked"


def test_every_changed_byte_is_found(opened: Page, site: Site) -> None:
    said = short.payload(short.of(printed(site, RIGHT)))
    signature = site.sign(short.CONTEXT + said)
    for forged in (said.replace(b"33.5", b"43.5"), said.replace(b"Amara", b"Amira"), said.replace(b"[", b"[ ", 1)):
        assert answer(opened, short.text(site.key, signature, forged))[0] == "forged"
    for at in (0, 31, 32, 63):
        wrong = bytes(one ^ (n == at) for n, one in enumerate(signature))
        assert answer(opened, short.text(site.key, wrong, said))[0] == "forged"
    order = 2**252 + 27742317777372353535851937790883648493
    larger = (
        int.from_bytes(signature[32:], "little") + order
    )  # the same signature, written in a way that is not allowed
    assert answer(opened, short.text(site.key, signature[:32] + larger.to_bytes(32, "little"), said))[0] == "forged"


def test_another_key_and_other_texts_are_told_apart(opened: Page, site: Site, tmp_path: Path) -> None:
    other = Site(tmp_path / "other", site.address)
    state, text = answer(opened, signed_code(other, printed(site, RIGHT)))
    assert state == "stranger"
    assert "Amara" not in text
    for wrong in ("hello", "ENGRAM1:", "ENGRAM1:!!", signed_code(site, printed(site, RIGHT))[:-7]):
        assert answer(opened, wrong)[0] in {"unread", "forged"}


def test_names_of_an_attacker_stay_text(opened: Page, site: Site) -> None:
    state, text = answer(opened, signed_code(site, printed(site, RIGHT, holder="<img src=x onerror=alert(1)>")))
    assert state == "held"
    assert "<img src=x" in text
    assert opened.locator("#answer img").count() == 0


@pytest.mark.parametrize(("days", "forge"), [(31, False), (1, True)])
def test_an_old_list_and_one_that_was_changed_are_warned_of(
    browser: Browser, site: Site, tmp_path: Path, days: int, *, forge: bool
) -> None:
    from datetime import timedelta  # noqa: PLC0415

    listed = file.revocations([GONE], datetime.now(UTC) - timedelta(days=days), site.sign)
    if forge:
        listed["text"] = listed["text"].replace(file.known_as(GONE), "0" * 16)
    (tmp_path / "old.html").write_bytes(file.html([site.key], listed, "en"))
    page = browser.new_page()
    page.goto((tmp_path / "old.html").as_uri())
    said = answer(page, signed_code(site, printed(site, GONE if forge else RIGHT)))[1]
    page.close()
    assert ("is not signed by the site" if forge else "31 days old") in said


def test_it_speaks_three_languages(opened: Page, site: Site) -> None:
    for language, title in (("fr", "Vérifier"), ("ar", "التحقق"), ("en", "Check")):
        opened.click(f"button[data-language={language}]")
        assert title in opened.inner_text("h1")
        assert opened.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
        assert answer(opened, signed_code(site, printed(site, RIGHT, language)))[0] == "held"
