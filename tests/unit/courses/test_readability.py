import pytest

from training.content.markdown import prose, render
from training.courses.manuscript import draft, readability
from training.settings import ROOT


def test_sentences_and_long_words_are_counted() -> None:
    found = readability.measure(["Two words. Then three more words!", "Investigators"])
    assert found.words == 7
    assert found.in_sentence == pytest.approx(7 / 3)
    assert found.long == pytest.approx(1 / 7)


def test_tables_code_figures_and_formulas_are_not_read() -> None:
    text = "One word here.\n\n| unfathomable |\n|---|\n| x |\n\n```console\n$ vol -f x\n```\n\n- $`x^2`$ more"
    assert prose(render(text, file="x.md").html) == ["One word here.", "more"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("word " * 15 + ". ", ["15.0 words in a sentence on average"]),
        ("Investigators examine. ", ["100% of the words have 7 letters or more"]),
        ("A short one is read at once. ", []),
    ],
)
def test_what_is_hard_to_read_is_said(text: str, said: list[str]) -> None:
    page = render("\n\n".join([text * 5] * 20), file="x.md")
    found = [one.message for one in readability.remarks(page, "x.md")]
    assert len(found) == len(said)
    assert all(part in message for part, message in zip(said, found, strict=True))


def test_a_short_text_is_not_measured() -> None:
    assert list(readability.remarks(render("Investigators examine.", file="x.md"), "x.md")) == []


def test_the_bars_lie_well_above_the_modules_that_they_were_set_by() -> None:
    read = draft.read(ROOT / "courses" / "memory-analysis")
    first = [readability.measure(prose(written.page.html)) for written in list(read.files.values())[:3]]
    assert all(one.in_sentence * 1.3 < readability.MOST_IN_SENTENCE for one in first)
    assert all(one.long * 1.25 < readability.MOST_LONG for one in first)
