"""Learning by doing, and waiting well: questions to choose by, cards, what no row means, why a run did not end well."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select

from tests.conftest import token_of
from tests.unit.labs.conftest import Desk
from tests.web.conftest import Clients, SignInAs, bench, html_errors, send
from tests.web.test_labs_assignments import set_lab
from tests.web.test_labs_runs import state_of
from training.analysis import cards as plugin_cards
from training.analysis import reasons, typical
from training.analysis import service as analysis
from training.analysis.cards import Card, Question
from training.analysis.models import Run, State
from training.analysis.reasons import Code
from training.labs.service import findings, offers, runs

CARDS = plugin_cards.load()
PSLIST = CARDS.get("linux.pslist")


def entry(page: str, plugin: str) -> str:
    """What stands beside a plugin in the chooser, where it is offered first."""
    found = re.search(rf'(?s)value="{re.escape(plugin)}">.*?</div>', page)
    assert found, plugin
    return re.sub(r"<[^>]+>|\s+", " ", found[0]).strip()


def asked_for(desk: Desk) -> list[str]:
    """The commands of the attempt's runs, the first first."""
    with desk.rooms.store.reading() as session:
        return [one.run.text for one in runs.listed(session, desk.case(session).attempt)][::-1]


def offered_here() -> list[tuple[Question, list[Card]]]:
    """What a lab on Linux offers that allows no files to be written."""
    made = [(one, [card for card in answering if not card.files]) for one, answering in CARDS.answering("linux")]
    return [(question, answering) for question, answering in made if answering]


# -- choosing by a question


def test_plugins_are_chosen_by_the_question_that_they_answer(clients: Clients, desk: Desk) -> None:
    page = clients["trainee"].get(f"/attempts/{desk.attempt_id}/choose?question=q1").text
    assert html_errors(page) == []
    assert len(page.encode()) < 60 * 1024
    for question, answering in offered_here():
        group = re.search(rf"(?s)<legend>{re.escape(question.text)}</legend>.*?</fieldset>", unescape(page))
        assert group, question.text
        assert re.findall(r'value="([^>]+)">', group[0]) == [card.ready for card in answering]
    assert "windows." not in page
    at, token = f"/attempts/{desk.attempt_id}/runs?question=q1", {"csrf_token": token_of(page)}
    assert f'<form method="post" action="{at}" class="stack">' in page, "it works without a script"
    assert page.count("<details") > 3
    assert '<details class="fold" open>' not in page.partition('id="chooser"')[2], "its topics are folded"
    assert "<b>process number table</b>: Tasks in the table" in page, "what each plugin reads"
    sought = clients["trainee"].get(f"/attempts/{desk.attempt_id}/choose?question=q1&words=which+FILE+run").text
    left = re.findall(r"<legend>(.*?)</legend>", sought)
    assert left == ["Which file does a process run?"]
    for plugin in ("linux.malware.process_spoofing", "linux.proc.Maps", "linux.elfs"):
        assert f">{plugin}<" in sought, plugin
    assert "No question has these words." in clients["trainee"].get(f"/attempts/{desk.attempt_id}/choose?words=zz").text
    chosen = {**token, "typed": "", "plugin": "linux.psaux", "pid": "1"}
    filled = clients["trainee"].post(at, data={**chosen, "fill": "1"})
    assert 'value="linux.psaux --pid 1"' in clients["trainee"].get(filled.location).text
    assert asked_for(desk) == [], "nothing is run yet"
    none = clients["trainee"].post(at, data={**token, "typed": "linux.psl"})
    assert 'value="linux.psl"' in clients["trainee"].get(none.location).text, "none was chosen"
    begun = clients["trainee"].post(at, data=chosen)
    assert begun.status_code == 303
    assert asked_for(desk) == ["linux.psaux --pid 1"]


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_questions_are_asked_in_the_language_of_the_reader(clients: Clients, desk: Desk, language: str) -> None:
    trainee = clients["trainee"]
    trainee.set_cookie("language", language)
    page = unescape(trainee.get(f"/attempts/{desk.attempt_id}/choose").text)
    assert f'lang="{language}"' in page
    for question, _ in offered_here():
        assert f"<legend>{question.text.others[language]}</legend>" in page  # type: ignore[attr-defined]
    found = trainee.get("/plugins", query_string={"text": CARDS.questions[0].text.others[language]})  # type: ignore[attr-defined]
    assert 'href="/plugins/linux.pslist"' in found.text, "and are searched for"


