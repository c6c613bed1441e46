"""Questions in Moodle XML: each form is compared as a whole, each mistake with its line and in full."""

import pytest

from tests.unit.courses.moving.quiz import (
    ABC,
    JUDGED,
    LESS,
    OPTIONS,
    OTHERS,
    REASONS,
    SHARE,
    SINGLE,
    answer,
    question,
    read,
)
from training.courses.manuscript.format import Judgement
from training.courses.moving.asked import Item

TRUE, FALSE = (Judgement(truth=one, reason="a") for one in (True, False))


@pytest.mark.parametrize(
    ("text", "items", "losses"),
    [
        (
            question(
                "multichoice",
                answer("a", "0", "no") + answer("b", "100", "yes") + answer("c", "0"),
                " N  1 ",
                "<![CDATA[<p>Which <b>one</b>?</p>]]>",
            ),
            [
                Item(
                    "N 1",
                    "choice",
                    "Which **one**?",
                    "b",
                    options=OPTIONS,
                    feedback={"a": "no", "b": "yes"},
                    line=2,
                )
            ],
            [],
        ),
        (
            question(
                "multichoice", "<single>false</single>" + answer("a", "50") + answer("b", "50") + answer("c", "-50")
            ),
            [Item("question 1", "multiple", "Q", ("a", "b"), options=OPTIONS, line=2)],
            [],
        ),
        (
            question(
                "multichoice", "<single> 0 </single>" + answer("a", "50") + answer("b", "50") + answer("c", "-50")
            ),
            [Item("question 1", "multiple", "Q", ("a", "b"), options=OPTIONS, line=2)],
            [],
        ),
        (
            question("multichoice", "<single>1</single>" + ABC),
            [Item("question 1", "choice", "Q", "a", options=OPTIONS, line=2)],
            [],
        ),
        (
            question("multichoice", "<single>false</single>" + ABC),
            [Item("question 1", "multiple", "Q", ("a",), options=OPTIONS, line=2)],
            [SHARE],
        ),
        (
            question("multichoice", ABC + "<hint><text>h</text></hint><hint/>"),
            [Item("question 1", "choice", "Q", "a", options=OPTIONS, line=2)],
            ["its hints"],
        ),
        (
            question(
                "multichoice",
                ABC.replace("<answer ", '<answer format="markdown" ')
                + '<generalfeedback format="plain_text"><text>*g* &lt;b&gt;</text></generalfeedback>',
                stem="*q*",
            ),
            [
                Item(
                    "question 1",
                    "choice",
                    "\\*q\\*",
                    "a",
                    options=OPTIONS,
                    explanation="\\*g\\* &lt;b>",
                    line=2,
                )
            ],
            [],
        ),
        (
            question("multichoice", answer("<![CDATA[*a* <i>x</i>]]>") + ABC),
            [],
            ["the question: 2 options are fully right where one has to be"],
        ),
        (
            question(
                "multichoice",
                ABC + "<tags><tag><text>objective o1</text></tag><tag><text>mark V1</text></tag>"
                "<tag><text>bank B</text></tag><tag><text>other</text></tag></tags>",
            ),
            [
                Item(
                    "question 1",
                    "choice",
                    "Q",
                    "a",
                    options=OPTIONS,
                    objective="o1",
                    mark="V1",
                    bank=("B",),
                    line=2,
                )
            ],
            [],
        ),
        (
            question("truefalse", answer("true", "0", "t") + answer("false", "100")),
            [Item("question 1", "statement", "Q", FALSE, line=2)],
            [REASONS, JUDGED],
        ),
        (
            question("truefalse", answer(" TRUE ", "1") + answer("False", "0")),
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS],
        ),
        (question("truefalse", answer("true", "0.5")), [Item("question 1", "statement", "Q", TRUE, line=2)], [REASONS]),
        (
            question("truefalse", answer("true", "100") + answer("false", "0", "f")),
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS, JUDGED],
        ),
        (
            question(
                "shortanswer", "<usecase>1</usecase>" + answer("a b") + answer("c", "100", "said") + answer("d", "50")
            ),
            [Item("question 1", "short", "Q", "a b", accept=("c",), line=2)],
            ["that capital letters count: here they don't", LESS, SINGLE],
        ),
        (
            question("shortanswer", "<usecase>0</usecase>" + answer(" a  b* ")),
            [Item("question 1", "short", "Q", "a b*", line=2)],
            ["the asterisk that stands for any text: here it is an asterisk"],
        ),
        (question("shortanswer", answer("a", "0")), [], [LESS, "the question: no answer is right"]),
        (question("shortanswer", answer("a \\* b")), [Item("question 1", "short", "Q", "a * b", line=2)], []),
        (
            question("shortanswer", answer("a") + "<answer><text>none</text></answer>"),
            [Item("question 1", "short", "Q", "a", line=2)],
            [LESS],
        ),
        (
            question("numerical", answer("3.14", "100", "", "<tolerance>0.01</tolerance>")),
            [Item("question 1", "number", "Q", 3.14, tolerance=0.01, line=2)],
            [],
        ),
        (question("numerical", answer(" -3 ")), [Item("question 1", "number", "Q", -3, tolerance=0.0, line=2)], []),
        (
            question(
                "numerical",
                answer("+3", "50") + answer("4", "100", "said", "<tolerance> 2 </tolerance>") + answer("*", "0", "no"),
            ),
            [Item("question 1", "number", "Q", 4, tolerance=2.0, line=2)],
            [OTHERS, SINGLE],
        ),
        (
            question("numerical", answer("1e3") + "<units/>"),
            [Item("question 1", "number", "Q", 1000.0, tolerance=0.0, line=2)],
            [],
        ),
        (
            question("numerical", answer("1") + "<units><unit/></units>"),
            [Item("question 1", "number", "Q", 1, tolerance=0.0, line=2)],
            ["its units: write in the question which one is meant"],
        ),
        (
            question("numerical", answer("1" * 40)),
            [Item("question 1", "number", "Q", 1111111111111111111111111111111111111111, tolerance=0.0, line=2)],
            [],
        ),
        (
            question(
                "matching",
                "".join(
                    (
                        f"<subquestion{form}><text>{left}</text><answer><text>{right}</text></answer></subquestion>"
                        for left, right, form in (
                            ("l1", "*r1*", ""),
                            ("<![CDATA[<b>l2</b>]]>", "<![CDATA[<b>r2</b>]]>", ""),
                            ("*l3*", "*r3*", ' format="markdown"'),
                            ("", "r4", ""),
                        )
                    )
                ),
            ),
            [
                Item(
                    "question 1",
                    "matching",
                    "Q",
                    {"i1": "a", "i2": "b", "i3": "c"},
                    options=(("a", "\\*r1\\*"), ("b", "&lt;b>r2&lt;/b>"), ("c", "*r3*"), ("d", "r4")),
                    items=(("i1", "l1"), ("i2", "**l2**"), ("i3", "*l3*")),
                    line=2,
                )
            ],
            [],
        ),
        (
            question(
                "match",
                "".join(
                    f"<subquestion><text>l{n}</text><answer><text>r{n % 2}</text></answer></subquestion>"
                    for n in range(4)
                ),
            ),
            [
                Item(
                    "question 1",
                    "matching",
                    "Q",
                    {"i1": "a", "i2": "b", "i3": "a", "i4": "b"},
                    options=(("a", "r0"), ("b", "r1")),
                    items=(("i1", "l0"), ("i2", "l1"), ("i3", "l2"), ("i4", "l3")),
                    line=2,
                )
            ],
            ["it has 2 options or items; here there are 3 to 6: change it"],
        ),
        (
            question("ordering", ABC),
            [Item("question 1", "order", "Q", ("c", "b", "a"), items=(("a", "c"), ("b", "b"), ("c", "a")), line=2)],
            [],
        ),
        (
            question("ordering", answer("c") + answer("b") + answer("a")),
            [Item("question 1", "order", "Q", ("c", "a", "b"), items=(("a", "b"), ("b", "a"), ("c", "c")), line=2)],
            [],
        ),
        (question("essay", ""), [], ["the question: there is no type here for what is called essay"]),
        (question("", ""), [], ["the question: there is no type here for what is called -"]),
        ("<question/>", [], ["the question: there is no type here for what is called -"]),
        (
            question("k" * 50, ""),
            [],
            ["the question: there is no type here for what is called kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"],
        ),
        (
            '<question type="category"/>' + question("essay", ""),
            [],
            ["the question: there is no type here for what is called essay"],
        ),
        (
            "<!--source: &quot;x&quot;-->" + question("truefalse", answer("true")),
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS],
        ),
        (
            '<!--source: "S  1"--><!-- other -->'
            + question("truefalse", answer("true"))
            + question("truefalse", answer("false")),
            [
                Item("question 1", "statement", "Q", TRUE, source="S 1", line=2),
                Item("question 2", "statement", "Q", FALSE, line=3),
            ],
            [REASONS, f"line 3, question 2: {REASONS}"],
        ),
        (
            '<!--source: "S"--><question type="category"/>' + question("truefalse", answer("true")),
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS],
        ),
        (
            '<!--source: ["S"]-->' + question("truefalse", answer("true")),
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS],
        ),
        (
            '<!--\nsource: "S" -->' + question("truefalse", answer("true")),
            [Item("question 1", "statement", "Q", TRUE, source="S", line=3)],
            [f"line 3, question 1: {REASONS}"],
        ),
        (
            '<!--xsource: "S"-->' + question("truefalse", answer("true")),
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS],
        ),
        (
            "<other/>" + question("truefalse", answer("true")),
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS],
        ),
        (
            question(
                "truefalse", answer("true", "100", "<![CDATA[<img onerror=x>]]>"), stem="<![CDATA[<sub>2</sub>]]>"
            ),
            [Item("question 1", "statement", "2", TRUE, line=2)],
            [REASONS, "what stands in it as <img>", "what stands in it as <img onerror>", "what stands in it as <sub>"],
        ),
        (
            question("multichoice", ABC.replace("</text>", "</text><file/>", 1)),
            [Item("question 1", "choice", "Q", "a", options=OPTIONS, line=2)],
            ["what stands in it as <file>"],
        ),
        (
            question("truefalse", answer("true"), "n" * 100),
            [Item("n" * 80, "statement", "Q", TRUE, line=2)],
            [f"line 2, {'n' * 80}: {REASONS}"],
        ),
        (
            question("truefalse", "<x/>" * 98 + answer("true")),
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS],
        ),
        (
            question("ordering", '<answer format="markdown"><text>*a*</text></answer>' + answer("b") + answer("*c*")),
            [
                Item(
                    "question 1",
                    "order",
                    "Q",
                    ("b", "a", "c"),
                    items=(("a", "b"), ("b", "*a*"), ("c", "\\*c\\*")),
                    line=2,
                )
            ],
            [],
        ),
        (
            question("numerical", answer("1") + answer("2", "100") + "<units/><units><unit/></units>"),
            [Item("question 1", "number", "Q", 1, tolerance=0.0, line=2)],
            [OTHERS],
        ),
        (
            question(
                "matching",
                '<subquestion format="markdown"><text>l</text>'
                '<answer format="html"><text>&lt;b&gt;</text></answer></subquestion>',
            ),
            [Item("question 1", "matching", "Q", {"i1": "a"}, options=(("a", "<b>"),), items=(("i1", "l"),), line=2)],
            [
                "it has 1 options or items; here there are 3 to 6: change it",
                "it has 1 options or items; here there are 3 to 6: change it",
            ],
        ),
        (
            question("multichoice", ABC + '<generalfeedback format="markdown"><text>*g*</text></generalfeedback>'),
            [
                Item(
                    "question 1",
                    "choice",
                    "Q",
                    "a",
                    options=OPTIONS,
                    explanation="*g*",
                    line=2,
                )
            ],
            [],
        ),
        (
            question(
                "multichoice", ABC + '<generalfeedback format="moodle_auto_format"><text>*g*</text></generalfeedback>'
            ),
            [
                Item(
                    "question 1",
                    "choice",
                    "Q",
                    "a",
                    options=OPTIONS,
                    explanation="\\*g\\*",
                    line=2,
                )
            ],
            [],
        ),
        (
            question("truefalse", answer("true", "0.0000001") + answer("false", "-5")),
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS],
        ),
        (
            '<!--source: ""--><!--source: "T"--><!--no source-->' + question("truefalse", answer("true")),
            [Item("question 1", "statement", "Q", TRUE, source="T", line=2)],
            [REASONS],
        ),
        (
            "<!--source: 5-->" + question("truefalse", answer("true")),
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS],
        ),
        (
            '<!--source: "S"-->' + question("essay", "") + question("truefalse", answer("true")),
            [Item("question 2", "statement", "Q", TRUE, line=3)],
            ["the question: there is no type here for what is called essay", f"line 3, question 2: {REASONS}"],
        ),
        (
            '<!--source: "S"--><other/>' + question("truefalse", answer("true")),
            [Item("question 1", "statement", "Q", TRUE, source="S", line=2)],
            [REASONS],
        ),
        (
            question("multichoice", ABC + "<single>true</single>" + "<single>false</single>"),
            [Item("question 1", "choice", "Q", "a", options=OPTIONS, line=2)],
            [],
        ),
        (
            question("multichoice", ABC + "<single>False</single>"),
            [Item("question 1", "choice", "Q", "a", options=OPTIONS, line=2)],
            [],
        ),
        (
            '<x:question type="truefalse"><x:questiontext><x:text>Q</x:text></x:questiontext>'
            + answer("true")
            + "</x:question>",
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [REASONS],
        ),
        (
            question(
                "shortanswer",
                "<usecase> 1 </usecase>" + answer("&lt;b&gt;a&lt;/b&gt; *", "100", "&lt;b&gt;x&lt;/b&gt;&lt;sub&gt;"),
            ),
            [Item("question 1", "short", "Q", "<b>a</b> *", line=2)],
            [
                "that capital letters count: here they don't",
                "the asterisk that stands for any text: here it is an asterisk",
                SINGLE,
                "what stands in it as <sub>",
            ],
        ),
        (
            question("numerical", answer("1", "0") + answer("2", "99.995")),
            [Item("question 1", "number", "Q", 2, tolerance=0.0, line=2)],
            [OTHERS],
        ),
    ],
)
def test_each_form_of_a_question_is_read_as_a_whole(text: str, items: list[Item], losses: list[str]) -> None:
    found = read(text)
    assert repr(found.items) == repr(tuple(items)), "with the kind of each number, which a text is made of"
    assert [str(one).removeprefix("line 2, question 1: ") for one in found.losses] == losses
