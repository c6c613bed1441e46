from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.datastructures import MultiDict

from training.analysis.command import RowFilter, View
from training.analysis.results import Filter
from training.errors import Refused
from training.labs import forms
from training.labs import spot as spots
from training.labs.service.assignments import Wish
from training.labs.spot import Spot

WHERE = (Filter("145", "PID", operator="is"), Filter("kworker", None, exclude=True), Filter("1", "PPID", operator=">="))
THERE = Spot("q3", "2", "PID", "1", "kworker", WHERE, "1", ("TID",), ("PID", "COMM"), 4, "17", "COMM")


def test_a_spot_survives_its_own_address() -> None:
    args = MultiDict([(name, value) for name, value in THERE.fields()])
    assert Spot.of(args) == THERE
    assert Spot().args() == {}


def test_another_run_starts_at_its_first_page_with_nothing_filtered() -> None:
    assert THERE.at(run="3") == Spot("q3", "3")
    assert THERE.at(question="q4", run="record") == Spot("q4", "record")
    assert THERE.at(run="2", question="q4").row == "17"


@pytest.mark.parametrize("change", [{"page": 5}, {"sort": "COMM"}, {"text": ""}, {"where": ()}])
def test_what_shows_other_rows_takes_the_mark_off(change: dict[str, object]) -> None:
    spot = THERE.at(**change)
    assert (spot.row, spot.cell, spot.where if "where" not in change else WHERE) == ("", "", WHERE)


@pytest.mark.parametrize(
    "one",
    [
        Filter("a,b", "PID"),
        Filter("-x", "OFFSET (V)", exclude=True, operator="starts", case=True),
        Filter("", "FilePath", operator="absent"),
        Filter("2026-03-10", "CREATION TIME", operator="<"),
    ],
)
def test_a_filter_survives_its_own_spelling(one: Filter) -> None:
    assert spots.read(spots.spelled(one)) == one


@pytest.mark.parametrize("text", ["", "is", "is,PID", "like,PID,1", ",,", "--is,PID,1"])
def test_what_is_no_filter_is_left_out(text: str) -> None:
    assert Spot.of(MultiDict({"where": text})).where == ()


def test_a_form_adds_a_filter_and_keeps_what_was_looked_for() -> None:
    kept = [("where", "is,PID,1"), ("find", "sh")]
    added = Spot.of(MultiDict([*kept, ("column", "COMM"), ("op", "-contains"), ("text", "k")]))
    assert added.where == (Filter("1", "PID", operator="is"), Filter("k", "COMM", exclude=True))
    assert added.text == "sh"
    assert Spot.of(MultiDict([*kept, ("column", ""), ("op", "contains"), ("text", "init")])).text == "init"
    assert Spot.of(MultiDict([*kept, ("column", ""), ("op", "contains"), ("text", "")])).text == "sh"
    assert Spot.of(MultiDict([*kept, ("column", "COMM"), ("op", "contains"), ("text", "")])).where == added.where[:1]


def test_a_command_says_what_is_seen_of_its_run() -> None:
    view = View((RowFilter("bash", "COMM"), RowFilter("^init", "COMM", exclude=True, regex=True)), ("TID",), ("PID",))
    seen = Spot("q1", "3").seen(view)
    assert seen.where == (Filter("bash", "COMM", case=True), Filter("init", "COMM", True, "starts", case=True))
    assert (seen.any, seen.hide, seen.show) == ("1", ("TID",), ("PID",))
    with pytest.raises(Refused, match="regular expression"):
        Spot("q1", "3").seen(View((RowFilter("(a|b)+", regex=True),)))


@pytest.mark.parametrize("run", ["-1", "0", "1e3", "٣", "9" * 40, "../etc", "records"])
def test_an_address_typed_by_hand_never_fails(run: str) -> None:
    spot = Spot.of(MultiDict({"run": run, "page": run, "text": "x" * 999}))
    assert (spot.run, spot.page, len(spot.text)) == ("", 1, spots.LONGEST)


@pytest.mark.parametrize(("text", "place"), [("3:17", (3, 17)), ("1:0", (1, 0)), ("record:4", (None, 4))])
def test_a_cite_button_names_a_place(text: str, place: tuple[int | None, int]) -> None:
    assert forms.place({"place": text}) == place


@pytest.mark.parametrize("text", ["", "3", "record:0", "0:1", "3:-1", "3:²", "3:" + "9" * 30, "x:1"])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="place to cite"):
        forms.place({"place": text})


def test_one_press_cites_rows_up_to_a_number_of_them() -> None:
    rows = [f"3:{row}" for row in range(forms.MOST_TOGETHER + 1)]
    assert forms.places({"places": " ".join([*rows[:2], rows[0]])}) == [(3, 0), (3, 1)]
    assert len(forms.places({"places": " ".join(rows[:-1])})) == forms.MOST_TOGETHER == 40
    with pytest.raises(Refused, match="place to cite"):
        forms.places({"places": " ".join(rows)})


