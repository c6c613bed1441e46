"""How much of a request is read: looked at before anything of it is parsed, and by who sends it.

Taking a form apart costs a processor far more than receiving it: 1.6 MB of `a=1` take seconds. So bytes and fields are
bounded first, most narrowly for those who are not signed in and whose browser holds no cookie of this server.
"""

from io import BytesIO
from typing import IO

import flask
from flask import Flask, abort, g, request, session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from training.accounts.kept import CARRIED, CSRF
from training.accounts.policy import anyone

FIELDS = 2_000
"""Fields of a form or of an address, from somebody who is not signed in."""
MOST_FIELDS = 8_000
"""The same from a person: the grid of an examination has one for each part and each of some 500 people."""
STRANGER = 64 * 2**10
"""Bytes of a body from somebody who is not signed in."""
FILES = "multipart/form-data"
"""What a form with files is. A page that takes larger ones has set its own limit before."""
AT_THE_DOOR = {"accounts.sign_in", "accounts.second_factor"}


class TooManyFields(RequestEntityTooLarge):
    """A form with more fields than are read; `most` of them would be."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most


class Parser(FormDataParser):
    """Takes a form apart once its fields are counted."""

    most_fields = FIELDS

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """The fields and files of a body. Raises TooManyFields before the first is read."""
        if mimetype == "application/x-www-form-urlencoded":
            body = stream.read()
            if body.count(b"&") >= self.most_fields:
                raise TooManyFields(self.most_fields)
            stream = BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class Request(flask.Request):
    """A request of which so many fields are read and no more."""

    form_data_parser_class = Parser
    most_fields = FIELDS

    def make_form_data_parser(self) -> FormDataParser:
        """The parser of this request, told how many fields it may read."""
        parser = super().make_form_data_parser()
        if isinstance(parser, Parser):
            parser.most_fields = self.most_fields
        return parser


def init(app: Flask) -> None:
    """Bound each request. Call it after the sender is recognised and before anything reads a form."""
    app.request_class = Request

    @app.before_request
    def _bound() -> None:
        query = request.query_string
        if len(query) > STRANGER or query.count(b"&") >= FIELDS:
            request.query_string = b""  # the page of the refusal must not take it apart either
            abort(400)
        if g.get("sign_in") is not None and not g.get("step"):
            request.most_fields = MOST_FIELDS  # type: ignore[attr-defined]  # of the class above
        elif request.mimetype != FILES or request.max_content_length == app.config["MAX_CONTENT_LENGTH"]:
            request.max_content_length = CARRIED if _may_carry(app) else STRANGER


def _may_carry(app: Flask) -> bool:
    """Whether the form may be one that comes late, or the sign-in page that carries one."""
    if CSRF not in session:
        return False
    view = app.view_functions.get(request.endpoint or "")
    return request.endpoint in AT_THE_DOOR or getattr(view, "policy", None) is not anyone
