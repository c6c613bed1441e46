"""The court view and the drill: what they read, what is kept, who sees it, and when it is closed."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from tests.conftest import Clock
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, SignInAs, bench, html_errors, post, send
from tests.web.test_labs_assignments import set_lab
from tests.web.test_reporting import WEIGHT, document, home, keep
from training.analysis import cards
from training.audit.models import Event
from training.labs.models import Finding
from training.reporting import points, weakness
from training.reporting.models import DrillAnswer
from training.reporting.service import drill

ANSWER = "Yes. <b>One</b> source alone; I did not look further."


@pytest.fixture
def worked(desk: Desk) -> Desk:
    """Two findings with their rows, one on one row only with a bold sentence, one without any."""
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    desk.submit("q2", answer(desk, "q2"), prove(desk, "q2")[:1])
    desk.submit("q5", "a wrong line", bare=True)
    return desk


def page(client: FlaskClient, desk: Desk, key: str = "") -> str:
    return client.get(home(desk, f"/drill?q={key}")).text


def reply(client: FlaskClient, desk: Desk, key: str, words: str, seen: int = 0) -> int:
    here = home(desk, "/drill")
    return post(client, f"{here}?q={key}", here, q=key, text=words, seen=str(seen)).status_code


def kept(desk: Desk) -> list[tuple[int, str, int, str]]:
    with desk.rooms.store.reading() as session:
        found = session.scalars(select(DrillAnswer).order_by(DrillAnswer.number, DrillAnswer.version))
        return [(one.number, one.weakness, one.version, one.said) for one in found]


def test_the_drill_asks_about_the_weakest_claim_first_and_keeps_every_answer(clients: Clients, worked: Desk) -> None:
    client = clients["trainee"]
    said = {"part": "findings", "question": "q2", "kept": "1", "claim": "This proves <i>who</i> it was."}
    post(client, home(worked, "?part=findings"), home(worked), seen="0", **said)
    first = page(client, worked)
    assert html_errors(first) == []
    assert len(first.encode()) < WEIGHT
    order = re.findall(r"/drill\?q=(F\d+\.[a-z-]+)", first)
    claims = weakness.of(document(worked), cards.load())
    expected = [f"F{one.found.number}.{weak.code}" for one in claims[:6] for weak in one.weaknesses[:3]]
    assert order == expected
    assert "F2.overstated" in order
    assert f'name="q" value="{order[0]}"' in first, "the first question without an answer"
    assert "What a good answer addresses" not in first, "the list is shown after the answer"
    asked = page(client, worked, "F2.overstated")
    assert "This proves &lt;i&gt;who&lt;/i&gt; it was." in asked
    (row,) = (one for one in document(worked).citations if one.number == document(worked).findings[1].citations[0])
    assert row.cells[0].text in unescape(asked), "the row is quoted"

    assert reply(client, worked, "F2.overstated", ANSWER) == 303
    told = page(client, worked, "F2.overstated")
    assert html_errors(told) == []
    assert "&lt;b&gt;One&lt;/b&gt; source" in told
    for point in (*points.POINTS["overstated"], *points.ALWAYS):
        assert str(point) in unescape(told)
    assert reply(client, worked, "F2.overstated", ANSWER) == 303, "the same words again are one answer"
    assert reply(client, worked, "F2.overstated", "From another window.", seen=0) == 409
    assert reply(client, worked, "F2.overstated", "Better.", seen=1) == 303
    assert kept(worked) == [(2, "overstated", 1, ANSWER), (2, "overstated", 2, "Better.")]
    assert "1 earlier answer" in page(client, worked, "F2.overstated")
    assert reply(client, worked, "F2.overstated", " ", seen=2) == 422
    assert reply(client, worked, "F2.overstated", "x" * 2_001, seen=2) == 422
    assert reply(client, worked, "F9.overstated", "x") == 404
    assert reply(client, worked, "F2.secret", "x") == 404
    with pytest.raises(DatabaseError, match="append-only"), worked.rooms.store.writing() as session:
        session.scalars(select(DrillAnswer)).all()[0].said = "changed"

    # Mended in the report, the question stands as it was put, among those that were answered.
    post(client, home(worked, "?part=findings"), home(worked), seen="1", **{**said, "claim": "Row C3 names the file."})
    mended = page(client, worked, "F2.overstated")
    assert "has this weakness no more" in mended
    assert "This proves &lt;i&gt;who" in mended
    assert "Mended" in mended
    assert reply(client, worked, "F2.overstated", "Said again.", seen=2) == 303
    assert keep(client, worked, "method", "A second examiner repeated it.") == 303
    assert "not-repeated" not in page(client, worked)


def test_nobody_else_reads_a_drill_before_its_author_shares_it(clients: Clients, worked: Desk) -> None:
    trainee, instructor, result = clients["trainee"], clients["instructor"], f"/results/{worked.attempt_id}/drill"
    assert reply(trainee, worked, "F5.uncited", ANSWER) == 303
    post(trainee, home(worked, "/checks"))
    assert instructor.get(result).status_code == 404
    listed = f"/results/{worked.attempt_id}/reports"
    assert "/drill" not in instructor.get(listed).text
    for who in ("instructor", "colleague", "host", "stranger", "other_instructor"):
        for address in ("/drill", "/court", "/1/court"):
            assert clients[who].get(home(worked, address)).status_code == 404, (who, address)
    share = home(worked, "/drill/share")
    assert post(trainee, home(worked, "/drill"), share, shared="1").status_code == 303
    read = instructor.get(result)
    assert read.status_code == 200
    assert html_errors(read.text) == []
    assert "&lt;b&gt;One&lt;/b&gt; source" in read.text
    assert result in instructor.get(listed).text
    for who in ("trainee", "colleague", "host", "stranger", "other_instructor"):
        assert clients[who].get(result).status_code == 404, who
    assert post(trainee, home(worked, "/drill"), share, shared="0").status_code == 303
    assert instructor.get(result).status_code == 404
    with worked.rooms.store.reading() as session:
        told = [one.details["shared"] for one in session.scalars(select(Event).filter_by(act="drill.shared"))]
    assert told == [True, False]


def test_the_drill_knows_nothing_of_right_and_wrong(clients: Clients, worked: Desk) -> None:
    before = page(clients["trainee"], worked)
    with worked.rooms.store.writing() as session:
        session.execute(text("DROP TRIGGER IF EXISTS finding_no_update"))
        for one in session.scalars(select(Finding)):
            one.verdict, one.points, one.credit, one.judged = {"text": "VERDICT"}, 0.0, 0.0, False
    hidden = re.compile(r'(nonce|value)="[^"]{20,}"')
    after = page(clients["trainee"], worked)
    assert hidden.sub("", after) == hidden.sub("", before)
    court = clients["trainee"].get(home(worked, "/court?all=1")).text
    assert "VERDICT" not in court + after


def test_the_drill_is_closed_while_an_examination_binds(
    clients: Clients, desk_of: Callable[[str], Desk], clock: Clock, sign_in: SignInAs
) -> None:
    trainee, practised = clients["trainee"], desk_of("trainee")
    practised.submit("q5", "a wrong line", bare=True)
    assert send(trainee, bench(practised), "/close").status_code == 303
    assert trainee.get(home(practised, "/drill")).status_code == 200
    here = set_lab(clients, until="2026-11-26 09:00", minutes="")
    sitting = desk_of("trainee")
    sitting.submit("q5", "a wrong line", bare=True)
    for desk in (practised, sitting):
        closed = trainee.get(home(desk, "/drill"))
        assert closed.status_code == 409
        assert "The drill opens then" in closed.text
        assert "/drill" not in trainee.get(home(desk)).text
        assert "/drill" not in trainee.get(home(desk, "/checks")).text
        assert reply(trainee, desk, "F5.uncited", "x") == 409
        shared = post(trainee, home(desk), home(desk, "/drill/share"), shared="1")
        assert shared.status_code == 409
        assert trainee.get(home(desk, "/court")).status_code == 200, "the court view adds nothing to the report"
    assert kept(sitting) == []
    clock.forward(days=2)
    assert sign_in("trainee").get(home(sitting, "/drill")).status_code == 409, "its results are not released"
    assert send(sign_in("instructor"), here, "/release", sure="1").status_code == 303
    assert sign_in("trainee").get(home(sitting, "/drill")).status_code == 200


def test_limits_of_answers(clients: Clients, worked: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drill, "VERSIONS", 1)
    client = clients["trainee"]
    assert reply(client, worked, "F5.uncited", "One.") == 303
    many = post(client, home(worked, "/drill"), home(worked, "/drill"), q="F5.uncited", text="Two.", seen="1")
    assert many.status_code == 429
    assert "Two." in many.text
    bare = document(worked).model_copy(update={"findings": (), "parts": {}})
    with worked.rooms.store.reading() as session:
        made = drill.of(session, worked.case(session), bare, worked.rooms.clock())
    assert [one.mended for one in made.questions] == [True]


def test_the_court_view_has_one_claim_on_a_page_and_traces_it(clients: Clients, worked: Desk, clock: Clock) -> None:
    client = clients["trainee"]
    said = {
        "part": "findings",
        "question": "q1",
        "kept": "1",
        "claim": "A <b>process</b>.",
        "alternatives": "None, C1.",
    }
    post(client, home(worked, "?part=findings"), home(worked), seen="0", **said)
    clock.forward(hours=1)
    post(client, home(worked, "/checks"))
    made = document(worked)
    one = client.get(home(worked, "/court?claim=1"))
    assert html_errors(one.text) == []
    assert len(one.data) < WEIGHT
    assert one.text.count("<h1") == 1
    for words in (made.exhibit.sha256, "A &lt;b&gt;process&lt;/b&gt;.", "linux.psaux.PsAux", "What it does not prove"):
        assert words in one.text, words
    for number in made.findings[0].citations:
        assert f'id="C{number}-1"' in one.text
    assert "there is the author's word alone" in client.get(home(worked, "/court?claim=5")).text
    every = client.get(home(worked, "/court?all=1")).text
    assert html_errors(every) == []
    assert every.count("<h1") == 3
    for odd in ("?claim=99", "?claim=x", "?claim=99999999999", "?claim=²"):
        assert client.get(home(worked, f"/court{odd}")).text.count("<h1") == 1, odd
    filed = client.get(home(worked, "/1/court?claim=1"))
    assert "Filed the report." in filed.text
    arabic = client.get(home(worked, "/1/court?claim=1"), headers={"Accept-Language": "ar"})
    assert 'dir="rtl"' in arabic.text
    assert html_errors(arabic.text) == []
    read = clients["instructor"].get(f"/results/{worked.attempt_id}/report/1/court?claim=1")
    assert read.status_code == 200
    assert "A &lt;b&gt;process" in read.text
    assert clients["other_instructor"].get(f"/results/{worked.attempt_id}/report/1/court").status_code == 404
