from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.grading.readings import check_reading
from tests.unit.grading.scripts import SCRIPTS, in_script
from training.grading.values.base import Misfit, Spec, Unreadable
from training.grading.values.reading import kind_of, read
from training.grading.values.tolerance import Band, Tolerance, credit, troubles

ADDRESS, PORT = Spec(type="address"), Spec(type="port")
NUMBER, BYTES, PAGES = Spec(type="number"), Spec(type="number", unit="bytes"), Spec(type="number", unit="pages")
DURATION = Spec(type="duration")


@pytest.mark.parametrize(
    ("text", "spec", "canon", "note"),
    [
        ("0x7f21c04d5000", ADDRESS, 0x7F21C04D5000, None),
        ("7F21C04D5000", ADDRESS, 0x7F21C04D5000, None),
        ("7f21`c04d5000", ADDRESS, 0x7F21C04D5000, None),
        ("0x7f21_c04d_5000", ADDRESS, 0x7F21C04D5000, None),
        ("7FFE0000h", ADDRESS, 0x7FFE0000, None),
        ("00007f21`c04d5000", ADDRESS, 0x7F21C04D5000, None),
        ("1000", ADDRESS, 0x1000, "Read as hexadecimal: 0x1000."),
        ("0x1000", ADDRESS, 0x1000, None),
        ("ffff9c3a`4b2ac0c0", ADDRESS, 0x9C3A4B2AC0C0, "Read as 0x9c3a4b2ac0c0: plugins print kernel addresses in 48"),
        ("0xff119c3a4b2ac0c0", ADDRESS, 0xFF119C3A4B2AC0C0, None),
        ("0x٧f٢١", ADDRESS, 0x7F21, "Digits of another script"),  # noqa: RUF001
        ("443", PORT, 443, None),
        ("443/tcp", PORT, 443, None),
        ("UDP / 53", PORT, 53, None),
        ("port: 8443", PORT, 8443, None),
        ("0", PORT, 0, None),
        ("12.50", NUMBER, "12.5", None),
        ("-0", NUMBER, "0", None),
        ("+3", NUMBER, "3", None),
        ("\N{MINUS SIGN}3.5", NUMBER, "-3.5", None),
        ("1.5e3", NUMBER, "1500", None),
        ("2E-3", NUMBER, "0.002", None),
        ("0x1F", NUMBER, "31", "Read as 31 from hexadecimal 0x1F."),
        ("12,5", NUMBER, "12.5", "The comma was read as a decimal point."),
        ("1 234 567", NUMBER, "1234567", None),
        ("1\u202f234,5", NUMBER, "1234.5", "The comma was read as a decimal point."),
        ("١٢٫٥", NUMBER, "12.5", "Digits of another script"),  # noqa: RUF001
        ("١٬٢٣٤", NUMBER, "1234", "Digits of another script"),  # noqa: RUF001
        ("4096", BYTES, "4096", "No unit was given: read as bytes."),
        ("4096 bytes", BYTES, "4096", None),
        ("4 KiB", BYTES, "4096", "Read as 4096 bytes."),
        ("1.5mib", BYTES, "1572864", "Read as 1572864 bytes."),
        ("1 GiB", PAGES, "262144", "Read as 262144 pages."),
        ("2 pages", BYTES, "8192", "Read as 8192 bytes."),
        ("6 KiB", PAGES, "1.5", "Read as 1.5 pages."),
        ("1h 2m 3s", DURATION, "3723", None),
        ("1 hour, 2 minutes 3 seconds", DURATION, "3723", None),
        ("01:02:03", DURATION, "3723", None),
        ("1 day, 2:03:04", DURATION, "93784", None),
        ("PT1H2M3S", DURATION, "3723", None),
        ("p1dt2h", DURATION, "93600", None),
        ("P2W", DURATION, "1209600", None),
        ("PT0.5S", DURATION, "0.5", None),
        ("90", DURATION, "90", "No unit was given: read as seconds."),
        ("90 s", DURATION, "90", None),
        ("1.5h", DURATION, "5400", None),
        ("1,5 h", DURATION, "5400", None),
        ("250ms", DURATION, "0.25", None),
        ("3s 250 µs", DURATION, "3.00025", None),
        ("٣m", DURATION, "180", "Digits of another script"),
        ("0s", DURATION, "0", None),
        ("1.2345678 s", DURATION, "1.234568", None),
    ],
)  # fmt: skip
def test_reads(text: str, spec: Spec, canon: object, note: str | None) -> None:
    check_reading(text, spec, canon, note)


