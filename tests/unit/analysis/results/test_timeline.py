"""The timeline: every dated row once, in whatever window, and whatever times an image claims."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.analysis.results.drawn import checked, in_time, svg, texts
from training.analysis.views import Material, axis, timeline, timeline_figure
from training.analysis.views.axis import SECOND, moment, told
from training.analysis.views.timeline import FEW, MOST_LANES, STRETCHES, Lane

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
BASH = {"PID": "int", "Process": "str", "CommandTime": "datetime", "Command": "str"}
LISTED = {"PID": "int", "COMM": "str", "CREATION TIME": "datetime"}
FILES = {"AccessTime": "datetime", "ModificationTime": "datetime", "FilePath": "str"}
ASSEMBLED = {"Plugin": "str", "Description": "str", "Created Date": "datetime", "Modified Date": "datetime"}


def at(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).isoformat()


def micros(text: str) -> int:
    found = moment(text)
    assert found is not None
    return found


def nobody(_material: Material, _row: int) -> None:
    return None


def bash(make: Any, *seconds: float, **known: Any) -> Material:
    rows = [(7, "bash", at(one), f"command {i}") for i, one in enumerate(seconds)]
    return Material("linux.bash", make(BASH, rows), **known)


def test_every_dated_cell_is_read_once(make: Any) -> None:
    files = make(FILES, [(at(1), at(2), "/a"), (at(3.5), None, "/b"), ("N/A", "no time", "/c")])
    listed = Material("linux.pslist", make(LISTED, [(1, "init", at(0)), (2, "late", at(90))]))
    narrowed = [bash(make, 5, options={"pid": [7]}), bash(make, 6, options={"pid": [8]})]
    partial = Material("linux.lsof", make(FILES, [(at(9), at(9), "/d")]), complete=False)
    read = timeline.read([listed, Material("linux.pagecache.Files", files), *narrowed, partial, listed])
    assert [(at_ - micros(at(0))) / SECOND for at_ in read.moments] == [0, 1, 2, 3.5, 5, 6, 90]
    assert {one.plugin for one in read.lanes} == {"linux.bash", "linux.pslist", "linux.pagecache.Files"}
    assert Lane("linux.pagecache.Files", "AccessTime") not in read.coarse
    assert Lane("linux.bash", "CommandTime") in read.coarse
    # A whole result takes the place of narrowed ones, and the assembled timeline that of the plugins it has.
    again = timeline.read([*narrowed, bash(make, 5, 6, 7)])
    assert len(again.moments) == 3
    rows = [("linux.bash", "bash typed", at(5), None), ("linux.boottime", "boot", at(0), at(1))]
    both = timeline.read([bash(make, 5, 6, 7), listed, Material("engram.timeline", make(ASSEMBLED, rows))])
    assert both.covered == ("linux.bash",)
    # What is cited in a result that was left out is marked all the same, where its time stands.
    held = [(both.left[0], 0, 9), (both.left[0], 2, 8)]
    marked = timeline.of(both, nobody, *timeline.window(both), held).marked
    assert [(one.cited, one.lane.kind, told(one.at)[11:]) for one in marked] == [(9, "Created Date", "12:00:05Z")]
    assert Lane("linux.bash", "Created Date") in both.lanes
    assert len(both.moments) == 3 + 2


def test_the_first_window_is_a_day_of_the_first_process(make: Any) -> None:
    listed = Material(
        "linux.pslist", make(LISTED, [(1, "init", at(0)), (2, "late", at(300)), (3, "odd", at(-9_999_999))])
    )
    read = timeline.read([listed, bash(make, -86_400 * 400, 50_000, 86_400 * 9)])
    begin, end = timeline.window(read)
    assert (told(begin), told(end)) == ("2026-03-10 12:00:00Z", "2026-03-11 01:53:20Z")
    line = timeline.of(read, nobody, begin, end)
    assert (line.total, line.before, line.after) == (3, 2, 1)
    assert timeline.window(timeline.read([bash(make, 5)])) == (micros(at(5)), micros(at(6)))
    assert timeline.of(timeline.read([]), nobody, *timeline.window(timeline.read([]))).total == 0


def test_the_table_has_what_the_figure_has(make: Any) -> None:
    listed = Material("linux.pslist", make(LISTED, [(i, f"p{i}", at(i % 7 * 40)) for i in range(90)]))
    read = timeline.read([listed, bash(make, *(i * 1.5 for i in range(200)))])
    line = timeline.of(
        read, lambda material, n: 3 if (material.plugin, n) == ("linux.bash", 20) else None, *timeline.window(read)
    )
    sums = [sum(part.counts[lane] for part in line.parts) for lane in range(len(line.lanes))]
    root = checked(timeline_figure.figure(line))
    assert [text for text in texts(root) if text.isdigit()] == [str(one) for one in sums] == ["200", "90"]
    assert [part.begin for part in line.parts[1:]] == [part.end for part in line.parts[:-1]]
    assert (line.parts[0].begin, line.parts[-1].end) == (line.begin, line.end)
    assert "C3 7 bash command 20" in texts(root)
    assert [one.row for one in line.marked] == [20]
    # Closer, each event has a mark of its own, and its row is listed.
    close = timeline.of(read, nobody, micros(at(0)), micros(at(30)))
    events = timeline.events(close, nobody, 0, FEW)
    assert len(events) == close.total
    assert svg(timeline_figure.figure(close)).count("a5 5 0 1 0 10 0") == close.total
    assert timeline.about(events[-1].material, events[-1].material.result.row(events[-1].row)).startswith(
        "7 bash command"
    )


def test_a_long_silence_breaks_the_axis_and_capture_stands_where_the_reader_says(make: Any) -> None:
    read = timeline.read([bash(make, 0, 10, 4_000, 4_010)])
    line = timeline.of(read, nobody, *timeline.window(read))
    drawn = axis.axis(read.moments, line.begin, line.end, 0, 800)
    assert len(drawn.gaps) == 1
    assert drawn.x(micros(at(0))) < drawn.x(micros(at(10))) < drawn.x(micros(at(2_000))) < drawn.x(micros(at(4_000)))
    assert drawn.x(micros(at(10))) - drawn.x(micros(at(0))) == drawn.x(micros(at(4_010))) - drawn.x(micros(at(4_000)))
    assert len([part for part in line.parts if not part.total]) == 1, "empty stretches are one"
    without, with_it = (timeline_figure.figure(line, capture) for capture in (None, micros(at(4_005))))
    assert 'class="cap"' not in svg(without)
    assert "capture 13:06:45" in texts(checked(with_it))
    assert svg(timeline_figure.figure(line, micros(at(99_999)))) == svg(without), "outside the window"


def test_lanes_beyond_twelve_are_summed_up(make: Any) -> None:
    rows = [(f"linux.p{i % 20}", "thing", at(i), at(i)) for i in range(200)]
    read = timeline.read([Material("engram.timeline", make(ASSEMBLED, rows))])
    line = timeline.of(read, nobody, *timeline.window(read))
    assert (len(line.lanes), line.summed) == (MOST_LANES, 40 - MOST_LANES + 1)
    assert sum(part.total for part in line.parts) == line.total == 400
    assert "others" in texts(checked(in_time(lambda: timeline_figure.figure(line))))


WHEN = st.one_of(
    st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59", "nonsense", "", "2026-03-10"]),
    st.floats(0, 400).map(at),
    st.datetimes().map(lambda one: one.isoformat()),
)


@try_examples(40)
@given(st.lists(st.tuples(WHEN, WHEN, st.text(max_size=8)), min_size=1, max_size=30), st.integers(0, 6))
def test_whatever_times_an_image_claims_can_be_drawn(make: Any, rows: list[tuple[str, str, str]], zoom: int) -> None:
    read = timeline.read([Material("linux.pagecache.Files", make(FILES, rows))])
    assert len(read.moments) == sum(moment(text) is not None for row in rows for text in row[:2])
    begin, end = timeline.window(read)
    line = timeline.of(read, lambda _, n: n + 1, begin, begin + (end - begin) // 2**zoom)
    assert line.before + line.total + line.after == len(read.moments)
    assert len(line.parts) <= STRETCHES
    checked(in_time(lambda: timeline_figure.figure(line, begin)))


def test_a_hundred_thousand_times_are_counted_and_what_goes_beyond_is_told(make: Any, monkeypatch: Any) -> None:
    many = make({"Seen": "datetime"}, [(at(i // 25_000),) for i in range(100_000)])
    read = timeline.read([Material("windows.mftscan.MFTScan", many)])
    line = timeline.of(read, nobody, *timeline.window(read))
    assert (line.total, read.cut) == (100_000, False)
    checked(in_time(lambda: timeline_figure.figure(line)))
    monkeypatch.setattr(timeline, "MOST_VALUES", 1_000)
    assert timeline.read([Material("windows.mftscan.MFTScan", many)]).cut
