"""The tree of processes: of the exhibit, of processes made for a test, and of whatever an image may claim."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.analysis.results.drawn import checked, in_time, svg, texts
from training.analysis.views import Material, axis, tree, tree_figure
from training.analysis.views.drawing import clip
from training.analysis.views.tree import CHILDREN, MOST_ROWS, Tree

COLUMNS = {
    "OFFSET (V)": "hex", "PID": "int", "TID": "int", "PPID": "int", "COMM": "str", "UID": "int", "GID": "int",
    "EUID": "int", "EGID": "int", "CREATION TIME": "datetime", "File output": "str",
}  # fmt: skip
SCANNED = {"OFFSET (P)": "hex", "PID": "int", "TID": "int", "PPID": "int", "COMM": "str", "EXIT_STATE": "str"}
Told = tuple[int, int, str, int | None]


def of(make: Any, *told: Told, **args: Any) -> Tree:
    """The tree of a list of processes: number, parent, name, seconds after noon."""
    rows = []
    for pid, ppid, name, at in told:
        start = None if at is None else f"2026-03-10T12:{at // 60:02d}:{at % 60:02d}+00:00"
        rows.append((1, pid, pid, ppid, name, 0, 0, 0, 0, start, "Disabled"))
    return tree.of([Material("linux.pslist", make(COLUMNS, rows))], "linux", **args)


def lines(made: Tree) -> list[tuple[int, int | str]]:
    """Depth and PID of each line, with what is folded as words."""
    return [(one.depth, one.process.pid if one.process else f"{one.folded} of {one.of}") for one in made.limbs]


def said(made: Tree, pid: int) -> str:
    return next(one.said for one in made.limbs if one.process and one.process.pid == pid)


def test_the_exhibit_s_processes_hang_together(exhibit_materials: dict[str, Material]) -> None:
    listed = exhibit_materials["linux.pslist"]
    places = listed.columns()
    parents = {row.cells[places["PID"]]: row.cells[places["PPID"]] for row in listed.rows()}
    made = in_time(lambda: tree.of(list(exhibit_materials.values()), "linux", opened=[tree.KTHREADD]))
    drawn = [one.process for one in made.limbs if one.process]
    assert {one.pid for one in drawn} >= set(parents)
    for limb in made.limbs:
        if limb.process and limb.above is not None:
            above = made.limbs[limb.above].process
            assert above is not None
            assert limb.process.ppid == above.pid
            assert limb.depth == made.limbs[limb.above].depth + 1
    assert {one.only for one in drawn if one.pid in parents} == {""}, "every source has what the list has"
    assert {one.only for one in drawn if one.pid not in parents} <= {"", "scan"}
    root = checked(tree_figure.figure(made))
    assert texts(root)[3:6] == ["init", "1", axis.told(drawn[0].start or 0)[11:19]]
    folded = tree.of(list(exhibit_materials.values()), "linux")
    assert len([one for one in folded.limbs if one.folded]) == 1
    assert folded.limbs[-1].of == tree.KTHREADD


def test_a_figure_shows_the_lines_of_its_page_and_no_more(exhibit_materials: dict[str, Material]) -> None:
    made = tree.of([exhibit_materials["linux.pslist"]], "linux", opened=[2], page=2)
    assert (made.page, made.pages) == (2, 2)
    for timed in (False, True):
        root = checked(tree_figure.figure(made, timed=timed))
        names = texts(root)
        for one in made.shown:
            assert one.process is not None
            assert one.process.name in names
            assert str(one.process.pid) in names


def test_around_a_process_stand_its_ancestors_and_three_levels_below(make: Any) -> None:
    told: list[Told] = [
        (1, 0, "init", 0),
        (10, 1, "sshd", 1),
        (11, 1, "cron", 1),
        (20, 10, "bash", 2),
        (21, 10, "sh", 2),
    ]
    told += [(30 + i, 20 + (i and 9 + i), f"below-{i}", 3 + i) for i in range(5)]
    made = of(make, *told, focus=20)
    assert lines(made) == [(0, 1), (1, 10), (2, 20), (3, 30), (4, 31), (5, 32), (6, "2 of 32")]
    assert (made.chain, made.siblings, made.found) == ((1, 10, 20), 1, True)
    assert tree_figure.chain(made) == "1 > 10 > 20"
    assert [one.path for one in made.limbs] == [True, True, True, *[False] * 4]
    assert 'class="path"' in svg(tree_figure.figure(made))
    missing = of(make, *told, focus=99)
    assert (missing.found, missing.limbs, missing.chain) == (False, (), ())


def test_a_parent_that_can_not_be_one_is_none(make: Any) -> None:
    made = of(
        make, (1, 0, "init", 0), (5, 1, "late", 90), (6, 5, "child", 30), (7, 700, "left", 3), (8, 8, "own", 4),
        (9, 10, "round", 5), (10, 9, "about", 5), (7, 1, "again", 60), (12, 7, "which", 70),
    )  # fmt: skip
    assert said(made, 6) == "parent 5 began later, so it is another process with that number"
    twice = [one.said for one in made.limbs if one.process and one.process.pid == 7]
    assert twice == [
        "several processes have this number",
        "several processes have this number; parent 700 is not there",
    ]
    assert said(made, 8) == "names itself as its parent"
    assert said(made, 9) == "its parents lead round in a circle"
    assert said(made, 10) == ""
    place = next(one for one in made.limbs if one.process and one.process.pid == 12)
    above = made.limbs[place.above or 0].process
    assert above is not None
    assert above.name == "again", "of two with that number the one that began last before it"
    assert len(made.limbs) == made.processes == 9
    assert 'class="gone"' in svg(tree_figure.figure(made))


def test_what_one_source_alone_has_is_a_square_in_a_square(make: Any) -> None:
    listed = Material("linux.pslist", make(COLUMNS, [(1, 1, 1, 0, "init", 0, 0, 0, 0, None, "")]))
    rows = [
        (1, 1, 1, 0, "init", "TASK_RUNNING"),
        (2, 66, 66, 1, "hidden", "TASK_RUNNING"),
        (3, 67, 60, 1, "thread", ""),
    ]
    found = tree.of(
        [listed, Material("linux.psscan", make(SCANNED, rows))], "linux", cited=lambda _, n: 4 if n == 1 else None
    )
    hidden = found.limbs[1].process
    assert hidden is not None
    assert (hidden.pid, hidden.only, hidden.cited) == (66, "scan", (4,))
    assert len(found.limbs) == 2, "a thread is no process"
    assert 'class="sus"' in svg(tree_figure.figure(found)), "what is cited is a diamond, whatever else it is"
    alone = tree.of([Material("linux.psscan", make(SCANNED, rows))], "linux")
    assert [one.process.only for one in alone.limbs if one.process] == ["", ""], "nobody else could have had it"


def test_processes_of_windows_are_told_apart_by_their_start(make: Any) -> None:
    columns = {"PID": "int", "PPID": "int", "ImageFileName": "str", "CreateTime": "datetime", "ExitTime": "datetime"}
    noon, later = "2026-03-10T12:00:00+00:00", "2026-03-10T13:00:00+00:00"
    listed = [(4, 0, "System", noon, None), (80, 4, "smss.exe", noon, None), (99, 80, "cmd.exe", later, None)]
    scanned = [*listed, (99, 80, "old.exe", noon, later), (120, 99, "child.exe", "2026-03-10T12:30:00+00:00", later)]
    found = [
        Material(f"windows.{name}", make(columns, rows)) for name, rows in (("pslist", listed), ("psscan", scanned))
    ]
    made = tree.of(found, "windows")
    assert lines(made) == [(0, 4), (1, 80), (2, 99), (3, 120), (2, 99)]
    assert [one.process.name for one in made.limbs if one.process][2:] == ["old.exe", "child.exe", "cmd.exe"]
    old = "several processes have this number; seen by one source only: scan; has ended"
    assert [one.said for one in made.limbs if one.process and one.process.pid == 99] == [
        old,
        "several processes have this number",
    ]
    assert axis.told(made.limbs[3].process.start or 0) == "2026-03-10 12:30:00Z"  # type: ignore[union-attr] # it is there
    checked(tree_figure.figure(made, timed=True))


def test_many_children_are_folded_until_they_are_opened(make: Any) -> None:
    told: list[Told] = [
        (1, 0, "init", 0),
        *((100 + i, 1, f"worker-{i}", 1) for i in range(200)),
        (900, 90, "orphan", 2),
    ]
    folded = of(make, *told)
    assert lines(folded)[-2:] == [(1, f"{200 - CHILDREN} of 1"), (0, 900)]
    opened = of(make, *told, opened=[1], page=99)
    assert (len(opened.limbs), opened.page) == (202, -(-202 // MOST_ROWS))
    checked(tree_figure.figure(opened))


NUMBER = st.one_of(st.integers(0, 12), st.integers(-(2**31), 2**63 - 1))
NAME = st.one_of(
    st.sampled_from(["sh", "\u202egpj.exe", "ل" * 40, "字" * 50, "\x00\x1b[2J", "<b>&amp;"]), st.text(max_size=20)
)
WHEN = st.one_of(st.none(), st.integers(0, 3599))


@try_examples(40)
@given(st.lists(st.tuples(NUMBER, NUMBER, NAME, WHEN), max_size=40), st.booleans(), st.sampled_from([None, 1, 5]))
def test_whatever_an_image_claims_can_be_drawn(make: Any, told: list[Told], timed: bool, focus: int | None) -> None:  # noqa: FBT001
    made = of(make, *told, focus=focus)
    drawn = [one.process.pid for one in made.limbs if one.process]
    assert made.processes == len({(pid, name.strip()) for pid, _, name, _ in told if pid > 0})
    if focus is None:
        assert len(drawn) + sum(one.folded for one in made.limbs) == made.processes
    assert all(limb.above is None or limb.above < i for i, limb in enumerate(made.limbs))
    checked(in_time(lambda: tree_figure.figure(made, timed=timed)))


def test_a_chain_of_thousands_and_names_of_kilobytes_stay_inside_the_limits(make: Any) -> None:
    told: list[Told] = [(i + 1, i, "n" * 4096, None) for i in range(5_000)]
    made = of(make, *told, page=50)
    assert (made.pages, len(made.limbs)) == (-(-5_000 // MOST_ROWS), 5_000)
    checked(in_time(lambda: tree_figure.figure(made)))
    around = of(make, *told, focus=4_000)
    assert len(around.chain) == 4_000
    assert "…" in tree_figure.chain(around)
    assert clip("n" * 4096, 72) == "n" * 9 + "…"
    assert clip("字" * 9, 72) == "字" * 4 + "…"
