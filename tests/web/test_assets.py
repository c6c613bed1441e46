"""The stylesheet is sent without what only people need, under an address that is its digest."""

from flask import Flask
from flask.testing import FlaskClient

from training.web import assets


def address(app: Flask, name: str) -> str:
    with app.test_request_context():
        return str(app.jinja_env.globals["asset"](name))  # type: ignore[operator] # a function of the program


def test_a_stylesheet_loses_its_comments_and_none_of_its_rules(app: Flask, client: FlaskClient) -> None:
    whole = (assets.FOLDER / "engram.css").read_bytes()
    answer = client.get(address(app, "engram.css"))
    assert answer.status_code == 200
    assert answer.mimetype == "text/css"
    assert b"/*" not in answer.data
    assert b"\n" not in answer.data
    assert len(answer.data) < len(whole)
    for sign in (b"{", b"}", b";"):
        assert answer.data.count(sign) == assets.FOR_PEOPLE.sub(b"", whole).count(sign)
    assert answer.data.count(b"{") == answer.data.count(b"}")
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_script_is_sent_as_it_is_and_not_again(app: Flask, client: FlaskClient) -> None:
    where = address(app, "reading.js")
    answer = client.get(where)
    assert answer.data == (assets.FOLDER / "reading.js").read_bytes()
    assert answer.mimetype in {"text/javascript", "application/javascript"}
    again = client.get(where, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
