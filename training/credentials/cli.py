"""`python app.py certificate`: check a paper, a badge or a credential; list what a session has issued."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlalchemy.orm import Session

from training.courses.moving import signing
from training.credentials import codes, compare, fonts, images, proofs, service, short
from training.credentials.making import Site
from training.credentials.models import Certificate
from training.errors import NotThere, Refused
from training.sentence import LANGUAGES, phrase
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand


@click.group()
def certificate() -> None:
    """Certificates: check files of them, list those of a session."""


@certificate.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def check(settings: Settings, file: Path) -> None:
    """Say what FILE is: a certificate's PDF, a badge or credential of Open Badges 3.0, or the text of a square code.

    Ends with 0 where it is what was issued here and holds, with 1 otherwise.
    """
    data = _read(file)
    kinds = {b"%PDF-": _paper, short.MARK.encode(): _square}
    judge = next((one for begins, one in kinds.items() if data.startswith(begins)), _credential)
    with _reading(settings) as session:
        holds = judge(session, settings, data)
    click.echo(f"certificate check: 1 file, {len(data)} bytes, {'holds' if holds else 'does not hold'}")
    sys.exit(0 if holds else 1)


@certificate.command("list")
@click.argument("which", metavar="SESSION", type=click.UUID)
@click.pass_obj
def show(settings: Settings, which: UUID) -> None:
    """List the certificates of SESSION, by its id, with their codes."""
    with _reading(settings) as session:
        found = [service.shown(session, one) for one in service.of_session(session, which)]
        for one in found:
            it = one.certificate
            click.echo(f"{codes.spelled(it.code)}  {one.state:8}  {it.kind:11}  {one.printed.facts.holder}")
    if lacking := fonts.missing(LANGUAGES):
        click.echo(f"No font here for: {', '.join(f'{name} ({package})' for name, package in lacking.items())}")
    click.echo(f"certificate list: {len(found)} issued, {sum(one.state == 'valid' for one in found)} hold")


@contextmanager
def _reading(settings: Settings) -> Iterator[Session]:
    """A unit on the database, which has to be there and up to date."""
    demand(settings.database)
    store = Store(settings.database)
    try:
        with store.reading() as session:
            yield session
    finally:
        store.close()


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(compare.LARGEST + 1)
    if len(data) > compare.LARGEST:
        most = compare.LARGEST // 2**20
        raise Refused(
            phrase("%(file)s: more than %(most)s MiB; no certificate is as large.", file=str(file), most=most)
        )
    return data


def _paper(session: Session, _settings: Settings, data: bytes) -> bool:
    found = compare.compare(session, data)
    words = {
        "issued": "the file that was issued, byte for byte",
        "edited": "edited: it names a certificate, and is another file than was issued",
        "unknown": "unknown here: no file that was issued, and it names no certificate of this site",
    }
    click.echo(f"{words[found.state]}\nSHA-256  {found.sha256}")
    return _tell(session, found.certificate) and found.state == "issued"


def _credential(session: Session, settings: Settings, data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    if data.startswith(images.SIGN) or text.lstrip().startswith("<"):
        text = images.credential_in(data)
    document, key = proofs.opened(text, signing.holds)
    click.echo(f"the proof holds\nsigned by  {key}")
    if key != Site(settings.instance, settings.address).name:
        click.echo("That is not the key of this installation. Ask its issuer whose it is, and whether the badge holds.")
        return False
    return _tell(session, session.get(Certificate, _id(document)))


def _square(session: Session, settings: Settings, data: bytes) -> bool:
    key, signed = Site(settings.instance, settings.address).key, short.read(data.decode("utf-8", "replace"))
    if signed.key != short.key_id(key) or not signing.holds(key, signed.signature, signed.message):
        raise Refused(phrase("This installation did not sign what the code says."))
    click.echo("the signature holds")
    return _tell(session, service.get_by_code(session, signed.said.code))


def _id(document: dict[str, Any]) -> UUID:
    try:
        return UUID(str(document["id"]).removeprefix("urn:uuid:"))
    except (KeyError, ValueError):
        raise NotThere(phrase("The credential has no id of a certificate.")) from None


def _tell(session: Session, found: Certificate | None) -> bool:
    if found is None:
        click.echo("There is no such certificate in this database.")
        return False
    one = service.shown(session, found)
    click.echo(f"{codes.spelled(found.code)}  {one.state}  {found.kind}  {one.printed.facts.holder}")
    if found.revocation:
        click.echo(f"since {found.revocation.at:%Y-%m-%d}: {found.revocation.reason}")
    return one.state == "valid"
