"""What a note claims that the record can be held against."""
# ruff: noqa: RUF001

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from training.grading.conduct import claims
from training.grading.conduct.claims import TimeClaim

ABOUT = datetime(2026, 3, 11, 10, 4, 30, tzinfo=UTC)


def found(text: str, about: datetime = ABOUT) -> list[tuple[str, str, str]]:
    """Times as they were written, with their beginning in UTC and their end."""
    return [
        (one.written, one.start.astimezone(UTC).isoformat()[:19], one.end.astimezone(UTC).isoformat()[:19])
        for one in claims.times(text, about)
    ]


@pytest.mark.parametrize(
    ("text", "written", "start", "end"),
    [
        ("at 10:04", "10:04", "11T10:04:00", "11T10:04:59"),
        ("at 9h05.", "9h05", "11T09:05:00", "11T09:05:59"),
        ("10:04:07", "10:04:07", "11T10:04:07", "11T10:04:07"),
        ("10:04.07 UTC", "10:04.07 UTC", "11T10:04:07", "11T10:04:07"),
        ("10:04Z", "10:04Z", "11T10:04:00", "11T10:04:59"),
        ("10:04 GMT", "10:04 GMT", "11T10:04:00", "11T10:04:59"),
        ("12:04 +02:00", "12:04 +02:00", "11T10:04:00", "11T10:04:59"),
        ("12:04+0200", "12:04+0200", "11T10:04:00", "11T10:04:59"),
        ("05:34 -04:30", "05:34 -04:30", "11T10:04:00", "11T10:04:59"),
        ("10:04 +24:00", "10:04 +24:00", "11T10:04:00", "11T10:04:59"),
        ("23:30", "23:30", "10T23:30:00", "10T23:30:59"),
        ("00:10", "00:10", "11T00:10:00", "11T00:10:59"),
        ("22:04", "22:04", "11T22:04:00", "11T22:04:59"),
        ("22:05", "22:05", "10T22:05:00", "10T22:05:59"),
        ("١٠:٠٤", "10:04", "11T10:04:00", "11T10:04:59"),
        ("24:00", "", "", ""),
        ("10:60", "", "", ""),
        ("1:2", "", "", ""),
        ("2026-03-11", "", "", ""),
        ("00:1a:2b:3c", "", "", ""),
        ("192.0.2.10:80", "", "", ""),
        ("10:04:07:11", "", "", ""),
        ("-10:04", "", "", ""),
    ],
)
def test_a_time_is_taken_on_the_day_that_brings_it_nearest(text: str, written: str, start: str, end: str) -> None:
    expected = [(written, f"2026-03-{start}", f"2026-03-{end}")] if written else []
    assert found(text) == expected
    assert found(f"First {text}, then.") == expected


def test_times_around_midnight_belong_to_the_nearest_day() -> None:
    late = datetime(2026, 3, 11, 23, 58, 30, 500, tzinfo=UTC)
    assert [one[1] for one in found("00:02, 23:57 and 00:01:05", late)] == [
        "2026-03-12T00:02:00",
        "2026-03-11T23:57:00",
        "2026-03-12T00:01:05",
    ]
    assert [one.start.microsecond for one in claims.times("00:02", late)] == [0]


@pytest.mark.parametrize(
    ("begin", "end", "near"),
    [
        (0, 10, True),
        (70, 80, True),
        (119, 130, True),
        (120, 130, False),
        (-71, -60, True),
        (-72, -61, False),
        (-9, 99, True),
    ],
)
def test_a_claim_is_near_a_stretch_within_its_tolerance(begin: int, end: int, *, near: bool) -> None:
    claim = TimeClaim("x", ABOUT, ABOUT + timedelta(seconds=59))
    stretch = (ABOUT + timedelta(seconds=begin), ABOUT + timedelta(seconds=end))
    assert claim.near(*stretch, 60) is near


def test_digests_are_sixty_four_signs_in_small_letters() -> None:
    one, two = "A3" * 32, "b4" * 32
    assert claims.digests(f"SHA-256 {one}, then {two}.") == (one.lower(), two)
    assert claims.digests(f"{one}0 g{two} {two[1:]}") == (two,)
    assert claims.digests("".join(f" {n:064x}" for n in range(250))) == tuple(f"{n:064x}" for n in range(200))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("see entry 4", (4,)),
        ("Entry 12 and entry  no. 7, entry # 8, entry n° 9", (12, 7, 8, 9)),
        ("entrée 3, ENTRÉE 5", (3, 5)),
        ("المدخل ٤", (4,)),
        ("reentry 4, entry4, entries 4", ()),
        ("entry 1234567", ()),
        ("entry 123456", (123456,)),
        ("".join(f"entry {n} " for n in range(250)), tuple(range(200))),
    ],
)
def test_entries_are_named_by_their_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert claims.entries(text) == numbers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("I ran ps.", ("ps",)),
        ("I ran ps, then ran ps again", ("ps",)),
        ("Typed `/mnt/kit/bin/netstat -an`", ("netstat",)),
        ("He used the lsof; she executed the command 'dd'", ("lsof", "dd")),
        ("J'ai lancé la commande « ps", ("ps",)),
        ("j'ai tapé ss", ("ss",)),
        ("شغلت الأمر ps", ("ps",)),
        ("I did not run anything and ran no ps", ()),
        ("I ran ps, never top", ()),
        ("I didn't think; I ran ps", ("ps",)),
        ("I hadn\u2019t ran ps", ()),
        ("Without haste I ran ps.\nI ran top", ("top",)),
        ("I ran ps! I used ss? I typed lsof; I called w", ("ps", "ss", "lsof", "w")),
        ("I ran psX", ()),
        ("I ran away and used care", ()),
        ("it outran ps", ()),
        (
            "ran poweroff, called ssh, used find, typed kill, started avml, entered clamscan",
            ("poweroff", "ssh", "find", "kill", "avml", "clamscan"),
        ),
        ("\n".join(["I ran ps"] + ["so"] * 198 + ["I ran top", "I ran ss"]), ("ps", "top")),
    ],
)
def test_commands_are_taken_from_sentences_that_say_they_were_run(text: str, names: tuple[str, ...]) -> None:
    assert claims.commands(text) == names


def test_twenty_thousand_signs_of_a_note_are_read() -> None:
    for text, read in ((" entry 4", claims.entries), (f" {'a3' * 32}", claims.digests), (" I ran ps", claims.commands)):
        fits = " " * (20_000 - len(text)) + text
        assert len(read(fits)) == 1
        assert not read(f" {fits}")
    assert len(list(claims.times(" " * 19_995 + "10:04", ABOUT))) == 1
    assert not list(claims.times(" " * 19_996 + "10:04", ABOUT))
    assert len(list(claims.times("10:04 " * 250, ABOUT))) == 200
    assert claims.western("a١٢۳x४²" + "y" * 30_000) == "a123x4²" + "y" * 19_993
