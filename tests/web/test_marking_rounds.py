"""Marking rounds in the browser: blind pages, forms that lose nothing, rounds that others can't see."""

import re
from collections.abc import Callable
from functools import partial
from html import unescape
from urllib.parse import urlencode
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.conftest import People, token_of
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer
from tests.unit.marking import rounds as at_marking
from tests.unit.marking.rounds import FULL, TRAINEES, Office
from tests.web.conftest import SignInAs, html_errors
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Person
from training.errors import Conflict, NotThere
from training.labs.models import Attempt, Citation, Finding, Judgement
from training.marking.models.rounds import Mark, Piece, Round, Task
from training.marking.service.rounds import examples, opening
from training.marking.service.rounds.examples import Written

office, six = at_marking.office, at_marking.six  # fixtures
Fields = dict[str, str | list[str]]


def press(client: FlaskClient, page: str, action: str = "", **fields: str | list[str]) -> TestResponse:
    """Send a form of a page, as a browser without scripts does: level_claim stands for level-claim."""
    named = {name.replace("level_", "level-").replace("from_", "from"): value for name, value in fields.items()}
    return client.post(action or page, data={"csrf_token": token_of(client.get(page).text), **named})


def piece_page(piece: UUID) -> str:
    return f"/marking/pieces/{piece}"


def opened_by_form(client: FlaskClient, office: Office, **fields: str | list[str]) -> TestResponse:
    link = re.search(r'href="(/marking/rounds\?[^"]+)"', client.get("/marking/rounds").text)
    assert link
    about = {"organisation": str(office.people.home), "release": str(office.release), "question": "q1"}
    return press(client, unescape(link[1]), "/marking/rounds", **{**about, **fields})


def test_a_round_is_opened_marked_and_released_in_the_browser(six: Office, sign_in: SignInAs) -> None:
    one, other = sign_in("instructor"), sign_in("second")
    markers = [str(six.people["instructor"]), str(six.people["second"])]
    made = opened_by_form(one, six, marker=markers, per_piece="2", seed="7")
    assert made.status_code == 303
    page = one.get(made.location).text
    assert "0 of 6 marked" in page
    assert html_errors(page) == []
    for client, who in ((one, "instructor"), (other, "second")):
        for piece in six.pieces(_only_round(six), who):
            given = press(client, piece_page(piece), level_correctness="3", comment="Nearly.")
            assert given.status_code == 303
    assert html_errors(one.get(made.location).text) == []
    assert "6 of 6 marked" in one.get("/marking/rounds").text
    assert press(one, made.location, f"{made.location}/release").status_code == 303
    assert "6 findings were judged by their marks." in one.get(made.location).text
    with six.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Judgement)) == 6
    assert press(one, made.location, f"{made.location}/release").status_code == 303
    with six.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Judgement)) == 6


def _only_round(office: Office) -> UUID:
    with office.rooms.store.reading() as session:
        return session.scalars(select(Round.id)).one()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"per_piece": "2"}, "Choose 2 to 20 markers"),
        ({"per_piece": "many"}, "is not a whole number"),
        ({"per_piece": "1", "seed": "x" * 50}, "is not a whole number"),
        ({"per_piece": "1", "marker": "nobody"}, "Something was not chosen"),
    ],
)
def test_a_form_that_opens_no_round_says_why_and_stays(
    six: Office, sign_in: SignInAs, fields: Fields, message: str
) -> None:
    answer = opened_by_form(sign_in("instructor"), six, **fields)
    assert answer.status_code == 422
    assert message in answer.text
    assert 'name="per_piece"' in answer.text
    assert html_errors(answer.text) == []


