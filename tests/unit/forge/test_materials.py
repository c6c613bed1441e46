"""Texts filled from a truth, and files of a machine, as they are handed over."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.forge.told import collected, plan
from training.forge import materials
from training.forge.materials import Filler, Image, MaterialMistakes, printed
from training.grading.keys.data import Data
from training.grading.keys.syntax import KeyProblem

TOLD = collected()
IMAGE = Image("image.raw", 134_217_728, "cd" * 32, "lime")


def written(*given: dict[str, str], **taken: bytes) -> dict[str, bytes]:
    scenario = plan(materials=given)
    return materials.write(scenario, TOLD, IMAGE, {f"/{name}": content for name, content in taken.items()})


def mistakes(*given: dict[str, str], **taken: bytes) -> list[str]:
    with pytest.raises(MaterialMistakes) as caught:
        written(*given, **taken)
    return caught.value.mistakes


def test_texts_are_filled_and_files_are_taken() -> None:
    text = (
        "start,peer\n{= time(truth.commands.start.seconds)},{=truth.planted.actor.connections.remote }\n"
        "{= image.sha256} {= image.size} {= image.name} {= image.format}\n"
    )
    made = written({"file": "flows.csv", "text": text}, {"file": "log", "from": "/log"}, log=b"one\r\ntwo\n")
    assert made == {
        "flows.csv": b"start,peer\n2026-03-10T12:06:55Z,203.0.113.66:8443\n"
        + b"cd" * 32
        + b" 134217728 image.raw lime\n",
        "log": b"one\r\ntwo\n",
    }


def test_rows_of_a_flow_record_are_in_the_order_of_their_starts_and_notes_stay() -> None:
    text = (
        "# Flow record\nstart,end,bytes\n{= truth.frozen },,3\n{= truth.booted },,1\n# between\n"
        "{= time(truth.commands.start.seconds) },,2\n{= truth.booted },,1 again\n# 4 flows\n"
    )
    lines = written({"file": "flows.csv", "text": text})["flows.csv"].decode().splitlines(keepends=True)
    assert [line[:1] for line in lines] == ["#", "s", "2", "2", "#", "2", "2", "#"]
    assert [line.partition(",,")[2] for line in lines if line[:1] == "2"] == ["1\n", "1 again\n", "2\n", "3\n"]


@pytest.mark.parametrize(
    "text", ["end,start\nb,2\na,1\n", "start, then stop\nb\na\n", "b\na", "", "start,end\n", "\n\n"]
)
def test_a_text_that_is_no_flow_record_stays_as_it_is(text: str) -> None:
    assert written({"file": "note.txt", "text": text})["note.txt"] == text.encode()


MOMENT = datetime(2026, 3, 10, 12, 7, 3, 990_000, UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (MOMENT, "2026-03-10T12:07:03Z"),
        ([1, 2.0, "a"], "1, 2, a"),
        ([MOMENT, MOMENT + timedelta(seconds=1)], "2026-03-10T12:07:03Z, 2026-03-10T12:07:04Z"),
        ([], ""),
        (3.0, "3"),
        (3.25, "3.25"),
        (10**18, "1000000000000000000"),
        (-7, "-7"),
        (True, "true"),
        ("", ""),
    ],
)
def test_values_are_printed_as_people_write_them(value: Data, text: str) -> None:
    assert printed(value) == text


@pytest.mark.parametrize(("value", "what"), [(None, "nothing"), ({"a": 1}, "a row"), ([[None]], "nothing")])
def test_what_has_no_text_is_not_printed(value: Data, what: str) -> None:
    with pytest.raises(KeyProblem, match=f"{what}.* can't be printed"):
        printed(value)


def test_mistakes_name_file_field_line_and_column_all_at_once() -> None:
    text = "a {= truth.hots}\nbb {= truth.host} {= 1 + } {= nobody.pid}\n{= truth.host"
    assert mistakes({"file": "a.txt", "text": text}, {"file": "b.txt", "text": "{= the(truth.zombies + 1)}"}) == [
        "a.txt, field text, line 1, column 11: {= truth.hots}: no column is named 'hots'; nearest: host, mounts",
        "a.txt, field text, line 2, column 26: {= 1 + }: a value is expected here, not the end",
        "a.txt, field text, line 2, column 31: {= nobody.pid}: nothing is named 'nobody' here; there are: image, truth",
        "a.txt, field text, line 3, column 1: an expression begins here; it ends with } and has no other brace in it",
        "b.txt, field text, line 1, column 22: {= the(truth.zombies + 1)}: a number can't be added to a list",
    ]


def test_the_column_points_at_the_character_that_is_wrong() -> None:
    text = "xy {= truth.host + nobody}"
    (mistake,) = mistakes({"file": "a.txt", "text": text})
    column = int(mistake.split("column ")[1].split(":")[0])
    assert text[column - 1 :].startswith("nobody")


def test_rows_of_plugins_have_no_place_in_a_material() -> None:
    assert "are not here" in mistakes({"file": "a.txt", "text": '{= rows("linux.pslist").PID}'})[0]


def test_an_expression_that_works_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.grading.keys.data.MOST_STEPS", 20)
    assert "more steps" in mistakes({"file": "a.txt", "text": "{= truth.processes.pid}"})[0]


def test_braces_of_other_kinds_stay() -> None:
    assert written({"file": "a.txt", "text": "{} {x} {{= truth.host}} }"})["a.txt"] == b"{} {x} {ws} }"


def test_a_value_with_braces_is_not_read_again() -> None:
    assert Filler(TOLD, Image("{= truth.host}", 1, "")).fill("{= image.name}", "x") == "{= truth.host}"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"x" * 1_000_001, "log: 1,000,001 bytes; a material has at most 1,000,000"),
        (b"\n" * 5_001, "log: 5,001 lines; a material has at most 5,000"),
        (b"ok\n" + b"x" * 2_001, "log, line 2: 2,001 characters; a line has at most 2,000"),
        (b"ok\n\xff\n", "log, line 2: not UTF-8 text"),
        (b"ok\na\x1b[2J", "log, line 2: holds the character U+001B, which can't be shown"),
        ("a\u202eb".encode(), "log, line 1: holds the character U+202E, which can't be shown"),
    ],
)
def test_what_the_labs_room_would_refuse_is_refused(content: bytes, complaint: str) -> None:
    assert mistakes({"file": "log", "from": "/log"}, log=content) == [complaint]


def test_the_most_that_fits_is_taken() -> None:
    content = b"\t\n" * 4_999 + b"x" * 2_000 + b"\n"
    assert written({"file": "log", "from": "/log"}, log=content)["log"] == content


def test_a_file_that_was_not_taken_is_named() -> None:
    assert mistakes({"file": "log", "from": "/var/log/web"}) == [
        "log, field from: /var/log/web was not taken from the machine"
    ]
