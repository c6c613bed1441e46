"""What a finding stands on before it is submitted: said of typed texts, cited places and cards, and of nothing else."""

import inspect
from uuid import uuid4

from training.analysis import cards as plugin_cards
from training.analysis.results import Mark
from training.grading.values.offering import Asked
from training.labs import reader
from training.labs.models import Citation
from training.labs.service.findings import bearings_of, borne, second_of, stands_on, support
from training.labs.service.findings.support import Stand, Support
from training.labs.service.notebook import Place
from training.settings import ROOT

TYPES = {"PID": "int", "PPID": "int", "COMM": "str", "START": "datetime"}


def place(number: int, plugin: str, column: str = "", fault: str | None = None, **cells: object) -> Place:
    one = Citation(id=uuid4(), number=number, run_id=uuid4(), row=number, column=column, note="")
    shown = tuple((name, str(cell)) for name, cell in cells.items())
    return Place(one, 1, plugin, {}, cells, shown, "", fault, TYPES)


def line(number: int, text: str) -> Place:
    return Place(Citation(id=uuid4(), number=number, material="record", line=4, column=""), None, "", {}, {}, (), text)


LISTED, TREE = place(1, "linux.pslist", PID=145, PPID=1), place(2, "linux.pstree", PID=145, PPID=1)
SCANNED, OTHER = place(3, "linux.psscan", PID=145), place(4, "linux.pslist", PID=9, PPID=1)


PID = Asked("pid")


def said(typed: str, *places: Place, asked: Asked = PID, wanted: bool = True) -> Support | None:
    return stands_on(asked, typed, places, plugin_cards.load(), wanted=wanted)


def stand(typed: str, *places: Place, asked: Asked = PID) -> Stand | None:
    found = said(typed, *places, asked=asked)
    return found.stand if found else None


def test_a_finding_without_a_place_lacks_support() -> None:
    assert said("") is None
    assert said("  ", LISTED) is None, "nothing is typed"
    assert stand("145") is Stand.BARE
    assert said("145", wanted=False) is None, "no citation is asked for"
    assert stand("145", OTHER) is Stand.SILENT
    assert stand("145", place(5, "linux.pslist", fault="gone", PID=145)) is Stand.SILENT
    for one in (said("145"), said("145", OTHER)):
        assert one
        assert one.lacks


def test_two_lists_of_one_structure_are_one_source() -> None:
    alone = said("145", LISTED, OTHER)
    assert alone
    assert (alone.stand, alone.holding, alone.structures) == (Stand.ONE, (1,), ("task list",))
    twice = said("145", LISTED, TREE)
    assert twice
    assert (twice.stand, twice.holding, twice.structures) == (Stand.ONE, (1, 2), ("task list",))
    assert not twice.lacks
    apart = said("145", LISTED, SCANNED)
    assert apart
    assert (apart.stand, apart.holding) == (Stand.SEVERAL, (1, 3))
    assert apart.structures == ("task list", "scan: tasks")


def test_each_of_several_values_is_looked_for() -> None:
    asked = Asked("set", "pid")
    part = said("145, 9, 77", LISTED, OTHER, asked=asked)
    assert part
    assert (part.stand, part.missing, part.lacks) == (Stand.PART, ("77",), True)
    assert stand("145, 9", LISTED, OTHER, asked=asked) is Stand.ONE
    assert stand("1 > 145", LISTED, asked=Asked("chain")) is Stand.ONE


def test_what_is_counted_or_chosen_is_looked_for_in_no_cell() -> None:
    for asked in (
        Asked("count"),
        Asked("choice"),
        Asked("written"),
        Asked("duration"),
        Asked("set", "pid", listed=True),
    ):
        found = said("7", LISTED, asked=asked)
        assert found, asked
        assert (found.stand, found.held) == (Stand.ONE, False)
    assert stand("what?", LISTED) is Stand.ONE, "a text that can't be read is told elsewhere"


def test_nothing_is_told_of_what_is_behind_a_mark() -> None:
    masked = place(5, "windows.registry.hashdump", COMM="brandt", nthash=Mark("\u2022\u2022\u2022\u2022-7XK2QD"))
    asked = Asked("string")
    for typed in ("8846f7eaee8fb117ad06bdd830b7586c", "svc.agent"):
        found = said(typed, masked, asked=asked)
        assert found
        assert (found.stand, found.held) == (Stand.ONE, False), "it may or may not be the secret"
    seen = said("brandt", masked, asked=asked)
    assert seen
    assert (seen.stand, seen.held) == (Stand.ONE, True)


def test_lines_hold_what_they_say() -> None:
    asked = Asked("timestamp")
    assert stand("2026-03-10 11:52:59Z", line(1, "reference: 2026-03-10 11:52:59 UTC"), asked=asked) is Stand.ONE
    assert stand("2026-03-10 11:52:58Z", line(1, "reference: 2026-03-10 11:50:59 UTC"), asked=asked) is Stand.SILENT
    row = place(2, "linux.pslist", START="2026-03-10T11:52:59.512+00:00")
    assert stand("2026-03-10 11:52:59Z", row, asked=asked) is Stand.ONE, "a person types whole seconds"
    assert stand("145", line(1, "process 145 was seen")) is Stand.ONE
    assert stand("145", line(1, "process 1450 was seen")) is Stand.SILENT
    both = said("145", line(1, "process 145 was seen"), LISTED)
    assert both
    assert both.structures == ("record", "task list")


def test_it_reads_no_key() -> None:
    source = inspect.getsource(support)
    assert not {"SealedKey", "training.grading.question", "rules", "verdict.py"} & set(source.split())
    assert list(inspect.signature(stands_on).parameters) == ["asked", "typed", "places", "cards", "wanted"]


def test_a_verdict_speaks_of_places_only_where_it_names_each() -> None:
    ids = [str(one.citation.id) for one in (LISTED, OTHER)]
    verdict = {"places": ["proves", "silent"]}
    assert bearings_of(ids, verdict) == {ids[0]: "proves", ids[1]: "silent"}
    assert bearings_of(ids[:1], verdict) == {}
    assert bearings_of(ids, {}) == {}
    assert borne([*ids, "gone"], {**verdict, "places": ["proves", "silent", "proves"]}, [OTHER]) == [(OTHER, "silent")]


def test_the_places_that_earned_the_part_for_a_second_source() -> None:
    question = reader.draft(ROOT / "labs/finance-workstation").questions[0]
    listed, spoofed = place(1, "linux.psaux", PID=145), place(2, "linux.malware.process_spoofing", PID=145)
    mapped, other = place(3, "linux.proc.Maps", PID=145), place(4, "linux.pslist", PID=145)
    given = {"corroboration": 1.0}
    assert second_of(question, given, [(listed, "proves"), (mapped, "second")]) == (mapped,)
    both = [(listed, "proves"), (spoofed, "proves"), (mapped, "second")]
    assert second_of(question, given, both) == (mapped,), "what is a second source and nothing else"
    assert second_of(question, given, both[:2]) == (spoofed,), "it proves too, and counts as a second one beside psaux"
    assert second_of(question, given, [(listed, "proves"), (other, "proves")]) == ()
    assert second_of(question, given, [(spoofed, "proves")]) == ()
    for nothing in ({}, {"corroboration": 0.0}, {"corroboration": None}):
        assert second_of(question, nothing, both) == ()
    assert second_of(question, given, []) == (), "of a value that is not right nothing is said of single places"
