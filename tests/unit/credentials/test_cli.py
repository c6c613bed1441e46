"""`python app.py certificate` on files of every kind."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from tests.conftest import Clock
from tests.unit.credentials.conftest import SESSION
from training.accounts.actor import Actor
from training.credentials import codes, compare, images, proofs, service, short
from training.credentials.cli import certificate
from training.credentials.making import Award, Site
from training.credentials.models import Certificate
from training.settings import Settings
from training.store import Store

pytestmark = pytest.mark.any_database


@pytest.fixture
def files(
    store: Store,
    site: Site,
    award: Callable[..., Award],
    actor_of: Callable[[Session, str], Actor],
    clock: Clock,
    tmp_path: Path,
) -> tuple[UUID, dict[str, Path]]:
    with store.writing() as session:
        made = service.issue(session, site, award(), actor_of(session, "instructor"), clock())
        kept = {
            "x.pdf": made.pdf,
            "x.png": images.png(made.kind, made.token),
            "x.svg": images.svg(made.kind, "x", made.credential),
            "x.json": made.credential.encode(),
            "x.jwt": made.token.encode(),
            "x.txt": made.signed.encode(),
        }
        for name, data in kept.items():
            (tmp_path / name).write_bytes(data)
        return made.id, {name: tmp_path / name for name in kept}


def run(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(certificate, words, obj=settings)


def test_every_file_is_known_and_ends_with_0(settings: Settings, files: tuple[UUID, dict[str, Path]]) -> None:
    for path in files[1].values():
        done = run(settings, "check", str(path))
        assert done.exit_code == 0, (path, done.output, done.exception)
        assert "valid" in done.output
        assert "Amara Diallo" in done.output


def test_revoked_and_edited_files_end_with_1(
    settings: Settings,
    files: tuple[UUID, dict[str, Path]],
    store: Store,
    clock: Clock,
    actor_of: Callable[[Session, str], Actor],
) -> None:
    key, paths = files
    edited = paths["x.pdf"].with_name("edited.pdf")
    edited.write_bytes(paths["x.pdf"].read_bytes().replace(b"/Lang (en)", b"/Lang (fr)"))
    done = run(settings, "check", str(edited))
    assert (done.exit_code, "edited" in done.output) == (1, True)
    with store.writing() as session:
        found = session.get_one(Certificate, key)
        service.revoke(session, found, actor_of(session, "host"), "Results of another person.", clock())
        code = codes.spelled(found.code)
    for path in paths.values():
        done = run(settings, "check", str(path))
        assert done.exit_code == 1
        assert "since 2026-11-25: Results of another person." in done.output
    listed = run(settings, "list", str(SESSION))
    assert code in listed.output
    assert "1 issued, 0 hold" in listed.output


def test_changed_credentials_and_other_files_are_refused(
    settings: Settings, files: tuple[UUID, dict[str, Path]], tmp_path: Path
) -> None:
    changed = tmp_path / "changed.json"
    changed.write_text(files[1]["x.json"].read_text().replace("33.5", "43.5"))
    assert "changed after" in str(run(settings, "check", str(changed)).exception)
    other = tmp_path / "other.txt"
    for text in ("hello", "ENGRAM1:AAAA", ""):
        other.write_text(text)
        assert run(settings, "check", str(other)).exit_code == 1


def test_a_check_says_all_that_is_known_of_a_file(
    settings: Settings,
    files: tuple[UUID, dict[str, Path]],
    store: Store,
    site: Site,
    clock: Clock,
    actor_of: Callable[[Session, str], Actor],
    tmp_path: Path,
) -> None:
    key, paths = files
    with store.reading() as session:
        found = session.get_one(Certificate, key)
        code, digest = codes.spelled(found.code), found.pdf_sha256
    edited, unknown = tmp_path / "edited.pdf", tmp_path / "unknown.pdf"
    edited.write_bytes(paths["x.pdf"].read_bytes() + b"\n")
    unknown.write_bytes(b"%PDF-1.7")
    sha256 = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in (edited, unknown)}
    stands = f"{code}  valid  achievement  Amara Diallo\n"
    proof = f"the proof holds\nsigned by  {site.name}\n"
    said = {
        paths["x.pdf"]: f"the file that was issued, byte for byte\nSHA-256  {digest}\n{stands}",
        **{paths[name]: proof + stands for name in ("x.png", "x.svg", "x.json", "x.jwt")},
        paths["x.txt"]: f"the signature holds\n{stands}",
        edited: (
            f"edited: it names a certificate, and is another file than was issued\nSHA-256  {sha256[edited]}\n{stands}"
        ),
        unknown: (
            "unknown here: no file that was issued, and it names no certificate of this site\n"
            f"SHA-256  {sha256[unknown]}\nThere is no such certificate in this database.\n"
        ),
    }

    def tell(path: Path, *, holds: bool) -> str:
        verdict = "holds" if holds else "does not hold"
        return f"certificate check: 1 file, {path.stat().st_size} bytes, {verdict}\n"

    for path, words in said.items():
        holds = path not in {edited, unknown}
        done = run(settings, "check", str(path))
        assert (done.exit_code, done.output) == (int(not holds), words + tell(path, holds=holds)), path
    listed = run(settings, "list", str(SESSION)).output.splitlines()
    assert (listed[0], listed[-1]) == (
        f"{code}  valid     achievement  Amara Diallo", "certificate list: 1 issued, 1 hold",
    )  # fmt: skip
    with store.writing() as session:
        service.revoke(session, session.get_one(Certificate, key), actor_of(session, "host"), "Wrong.", clock())
    ended = f"{code}  revoked  achievement  Amara Diallo\nsince 2026-11-25: Wrong.\n"
    for path, words in said.items():
        done = run(settings, "check", str(path))
        assert (done.exit_code, done.output) == (1, words.replace(stands, ended) + tell(path, holds=False)), path
    listed = run(settings, "list", str(SESSION)).output.splitlines()
    assert listed[-1] == "certificate list: 1 issued, 0 hold"


def test_a_credential_of_another_installation_is_told_with_its_key(
    settings: Settings, files: tuple[UUID, dict[str, Path]], site: Site, tmp_path: Path
) -> None:
    other = Site(tmp_path / "other", site.address)
    document = json.loads(files[1]["x.json"].read_text())
    del document["proof"]
    document["issuer"]["id"] = other.name
    path = tmp_path / "other.jwt"
    path.write_text(proofs.token(document, other.name, other.sign))
    done = run(settings, "check", str(path))
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "the proof holds",
        f"signed by  {other.name}",
        "That is not the key of this installation. Ask its issuer whose it is, and whether the badge holds.",
        f"certificate check: 1 file, {path.stat().st_size} bytes, does not hold",
    ]
    said = short.read(files[1]["x.txt"].read_text())
    payload = said.message.removeprefix(short.CONTEXT)
    (tmp_path / "other.txt").write_text(short.text(other.key, other.sign(said.message), payload))
    (tmp_path / "forged.txt").write_text(short.text(site.key, other.sign(said.message), payload))
    for name in ("other.txt", "forged.txt"):
        wrong = run(settings, "check", str(tmp_path / name)).exception
        assert str(wrong) == "This installation did not sign what the code says."


def test_a_file_that_is_too_large_and_a_credential_without_an_id_are_refused(
    settings: Settings, site: Site, tmp_path: Path, store: Store
) -> None:
    path = tmp_path / "large.pdf"
    path.write_bytes(b"%PDF-".ljust(compare.LARGEST))
    assert run(settings, "check", str(path)).output.startswith("unknown here")
    path.write_bytes(b"%PDF-".ljust(compare.LARGEST + 1))
    wrong = run(settings, "check", str(path)).exception
    assert str(wrong) == f"{path}: more than 2 MiB; no certificate is as large."
    document = {"issuer": site.name, "validFrom": "2024-11-06T15:00:00Z", "credentialSubject": {}}
    for key in ("urn:uuid:7", "https://elsewhere.example"):
        path.write_text(proofs.token({**document, "id": key}, site.name, site.sign))
        assert str(run(settings, "check", str(path)).exception) == "The credential has no id of a certificate."
