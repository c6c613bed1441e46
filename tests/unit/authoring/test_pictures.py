"""Figures that are sent in: what is kept of a file, where, and what is said of one that can't be taken."""

import pytest

from training.authoring import pictures
from training.errors import Refused

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as bad:
        pictures.cleaned(data)
    assert bad.value.field == "figure"
    return str(bad.value)


def test_nothing_but_the_picture_is_kept() -> None:
    sent = (
        "\ufeff<?xml version='1.0'?>\n<!-- by hand --><?php evil ?>\n"
        '<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><!-- a secret -->'
        "<s:title>Pläne &amp; مرفأ</s:title><s:rect class='nd' width='7' height='7'></s:rect></s:svg>\n<!-- end -->\n"
    )
    kept = f'{OPEN}<title>Pläne &amp; مرفأ</title><rect class="nd" width="7" height="7" /></svg>\n'
    assert pictures.cleaned(sent.removeprefix("\ufeff").encode()) == kept.encode()
    assert pictures.cleaned(kept.encode()) == kept.encode()


def test_every_mistake_is_told_with_its_line() -> None:
    text = f'{OPEN}\n<script/>\n<rect onload="x"/>\n</svg>'
    told = refusal(text.encode())
    start = "This figure can't be taken: "
    faults = told.removeprefix(start).split("; ")
    assert told.startswith(start)
    assert [one.partition(":")[0] for one in faults] == ["line 2", "line 3"]
    assert ["script" in faults[0], "onload" in faults[1]] == [True, True]


def test_the_first_twenty_mistakes_are_told() -> None:
    told = refusal((OPEN + "\n<script/>" * 21 + "\n</svg>").encode())
    assert told.count("; line ") == 19
    assert "line 21:" in told
    assert "line 22:" not in told


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG", "PNG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"GIF8", "GIF"),
        (b"RIFF", "WebP"),
        (b"%PDF", "PDF"),
        (b"\x1f\x8b", "SVGZ"),
    ],
)
def test_a_file_of_another_kind_is_called_by_it_however_large_it_is(start: bytes, kind: str) -> None:
    told = f"This is a {kind} file. Figures are SVG, so that they fit light and dark pages and stay sharp."
    assert refusal(start) == told
    assert refusal(start + b"x" * 100_000) == told


def test_no_file_and_a_file_that_is_too_large_are_refused() -> None:
    assert refusal(b"") == "No file was chosen. Choose an SVG file."
    most = f"{OPEN}</svg>".encode()
    most += b" " * (60_000 - len(most))
    assert pictures.cleaned(most) == f"{OPEN.removesuffix('>')} />\n".encode()
    assert refusal(most + b" ") == "The file has 60,001 bytes; a figure has at most 60,000."


def test_a_figure_whose_name_is_taken_gets_the_next_number() -> None:
    taken = {"01-quay/media/shapes.svg", "01-quay/media/shapes-2.svg", "02-pier/media/cranes.svg"}
    assert pictures.address("01-quay", "Shapes.SVG", taken) == "01-quay/media/shapes-3.svg"
    assert pictures.address("01-quay", "Shapes.SVG", {"01-quay/media/shapes.svg"}) == "01-quay/media/shapes-2.svg"
    assert pictures.address("01-quay", "cranes.svg", taken) == "01-quay/media/cranes.svg"
    assert pictures.address("02-pier", "shapes.svg", taken) == "02-pier/media/shapes.svg"