def test_the_chooser_tells_how_long_it_takes_and_what_is_there(
    clients: Clients, desk_of: Callable[[str], Desk]
) -> None:
    mine, other = desk_of("trainee"), desk_of("colleague")
    mine.run("linux.psaux")
    other.run("linux.pslist")
    address = f"/attempts/{mine.attempt_id}/choose"
    page = clients["trainee"].get(address).text
    assert "Yours: run 1" in entry(page, "linux.psaux")
    assert "A classmate has asked: opens at once" in entry(page, "linux.pslist")
    assert "Already there: opens at once" in entry(page, "linux.sockstat"), "made ahead of time: nobody has asked"
    with mine.rooms.store.reading() as session:
        exhibit = mine.case(session).exhibit.sha256
        times = typical.seconds(session, exhibit)
        for card in CARDS.for_os("linux"):
            assert times[card.name] == analysis.typical_seconds(session, card.name, exhibit), card.name
    seconds = -(-times["linux.kallsyms"] // 1)
    assert f"about {seconds:.0f} s" in entry(page, CARDS.get("linux.kallsyms").ready)
    state_of(mine, "linux.pslist", state=State.RUNNING)
    assert "Under way for a classmate: join it" in entry(clients["trainee"].get(address).text, "linux.pslist")


def test_an_examination_tells_nothing_of_what_others_asked(
    clients: Clients, desk_of: Callable[[str], Desk], sign_in: SignInAs
) -> None:
    set_lab(clients, until="2026-11-26 09:00", minutes="")
    mine, other = desk_of("trainee"), desk_of("colleague")
    other.run("linux.pslist")
    mine.run("linux.psaux")
    page = sign_in("trainee").get(f"/attempts/{mine.attempt_id}/choose").text
    assert "Yours: run 1" in entry(page, "linux.psaux")
    assert "classmate" not in page
    assert "Already there" not in page


def test_what_a_lab_does_not_allow_is_not_offered(desk: Desk) -> None:
    with desk.rooms.store.reading() as session:
        case = desk.case(session)
        assert not case.lab.file.dumps
        offered = {one.card.name for _, asked in offers.by_topic(session, case) for _, found in asked for one in found}
    assert offered == {card.name for card in CARDS.for_os("linux") if not card.files}


# -- the card, beside the command line and below a result


def part(clients: Clients, desk: Desk, **args: str | int) -> str:
    answer = clients["trainee"].get(bench(desk, **args), headers={"X-Engram": "parts=card"})
    assert len(answer.data) < 8 * 1024
    found = re.search(r'(?s)<section id="card".*?</section>', answer.text)
    assert found
    return unescape(found[0])


def test_the_card_of_a_typed_plugin_stands_beside_the_command_line(clients: Clients, desk: Desk) -> None:
    page = clients["trainee"].get(bench(desk, question="q1", command="linux.pslist --pid 1")).text
    assert html_errors(page) == []
    card = re.search(r'(?s)<section id="card".*?</section>', unescape(page))
    assert card
    for text in (PSLIST.shows, PSLIST.cannot_show, PSLIST.walks, PSLIST.defeated_by):
        assert text in card[0]
    for name, why in PSLIST.check_with:
        given = f"{name} --pid 1" if CARDS.get(name).option("pid") else name
        assert f'form="answer" name="begin" value="{given}"' in card[0], "with the option that both have"
        assert why in card[0]
    assert part(clients, desk, question="q1", run="record", command="linux.pslist --pid 1") == card[0]
    assert "linux.psscan</bdi></h3>" in part(clients, desk, command="vol PSSCAN")
    for command in ("", "linux.psl", "windows.pslist", "x" * 9_000):
        assert part(clients, desk, command=command) == '<section id="card"></section>'
    assert 'value="linux.pidhashtable"' in part(clients, desk, command="linux.pslist --pid nonsense")


def test_a_result_says_what_it_shows_and_how_to_check_it(clients: Clients, desk: Desk) -> None:
    desk.run("linux.pslist")
    page = unescape(clients["trainee"].get(bench(desk, question="q1", run=1)).text)
    learn = re.search(r'(?s)<section aria-labelledby="h-learn">.*?</section>', page)
    assert learn
    for text in (PSLIST.shows, PSLIST.cannot_show, PSLIST.walks, PSLIST.defeated_by):
        assert text in learn[0]
    assert re.findall(r'name="begin" value="([^"]+)"', learn[0]) == [name for name, _ in PSLIST.check_with]
    desk.run("linux.proc.Maps --pid 1")
    page = unescape(clients["trainee"].get(bench(desk, question="q1", run=2)).text)
    again = re.findall(r'name="begin" value="([^"]+)"', page.partition('id="h-learn"')[2])
    able = [one for one, _ in CARDS.get("linux.proc.Maps").check_with if CARDS.get(one).option("pid")]
    assert able
    assert {f"{one} --pid 1" for one in able} <= set(again), "what is looked at again is the same process"
    assert send(clients["trainee"], bench(desk), "/close").status_code == 303
    over = unescape(clients["trainee"].get(bench(desk, question="q1", run=1)).text)
    assert 'name="begin"' not in over.partition('id="h-learn"')[2].partition("</section>")[0], "nothing can be run"
    assert 'href="/plugins/linux.psscan"' in over


def test_a_plugin_that_needs_an_option_is_put_with_one(clients: Clients, desk: Desk) -> None:
    page = unescape(clients["trainee"].get(f"/attempts/{desk.attempt_id}/choose").text)
    assert CARDS.get("linux.vmaregexscan").ready == "linux.vmaregexscan --pattern 'PATH=[!-~]+'"
    assert """value="linux.vmaregexscan --pattern 'PATH=[!-~]+'">""" in page
    put = clients["trainee"].get(bench(desk, plugin="linux.vmaregexscan --pid 1 --pattern 'x'", pid="145")).text
    assert "linux.vmaregexscan --pattern 'x' --pid 145" in unescape(put)


# -- waiting, and runs that did not end well


@pytest.mark.parametrize("state", [State.PARTIAL, State.FAILED, State.KILLED])
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("the run took longer than 180 seconds and was ended", Code.TIME),
        ("the run took more than 1024 MiB of memory and was ended", Code.MEMORY),
        ("plugin: linux.pslist is not offered", Code.SERVER),
        (runs.ENDED, Code.PERSON),
        ("what no version says", Code.OTHER),
    ],
)
def test_a_run_that_did_not_end_well_is_explained(
    clients: Clients, desk: Desk, state: State, said: str, code: Code
) -> None:
    desk.run("linux.psaux")
    state_of(desk, "linux.psaux", state=state, reason=said)
    reason = reasons.REASONS[code]
    page = unescape(clients["trainee"].get(bench(desk, run=1)).text)
    for text in (reason.means, reason.todo, said, "Run again"):
        assert text in page
    assert reason.means in unescape(clients["trainee"].get(f"/attempts/{desk.attempt_id}/all-runs").text)
    assert html_errors(clients["trainee"].get(bench(desk, run=1)).text) == []


