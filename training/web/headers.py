"""Response headers: a strict policy with a nonce, and nothing cached that belongs to a person."""

import secrets

from flask import Flask, Response, g, request

from training.web.rooms import rooms

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def init(app: Flask) -> None:
    """Give each request a nonce and each answer its headers."""

    @app.before_request
    def _nonce() -> None:
        g.nonce = _fresh()

    @app.after_request
    def _headers(answer: Response) -> Response:
        answer.headers.update(everywhere(g.get("nonce"), https=rooms().settings.https))
        if request.endpoint != "static" and "ETag" not in answer.headers:
            # A page with a nonce must not be revalidated: the new nonce would not fit the old body.
            answer.cache_control.no_store = True
        return answer

    app.jinja_env.globals["nonce"] = lambda: g.nonce


def everywhere(nonce: str | None = None, *, https: bool) -> dict[str, str]:
    """The headers of every answer."""
    strict = {"Strict-Transport-Security": "max-age=31536000"} if https else {}
    return {**FIXED, "Content-Security-Policy": POLICY.format(nonce=nonce or _fresh()), **strict}


def _fresh() -> str:
    return secrets.token_urlsafe(16)
