"""What no page takes, looked at before any view: characters that no database and no reader can keep."""

from flask import Flask, request

from training.errors import Refused
from training.sentence import phrase


def init(app: Flask) -> None:
    """Refuse a request that carries a NUL character in its address, its query or its form."""

    @app.before_request
    def _no_nul() -> None:
        if "\0" in request.path or any("\0" in text for text in request.args.values()):
            raise Refused(phrase("The address holds a NUL character. Remove it and ask again."))
        for name, texts in request.form.lists():
            if "\0" in name or any("\0" in text for text in texts):
                raise Refused(
                    phrase("What was sent holds a NUL character. Remove it and send the form again."), field=name
                )
