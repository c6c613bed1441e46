"""What templates do with texts of people, times and digests."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from training.sentence import phrase
from training.web.render import short, typed, utc


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\x1b", "\x00", "\u00ad"])
def test_what_a_person_typed_hides_nothing_from_another(sign: str) -> None:
    seen = typed(f"invoice{sign}fdp.exe\nsecond line")
    assert sign not in seen
    assert seen.splitlines()[1] == "second line"
    assert typed("plain words, نادية, 12 %") == "plain words, نادية, 12 %"


def test_what_was_put_into_a_sentence_hides_nothing_either() -> None:
    assert "\u202e" not in typed(phrase("%(name)s has a certificate of this session already.", name="a\u202eb"))


def test_instants_are_written_in_utc() -> None:
    instant = datetime(2026, 3, 11, 1, 14, 33, tzinfo=timezone(timedelta(hours=2)))
    assert [utc(instant, precision) for precision in ("seconds", "minutes", "days")] == [
        "2026-03-10 23:14:33Z",
        "2026-03-10 23:14Z",
        "2026-03-10",
    ]
    assert (utc(None), utc(datetime(2026, 1, 2, tzinfo=UTC))) == ("-", "2026-01-02 00:00:00Z")


def test_the_ends_of_a_digest_stand_for_it() -> None:
    assert short("01234567" + "x" * 48 + "89abcdef") == "01234567…89abcdef"