def test_a_plan_that_came_too_late_stays_on_the_page(
    six: Office, sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, typed = sign_in("instructor"), {"per_piece": "1", "seed": "4711", "marker": str(six.people["second"])}
    about = {"organisation": str(six.people.home), "release": str(six.release), "question": "q1"}
    page = "/marking/rounds?" + urlencode(about)
    token = token_of(client.get(page).text)
    opened = opening.open_round
    for refused, status in (
        (Conflict("A finding came in while the round was being opened. Open it once more."), 409),
        (NotThere("No finding of this question waits for people any more."), 404),
    ):
        monkeypatch.setattr(opening, "open_round", partial(_raises, refused))
        answer = client.post("/marking/rounds", data={"csrf_token": token, **about, **typed})
        assert answer.status_code == status
        _kept(answer.text, refused.message, six.people["second"])
    monkeypatch.setattr(opening, "open_round", opened)
    six.open(about="q1", rubric=())
    answer = client.post("/marking/rounds", data={"csrf_token": token, **about, **typed})
    assert answer.status_code == 422
    _kept(answer.text, "or a round for it is open already", six.people["second"])


def _raises(bad: Exception, *_: object) -> None:
    raise bad


def _kept(page: str, message: str, marker: UUID) -> None:
    assert message in page
    assert 'value="4711"' in page
    assert f'value="{marker}" checked' in page
    assert html_errors(page) == []


def test_no_page_of_a_marker_says_whose_a_piece_is_or_when_it_was_made(six: Office, sign_in: SignInAs) -> None:
    for who in TRAINEES:
        six.submit(who, "what was typed", cite=True)
    held = six.open()
    secrets = {*TRAINEES, *(who.title() for who in TRAINEES), *(str(six.people[who]) for who in TRAINEES)}
    with six.rooms.store.reading() as session:
        secrets |= {str(one) for one in session.scalars(select(Attempt.id))}
        secrets |= {str(one) for one in session.scalars(select(Finding.id))}
        secrets |= {str(one.at)[:16] for one in session.scalars(select(Finding))}
    secrets |= {one.replace("-", "") for one in secrets}
    secrets.remove("trainee")  # as in 'Comment for the trainee'
    client = sign_in("second")
    for finished in (False, True):
        for piece in six.pieces(held, "second"):
            answer = client.get(piece_page(piece))
            assert "what was typed" in answer.text
            assert re.search(r"<b>C\d+</b> record line 1 <bdi", answer.text), "what was cited is shown"
            assert [one for one in secrets if one in answer.text] == []
            assert "2026-11-25" not in answer.text
            assert html_errors(answer.text) == []
            if not finished:
                six.give(piece, "second", FULL)
                six.give(piece, "instructor", {"claim": 2, "words": 2})
        page = client.get(f"/marking/rounds/{held}").text
        assert [one for one in secrets if one in page] == []


def test_a_cited_row_is_shown_with_its_columns_and_its_support_is_computed(
    desk: Desk, people: People, exhibit: str, sign_in: SignInAs
) -> None:
    with desk.rooms.store.reading() as session:
        release = session.get_one(Attempt, desk.attempt_id).release_id
    here = Office(desk.rooms, people, release, exhibit)
    planted = int(answer(desk, "q1"))
    desk.cite("linux.psaux", desk.answered.find("linux.psaux", PID=planted))
    with desk.rooms.store.reading() as session:
        cited = session.scalars(select(Citation.id).filter_by(attempt_id=desk.attempt_id)).one()
    here.submit("trainee", str(planted), citations=[str(cited)])
    held = here.open(("instructor",), 1, rubric=())
    page = sign_in("instructor").get(piece_page(here.pieces(held, "instructor")[0])).text
    assert re.search(rf'<bdi dir="ltr" class="row-of"><i>PID</i> {planted} ', page), "as on every other page"
    assert "kworker" in page
    assert "Support, computed from these places: 0.75." in page, "proven, and not corroborated"
    assert html_errors(page) == []


def test_the_other_mark_shows_up_with_ones_own_and_is_taken_over_with_one_click(six: Office, sign_in: SignInAs) -> None:
    held = six.open()
    piece = six.pieces(held, "second")[0]
    six.give(piece, "instructor", {"claim": 2, "words": 2}, "I miss the alternative.")
    client, page = sign_in("second"), piece_page(piece)
    assert "I miss the alternative." not in client.get(page).text
    answer = press(client, page, level_claim="3", level_words="2", comment="")
    assert answer.location == f"{page}#compared"
    shown = client.get(page).text
    assert "I miss the alternative." in shown
    assert "The mean of two marks is not a mark." in shown
    assert "Instructor" not in shown
    assert html_errors(shown) == []
    missing = sign_in("instructor").get(f"/marking/rounds/{held}").text.split('id="missing"', 1)[1]
    number = re.search(r"One level apart: to settle</span></th><td>([^<]+)</td>", missing)
    assert number, "a piece is named: its number alone would read as how many there are"
    assert re.fullmatch(r"Piece \d+", number[1])
    assert press(client, page, f"{page}/settle", take="claim").status_code == 303
    settled = client.get(page).text
    assert "Credit of this piece: 0.78" in settled
    assert "Take level" not in settled


def test_far_apart_goes_to_a_third_who_is_told_nothing(six: Office, sign_in: SignInAs) -> None:
    held = six.open()
    piece = six.pieces(held, "second")[0]
    six.give(piece, "instructor", {"claim": 0, "words": 2}, "Not supported.")
    six.give(piece, "second", FULL)
    owner, page = sign_in("instructor"), f"/marking/rounds/{held}"
    assert "1 piece needs one: name somebody who has not marked it." in owner.get(page).text
    offered = re.findall(r'<select id="third-.*?</select>', owner.get(page).text, re.DOTALL)
    assert [str(six.people[one]) in offered[0] for one in ("instructor", "second", "deputy")] == [False, False, True]
    refused = press(owner, page, f"{page}/third", piece=str(piece), marker=str(six.people["second"]))
    assert refused.status_code == 422
    assert "can&#39;t decide about this piece" in refused.text
    assert press(owner, page, f"{page}/third", piece=str(piece), marker=str(six.people["deputy"])).status_code == 303
    third = sign_in("deputy")
    blind = third.get(piece_page(piece)).text
    assert "Not supported." not in blind
    assert "third" not in blind.lower().split('<h2 id="your-mark">')[0], "knowing that two differ would sway"
    press(third, piece_page(piece), level_claim="1", level_words="0", comment="Overstated.")
    assert "Not supported." in third.get(piece_page(piece)).text
    seen = sign_in("second").get(piece_page(piece)).text
    assert "Overstated." in seen
    assert "Third marker" in seen


def test_where_nobody_can_be_the_third_the_page_says_so(six: Office, sign_in: SignInAs) -> None:
    with six.rooms.store.writing() as session:
        deputy = session.get_one(Person, six.people["deputy"])
        deputy.disabled_at = six.rooms.clock()
    held = six.open()
    piece = six.pieces(held, "second")[0]
    six.give(piece, "instructor", {"claim": 0, "words": 2}, "Not supported.")
    six.give(piece, "second", FULL)
    page = sign_in("instructor").get(f"/marking/rounds/{held}").text
    assert "Nobody is left who can decide" in page
    assert '<select id="third-' not in page
    assert html_errors(page) == []


def test_what_is_typed_is_never_lost(six: Office, sign_in: SignInAs) -> None:
    piece = six.pieces(six.open(), "second")[0]
    client, page = sign_in("second"), piece_page(piece)
    kept = press(client, page, draft="1", level_claim="2", comment="so far")
    assert kept.location == page
    assert "so far" in client.get(page).text
    lacking = press(client, page, level_claim="1", comment="further")
    assert lacking.status_code == 422
    assert "A level is missing for &#39;Plain words&#39;. What you typed is kept as a draft." in lacking.text
    assert "further" in client.get(page).text
    long = press(client, page, level_claim="1", level_words="1", comment="y" * 4_001)
    assert long.status_code == 422
    assert "y" * 4_001 in long.text
    with six.rooms.store.reading() as session:
        assert session.get_one(Mark, (piece, six.people["second"])).comment == "further"
    hidden = press(client, page, draft="1", level_claim="2", comment="a\u202eb")
    assert hidden.status_code == 303
    assert html_errors(client.get(page).text) == []


def test_a_mark_after_the_release_is_refused_with_the_text_still_there(six: Office, sign_in: SignInAs) -> None:
    held = six.open()
    at_marking.finish(six, held)
    piece, client = six.pieces(held, "second")[0], sign_in("second")
    token = token_of(client.get(piece_page(piece)).text)
    six.release_round(held)
    fields = {"csrf_token": token, "level-claim": "0", "level-words": "0", "comment": "a later thought"}
    late = client.post(piece_page(piece), data=fields)
    assert late.status_code == 409
    assert "was released" in late.text
    assert "a later thought" in late.text
    assert 'type="submit" class="btn main"' not in late.text.split('<main id="main"')[1]


def test_examples_come_before_the_first_piece(six: Office, sign_in: SignInAs) -> None:
    held = six.open()
    owner, page = sign_in("instructor"), f"/marking/rounds/{held}"
    lacking = press(owner, page, f"{page}/examples", text="An answer.", why="", level_claim="2", level_words="2")
    assert lacking.status_code == 422
    assert "An answer." in lacking.text
    fields = {"text": "An answer.", "why": "The alternative is missing.", "level_claim": "2", "level_words": "2"}
    assert press(owner, page, f"{page}/examples", **fields).status_code == 303
    client, piece = sign_in("second"), six.pieces(held, "second")[0]
    sent = client.get(piece_page(piece))
    assert sent.status_code == 303
    blind = client.get(sent.location).text
    assert "The alternative is missing." not in blind
    assert html_errors(blind) == []
    assert "The alternative is missing." not in client.get(page).text
    assert press(client, sent.location, level_claim="3").status_code == 422
    press(client, sent.location, level_claim="3", level_words="2")
    shown = client.get(sent.location).text
    assert "The alternative is missing." in shown
    assert "1 level" in shown
    assert html_errors(shown) == []
    assert client.get(piece_page(piece)).status_code == 200


def test_the_trainee_reads_levels_and_comment_and_no_name_of_a_marker(office: Office, sign_in: SignInAs) -> None:
    office.write("trainee", "The account typed them.")
    held = office.open(about="court", rubric=None)
    at_marking.finish(office, held, {"claim": 2, "words": 2})
    client, page = sign_in("trainee"), f"/attempts/{office.attempt('trainee')}?question=court"
    assert "Well tied to the rows." not in client.get(page).text
    office.release_round(held)
    shown = client.get(page).text
    assert "Well tied to the rows." in shown
    assert "Claim and rows: level 2 of 3, one missing" in shown
    assert "Instructor" not in shown
    assert "Second" not in shown
    assert html_errors(shown) == []


@pytest.mark.parametrize("who", ["trainee", "deputy", "host", "administrator", "other_instructor", "stranger"])
def test_only_owner_and_chosen_markers_see_a_round(six: Office, sign_in: SignInAs, who: str) -> None:
    held = six.open()
    piece = six.pieces(held, "second")[0]
    with six.rooms.store.writing() as session:
        round_ = session.get_one(Round, held)
        written = Written("x", FULL, "y")
        example = examples.add(session, round_, written, six.people["instructor"], six.rooms.clock())
    client = sign_in(who)
    pages = [f"/marking/rounds/{held}", f"/marking/rounds/{held}/agreement", piece_page(piece)]
    pages.append(f"/marking/examples/{example.id}")
    assert [client.get(page).status_code for page in pages] == [404] * 4
    if who == "deputy":
        assert str(held) not in client.get("/marking/rounds").text


def test_a_marker_is_no_owner_and_sees_no_piece_of_another(office: Office, sign_in: SignInAs) -> None:
    for who in TRAINEES:
        office.submit(who, who)
    held = office.open(per_piece=1)
    marker, page = sign_in("second"), f"/marking/rounds/{held}"
    acts = ("examples", "third", "hand-over", "release", "withdraw")
    assert [press(marker, page, f"{page}/{act}").status_code for act in acts if act] == [404] * 5
    assert "Release the marks" not in marker.get(page).text
    assert marker.get(piece_page(office.pieces(held, "instructor")[0])).status_code == 404


def test_who_is_no_instructor_any_more_sees_the_round_no_more(six: Office, sign_in: SignInAs) -> None:
    held = six.open()
    with six.rooms.store.writing() as session:
        person = accounts.find(session, six.people["second"])
        assert person
        accounts.take_role(session, person, six.people.home, Role.INSTRUCTOR, actor=None, now=six.rooms.clock())
    assert sign_in("second").get(f"/marking/rounds/{held}").status_code == 404


def test_a_marker_takes_a_round_over_whose_owner_is_gone(six: Office, sign_in: SignInAs) -> None:
    held = six.open(("second", "deputy"))
    client, page = sign_in("second"), f"/marking/rounds/{held}"
    assert "Take the round over" not in client.get(page).text
    assert press(client, page, f"{page}/owner").status_code == 409
    with six.rooms.store.writing() as session:
        owner = accounts.find(session, six.people["instructor"])
        assert owner
        accounts.disable(session, owner, actor=None, now=six.rooms.clock())
    assert "Take the round over" in client.get(page).text
    assert press(client, page, f"{page}/owner").status_code == 303
    assert "Release the marks" in client.get(page).text
    assert press(sign_in("deputy"), page, f"{page}/owner").status_code == 409


def test_agreement_shows_differences_until_ten_pieces_and_then_alpha_with_its_interval(
    office: Office, sign_in: SignInAs
) -> None:
    people = [*TRAINEES, "host", "administrator", "stranger", "other_instructor"]
    for who in people:
        office.submit(who, who)
    held = office.open()
    client, page = sign_in("instructor"), f"/marking/rounds/{held}/agreement"
    for number, piece in enumerate(office.pieces(held, "second")):
        office.give(piece, "second", {"claim": number % 4, "words": 2})
        assert "not shown below 10 pieces" in client.get(page).text
        office.give(piece, "instructor", {"claim": min(3, number % 4 + number % 3 % 2), "words": 2})
    shown = client.get(page).text
    assert re.search(r'<b class="num">0\.\d\d</b>', client.get(f"/marking/rounds/{held}").text), "beside the release"
    assert re.search(r'<b class="num">0\.\d\d</b>', shown)
    assert re.search(r"95 % from -?\d\.\d\d to \d\.\d\d", shown)
    assert "customarily" in shown
    assert shown.count("no variation") == 2, "one criterion, and the sentence that explains it"
    assert html_errors(shown) == []


def test_two_markers_and_the_owner_at_once_get_in_nobodys_way(six: Office, sign_in: SignInAs) -> None:
    held = six.open(("second", "deputy"))
    pieces = six.pieces(held, "second")
    for piece in pieces:
        six.give(piece, "second", FULL)
        six.give(piece, "deputy", {"claim": 0, "words": 2})
    owner, one, other = (sign_in(who) for who in ("instructor", "second", "deputy"))
    page, token = f"/marking/rounds/{held}", {}
    for client in (owner, one, other):
        token[client] = token_of(client.get(piece_page(pieces[0]) if client is not owner else page).text)
    status: list[int] = []

    def change(client: FlaskClient, piece: UUID, level: int) -> None:
        fields = {"csrf_token": token[client], "level-claim": str(level), "level-words": "1", "comment": ""}
        status.append(client.post(piece_page(piece), data=fields).status_code)

    def name(piece: UUID) -> None:
        fields = {"csrf_token": token[owner], "piece": str(piece), "marker": str(six.people["instructor"])}
        status.append(owner.post(f"{page}/third", data=fields).status_code)

    for piece in pieces:
        acts = (partial(change, one, piece, 3), partial(change, other, piece, 1), partial(name, piece))
        assert at_marking.at_once(*acts) == []
    assert status == [303] * 18
    with six.rooms.store.reading() as session:
        marks = [mark for piece in pieces for mark in session.get_one(Piece, piece).marks]
    assert sorted(one.levels["claim"] for one in marks) == [1] * 6 + [3] * 6
    assert sorted(one.alone["claim"] for one in marks) == [0] * 6 + [3] * 6


def test_open_pieces_are_handed_over_in_the_browser(six: Office, sign_in: SignInAs) -> None:
    held = six.open()
    owner, page = sign_in("instructor"), f"/marking/rounds/{held}"
    people = {"from_": str(six.people["second"]), "to": str(six.people["deputy"])}
    assert press(owner, page, f"{page}/hand-over", **people).status_code == 303
    assert "Pieces handed over: 6." in owner.get(page).text
    assert sign_in("deputy").get(page).status_code == 200
    assert press(owner, page, f"{page}/hand-over", from_="", to="x").status_code == 422


def test_a_round_of_many_pieces_stays_below_a_hundred_kibibytes(
    six: Office, sign_in: SignInAs, more_pieces: Callable[[int], None]
) -> None:
    held = six.open()
    more_pieces(194)
    client = sign_in("instructor")
    page = client.get(f"/marking/rounds/{held}")
    assert "0 of 200 marked" in page.text
    assert len(page.data) < 100 * 1024
    for piece in six.pieces(held, "instructor"):
        six.give(piece, "second", FULL)
        six.give(piece, "instructor", {"claim": 0, "words": 0})
    page = client.get(f"/marking/rounds/{held}")
    assert "200 pieces need one" in page.text
    assert len(page.data) < 100 * 1024


@pytest.fixture
def more_pieces(six: Office) -> Callable[[int], None]:
    """More pieces in the round that there is, all for its two markers."""

    def add(count: int) -> None:
        attempt = six.attempt("amal")
        with six.rooms.store.writing() as session:
            held = session.scalars(select(Round)).one()
            finding = session.scalars(select(Finding).filter_by(attempt_id=attempt)).one()
            for number in range(count):
                copied = {one.key: getattr(finding, one.key) for one in Finding.__table__.columns}
                copied |= {"id": None, "try_no": 2, "request_key": f"again-{number}", "question": f"x{number}"}
                del copied["id"]
                made = Finding(**copied)
                session.add(made)
                session.flush()
                tasks = [Task(marker_id=one.person_id, third=False) for one in held.markers]
                piece = Piece(round_id=held.id, finding_id=made.id, number=number + 7, asked=False, tasks=tasks)
                piece.support = None
                session.add(piece)

    return add
