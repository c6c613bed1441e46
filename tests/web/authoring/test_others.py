"""What everybody else finds in the editor, and what hostile names and texts come to."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import token_of
from tests.web.authoring.conftest import FILE, HARBOUR, HOME, INDEX, Desk, People, send
from training.authoring import service
from training.settings import ROOT

PAGES = (
    ("GET", "/authoring"),
    ("GET", HOME),
    ("GET", FILE),
    ("GET", f"{HOME}/files/keys.yaml"),
    ("GET", f"{HOME}/history/keys.yaml"),
    ("GET", f"{HOME}/releases"),
    ("GET", f"{HOME}/changes?before=1&after=draft"),
    ("GET", f"{HOME}/trial/01-quay"),
    ("GET", "/authoring/lab/finance-workstation/proof"),
    ("POST", "/authoring/courses"),
    ("POST", "/authoring/labs"),
    ("POST", f"{HOME}/begin"),
    ("POST", f"{HOME}/shipped"),
    ("POST", f"{HOME}/modules"),
    ("POST", f"{HOME}/translations"),
    ("POST", f"{HOME}/figures"),
    ("POST", FILE),
    ("POST", f"{HOME}/autosave/{INDEX}"),
    ("POST", f"{HOME}/preview/{INDEX}"),
    ("POST", f"{HOME}/autosave/keys.yaml"),
    ("POST", f"{HOME}/history/{INDEX}"),
    ("POST", f"{HOME}/releases"),
    ("POST", f"{HOME}/rollback"),
    ("POST", f"{HOME}/trial/01-quay"),
    ("POST", "/authoring/lab/finance-workstation/proof"),
)


@pytest.mark.parametrize("who", ["trainee", "colleague", "stranger", "host", "administrator", "anonymous"])
def test_nobody_but_instructors_finds_the_editor(app: Flask, clients: People, begun: Desk, who: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    before = begun.text()
    for method, address in PAGES:
        answer = clients[who].open(
            address, method=method, data={"text": "x", "base": "1", "do": "remove"} if method == "POST" else None
        )
        assert answer.status_code == (302 if who == "anonymous" else 404), address
    assert begun.text() == before


def test_keys_are_never_on_a_page_of_a_learner(clients: People, begun: Desk) -> None:
    pages = ["/courses", "/courses/harbour", "/courses/harbour/m1-1", "/courses/harbour/changes", "/"]
    assert [page for page in pages if "EXPLAIN-" in clients["trainee"].get(page).text] == []
    answer = clients["instructor"].get(f"{HOME}/files/keys.yaml")
    assert "EXPLAIN-ONE" in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert 'data-secret="1"' in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "../keys.yaml",
        "..%2f..%2fkeys.yaml",
        "/etc/passwd",
        ".git/config",
        "01-quay/../keys.yaml",
        "a%00.md",
        "none.md",
        "01-quay",
    ],
)
def test_tricks_in_names_of_files_lead_nowhere(clients: People, begun: Desk, path: str) -> None:
    for page in ("files", "history", "preview", "autosave"):
        answer = clients["instructor"].get(f"{HOME}/{page}/{path}")
        assert answer.status_code in {404, 405, 308, 422}, (page, path)
        assert "EXPLAIN" not in answer.text
    for name in ("..", ".", "%2e%2e", "Harbour", "x" * 100):
        assert clients["instructor"].get(f"/authoring/course/{name}").status_code in {404, 308}


def test_a_link_among_the_shipped_files_is_not_followed(clients: People, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("a secret", "utf-8")
    (desk.folder / "01-quay" / "linked.md").symlink_to(tmp_path / "secret.md")
    desk.begin()
    with desk.store.reading() as session:
        assert "01-quay/linked.md" not in service.contents(session, HARBOUR)


def test_no_save_without_the_token_of_the_form(clients: People, begun: Desk) -> None:
    before = begun.text()
    for address in (FILE, f"{HOME}/autosave/{INDEX}", f"{HOME}/history/{INDEX}", f"{HOME}/releases"):
        assert clients["instructor"].post(address, data={"text": "x", "base": "1"}).status_code == 400
    assert begun.text() == before


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    '![x](data:text/html,<script>alert(1)</script> "y")',
    "</textarea><script>alert(1)</script>",
    "<svg onload=alert(1)>",
    '!!! law "<script>alert(1)</script>"\n    x',
    '```quiz\nid: m1-1-q9\nobjective: o1\ntype: short\nstem: "<script>alert(1)</script>"\n```',
    "[[lab:<script>alert(1)</script>]] x",
    "[[local:<script>alert(1)</script>]] x",
    "$`\\text{<script>alert(1)</script>}`$",
    "[x](term:<script>alert(1)</script>)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_preview_history_and_clash(clients: People, begun: Desk, text: str) -> None:
    client, old = clients["instructor"], begun.text()
    pages = [
        send(client, FILE, text=f"{old}\n{text}\n", do="preview").text,
        send(client, FILE, f"{HOME}/preview/{INDEX}", text=f"{old}\n{text}\n").text,
    ]
    send(client, FILE, text=f"{old}\n{text}\n", do="save", message=text)
    pages += [client.get(one).text for one in (FILE, HOME, f"{HOME}/history/{INDEX}")]
    pages.append(client.get(f"{HOME}/changes?before=1&after=draft").text)
    token = token_of(pages[2])
    clash = client.post(FILE, data={"csrf_token": token, "base": "1", "text": f"{old}\nmine {text}", "do": "save"})
    pages.append(clash.text)
    assert clash.status_code == 409
    for page in pages:
        own = re.sub(r'<script type="module" nonce="[^"]+" src="/static/[^"]+"[^>]*></script>', "", page)
        assert "<script" not in own
        assert not re.search(r"<[a-z]+[^>]*\son[a-z]+=", own)
        assert not re.search(r"""(?:href|src)=["']?\s*(?:javascript|data:text)""", own)


def test_pages_of_usual_files_stay_light(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    fixed = sum(
        len((ROOT / "training" / "web" / "static" / name).read_bytes()) for name in ("engram.css", "authoring.js")
    )
    for page in ("/authoring", HOME, FILE, f"{HOME}/history/{INDEX}", f"{HOME}/trial/01-quay"):
        assert fixed + len(client.get(page).data) <= 100 * 1024, page
