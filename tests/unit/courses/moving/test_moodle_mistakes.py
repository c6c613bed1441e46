"""Mistakes and limits of files of Moodle XML: each is said with its line and in full."""

import pytest

from tests.unit.courses.moving.quiz import ABC, answer, question, read
from training.content.source import ContentError
from training.courses.moving import asked, markup, moodle_reading


def mistakes(text: str) -> list[str]:
    """All mistakes of a file."""
    with pytest.raises(ContentError) as bad:
        read(text)
    return [str(one) for one in bad.value.mistakes]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (question("truefalse", answer("true", "0")), "2: one of the answers true and false has to be right"),
        (
            question("truefalse", answer("true") + answer("false")),
            "2: one of the answers true and false has to be right",
        ),
        (question("truefalse", answer("maybe")), "2: one of the answers true and false has to be right"),
        (question("numerical", answer("*")), "2: a number is expected as an answer"),
        (question("numerical", ""), "2: a number is expected as an answer"),
        (question("numerical", answer("1", "100", "", "<tolerance>x</tolerance>")), "3: 'x' is no number"),
        (question("numerical", "\n" + answer("nan")), "4: 'nan' is larger than any number that can be judged"),
        (question("numerical", answer("inf")), "3: 'inf' is larger than any number that can be judged"),
        (question("numerical", answer("1" * 41)), "3: '1111111111111111111111111111111111111111' is no number"),
        (question("numerical", answer("1_0")), "3: '1_0' is no number"),
        (question("numerical", answer("\u0661")), "3: '\u0661' is no number"),
        (question("numerical", answer("-1e999")), "3: '-1e999' is larger than any number that can be judged"),
        (question("numerical", answer("")), "3: '' is no number"),
        (question("numerical", answer("1" * 400)), "3: '1111111111111111111111111111111111111111' is no number"),
        (question("multichoice", answer("a", "1e999")), "3: '1e999' is larger than any number that can be judged"),
        (question("multichoice", answer("a", "x" * 50)), "3: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is no number"),
        (
            question("match", "<subquestion><text> </text><answer><text>r</text></answer></subquestion>"),
            "2: no pair has a left side",
        ),
        (question("matching", ""), "2: no pair has a left side"),
        (question("truefalse", "\n" + "<x/>" * 99 + answer("true")), "2: more than 60 answers in one question"),
        (question("numerical", answer("- 1")), "3: '- 1' is no number"),
        (question("numerical", answer("--1")), "3: '--1' is no number"),
        (question("numerical", answer("1", "100", "", "<tolerance>-</tolerance>")), "3: '-' is no number"),
        (question("numerical", answer("0x1")), "3: '0x1' is no number"),
        (
            question("truefalse", answer("true", "2") + answer("false", "1")),
            "2: one of the answers true and false has to be right",
        ),
    ],
)
def test_each_mistake_is_said_with_its_line(text: str, said: str) -> None:
    assert mistakes(text) == [f"f.xml:{said}"]


def test_a_text_has_so_many_characters_and_no_more_and_is_refused_with_its_line() -> None:
    long = "y" * markup.LONGEST
    why = "a text of more than 10000 characters; no question needs that"
    general = "\n<generalfeedback><text>{}</text></generalfeedback>"
    forms = {
        2: question("multichoice", ABC, stem="{}"),
        4: question("multichoice", ABC + general),
        3: question("multichoice", answer("{}") + answer("b", "0") + answer("c", "0")),
        5: question("multichoice", "\n\n" + answer("a", "100", "{}") + answer("b", "0") + answer("c", "0")),
        6: "\n\n" + question("truefalse", "\n" + answer("true", "100", "{}")),
    }
    for line, form in forms.items():
        assert len(read(form.format(long)).items) == 1
        assert mistakes(form.format(f"{long}y")) == [f"f.xml:{line}: {why}"]


def test_all_mistakes_of_a_file_are_said_and_questions_are_counted_with_those_left_out() -> None:
    text = "\n".join(
        [
            question("numerical", answer("x")),
            question("essay", ""),
            question("numerical", answer("y")),
            question("truefalse", answer("true")),
        ]
    )
    assert mistakes(text) == ["f.xml:3: 'x' is no number", "f.xml:7: 'y' is no number"]
    named = [one.name for one in read("\n".join([question("essay", ""), question("truefalse", answer("true"))])).items]
    assert named == ["question 2"]


def test_a_file_has_so_many_questions_and_a_question_so_many_parts_and_no_more() -> None:
    thousand = "<question/>\n" * asked.MOST
    assert len(read(thousand).losses) == 1_000
    assert mistakes(f"{thousand}<question/>\n{question('numerical', '')}") == [
        "f.xml:1002: more than 1000 questions; divide the file"
    ]
    assert len(read(question("truefalse", "<x/>" * 98 + answer("true"))).items) == 1
    assert mistakes(question("truefalse", "<x/>" * 99 + answer("true"))) == [
        "f.xml:2: more than 60 answers in one question"
    ]


def test_letters_of_all_texts_count_together_and_those_of_nothing_else() -> None:
    one = question("truefalse", answer("true"))
    rest = asked.LARGEST - len("Qtrue")
    assert len(read(f"<x>xx<y><text>{'y' * rest}</text></y></x>{one}").items) == 1
    assert mistakes(f"<x><y><text>{'y' * (rest + 1)}</text></y></x>{one}") == [
        "f.xml:1: 2000001 characters of text in all; at most 2000000 are read, divide the file"
    ]


def test_the_outermost_element_is_named_as_far_as_it_is_needed() -> None:
    with pytest.raises(ContentError) as bad:
        moodle_reading.read(f"\n<{'x' * 50}/>".encode(), "f.xml")
    assert [str(one) for one in bad.value.mistakes] == [f"f.xml:2: the outermost element is <{'x' * 40}>, not <quiz>"]


def test_what_is_no_xml_is_said_with_the_name_of_the_file() -> None:
    assert mistakes("<x>")[0].startswith("f.xml:3: not XML: mismatched tag")


def test_a_comment_names_a_source_of_so_many_characters_and_no_more() -> None:
    def source(n: int) -> str:
        return read(f'<!-- source: "{"x" * n}" -->{question("truefalse", answer("true"))}').items[0].source

    longest = moodle_reading.LONGEST_COMMENT - len('source: ""')
    assert [len(source(n)) for n in (longest, longest + 1)] == [longest, 0]
