"""Materials: how a file of each kind is read, what is refused with its line, and what citing a line is worth."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from tests.unit.labs.conftest import FOLDER, PACK, Desk
from tests.unit.labs.test_findings import answer, places
from tests.unit.labs.test_reader import change, lab
from training.content.source import ContentError
from training.errors import Conflict, NotThere, Refused
from training.evidence import service as evidence
from training.grading.citations import CitedLine, Claim, shown
from training.grading.parts import Source
from training.grading.values.reading import kind_of
from training.labs import material, reader
from training.labs.material import RECORD, Handed, Material, MaterialFile
from training.labs.service import attempts, materials, notebook

HEADER = "start,source,source_port,destination,destination_port,protocol,packets,bytes"
FLOW = "2026-03-10T12:05:18Z,192.0.2.17,39889,203.0.113.66,8443,tcp,2,112"
__all__ = ["lab"]  # a fixture


def described(kind: str, **more: object) -> MaterialFile:
    base = {"name": "thing", "title": "A thing", "origin": "Handed over.", "file": "thing.txt", "kind": kind}
    return MaterialFile.model_validate({**base, **more})


def read(tmp_path: Path, text: str | bytes, kind: str, **more: object) -> Material:
    path = tmp_path / "thing.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return material.read(path, described(kind, **more), "labs/x/materials/thing.txt")


def fields(made: Material) -> list[Mapping[str, str]]:
    return [line.fields for line in made.lines]


def test_a_text_has_lines_and_no_fields(tmp_path: Path) -> None:
    made = read(tmp_path, "first\r\n\tsecond, with: a colon\n", "text")
    assert [(line.number, line.text) for line in made.lines] == [(1, "first"), (2, "\tsecond, with: a colon")]
    assert fields(made) == [{}, {}]
    assert (made.line(2), made.line(3), made.line(0)) == (made.lines[1], None, None)


def test_lines_of_the_record_count_from_one() -> None:
    record = Handed(["first", "last"])
    texts = [line.text if (line := record.line(RECORD, number)) else None for number in (-1, 0, 1, 2, 3)]
    assert texts == [None, None, "first", "last", None]


def test_a_table_takes_its_columns_from_the_header_and_remarks_are_lines_without_fields(tmp_path: Path) -> None:
    made = read(tmp_path, '# by the gateway\nuser,door\n"Castellan, Mira",12\n\nOkonjo, 3\n# end\n', "csv")
    assert made.columns == ("user", "door")
    wanted = [{}, {}, {"user": "Castellan, Mira", "door": "12"}, {}, {"user": "Okonjo", "door": "3"}, {}]
    assert fields(made) == wanted
    assert made.lines[2].text == '"Castellan, Mira",12', "the line stays as it was handed over"


def test_a_form_has_a_field_in_each_line_that_names_one(tmp_path: Path) -> None:
    text = "CHAIN OF CUSTODY\nItem: NA/1\nReceived at : 2026-03-10 15:02 UTC\nRemark: none: see above\nOther: x\n"
    made = read(tmp_path, text, "form", columns=["Item", "Received at", "Remark"])
    wanted = [{}, {"Item": "NA/1"}, {"Received at": "2026-03-10 15:02 UTC"}, {"Remark": "none: see above"}, {}]
    assert fields(made) == wanted


def test_a_flow_record_is_checked_cell_by_cell(tmp_path: Path) -> None:
    made = read(
        tmp_path, f"# gw-1\n{HEADER},end\n{FLOW.replace('8443', '65535')},\n{FLOW},2026-03-10T12:06:00+00:00\n", "flow"
    )
    assert made.lines[2].fields["destination"] == "203.0.113.66"
    assert made.lines[2].fields["end"] == ""


@pytest.mark.parametrize(
    ("kind", "text", "more", "line", "message"),
    [
        ("flow", f"{HEADER}\n{FLOW.replace('8443', '65536')}", {}, 2, "destination_port is '65536', expected a port"),
        ("flow", f"{HEADER}\n{FLOW.replace('203.0.113.66', '203.0.113.666')}", {}, 2, "expected an address"),
        ("flow", f"{HEADER}\n{FLOW.replace('18Z', '18')}", {}, 2, "a time with its zone"),
        ("flow", f"{HEADER}\n{FLOW.replace(',112', ',many')}", {}, 2, "bytes is 'many', expected a whole number"),
        ("flow", "start,source\n", {}, 1, "missing here: source_port, destination"),
        ("csv", "a,b\n1,2\n1,2,3\n", {}, 3, "3 cells; the header has 2 columns"),
        ("csv", "a,a\n1,2\n", {}, 1, "two columns of the header have one name"),
        ("csv", "text,b\n1,2\n", {}, 1, "text means the line itself"),
        ("csv", "a,b\n1,2\n", {"columns": ["a", "c"]}, 1, "lab.yaml names a, c"),
        ("csv", "# only a remark\n", {}, 1, "has no header"),
        ("form", "Item: 1\nItem: 2\n", {"columns": ["Item"]}, 2, "stands here a second time"),
        ("form", "Item: 1\n", {"columns": ["Item", "Seal"]}, 1, "has no line 'Seal: …'"),
        ("text", "fine\nnot \x1b[31mfine\n", {}, 2, "holds the character U+001B"),
        ("text", "fine\nsly \u202egpj.exe\n", {}, 2, "holds the character U+202E"),
        ("text", "x" * 2_001, {}, 1, "2,001 characters; a line has at most 2,000"),
        ("text", "x\n" * 5_001, {}, 5_001, "5,001 lines; a material has at most 5,000"),
        ("text", "x" * 1_000_001, {}, 1, "more than 1,000,000 bytes"),
        ("text", b"fine\n\xff\n", {}, 2, "not UTF-8"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(
    tmp_path: Path, kind: str, text: str | bytes, more: dict[str, object], line: int, message: str
) -> None:
    with pytest.raises(ContentError) as caught:
        read(tmp_path, text, kind, **more)
    found = [(one.file, one.line) for one in caught.value.mistakes if message in one.message]
    assert found == [("labs/x/materials/thing.txt", line)], caught.value.mistakes


def test_a_file_for_one_exhibit_goes_before_the_common_one(tmp_path: Path) -> None:
    one = described("text")
    assert material.path_of(tmp_path, "pack-a", one) == tmp_path / "materials" / "thing.txt"
    (tmp_path / "materials" / "pack-a").mkdir(parents=True)
    (tmp_path / "materials" / "pack-a" / "thing.txt").write_text("x")
    assert material.path_of(tmp_path, "pack-a", one).parent.name == "pack-a"
    assert material.path_of(tmp_path, "pack-b", one).parent.name == "materials"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("file: gateway-flows.csv", "file: flows.csv", "can't be read"),
        ("kind: flow", "kind: pcap", "kind"),
        ("- name: flows", "- name: record", "which comes with the exhibit"),
        ("{material: flows,", "{material: flow,", "no material flow; there is: record, flows"),
        ("shows: [destination, dest", "shows: [target, dest", "flows has no column target"),
        ("""where: 'protocol = "tcp"'""", """where: 'proto = "tcp"'""", "flows has no column proto"),
        ("seen: [{material: [record]}]", "seen: [{material: [recording]}]", "there is no material recording"),
    ],
)
def test_a_material_that_a_lab_names_is_checked_with_it(lab: Path, old: str, new: str, message: str) -> None:
    line = change(lab, old, new)
    found = [one for one in reader.check(lab) if message in one.message]
    assert found, reader.check(lab)
    assert found[0].file.endswith("flows.csv") or abs(found[0].line - line) <= 1


def test_a_mistake_in_a_material_is_one_of_the_lab(lab: Path) -> None:
    file = lab / "materials" / PACK.name / "gateway-flows.csv"
    file.write_text(re.sub(r",203\.0\.113\.[0-9]+,", ",203.0.113.941,", file.read_text("utf-8"), count=1), "utf-8")
    assert [(one.file, one.line) for one in reader.check(lab)] == [
        (f"labs/finance-workstation/materials/{PACK.name}/gateway-flows.csv", 7)
    ]


def test_the_real_flow_record_agrees_with_the_exhibit(desk: Desk) -> None:
    flows = desk.lab.handed("finance-workstation-a")["flows"]
    rows = [line.fields for line in flows.lines if line.fields]
    ends = {(one["source"], one["source_port"], one["destination"], one["destination_port"]) for one in rows}
    sockets = {
        (row["Source Addr"], str(row["Source Port"]), row["Destination Addr"], str(row["Destination Port"]))
        for row in desk.answered.rows["linux.sockstat"]
        if row["State"] == "ESTABLISHED"
    }
    going_on = {
        (one["source"], one["source_port"], one["destination"], one["destination_port"])
        for one in rows
        if not one["end"]
    }
    assert going_on <= sockets, "what went on at the end stands in the memory that was captured then"
    outer = {one for one in sockets if not one[0].startswith("192.0.2.")}
    inner = {one for one in sockets if one[0].startswith("192.0.2.")}
    assert len(going_on) == len(inner) == len(outer), "and each connection with the outside has its flow"
    assert len(ends) == len(rows) == 3
    started = {row["PID"]: row["CREATION TIME"] for row in desk.answered.rows["linux.pslist"]}
    machine = datetime.fromisoformat(str(started[int(answer(desk, "q1"))]))
    with desk.rooms.store.reading() as session:
        truth = evidence.truth(desk.rooms.settings.instance, desk.case(session).exhibit)
    [seen] = [one["start"] for one in rows if one["destination_port"] == str(truth["drawn"]["port"])]
    apart = (machine - datetime.fromisoformat(seen)).total_seconds()
    assert abs(apart - truth["clock_offset"]) < 1, "the gateway has another clock than the machine"


def handed(desk: Desk) -> Handed:
    with desk.rooms.store.reading() as session:
        return materials.of(desk.case(session))


def cite(desk: Desk, line: int, column: str = "", name: str = "flows") -> int:
    with desk.rooms.store.writing() as session:
        case = desk.case(session)
        made = notebook.cite_line(
            session, case, line, materials.of(case), desk.rooms.clock(), material=name, column=column
        )
    return made.number


def test_a_line_is_cited_once_as_a_whole_or_by_a_field(desk: Desk) -> None:
    assert [cite(desk, 9), cite(desk, 8, "destination"), cite(desk, 9), cite(desk, 3, name="record")] == [1, 2, 1, 3]
    with desk.rooms.store.reading() as session:
        case = desk.case(session)
        made = notebook.every(session, case.attempt)
        found = notebook.places(session, made, desk.rooms.engine.result, materials.of(case))
        bare = notebook.places(session, made, desk.rooms.engine.result, list(materials.of(case)))
    peer = found[0].cells["destination"]
    assert re.match(rf"2026-03-10T[0-9:]+Z,,192\.0\.2\.17,[0-9]+,{re.escape(peer)},", found[0].text)
    assert (found[0].key, found[1].key) == (found[0].text, f"destination {peer}")
    assert found[1].cells["destination_port"] == "80"
    assert found[2].text.endswith("192.0.2.17.")
    assert bare[0].fault is not None, "whoever doesn't hand the material over can't show it"
    assert (bare[2].fault, bare[2].text) == (None, found[2].text)
    assert cite(desk, 8, "source") == 2
    with desk.rooms.store.reading() as session:
        assert notebook.get(session, desk.case(session).attempt, 2).column == "", "two fields: the whole line"


@pytest.mark.parametrize(
    ("line", "column", "name", "error", "message"),
    [
        (11, "", "flows", NotThere, "flows has no line 11"),
        (0, "", "flows", NotThere, "no line 0"),
        (1, "", "mail", NotThere, "mail has no line 1"),
        (9, "colour", "flows", Refused, "no field colour"),
        (1, "source", "flows", Refused, "no field source"),
    ],
)
def test_what_is_not_there_is_not_cited(
    desk: Desk, line: int, column: str, name: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        cite(desk, line, column, name)


def test_nothing_is_cited_in_a_closed_attempt(desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        attempts.close(session, desk.case(session).attempt, desk.rooms.clock())
    with pytest.raises(Conflict, match="closed"):
        cite(desk, 9)


def test_the_flow_of_the_gateway_shows_the_right_answer_of_question_9_and_no_other_line_does(desk: Desk) -> None:
    question = desk.question("q9")
    key = next(iter(desk.lab.seals.values())).sealed.keys["q9"]
    [source] = [one for one in question.corroboration if one.material == "flows"]
    given = {**key.given, "key": kind_of(question.spec).data(key.answer, question.spec)}
    claim = Claim(question.spec, key.answer, (key.answer,), given)
    showing = [
        line.number
        for line in handed(desk).others["flows"].lines
        if shown(source, CitedLine("flows", line.number, line.text, line.fields), claim)
    ]
    assert showing == [9]
    assert isinstance(source, Source)
    assert "linux.sockstat" in {plugin for plugin, _ in places(desk)["q9"]}


def test_the_files_of_the_lab_are_what_its_materials_name() -> None:
    file = reader.draft(FOLDER)
    for pack in file.exhibits:
        found = {path.name for path in (FOLDER / "materials" / pack).iterdir()}
        assert found == {one.file for one in file.materials}
