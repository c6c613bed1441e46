"""Where reading a typed answer could go wrong unseen: long figures, names like roots, the zone of the machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.grading.typed import SPECS
from training.grading.values.base import Spec, Value
from training.grading.values.reading import kind_of, read
from training.grading.values.times import of_iso

NO_ROOT = "There is no root such as HKLM at the start: read as a part of a path."


@pytest.mark.parametrize("name", ["pid", "count", "port"])
def test_a_long_hexadecimal_number_is_repeated_in_a_note_only_where_it_is_short(name: str) -> None:
    """Sixty signs are repeated; more than that are read as well, and not repeated."""
    shown, longer = f"0x{'0' * 56}ff", f"0x{'0' * 57}ff"
    note = f"Read as 255 from hexadecimal {shown}."
    assert read(shown, SPECS[name]) == Value(name, 255, "255", (note,))
    assert read(longer, SPECS[name]) == Value(name, 255, "255", ())


@pytest.mark.parametrize(
    ("text", "canon", "written", "notes"),
    [
        ("HKLM\\A\\hkcu:\\B", "hklm\\a\\hkcu:\\b", "HKLM\\a\\hkcu:\\b", ()),
        ("HKLM:\\A\\hkcu:\\B", "hklm\\a\\hkcu:\\b", "HKLM\\a\\hkcu:\\b", ()),
        ("A\\hkcu:\\B", "a\\hkcu:\\b", "a\\hkcu:\\b", (NO_ROOT,)),
        ("XXXX", "xxxx", "xxxx", (NO_ROOT,)),
    ],
)
def test_a_key_is_called_as_it_is_wherever_its_name_looks_like_a_root(
    text: str, canon: str, written: str, notes: tuple[str, ...]
) -> None:
    assert read(text, SPECS["registry"]) == Value("registry", canon, written, notes)


SIGNS = "The signs \\\\?\\ of a namespace were dropped."
NAME = "There is no '/' at the start: read as a name, not as a full path."
VOLUME = "There is no drive at the start: read as a path on any one volume."


@pytest.mark.parametrize(
    ("text", "canon", "notes"),
    [
        ("''a'", "''a'", (NAME,)),
        ("'a''", "'a''", (NAME,)),
        ("C:\\\u0130", "c:\\\u0130", ()),
        ("C:\\a\\%windir%\\b", "c:\\a\\%windir%\\b", ()),
        ("%windir%\\%windir%\\b", "\\systemroot\\%windir%\\b", ()),
        ("\\\\\\\\server\\share\\a", "\\\\server\\share\\a", ()),
        ("\\\\Xserver\\share\\a", "\\\\xserver\\share\\a", ()),
        ("X:\\a", "x:\\a", ()),
        ("\\\\.\\.\\pipe\\a", "\\\\.\\pipe\\a", ()),
        ("\\\\?\\.\\a", "\\\\?\\.\\a", ()),
        ("\\\\?\\C:\\globalroot\\a", "c:\\globalroot\\a", (SIGNS,)),
        ("\\\\?\\GLOBALROOT\\a\\globalroot\\b", "\\a\\globalroot\\b", (SIGNS, VOLUME)),
    ],
)
def test_a_folder_is_called_as_it_is_wherever_its_name_looks_like_a_sign(
    text: str, canon: str, notes: tuple[str, ...]
) -> None:
    assert read(text, SPECS["path"]) == Value("path", canon, canon, notes)


def test_a_tolerance_counts_for_times_alone() -> None:
    spec = Spec(type="set", element="pid", tolerance=5)
    assert kind_of(spec).same((145, 177), (145, 177), spec)
    assert not kind_of(spec).same((145, 178), (145, 177), spec)


@pytest.fixture(params=["EAST-14", "WEST+12"])
def far_zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """A machine whose own zone is far from UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_zone")
def test_the_zone_of_the_machine_never_counts() -> None:
    """Not at the ends of the calendar either, which another zone would pass."""
    kind, spec = kind_of(SPECS["timestamp"]), SPECS["timestamp"]
    for text in ("2026-03-10T12:10:44.5Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        assert read(text, spec) == Value("timestamp", text, text.replace("T", " "), ())
        moment = of_iso(text)
        assert moment is not None
        assert (moment.utcoffset(), moment.replace(tzinfo=None).isoformat()[:19] + "Z") == (
            timedelta(0),
            text.replace(".5", ""),
        )
        assert kind.of_data(text, spec) == kind.of_data(moment, spec) == text
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert kind.data("2026-03-10T12:00:00Z", spec) == noon