@pytest.mark.parametrize("text", ["", "3:17 ", "3:17 record:4", "3:17 log:2:source", "3:17 x"])
def test_a_press_that_cites_rows_cites_nothing_else(text: str) -> None:
    with pytest.raises(Refused, match="place to cite"):
        forms.places({"places": text})


def test_a_note_that_nobody_touched_is_left_out() -> None:
    mark = forms.mark_of("as it was\nshown")
    sent = {f"note-3-{mark}": "as it was\r\nshown", f"note-4-{mark}": "changed", "note-5": "no field of a note"}
    assert forms.notes(sent) == {4: "changed"}


def test_places_of_a_sequence_are_joined_in_their_order_and_gaps_left_out() -> None:
    form = MultiDict([("step", "3:start"), ("step", ""), ("step", "1:fetch"), ("cited", "2"), ("cited", "1")])
    claimed = forms.claimed(form)
    assert (claimed.value, claimed.cited, claimed.confidence) == ("fetch > start", (2, 1), None)
    shared = MultiDict([("step", "2:start"), ("step", "2:fetch"), ("step", "1:sent")])
    assert forms.claimed(shared).value == "sent > start = fetch"


def test_a_form_says_which_step_it_showed_and_whether_it_goes_without_proof() -> None:
    plain = forms.claimed(MultiDict({"value": "1"}))
    assert (plain.seen, plain.bare) == (None, False)
    whole = forms.claimed(MultiDict({"value": "1", "seen": "3", "bare": "1"}))
    assert (whole.seen, whole.bare) == (3, True)
    assert forms.claimed(MultiDict({"value": "1", "seen": "many"})).seen == 0


@pytest.mark.parametrize(
    ("form", "message"),
    [({"confidence": "sure"}, "How sure"), ({"cited": "C1"}, "has no number")],
)
def test_what_no_page_sends_is_refused(form: dict[str, str], message: str) -> None:
    with pytest.raises(Refused, match=message):
        forms.claimed(MultiDict(form))


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with spaces in it", "żółty-żółty"])
def test_a_request_key_is_well_formed_or_refused(key: str) -> None:
    with pytest.raises(Refused, match="form is incomplete"):
        forms.request_key({"request_key": key})


def test_a_number_of_a_form_counts_from_one() -> None:
    assert forms.numbered({"hint": "2"}, "hint") == 2
    with pytest.raises(Refused, match="not a number from 1"):
        forms.numbered({"hint": "0"}, "hint")


def test_the_picker_puts_a_command_together() -> None:
    assert forms.chosen(MultiDict({"plugin": "linux.pslist", "pid": " 7 "})) == "linux.pslist --pid 7"
    assert forms.chosen(MultiDict({"plugin": "linux.pslist"})) == "linux.pslist"
    assert forms.chosen(MultiDict({"pid": "7"})) == ""


def test_a_link_of_the_history_brings_the_command_back_as_it_was() -> None:
    assert (
        forms.chosen(MultiDict({"command": "linux.pslst  --pid 1", "plugin": "linux.bash"})) == "linux.pslst  --pid 1"
    )


@pytest.mark.parametrize("back", ["compare/processes", "processes/145"])
def test_a_row_can_be_cited_from_the_pages_beside_the_workbench(back: str) -> None:
    assert forms.way_back({"back": back}) == back


@pytest.mark.parametrize("back", ["", "//elsewhere", "compare/../x", "processes/1e3", "processes/١", "compare/a\n"])  # noqa: RUF001
def test_no_form_leads_anywhere_else(back: str) -> None:
    assert forms.way_back({"back": back}) == ""


@pytest.mark.parametrize("text", ["2026-11-30 18:00", " 2026-11-30T18:00 ", "2026-11-30 18:00z", "2026-11-30T18:00Z"])
def test_times_are_typed_in_utc(text: str) -> None:
    assert forms.moment(text, "opens_at") == datetime(2026, 11, 30, 18, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "30.11.2026 18:00", "2026-11-30", "2026-11-30 18:00+03:00", "2026-02-30 18:00"])
def test_what_is_no_time_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(Refused, match="write it as 2026-11-30 18:00, in UTC") as bad:
        forms.moment(text, "dates")
    assert bad.value.field == "dates"


def test_what_is_set_survives_its_own_form() -> None:
    at = datetime(2026, 11, 30, 18, tzinfo=UTC)
    wish = Wish(
        "a-lab",
        "Week one",
        "examination",
        at,
        ((at + timedelta(days=1), 100),),
        "practice",
        90,
        hints=False,
        pass_percent=55,
    )
    assert forms.wish(forms.fields_of(wish)) == wish
    assert forms.wish(forms.fields_of(replace(wish, minutes=None, hints=True, dates=()))) == replace(
        wish, minutes=None, hints=True, dates=()
    )