@pytest.mark.parametrize(
    ("text", "spec", "why"),
    [
        ("0x", ADDRESS, "'0x' is not an address in hexadecimal"),
        ("0x12 34", ADDRESS, "not an address"),
        ("-1", ADDRESS, "not an address"),
        ("1" * 17, ADDRESS, "at most 16 hexadecimal digits"),
        ("0xgg", ADDRESS, "not an address"),
        ("65536", PORT, "'65536' is out of range: from 0 to 65,535"),
        ("443/sctp", PORT, "is not a whole number"),
        ("https", PORT, "is not a whole number"),
        ("1,234", NUMBER, "The comma in '1,234' may separate thousands or decimals"),
        ("1,234.5", NUMBER, "may separate thousands"),
        ("1.234,5", NUMBER, "may separate thousands"),
        ("about 3", NUMBER, "'about 3' is not a number"),
        ("1/3", NUMBER, "'/3' after the number was not understood"),
        ("3 KiB", NUMBER, "'KiB' after the number was not understood: the answer has no unit"),
        ("1e99", NUMBER, "is out of range"),
        ("1e19", NUMBER, "is out of range"),
        ("2e18", NUMBER, "is out of range"),
        ("-2e18", NUMBER, "is out of range"),
        ("1.0000000000000001", NUMBER, "more than 15 digits"),
        ("1.5.5", NUMBER, "is not a number"),
        ("4 KB", BYTES, "'KB' means 1,000 or 1,024: write KiB"),
        ("4 furlongs", BYTES, "The unit 'furlongs' is none of: bytes, KiB"),
        ("02:03", DURATION, "'02:03' may be hours and minutes or minutes and seconds"),
        ("1:02:60", DURATION, "is not a duration"),
        ("P1M", DURATION, "is not a duration"),
        ("PT", DURATION, "is not a duration"),
        ("P1DT", DURATION, "is not a duration"),
        ("PT1..2S", DURATION, "'1..2' is not a number"),
        ("1m 2m", DURATION, "is not a duration"),
        ("3 fortnights", DURATION, "is not a duration"),
        ("-3s", DURATION, "is not a duration"),
        ("99999w", DURATION, "is out of range"),
    ],
)
def test_refuses(text: str, spec: Spec, why: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(why)):
        read(text, spec)


@given(st.integers(0, 2**64 - 1), st.booleans(), st.sampled_from("_`'"), SCRIPTS)
def test_any_spelling_of_an_address_is_one(number: int, upper: bool, sign: str, script: int) -> None:  # noqa: FBT001
    digits = f"{number:x}".upper() if upper else f"{number:x}"
    wide = f"{number:016x}"
    kind = kind_of(ADDRESS)
    canon = kind.of_data(number, ADDRESS)
    spellings = [f"0x{digits}", f"0X{digits}", digits, f"{digits}h", wide, f"{wide[:8]}{sign}{wide[8:]}"]
    assert {read(one, ADDRESS).canon for one in spellings} == {canon}
    assert read(f"0x{in_script(digits, script)}", ADDRESS).canon == canon
    assert kind.of_cells([number, hex(number), wide], ADDRESS) == (canon,) * 3


@given(st.integers(2**47, 2**48 - 1))
def test_a_kernel_address_is_one_in_48_and_in_64_bits(low: int) -> None:
    kind = kind_of(ADDRESS)
    assert kind.of_data(low | 0xFFFF << 48, ADDRESS) == kind.of_data(low, ADDRESS) == low
    assert kind.of_data(low | 0xFFFE << 48, ADDRESS) != low


@given(st.integers(0, 65_535), SCRIPTS)
def test_any_spelling_of_a_port_is_one(port: int, script: int) -> None:
    shown = in_script(str(port), script)
    assert {read(text, PORT).canon for text in (shown, f"port {shown}", f"{shown}/tcp", hex(port))} == {port}
    assert kind_of(PORT).of_cells([port, str(port), "*", port + 65_536], PORT) == (port, port)


FIGURES = st.decimals(-(10**9), 10**9, places=4, allow_nan=False)


@given(FIGURES, SCRIPTS)
def test_any_spelling_of_a_number_is_one(figure: Fraction, script: int) -> None:
    plain = format(figure, "f")
    canon = read(plain, NUMBER).canon
    assert Fraction(str(canon)) == Fraction(plain)
    assert read(plain.replace(".", ","), NUMBER).canon == canon
    assert read(in_script(plain, script), NUMBER).canon == canon
    assert read(f"{int(Fraction(plain) * 10_000)}e-4", NUMBER).canon == canon
    assert kind_of(NUMBER).of_data(float(figure), NUMBER) == canon
    assert kind_of(NUMBER).of_data(kind_of(NUMBER).data(canon, NUMBER), NUMBER) == canon


@given(st.integers(0, 2**40), st.sampled_from(["KiB", "MiB", "GiB", "pages", "bytes"]))
def test_a_size_is_one_in_any_unit(size: int, unit: str) -> None:
    factor = {"bytes": 1, "pages": 4096, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}[unit]
    assume(size * factor <= 10**18)
    assert read(f"{size} {unit}", BYTES).canon == str(size * factor)
    assert read(f"{size * factor} bytes", Spec(type="number", unit=unit)).canon == str(size)  # type: ignore[arg-type]


