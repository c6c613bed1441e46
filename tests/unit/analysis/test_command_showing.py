"""What a command wants to be shown. That it means what vol makes of it is a test of the licence island."""

import pytest

from training.analysis.command import RowFilter, View, parse
from training.errors import Refused


@pytest.mark.parametrize(
    ("typed", "view"),
    [
        ("linux.pslist", View()),
        ("vol --filters PID,145 linux.pslist", View((RowFilter("145", "PID"),))),
        ("linux.pslist --filters PID,145", View((RowFilter("145", "PID"),))),
        ("linux.pslist --filters +comm,bash", View((RowFilter("bash", "COMM"),))),
        ("linux.pslist --filters=-comm,kworker", View((RowFilter("kworker", "COMM", exclude=True),))),
        ("linux.pslist --filters 'comm,^(ba)?sh$!'", View((RowFilter("^(ba)?sh$", "COMM", regex=True),))),
        ("linux.pslist --filters bash", View((RowFilter("bash"),))),
        ("linux.pslist --filters=,bash", View((RowFilter("bash"),))),
        ("linux.pslist --filters comm,a,b", View((RowFilter("a,b", "COMM"),))),
        ("linux.pslist --filters comm, --filters '!'", View()),
        ("linux.pslist --filters PID,1 --filters PID,2", View((RowFilter("1", "PID"), RowFilter("2", "PID")))),
        ("linux.pslist --hide-columns file pp", View(hidden=("PPID", "File output"))),
        ("linux.pslist --hide-columns=uid --hide GID", View(hidden=("UID", "GID"))),
        ("linux.pslist --columns comm PID", View(shown=("COMM", "PID"))),
        ("vol --columns=offset -q linux.pslist", View(shown=("OFFSET (V)",))),
        ("linux.pslist -r json -r CSV", View(renderer="csv")),
    ],
)
def test_views(typed: str, view: View) -> None:
    command = parse(typed)
    assert command.view == view
    assert command == parse("linux.pslist")
    assert hash(command) == hash(parse("linux.pslist"))
    assert command.text == "linux.pslist"
    assert command.as_json() == {}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--filters PDI,1", "The plugin linux.pslist has no column 'PDI'. Did you mean 'PID'?"),
        ("--filters zzzzzz,1", "has no column 'zzzzzz'. It has OFFSET (V), PID"),
        ("--filters 'comm,(!'", "The filter 'comm,(!' is not a regular expression"),
        ("--filters " + "x" * 201, "A filter has 201 characters; at most 200 are read."),
        ("--filters -PID,1", "Type --filters=-PID,1, or vol reads the minus as another option."),
        ("--filters", "The option --filters needs a value: --filters [+-]COLUMN,TEXT[!]"),
        ("--filters=", "needs a value"),
        ("--filters a " * 21, "There are 21 filters; at most 20 are read."),
        ("--hide-columns PIDD", "Did you mean 'PID'?"),
        ("--hide-columns", "needs a value"),
        ("--hide-columns O P T C U G E F", "hides every column"),
        ("--columns ''", "needs a value"),
        ("--columns PID ''", "has no column ''"),
        ("--columns nonsense", "has no column 'nonsense'"),
        ("-r html", "There is no renderer 'html'. vol has quick, pretty, none, csv, json, jsonl or mermaid."),
        ("-r", "The option -r needs a value: -r, --renderer FORMAT"),
    ],
)
def test_views_that_are_refused(typed: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(f"linux.pslist {typed}")
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("--columns PID", "--columns is an option of this page: vol has only --hide-columns."),
        ("-r csv", "-r csv: The page shows the rows as a table; its export gives them as CSV."),
        ("-r jsonl", "its export gives them as JSON lines."),
        ("-r pretty", "-r pretty: The page shows the rows as a table."),
        ("--filters com,a", "The filter's column 'com' was read as COMM: vol takes the first match."),
        ("--filters a --filters b", "as in vol a row is shown when one of them keeps it."),
        ("--filters comm,", "The filter 'comm,' has no text to look for: as in vol it keeps every row."),
        ("--hide-columns pid --filters comm,a", "vol counts only those not hidden"),
        ("--filters a", "vol itself takes --filters only before the plugin's name."),
    ],
)
def test_views_come_with_notes(typed: str, note: str) -> None:
    assert note in " ".join(parse(f"linux.pslist {typed}").notes)


def test_a_plain_view_needs_no_note() -> None:
    assert parse("vol --filters PID,1 linux.pslist").notes == ()
    assert parse("vol --hide-columns PID -q linux.pslist").notes == ("-q was ignored: it changes nothing here.",)
