"""What a trainee's device keeps: a number of its own, and the ticket of a code that was scanned in time."""

import hashlib
import re
import secrets
from uuid import UUID

from flask import Response, after_this_request, g, request

from training.accounts.sign_in import address
from training.hosting.attendance import codes
from training.hosting.attendance.service.records import Origin
from training.hosting.attendance.service.standing import ledger
from training.hosting.attendance.views.blueprint import key_of
from training.hosting.models import TeachingSession
from training.web.rooms import clock, rooms, store

DEVICE, TICKET = "engram-device", "engram-here"
LIFE = 400 * 24 * 3600
MADE = re.compile(r"[0-9a-f]{32}", re.ASCII)


def device() -> str:
    """Digest of the number by which this browser is known again; a new one where it has none."""
    if "device" not in g:
        held = request.cookies.get(DEVICE, "")
        g.device = held if MADE.fullmatch(held) else secrets.token_hex(16)
        if g.device != held:
            _keep(DEVICE, g.device, LIFE)
    return hashlib.sha256(g.device.encode()).hexdigest()


def ticket() -> str:
    """What this browser keeps of a code that it scanned, now or a little before; checked when it is used."""
    return str(g.get("ticket") or request.cookies.get(TICKET, ""))


def notice(session_id: UUID) -> None:
    """Look at the code in the address, signed in or not: whoever scans in time has time to sign in.

    Only the long form is taken here, which nobody can guess.
    """
    typed = request.args.get("k", "")
    if len(typed) != codes.LONG:
        return
    with store().reading() as session:
        teaching = session.get(TeachingSession, session_id)
        times = ledger(session, teaching).now(clock()) if teaching and teaching.running else None
    if times is None:
        return
    place = codes.Place(key_of(session_id), times.half.day, times.half.half)
    proof = codes.recognised(place, typed, clock())
    if proof is not None:
        g.ticket = codes.ticket(place, proof, device())
        _keep(TICKET, g.ticket, int(codes.TICKET.total_seconds()))


def origin(request_key: str) -> Origin:
    """Where a trainee's own record comes from."""
    return Origin("join", request_key, address(), device())


def _keep(name: str, value: str, seconds: int) -> None:
    secure = rooms().settings.https

    @after_this_request
    def _set(answer: Response) -> Response:
        answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="Lax", secure=secure, path="/sessions")
        return answer
