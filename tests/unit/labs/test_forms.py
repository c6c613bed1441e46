import pytest
from werkzeug.datastructures import MultiDict

from training.errors import Refused
from training.labs import forms
from training.labs.forms import Spot


def test_a_spot_survives_its_own_address() -> None:
    spot = Spot("q3", "2", "PID", "1", "ARGS", "kworker", 4)
    args = MultiDict({name: str(value) for name, value in spot.args().items()})
    assert Spot.of(args) == spot
    assert Spot().args() == {}


def test_another_run_starts_at_its_first_page_with_nothing_filtered() -> None:
    spot = Spot("q3", "2", "PID", "1", "ARGS", "kworker", 4)
    assert spot.at(run="3") == Spot("q3", "3")
    assert spot.at(run="2", page=5).page == 5
    assert spot.at(question="q4", run="record") == Spot("q4", "record")


@pytest.mark.parametrize("run", ["-1", "0", "1e3", "٣", "9" * 40, "../etc", "records"])
def test_an_address_typed_by_hand_never_fails(run: str) -> None:
    spot = Spot.of(MultiDict({"run": run, "page": run, "text": "x" * 999}))
    assert (spot.run, spot.page, len(spot.text)) == ("", 1, forms.LONGEST)


@pytest.mark.parametrize(("text", "place"), [("3:17", (3, 17)), ("1:0", (1, 0)), ("record:4", (None, 4))])
def test_a_cite_button_names_a_place(text: str, place: tuple[int | None, int]) -> None:
    assert forms.place({"place": text}) == place


@pytest.mark.parametrize("text", ["", "3", "record:0", "0:1", "3:-1", "3:²", "3:" + "9" * 30, "x:1"])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="place to cite"):
        forms.place({"place": text})


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