def test_a_run_under_way_shows_how_far_it_is(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    state_of(desk, "linux.psaux", state=State.RUNNING, stage="running", rows=1234)
    page = clients["trainee"].get(bench(desk, run=1)).text
    assert "1,234 rows so far" in page
    assert "Typical time: 1 s." in page
    assert '<progress max="100" value="0" data-of="1"' in page
    assert "You can go on meanwhile" in page
    desk.rooms.clock.forward(hours=1)  # type: ignore[attr-defined] # the clock of tests
    page = clients["trainee"].get(bench(desk, run=1)).text
    assert 'value="95"' in page, "never all of it"
    assert "It takes longer than usual." in page
    live = clients["trainee"].get(f"/attempts/{desk.attempt_id}/runs/1").text
    assert 'data-share="95"' in live


def test_a_complete_run_without_rows_says_what_that_means(clients: Clients, desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        run = session.scalars(select(Run).where(Run.plugin == "linux.pslist", Run.state == State.COMPLETE)).first()
        assert run
        run.rows = 0
    desk.run("linux.pslist")
    page = unescape(clients["trainee"].get(bench(desk, run=1)).text)
    box = page.partition("Run 1 is complete and has no rows")[2].partition('class="tools"')[0]
    for text in (PSLIST.walks, PSLIST.cannot_show, PSLIST.defeated_by, PSLIST.check_with[0][1]):
        assert text in box
    assert "nothing of whether the machine is clean" in box
    assert "malware" not in box


# -- before anything is there


def test_empty_places_say_what_belongs_there_and_how_it_comes(clients: Clients, desk: Desk) -> None:
    page = unescape(clients["trainee"].get(bench(desk, question="q1")).text)
    for text in ("No run yet", "No citation yet", "No finding yet"):
        assert text in page
    assert 'form="answer" name="begin" value="linux.pslist"' in page, "one press runs it"
    assert f'/attempts/{desk.attempt_id}/choose"' in unescape(
        clients["trainee"].get(f"/attempts/{desk.attempt_id}/all-runs").text
    )
    act = send(clients["trainee"], bench(desk, question="q1"), "/check", begin="linux.pslist", command="half", seen="0")
    assert act.status_code == 303
    assert asked_for(desk) == ["linux.pslist"]
    page = unescape(clients["trainee"].get(act.location).text)
    assert 'value="half"' in page, "what was typed beside it stays"
    desk.cite("linux.psaux", 0)
    desk.submit("q1", "3", (1,))
    page = clients["trainee"].get(bench(desk, question="q1")).text
    assert "No run yet" not in page
    assert "No finding yet" not in page
    assert '<p class="small mute" hidden><b>No citation yet.</b>' in page, "a script shows it where the last one goes"


# -- hints


def test_a_hint_says_what_it_costs_before_it_is_taken_and_takes_no_more(clients: Clients, desk: Desk) -> None:
    question = desk.question("q1")
    points, hint = question.points[0], question.hints[0]
    page = clients["trainee"].get(bench(desk, question="q1")).text
    price = hint.price * points
    assert f"Hint 1 of {len(question.hints)}: costs {price:g}" in page
    assert hint.text[:30] not in unescape(page)
    with desk.rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session, lock=True), question, 1, desk.rooms.clock())
    after = unescape(clients["trainee"].get(bench(desk, question="q1")).text)
    assert hint.text in after
    assert f'still worth <b class="num">{points - price:g}</b>' in after
    assert f"Hint 2 of {len(question.hints)}: costs" in after
