"""Codes that change, tickets, and check characters: what is recognised, and what is not."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import uuid4

from training.hosting.attendance import characters, codes
from training.hosting.attendance.characters import ALPHABET

NOW = datetime(2026, 11, 25, 9, 0, 5, tzinfo=UTC)
PLACE = codes.Place(codes.session_key("a secret", uuid4()), 3, 1)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_the_code_of_this_step_and_the_one_before_are_recognised_in_both_forms() -> None:
    code = codes.shown(PLACE, NOW)
    assert code.seconds == 15
    for typed in (
        code.long,
        code.short,
        f" {code.short[:3].lower()} {code.short[3:]} ",
        f"{code.short[:3]}-{code.short[3:]}",
    ):
        for seconds in (0, 15, 34.9):
            assert codes.recognised(PLACE, typed, later(seconds)) is not None
        assert codes.recognised(PLACE, typed, later(35)) is None
        assert codes.recognised(PLACE, typed, later(-6)) is None  # of the future


def test_codes_of_other_sessions_half_days_and_keys_are_not_recognised() -> None:
    others = [
        codes.Place(codes.session_key("a secret", uuid4()), 3, 1),
        codes.Place(PLACE.key, 3, 2),
        codes.Place(PLACE.key, 2, 1),
        codes.Place(codes.session_key("another", uuid4()), 3, 1),
    ]
    for one in others:
        code = codes.shown(one, NOW)
        assert codes.recognised(PLACE, code.long, NOW) is None
        assert codes.recognised(PLACE, code.short, NOW) is None
    for typed in ("", " ", "0" * 16, "é" * 6, "A" * 100_000):
        assert codes.recognised(PLACE, typed, NOW) is None


def test_a_ticket_is_one_devices_for_ten_minutes_and_can_not_be_made_up() -> None:
    proof = codes.recognised(PLACE, codes.shown(PLACE, NOW).long, NOW)
    assert proof is not None
    ticket = codes.ticket(PLACE, proof, "mine")
    assert codes.redeemed(PLACE, ticket, "mine", later(600)) is not None
    assert codes.redeemed(PLACE, ticket, "mine", later(602)) is None
    assert codes.redeemed(PLACE, ticket, "yours", NOW) is None
    assert codes.redeemed(codes.Place(PLACE.key, 3, 2), ticket, "mine", NOW) is None
    day, half, step, at, mac = ticket.split(".")
    for forged in (
        f"{day}.{half}.{step}.{int(at) + 5000}.{mac}",
        f"x.{half}.{step}.{at}.{mac}",
        "....",
        "",
        "1.2",
        ticket + "0",
    ):
        assert codes.redeemed(PLACE, forged, "mine", NOW) is None


def test_a_clock_that_is_set_back_never_dates_an_arrival_into_the_future() -> None:
    proof = codes.recognised(PLACE, codes.shown(PLACE, NOW).long, NOW)
    assert proof is not None
    back = codes.redeemed(PLACE, codes.ticket(PLACE, proof, "mine"), "mine", later(-3600))
    assert back is not None
    assert back.at == later(-3600)


def test_one_in_three_is_asked_for_the_seat() -> None:
    asked = sum(codes.asked_for_seat(PLACE, uuid4()) for _ in range(3000))
    assert 800 < asked < 1200


def test_every_one_or_two_wrong_characters_of_a_sheet_and_every_exchange_are_found() -> None:
    code = characters.new_code()
    assert characters.sound(code)
    for first, second in combinations(range(len(code)), 2):
        for one in ALPHABET:
            for two in ALPHABET:
                typed = list(code)
                typed[first], typed[second] = one, two
                wrong = "".join(typed)
                assert characters.sound(wrong) is (wrong == code)
    assert not any(characters.sound(one) for one in ("", code[:-1], code + "2", "0000000", "ÀÀÀÀÀÀÀ"))


def test_every_wrong_character_of_a_mark_both_in_the_wrong_order_and_marks_of_other_sheets_are_found() -> None:
    code = characters.new_code()
    marks = characters.marks(code)
    assert len(set(marks)) == 30
    for mark in marks:
        assert characters.sound_mark(code, mark)
        assert not characters.sound_mark(code, mark[::-1])
        wrong = [one + mark[1] for one in ALPHABET] + [mark[0] + one for one in ALPHABET]
        assert sum(characters.sound_mark(code, one) for one in wrong) == 2  # itself, twice
    others = [characters.new_code() for _ in range(200)]
    strange = [one for one in others if not characters.sound_mark(one, marks[0])]
    assert len(strange) > 150  # all but those few that share the value of 31
    assert not any(characters.sound_mark(one, mark) for one in strange for mark in marks)