@given(st.integers(0, 99), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), SCRIPTS)
def test_any_spelling_of_a_duration_is_one(days: int, hours: int, minutes: int, seconds: int, script: int) -> None:
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    spellings = [
        f"{days}d {hours}h {minutes}m {seconds}s",
        f"{hours} hours {minutes} min, {days} days {seconds} sec",
        f"{days} days, {hours:02}:{minutes:02}:{seconds:02}",
        f"{days * 24 + hours}:{minutes:02}:{seconds:02}",
        f"P{days}DT{hours}H{minutes}M{seconds}S",
        f"{total}",
        f"{total * 1000} ms",
    ]
    assert {read(in_script(one, script), DURATION).canon for one in spellings} == {str(total)}
    assert kind_of(DURATION).of_cells([total, float(total), f"{total}"], DURATION) == (str(total),) * 3


@pytest.mark.parametrize(
    ("data", "spec"),
    [
        (-1, ADDRESS), (2**64, ADDRESS), (1.5, ADDRESS), ("*", ADDRESS), (65_536, PORT), (float("inf"), NUMBER),
        ("x", NUMBER), (10**19, NUMBER), (-1, DURATION), (2 * 10**9, DURATION), ("soon", DURATION),
    ],
)  # fmt: skip
def test_data_that_does_not_fit(data: object, spec: Spec) -> None:
    with pytest.raises(Misfit):
        kind_of(spec).of_data(data, spec)


@pytest.mark.parametrize(
    ("tolerance", "key", "within", "outside"),
    [
        (0, "12.5", ["12.5", "12.50"], ["12.4", "12.6"]),
        (2, "10", ["8", "12", "10.5"], ["7.999", "12.001"]),
        (Tolerance(relative=0.05), "200", ["190", "210"], ["189.99", "210.01"]),
        (Tolerance(relative=0.05), "-200", ["-190", "-210"], ["-189.99", "-210.01", "200"]),
        (Tolerance(relative=0.1), "0", ["0"], ["0.0001"]),
        (Tolerance(geometric=1), "100", ["50", "200", "70"], ["49.99", "200.01", "-100"]),
        (Tolerance(geometric=1), "-100", ["-50", "-200"], ["-49.99", "100"]),
        (Tolerance(geometric=1), "0", ["0"], ["0.001"]),
        (0.3, "0.1", ["0.4", "-0.2"], ["0.4000001"]),
    ],
)
def test_kinds_of_tolerance(tolerance: float | Tolerance, key: str, within: list[str], outside: list[str]) -> None:
    spec = Spec(type="number", tolerance=tolerance)
    kind = kind_of(spec)
    assert all(kind.same(value, key, spec) for value in within)
    assert not any(kind.same(value, key, spec) for value in outside)


@pytest.mark.parametrize(
    ("value", "share"), [("100", 1.0), ("102", 1.0), ("103", 0.7), ("95", 0.7), ("110", 0.3), ("111", 0)]
)
def test_bands_earn_a_part(value: str, share: float) -> None:
    band = (Band(tolerance=5, credit=0.7), Band(tolerance=10, credit=0.3))
    spec = Spec(type="number", tolerance=2, band=band)
    assert kind_of(spec).correctness(value, "100", spec, {}) == share
    assert kind_of(spec).same(value, "100", spec) == (share == 1)


WIDTHS = st.one_of(
    st.floats(0, 9).map(lambda width: Tolerance(nominal=width)),
    st.floats(0, 9).map(lambda width: Tolerance(relative=width)),
    st.floats(0, 9).map(lambda width: Tolerance(geometric=width)),
)


@given(WIDTHS, st.lists(st.tuples(WIDTHS, st.floats(0.01, 0.99)), max_size=4), st.fractions(-99, 99), st.data())
def test_bands_that_are_allowed_fall_with_the_distance(
    narrow: Tolerance, steps: list[tuple[Tolerance, float]], key: Fraction, data: st.DataObject
) -> None:
    bands = [Band(tolerance=width, credit=share) for width, share in steps]
    assume(not list(troubles(narrow, bands)))
    near, far = sorted(data.draw(st.lists(st.fractions(0, 99), min_size=2, max_size=2)))
    for sign in (1, -1):
        assert credit(key + sign * near, key, narrow, bands) >= credit(key + sign * far, key, narrow, bands)
    assert credit(key, key, narrow, bands) == 1


def test_bands_belong_to_times_and_durations_too() -> None:
    band = (Band(tolerance=60, credit=0.5),)
    time = Spec(type="timestamp", tolerance=1, band=band)
    key, near, far = "2026-03-10T12:00:00Z", "2026-03-10T12:00:59Z", "2026-03-10T12:01:01Z"
    assert [kind_of(time).correctness(one, key, time, {}) for one in (key, near, far)] == [1, 0.5, 0]
    duration = Spec(type="duration", tolerance=1, band=band)
    assert [kind_of(duration).correctness(one, "100", duration, {}) for one in ("101", "41", "161")] == [1, 0.5, 0]
    assert kind_of(duration).data("0.5", duration) == 0.5
    assert kind_of(duration).data("5", duration) == 5
