"""What stands on pages while an examination binds, once an attempt has ended by itself, and before a lab is begun."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from tests.conftest import Clock, People, token_of
from tests.unit.labs.conftest import FOLDER, LAB, Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, SignInAs, bench, html_errors, post, send
from tests.web.test_home import plain
from tests.web.test_labs_assignments import set_lab
from training.content import service as content
from training.labs.models import GradingVersion

BOUND = "An examination of this lab is going on: explanations are shown again when its results are released."
DATES = {"until": "2026-11-26 09:00", "minutes": ""}


def after(desk: Desk, name: str) -> str:
    return desk.question(name).after[:40]


@pytest.fixture
def practised(desk_of: Callable[[str], Desk], clients: Clients) -> Desk:
    """A practice attempt with a right finding, closed before the examination is set."""
    desk = desk_of("trainee")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    assert send(clients["trainee"], bench(desk), "/close").status_code == 303
    return desk


def test_closed_practice_explains_nothing_while_an_examination_binds_its_person(
    practised: Desk, clients: Clients, desk_of: Callable[[str], Desk], clock: Clock, sign_in: SignInAs
) -> None:
    trainee, page, replay = clients["trainee"], bench(practised, question="q1"), f"{bench(practised)}/replay"
    assert after(practised, "q1") in unescape(trainee.get(page).text)
    here = set_lab(clients, **DATES)
    silent(trainee.get(page).text, trainee.get(replay).text, practised)
    desk = desk_of("trainee")
    assert desk.attempt_id != practised.attempt_id
    assert BOUND not in trainee.get(bench(desk, question="q1")).text, "the examination itself is no practice"
    silent(trainee.get(page).text, trainee.get(replay).text, practised)
    clock.forward(days=2)
    trainee = sign_in("trainee")
    silent(trainee.get(page).text, trainee.get(replay).text, practised)
    assert send(sign_in("instructor"), here, "/release", sure="1").status_code == 303
    told = trainee.get(page).text
    assert BOUND not in told
    assert after(practised, "q1") in unescape(told)


def silent(page: str, replay: str, desk: Desk) -> None:
    """Neither page says what was right, or why; both say so."""
    for text in (page, replay):
        assert BOUND in text
        assert html_errors(text) == []
        given = ["Right and proven", "Solved", after(desk, "q1"), "steps would have to be", "Named mistake"]
        given += ["Proves it", "Does not hold the value"]
        assert [words for words in given if words in unescape(text)] == []
    assert "Not shown during an examination" in page


def test_whoever_sat_a_withdrawn_examination_practises_again_when_it_is_released(
    practised: Desk, clients: Clients, desk_of: Callable[[str], Desk]
) -> None:
    here, trainee, instructor = set_lab(clients, **DATES), clients["trainee"], clients["instructor"]
    desk = desk_of("trainee")
    assert send(instructor, here, "/withdraw", sure="1").status_code == 303
    page = bench(practised, question="q1")
    assert BOUND in trainee.get(page).text, "the examination is being taken"
    assert send(trainee, bench(desk), "/close").status_code == 303
    assert BOUND in trainee.get(page).text, "its results are not released"
    lab = trainee.get(f"/labs/{LAB}").text
    assert "its results are not released yet. The lab can be begun anew when they are." in lab
    assert "Begin the lab" not in lab
    assert send(instructor, here, "/release", sure="1").status_code == 303
    assert "Begin the lab anew" in trainee.get(f"/labs/{LAB}").text
    assert BOUND not in trainee.get(page).text


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("released", "The results of this examination were released at 2026-11-25 09:00 UTC, which ended it."),
        ("time", "The time of this attempt was up at 2026-11-25 10:30 UTC."),
        ("date", "The last date was 2026-11-26 09:00 UTC."),
    ],
)
def test_an_attempt_that_ended_by_itself_looks_ended_everywhere(
    clients: Clients, desk_of: Callable[[str], Desk], clock: Clock, sign_in: SignInAs, ending: str, said: str
) -> None:
    minutes, mode = ("90" if ending == "time" else ""), ("examination" if ending == "released" else "practice")
    here = set_lab(clients, mode=mode, minutes=minutes)
    desk = desk_of("trainee")
    desk.submit("q1", "98")
    if ending == "released":
        assert send(clients["instructor"], here, "/release", sure="1").status_code == 303
        clock.now += timedelta(seconds=1)
    else:
        clock.forward(days=2)
    trainee, instructor = sign_in("trainee"), sign_in("instructor")
    page = trainee.get(bench(desk, question="q1")).text
    assert said in page
    assert "Nothing was submitted" not in page
    assert after(desk, "q1") in unescape(page)
    assert "still worth" not in page
    for offered in ('name="place"', 'name="command"', f'action="{bench(desk)}/verify'):
        assert offered not in page, "nothing is offered that is not accepted"
    fields = {"csrf_token": token_of(trainee.get("/account").text), "command": "linux.pslist"}
    refused = trainee.post(f"{bench(desk)}/runs", data=fields)
    assert refused.status_code == 409
    assert said in unescape(refused.text)
    assert "you can still read all of it" in unescape(refused.text)
    assert "linux.pslist" in refused.text, "what was typed stands on the page"
    assert re.search(r"not passed</span>\s*<span class=\"mute\">\(50 percent are needed\)", page)
    lab, labs, home = (trainee.get(path).text for path in (f"/labs/{LAB}", "/labs", "/"))
    assert said in lab
    assert "not passed" in lab
    for text in (lab, labs, home):
        assert "In progress" not in text
        assert html_errors(text) == []
    result = instructor.get(f"/results/{desk.attempt_id}").text
    assert f"<dt>Closed</dt><dd>{said}</dd>" in result
    assert "not passed yet" not in result
    assert "not passed" in instructor.get("/results").text
    assert html_errors(page) == html_errors(result) == []


def test_only_a_refused_finding_is_said_not_to_be_submitted(
    clients: Clients, desk_of: Callable[[str], Desk], clock: Clock
) -> None:
    set_lab(clients)
    desk, trainee = desk_of("trainee"), clients["trainee"]
    desk.submit("q1", "3")
    clock.now += timedelta(minutes=91)
    page = trainee.get(bench(desk, question="q1")).text
    assert "Received" in page
    assert "The time of this attempt was up at 2026-11-25 10:30 UTC." in page
    assert "Nothing was submitted" not in page


def test_release_and_withdrawal_are_ticked_and_say_how_many_are_at_work(
    clients: Clients, desk_of: Callable[[str], Desk]
) -> None:
    here, instructor = set_lab(clients), clients["instructor"]
    assert "Release: nobody is at work." in instructor.get(here).text
    desk_of("trainee")
    desk_of("colleague")
    page = instructor.get(here).text
    assert "Release although 2 people are still at work" in page
    assert "Withdraw although 2 people are still at work" in page
    for button in ("/release", "/withdraw"):
        refused = send(instructor, here, button)
        assert refused.status_code == 422
        assert "Tick the box first. Nothing was changed." in refused.text
        assert html_errors(refused.text) == []
    after_all = instructor.get(here).text
    assert "not released" in after_all
    assert "Withdrawn" not in after_all


@pytest.mark.usefixtures("desk_of")
@pytest.mark.parametrize("minutes", ["abc", "1234567"])
def test_what_was_typed_for_more_time_stays_with_the_error_at_its_own_form(
    clients: Clients, people: People, minutes: str
) -> None:
    here, person = set_lab(clients), str(people["colleague"])
    page = post(clients["instructor"], here, f"{here}/time", person=person, extra=minutes, note="as agreed")
    assert page.status_code == 422
    form = page.text.partition('id="time"')[2].partition("</section>")[0]
    assert f"'{minutes}' is not a whole number." in unescape(form)
    assert f'value="{minutes}" aria-invalid="true" aria-describedby="late"' in form
    assert 'value="as agreed"' in form
    assert f'<option value="{person}" selected>' in form
    assert "Nothing was changed" not in page.text
    assert html_errors(page.text) == []


ARABIC = str.maketrans("0123456789", "".join(chr(0x660 + n) for n in range(10)))


@pytest.mark.usefixtures("desk_of")
def test_numbers_and_times_are_typed_in_digits_of_any_script(clients: Clients, people: People) -> None:
    given = {"opens_at": "2026-11-25 09:00", "until": "2026-11-26 10:00", "percent": "100", "pass_percent": "50"}
    here = set_lab(clients, **{name: text.translate(ARABIC) for name, text in given.items()})
    person, minutes = str(people["colleague"]), "30".translate(ARABIC)
    done = post(clients["instructor"], here, f"{here}/time", person=person, extra=minutes, note="")
    assert done.status_code == 303
    page = clients["instructor"].get(str(done.location)).text
    assert re.search(r'<td class="n">30</td>', page)
    assert f'<option value="{person}" selected>' in page, "the person stays chosen"
    assert [text for text in given.values() if f'value="{text}"' not in page] == []


def test_a_line_cited_on_the_page_of_a_material_is_ticked_for_the_question(clients: Clients, desk: Desk) -> None:
    trainee, name = clients["trainee"], desk.lab.file.materials[0].name
    address, typed = f"/attempts/{desk.attempt_id}/draft?question=q3", {"value": "half a thought", "seen": "0"}
    assert post(trainee, bench(desk), address, **typed).status_code == 204
    start = trainee.get(bench(desk, question="q3", run="record")).text
    assert f"/materials/{name}?question=q3" in start
    page = f"{bench(desk)}/materials/{name}?question=q3"
    done = send(trainee, page, f"/materials/{name}", place="1")
    assert done.status_code == 303
    assert "question=q3" in done.location
    text = trainee.get(page).text
    assert f'href="{bench(desk, question="q3")}"' in text
    assert html_errors(text) == []
    back = trainee.get(bench(desk, question="q3")).text
    assert 'name="cited" value="1" checked' in back
    assert "half a thought" in back, "what was typed stays"


def test_the_page_of_a_lab_shows_amended_points_and_closed_attempts(
    practised: Desk, clients: Clients, people: People
) -> None:
    with practised.rooms.store.writing() as session:
        amendments = [
            {"do": "worth", "question": "q1", "points": [20, 10, 5]},
            {"do": "void", "question": "q2", "reason": "It was asked twice."},
        ]
        version = {"number": 1, "reason": "", "amendments": amendments, "keys": "k" * 64, "rules": "r" * 64}
        made = {"grader": "1", "preview": "p" * 64, "made_by": people["instructor"], "made_at": practised.rooms.clock()}
        release = content.get(session, "lab", FOLDER.name)
        session.add(GradingVersion(release_id=release.id, organisation_id=people.home, **version, **made))
    lab = clients["trainee"].get(f"/labs/{LAB}").text
    assert '<dt>Points</dt><dd class="num">115</dd>' in lab
    assert re.search(r"</a> Practice <span class=\"num\">20 / 115</span>.*not passed", lab)
    page = clients["trainee"].get(bench(practised, question="q2")).text
    assert "Withdrawn by the instructor: whoever had submitted something has full credit" in page, "it is closed"
    assert "It was asked twice." in page
    assert "Withdrawn by the instructor" not in clients["trainee"].get(bench(practised, question="q1")).text


def test_the_labs_page_says_how_long_an_open_examination_is_open(
    clients: Clients, desk_of: Callable[[str], Desk], clock: Clock, people: People, sign_in: SignInAs
) -> None:
    here = set_lab(clients, opens_at="2026-11-25 10:00")
    assert "Week one opens at 2026-11-25 10:00Z" in plain(clients["trainee"].get("/labs").text)
    post(clients["instructor"], here, f"{here}/time", person=str(people["trainee"]), extra="30")
    clock.now += timedelta(hours=1)
    said = "Examination: Week one until 2026-11-26 09:30Z 120 minutes from the beginning"
    assert said in plain(clients["trainee"].get("/labs").text)
    assert "Examination: Week one open until 2026-11-26 09:00Z" in plain(clients["instructor"].get("/labs").text)
    desk_of("trainee")
    for path in ("/labs", "/"):
        assert "until 2026-11-25 12:00Z" in plain(clients["trainee"].get(path).text), "one's own time"
    results, page = (clients["instructor"].get(path).text for path in ("/results", here))
    assert f'href="{here}"' in results
    assert 'href="/results"' in page.partition("<main")[2]
    clock.forward(days=2)
    assert "Week one over" in plain(sign_in("trainee").get("/labs").text)


def test_a_draft_stays_readable_and_marked_when_the_time_is_up(
    clients: Clients, desk_of: Callable[[str], Desk], clock: Clock, sign_in: SignInAs
) -> None:
    set_lab(clients)
    desk = desk_of("trainee")
    page, fields = bench(desk, question="q1"), {"value": "1234", "reasoning": "the only candidate", "seen": "0"}
    assert "Drafts are not handed in" in clients["trainee"].get(page).text
    address = f"/attempts/{desk.attempt_id}/draft?question=q1"
    assert post(clients["trainee"], page, address, **fields).status_code == 204
    clock.now += timedelta(minutes=91)
    for text in (sign_in("trainee").get(page).text, sign_in("instructor").get(f"/results/{desk.attempt_id}").text):
        kept = plain(text).partition("Kept as a draft, not submitted")[2]
        assert re.match(r" 2026-11-25 09:00:00Z 1234 Reasoning the only candidate", kept)
        assert html_errors(text) == []
    assert "Kept as a draft" not in sign_in("trainee").get(bench(desk, question="q2")).text


def test_after_the_release_everybody_finds_the_lab_to_practise(
    clients: Clients, desk_of: Callable[[str], Desk], clock: Clock
) -> None:
    here = set_lab(clients)
    desk_of("trainee")
    assert send(clients["instructor"], here, "/release", sure="1").status_code == 303
    clock.now += timedelta(seconds=1)
    ended = clients["trainee"].get(f"/labs/{LAB}").text
    assert "Close the attempt there to begin the lab anew." in ended
    assert "It can be taken once" not in ended
    other = clients["colleague"].get(f"/labs/{LAB}").text
    assert "Begin the lab" in other
    assert "is not accepted" not in other
    assert html_errors(ended) == html_errors(other) == []


def test_the_header_says_verified_once_this_attempt_has_verified(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    assert "SHA-256 as registered" in trainee.get(bench(desk)).text
    assert send(trainee, bench(desk, run="record"), "/verify").status_code == 303
    assert "SHA-256 verified at 2026-11-25" in trainee.get(bench(desk)).text


def test_no_hint_is_announced_where_none_can_be_opened(clients: Clients, desk: Desk) -> None:
    trainee, page = clients["trainee"], bench(desk, question="q1")
    desk.submit("q1", "98")
    assert "A hint is available." in trainee.get(page).text
    for n, _ in enumerate(desk.question("q1").points[1:]):
        desk.submit("q1", str(99 + n))
    assert desk.progress("q1").tries_left == 0
    assert "A hint is available." not in trainee.get(page).text


def test_before_its_results_are_released_an_examination_says_neither_right_nor_wrong_nor_what_is_left(
    clients: Clients, desk_of: Callable[[str], Desk]
) -> None:
    set_lab(clients, **DATES, hints="1")
    desk = desk_of("trainee")
    pages = []
    for value, cited in (("3", []), (answer(desk, "q1"), prove(desk, "q1")[:1])):
        desk.submit("q1", value, cited)
        pages.append(clients["trainee"].get(bench(desk, question="q1")).text)
    for page, tries in zip(pages, ("1 try", "2 tries"), strict=True):
        assert f"Submitted, {tries}" in page
        assert "Hint 1 of 2: costs at most 2" in page
        assert [words for words in ("Not right", "Not proven", "all that is left", ": free") if words in page] == []
        assert "An independent second source counts for a quarter here." in page
    assert "Not right" not in clients["instructor"].get("/results").text
