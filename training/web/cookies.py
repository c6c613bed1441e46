"""The cookie of a browser: signed as Flask signs it, and without an age of its own."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature


class Cookies(SecureCookieSessionInterface):
    """Reads the cookie whenever it was signed.

    Flask refuses one that is older than a month or signed later than now. When the clock of a server is set back, that
    would sign out a whole room. How long a sign-in lives is decided on the server, by the row behind its token.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """What the cookie holds; nothing where it holds something else than this server wrote."""
        signer = self.get_signing_serializer(app)
        value = request.cookies.get(self.get_cookie_name(app))
        if signer is None or not value:
            return self.session_class()
        try:
            return self.session_class(signer.loads(value))
        except BadSignature:
            return self.session_class()
