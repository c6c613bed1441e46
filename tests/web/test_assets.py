"""The stylesheet is sent without what only people need, under an address that is its digest."""

import re

import pytest
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
        assert answer.data.count(sign) == assets.FOR_PEOPLE[".css"][0].sub(b"", whole).count(sign)
    assert answer.data.count(b"{") == answer.data.count(b"}")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "kept", "gone"),
    [("reading.css", b".prose{", b".bench{"), ("bench.css", b".bench{", b".prose{")],
)
def test_a_sheet_of_some_pages_is_the_whole_one_without_the_sections_of_others(
    app: Flask, client: FlaskClient, name: str, kept: bytes, gone: bytes
) -> None:
    whole, less = (client.get(address(app, one)).data for one in ("engram.css", name))
    assert len(less) < 0.75 * len(whole)
    rules = iter(re.split(rb"(?<=})", whole))
    assert all(rule in rules for rule in re.split(rb"(?<=})", less)), "the same rules in the same order"
    assert kept in less
    assert gone not in less.split(b"@media (max-width:69.99rem)")[0]


@pytest.mark.parametrize(("old", "new"), [(b" textbook ", b" books "), (b" workbench ", b" textbook ")])
def test_a_section_that_is_not_there_or_there_twice_is_told_at_start(old: bytes, new: bytes) -> None:
    whole = (assets.FOLDER / "engram.css").read_bytes()
    with pytest.raises(KeyError, match=r"engram\.css lacks a section"):
        assets.sheet(whole.replace(old, new), assets.SHEETS["reading.css"])


def test_a_script_is_sent_without_its_comments_and_not_again(app: Flask, client: FlaskClient) -> None:
    where = address(app, "reading.js")
    answer = client.get(where)
    lines = (assets.FOLDER / "reading.js").read_text("utf-8").splitlines()
    told = [line.strip() for line in lines if line.strip() and not line.strip().startswith("//")]
    assert answer.text.splitlines() == told
    assert answer.mimetype in {"text/javascript", "application/javascript"}
    again = client.get(where, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_no_text_in_a_script_goes_over_several_lines() -> None:
    """Else what is left out of lines could be a part of it."""
    for file in assets.FOLDER.rglob("*.js"):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            assert line.count("`") % 2 == 0, f"{file.name}, line {number}"
            assert not line.endswith("\\"), f"{file.name}, line {number}"


def test_a_file_is_there_under_its_own_digest_alone(app: Flask, client: FlaskClient) -> None:
    where = address(app, "engram.css")
    digest = where.split("/")[2]
    assert client.get(where.replace(digest, "0" * len(digest))).status_code == 404
    assert client.get(where.replace("engram.css", "nothing.css")).status_code == 404
