"""What holds for every page and form of accounts."""

import re

from flask import Flask

from tests.conftest import People
from tests.web.conftest import PASSWORD, SignInAs, invitation_link, is_in


def test_a_form_without_its_token_is_refused(app: Flask, people: People, sign_in: SignInAs) -> None:
    fields = {"login": "trainee", "password": PASSWORD}
    assert app.test_client().post("/sign-in", data=fields).status_code == 400
    client = sign_in("administrator")
    here = str(people.home)
    for address in (
        "/sign-out",
        "/second-factor",
        "/account",
        "/account/password",
        "/account/second-factor/remove",
        "/account/sign-ins/end",
        f"/organisations/{here}/invitations",
        f"/people/{people['trainee']}/password",
        f"/people/{people['trainee']}/disabled",
        "/invitation/x",
        "/invitation/x/join",
    ):
        assert client.post(address).status_code == 400, address
    assert is_in(client)


def test_no_page_has_inline_styles_or_scripts(app: Flask, people: People, sign_in: SignInAs) -> None:
    link = invitation_link(sign_in("instructor"), people)
    pages = [app.test_client().get("/sign-in"), app.test_client().get(link)]
    pages += [sign_in("administrator").get(address) for address in ("/account", "/people", "/second-factor")]
    for page in pages:
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"
        inside = page.text.replace('style="stroke:var(--sheet)"', "")  # the icons' own, not of these templates
        assert not re.search(r'\sstyle="|\son\w+="|javascript:', inside)
        ids = re.findall(r'\sid="([^"]+)"', page.text)
        assert len(ids) == len(set(ids))
