"""What every answer tells the browser: where scripts may come from, and that nothing personal is kept."""

import re

import pytest
from flask import Flask

from tests.conftest import Clients
from training.web import headers

pytestmark = pytest.mark.any_database
NONCE = re.compile(r"'nonce-([\w-]{22})'")
POLICY = (
    "default-src 'none'; script-src 'nonce-?'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


@pytest.mark.parametrize(("who", "path"), [("anonymous", "/sign-in"), ("anonymous", "/none"), ("trainee", "/")])
def test_every_page_runs_its_own_scripts_alone_and_is_kept_nowhere(clients: Clients, who: str, path: str) -> None:
    first, second = (clients[who].get(path) for _ in range(2))
    found = NONCE.search(first.headers["Content-Security-Policy"])
    assert found
    assert first.headers["Content-Security-Policy"].replace(found[1], "?") == POLICY
    assert found[1] not in second.headers["Content-Security-Policy"]
    scripts = re.findall(r"<script[^>]*>", first.text)
    assert all(f'nonce="{found[1]}"' in script for script in scripts)
    assert {name: first.headers[name] for name in FIXED} == FIXED
    assert first.headers["Cache-Control"] == "no-store"


def test_browsers_are_told_to_stay_with_https_where_it_is_there(app: Flask) -> None:
    assert "Strict-Transport-Security" not in app.test_client().get("/sign-in").headers
    assert headers.everywhere(https=True)["Strict-Transport-Security"] == "max-age=31536000"
