"""Questions in GIFT, each form of them compared as a whole, and every mistake with its line and in full."""

import pytest

from tests.unit.courses.moving.quiz import JUDGED, LESS, OPTIONS, OTHERS, REASONS, SHARE, SINGLE
from training.courses.manuscript.format import Judgement
from training.courses.moving import gift_reading, markup
from training.courses.moving.asked import Item

TRUE, FALSE = (Judgement(truth=one, reason="a") for one in (True, False))
LONG = "y" * (markup.LONGEST + 1)


@pytest.mark.parametrize(
    ("text", "items", "losses"),
    [
        ("\ufeff::N::Q {T}", [Item("N", "statement", "Q", TRUE, line=1)], [f"line 1, N: {REASONS}"]),
        ("::N::[plain]<b> {T}", [Item("N", "statement", "&lt;b>", TRUE, line=1)], [f"line 1, N: {REASONS}"]),
        (
            "// source: S // source: T\n// other\nQ {T#a#b#c}",
            [Item("question 1", "statement", "Q", TRUE, source="S // source: T", line=3)],
            [f"line 3, question 1: {one}" for one in (REASONS, JUDGED)],
        ),
        (
            "Q {>1\nc b\nb a\na c\n}",
            [
                Item(
                    "question 1",
                    "order",
                    "Q",
                    ("c", "b", "a"),
                    items=(("a", "a c"), ("b", "b a"), ("c", "c b")),
                    line=1,
                )
            ],
            [],
        ),
        ("Q {#4#X}", [Item("question 1", "number", "Q", 4, tolerance=0.0, line=1)], [SINGLE]),
        ("Q {#=4#X =%50%5}", [Item("question 1", "number", "Q", 4, tolerance=0.0, line=1)], [OTHERS, SINGLE]),
        ("Q {#+7}", [Item("question 1", "number", "Q", 7, tolerance=0.0, line=1)], []),
        ("Q {#-7}", [Item("question 1", "number", "Q", -7, tolerance=0.0, line=1)], []),
        (
            "Q {=X ~XX ~aX}",
            [Item("question 1", "choice", "Q", "a", options=(("a", "X"), ("b", "XX"), ("c", "aX")), line=1)],
            [],
        ),
        ("Q {=X =aX}", [Item("question 1", "short", "Q", "X", accept=("aX",), line=1)], []),
        (
            "Q {=X -> aX =b -> X =c -> d}",
            [
                Item(
                    "question 1",
                    "matching",
                    "Q",
                    {"i1": "a", "i2": "b", "i3": "c"},
                    options=(("a", "aX"), ("b", "X"), ("c", "d")),
                    items=(("i1", "X"), ("i2", "b"), ("i3", "c")),
                    line=1,
                )
            ],
            [],
        ),
        (
            "::a{b::} Q {T}.",
            [Item("a{b", "statement", "} Q \\_\\_\\_\\_\\_ .", TRUE, line=1)],
            ["line 1, a{b: " + REASONS],
        ),
        (
            "::N::[plain]Q {=<b>a</b> ~b ~c}",
            [Item("N", "choice", "Q", "a", options=(("a", "&lt;b>a&lt;/b>"), ("b", "b"), ("c", "c")), line=1)],
            [],
        ),
        ("::N::Q::R {T}", [Item("N", "statement", "Q::R", TRUE, line=1)], [f"line 1, N: {REASONS}"]),
        ("::::Q {T}", [Item("question 1", "statement", "Q", TRUE, line=1)], [REASONS]),
        ("Two plus two? {#4}", [Item("question 1", "number", "Two plus two?", 4, tolerance=0.0, line=1)], []),
        ("::  N  1 ::Q {#4:0.5}", [Item("N 1", "number", "Q", 4, tolerance=0.5, line=1)], []),
        ("Q {#-1.5 : 2}", [Item("question 1", "number", "Q", -1.5, tolerance=2.0, line=1)], []),
        ("Q {#3..5}", [Item("question 1", "number", "Q", 4, tolerance=1.0, line=1)], []),
        ("Q {#5..2}", [Item("question 1", "number", "Q", 3.5, tolerance=1.5, line=1)], []),
        ("Q {#1..2}", [Item("question 1", "number", "Q", 1.5, tolerance=0.5, line=1)], []),
        ("Q {#1.5..2.5}", [Item("question 1", "number", "Q", 2, tolerance=0.5, line=1)], []),
        ("Q {#.5}", [Item("question 1", "number", "Q", 0.5, tolerance=0.0, line=1)], []),
        ("Q {#+1e3:-1}", [Item("question 1", "number", "Q", 1000.0, tolerance=1.0, line=1)], []),
        ("Q { # 7 # said }", [Item("question 1", "number", "Q", 7, tolerance=0.0, line=1)], [SINGLE]),
        (
            "Q {#12345678901234567890}",
            [Item("question 1", "number", "Q", 12345678901234567890, tolerance=0.0, line=1)],
            [],
        ),
        (
            "Q {#=4:1#right =%50%5#near ~#else}",
            [Item("question 1", "number", "Q", 4, tolerance=1.0, line=1)],
            [OTHERS, SINGLE],
        ),
        ("Q {#=%50%3 =4:2 =%100%5}", [Item("question 1", "number", "Q", 4, tolerance=2.0, line=1)], [OTHERS]),
        ("Q {#~#no =4}", [Item("question 1", "number", "Q", 4, tolerance=0.0, line=1)], [SINGLE]),
        ("Q {#=%50%3 =%40%4}", [Item("question 1", "number", "Q", 3, tolerance=0.0, line=1)], [OTHERS]),
        (
            "Q {#4#####general}",
            [Item("question 1", "number", "Q", 4, tolerance=0.0, explanation="#general", line=1)],
            [],
        ),
        (
            "Q {~red #No =yellow #Yes, it is ~%-50%blue ~violet}",
            [
                Item(
                    "question 1",
                    "choice",
                    "Q",
                    "b",
                    options=(("a", "red"), ("b", "yellow"), ("c", "blue"), ("d", "violet")),
                    feedback={"a": "No", "b": "Yes, it is"},
                    line=1,
                )
            ],
            [SHARE],
        ),
        ("Q {=a =b ~c}", [], ["the question: 2 options are fully right where one has to be"]),
        ("Q {~a ~b ~c}", [], ["the question: no option is right"]),
        (
            "Q {~%50%a ~%50%b ~%-50%c#out ~%-50%d}",
            [
                Item(
                    "question 1",
                    "multiple",
                    "Q",
                    ("a", "b"),
                    options=(("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")),
                    feedback={"c": "out"},
                    line=1,
                )
            ],
            [],
        ),
        (
            "Q {~%33.33333%a ~%33.33333%b ~%33.33333%c ~%-33.33333%d}",
            [
                Item(
                    "question 1",
                    "multiple",
                    "Q",
                    ("a", "b", "c"),
                    options=(("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")),
                    line=1,
                )
            ],
            [],
        ),
        ("Q {~%100%a ~%0%b ~c}", [Item("question 1", "multiple", "Q", ("a",), options=OPTIONS, line=1)], [SHARE]),
        ("Q {=%50%a ~b ~c}", [], ["the question: 0 options are fully right where one has to be"]),
        (
            "Q {=%100%a ~b ~c ####Because}",
            [Item("question 1", "choice", "Q", "a", options=OPTIONS, explanation="Because", line=1)],
            [],
        ),
        (
            "Q {=one =two#said =%50%half =one}",
            [Item("question 1", "short", "Q", "one", accept=("two",), line=1)],
            [LESS, SINGLE],
        ),
        ("Q {=%90%a}", [], [LESS, "the question: no answer is right"]),
        (
            "Q {=a*b =c\\*d}",
            [Item("question 1", "short", "Q", "a*b", accept=("c*d",), line=1)],
            ["the asterisk that stands for any text: here it is an asterisk"],
        ),
        ("Q {= a  \\= b }", [Item("question 1", "short", "Q", "a = b", line=1)], []),
        ("Q {T}", [Item("question 1", "statement", "Q", TRUE, line=1)], [REASONS]),
        ("Q {FALSE#no#yes}", [Item("question 1", "statement", "Q", FALSE, line=1)], [REASONS, JUDGED]),
        (
            "Q { true ####General }",
            [Item("question 1", "statement", "Q", TRUE, explanation="General", line=1)],
            [REASONS],
        ),
        ("Q {f#only#}", [Item("question 1", "statement", "Q", FALSE, line=1)], [REASONS, JUDGED]),
        ("Q{F##right}", [Item("question 1", "statement", "Q", FALSE, line=1)], [REASONS, JUDGED]),
        (
            "Q {=cat -> food =dog -> bone =cow -> food = -> stone}",
            [
                Item(
                    "question 1",
                    "matching",
                    "Q",
                    {"i1": "a", "i2": "b", "i3": "a"},
                    options=(("a", "food"), ("b", "bone"), ("c", "stone")),
                    items=(("i1", "cat"), ("i2", "dog"), ("i3", "cow")),
                    line=1,
                )
            ],
            [],
        ),
        (
            "[markdown]Q {=`a` -> `b` =*c* -> *d* =e->f}",
            [
                Item(
                    "question 1",
                    "matching",
                    "Q",
                    {"i1": "a", "i2": "b", "i3": "c"},
                    options=(("a", "`b`"), ("b", "*d*"), ("c", "f")),
                    items=(("i1", "`a`"), ("i2", "*c*"), ("i3", "e")),
                    line=1,
                )
            ],
            [],
        ),
        (
            "[html]Q {=<b>a</b> -> <b>b</b> =c -> *d* =e->f}",
            [
                Item(
                    "question 1",
                    "matching",
                    "Q",
                    {"i1": "a", "i2": "b", "i3": "c"},
                    options=(("a", "&lt;b>b&lt;/b>"), ("b", "\\*d\\*"), ("c", "f")),
                    items=(("i1", "**a**"), ("i2", "c"), ("i3", "e")),
                    line=1,
                )
            ],
            [],
        ),
        (
            "Q {=[plain]*a* -> [html]<i>x</i> =c->d =e->f}",
            [
                Item(
                    "question 1",
                    "matching",
                    "Q",
                    {"i1": "a", "i2": "b", "i3": "c"},
                    options=(("a", "\\[html\\]&lt;i>x&lt;/i>"), ("b", "d"), ("c", "f")),
                    items=(("i1", "\\*a\\*"), ("i2", "c"), ("i3", "e")),
                    line=1,
                )
            ],
            [],
        ),
        ("Q {}", [], ["the question: it asks for an essay, which a lab's written work does here"]),
        ("Q {  ####because}", [], ["the question: it asks for an essay, which a lab's written work does here"]),
        ("Only a text.", [], ["the text: it has no answers and is a description"]),
        ("::T::Only\na text.", [], ["line 1, T: the text: it has no answers and is a description"]),
        (
            "Q {=a ~b ~c} rest.",
            [Item("question 1", "choice", "Q \\_\\_\\_\\_\\_ rest.", "a", options=OPTIONS, line=1)],
            [],
        ),
        ("Q {=a ~b ~c} \n ", [Item("question 1", "choice", "Q", "a", options=OPTIONS, line=1)], []),
        (
            "[plain]*Q* {=*a* ~[html]<b>b</b>#[markdown]**s** ~[moodle]c} *r*",
            [
                Item(
                    "question 1",
                    "choice",
                    "\\*Q\\* \\_\\_\\_\\_\\_ \\*r\\*",
                    "a",
                    options=(("a", "\\*a\\*"), ("b", "**b**"), ("c", "c")),
                    feedback={"b": "**s**"},
                    line=1,
                )
            ],
            [],
        ),
        ("[moodle]<b>Q</b> {T}", [Item("question 1", "statement", "**Q**", TRUE, line=1)], [REASONS]),
        (
            "[markdown]**Q** {=**a** ~b ~c#<i>x</i>}",
            [
                Item(
                    "question 1",
                    "choice",
                    "**Q**",
                    "a",
                    options=(("a", "**a**"), ("b", "b"), ("c", "c")),
                    feedback={"c": "<i>x</i>"},
                    line=1,
                )
            ],
            [],
        ),
        ("[html]<b>Q {=a ~b ~c}", [Item("question 1", "choice", "**Q**", "a", options=OPTIONS, line=1)], []),
        (
            "Q\\n1 \\{x\\} \\~ \\= \\# \\: \\\\ {=a\\~b ~c\\#d ~e\\nf}",
            [
                Item(
                    "question 1",
                    "choice",
                    "Q 1 {x} ~ = # : \\\\",
                    "a",
                    options=(("a", "a~b"), ("b", "c#d"), ("c", "e f")),
                    line=1,
                )
            ],
            [],
        ),
        ("::a\\:\\:b::Q {T}", [Item("a::b", "statement", "Q", TRUE, line=1)], [f"line 1, a::b: {REASONS}"]),
        (":: ::Q {T}", [Item("question 1", "statement", "Q", TRUE, line=1)], [REASONS]),
        (
            "::" + "n" * 100 + "::Q {T}",
            [Item("n" * 80, "statement", "Q", TRUE, line=1)],
            [f"line 1, {'n' * 80}: {REASONS}"],
        ),
        ("::a: Q {T}", [Item("question 1", "statement", "::a: Q", TRUE, line=1)], [REASONS]),
        (
            "// [tag:objective o1] x [tag:mark V1] [tag:bank B1] [tag:bank B2]\n// source: Manual,   page 1\nQ {T}",
            [
                Item(
                    "question 1",
                    "statement",
                    "Q",
                    TRUE,
                    objective="o1",
                    mark="V1",
                    source="Manual, page 1",
                    bank=("B1", "B2"),
                    line=3,
                )
            ],
            [f"line 3, question 1: {REASONS}"],
        ),
        (
            "// source: one\n// source: two\nQ {T}\n\nR {T}",
            [
                Item("question 1", "statement", "Q", TRUE, source="two", line=3),
                Item("question 2", "statement", "R", TRUE, line=5),
            ],
            [f"line 3, question 1: {REASONS}", f"line 5, question 2: {REASONS}"],
        ),
        (
            "// [id:x] source: no\nQ {T}",
            [Item("question 1", "statement", "Q", TRUE, line=2)],
            [f"line 2, question 1: {REASONS}"],
        ),
        (
            "$CATEGORY: a/b\n\nQ {T}\n$CATEGORY: x",
            [Item("question 1", "statement", "Q \\_\\_\\_\\_\\_ $CATEGORY: x", TRUE, line=3)],
            [f"line 3, question 1: {REASONS}"],
        ),
        (
            "$CATEGORY: a\nQ {T}\n\n\nR {F}\n\n",
            [Item("question 1", "statement", "Q", TRUE, line=2), Item("question 2", "statement", "R", FALSE, line=5)],
            [f"line 2, question 1: {REASONS}", f"line 5, question 2: {REASONS}"],
        ),
        (
            "\ufeffQ\r\n{T}\r\n\r\nR {F}",
            [Item("question 1", "statement", "Q", TRUE, line=1), Item("question 2", "statement", "R", FALSE, line=4)],
            [REASONS, f"line 4, question 2: {REASONS}"],
        ),
        (
            "Q {\n// note\n=a\n  // note\n~b\n~c\n}\n\nR {T}",
            [
                Item("question 1", "choice", "Q", "a", options=OPTIONS, line=1),
                Item("question 2", "statement", "R", TRUE, line=9),
            ],
            [f"line 9, question 2: {REASONS}"],
        ),
        (
            "Q {>3\na\nb\nc\n}",
            [Item("question 1", "order", "Q", ("c", "b", "a"), items=(("a", "c"), ("b", "b"), ("c", "a")), line=1)],
            [],
        ),
        (
            "Q {> 2 RANDOM HORIZONTAL RELATIVE_TO_CORRECT HIDE 123\n[html]<b>a</b>\nb*\nc\n}",
            [
                Item(
                    "question 1",
                    "order",
                    "Q",
                    ("b", "c", "a"),
                    items=(("a", "c"), ("b", "**a**"), ("c", "b\\*")),
                    line=1,
                )
            ],
            [],
        ),
        (
            "Q {=a ~b}",
            [Item("question 1", "choice", "Q", "a", options=(("a", "a"), ("b", "b")), line=1)],
            ["it has 2 options or items; here there are 3 to 6: change it"],
        ),
        ("Q {~%1%a ~b ~c}", [Item("question 1", "multiple", "Q", ("a",), options=OPTIONS, line=1)], [SHARE]),
        (
            "[html]<img src=x>Q<a href='javascript:x'>y</a> {=a<sub>2</sub> ~b ~c}",
            [Item("question 1", "choice", "Qy", "a", options=(("a", "a2"), ("b", "b"), ("c", "c")), line=1)],
            [
                'what stands in it as <a href="javascript:x">',
                "what stands in it as <img>",
                "what stands in it as <sub>",
            ],
        ),
        ("{T}", [Item("question 1", "statement", "", TRUE, line=1)], [REASONS]),
        ("Q {#1...2}", [Item("question 1", "number", "Q", 0.6, tolerance=0.4, line=1)], []),
        (
            "Q {#999999999999999999999999999999}",
            [Item("question 1", "number", "Q", 999999999999999999999999999999, tolerance=0.0, line=1)],
            [],
        ),
        (
            "x {\n=a ~%x%b\n~c} }",
            [
                Item(
                    "question 1",
                    "choice",
                    "x \\_\\_\\_\\_\\_ }",
                    "a",
                    options=(("a", "a"), ("b", "%x%b"), ("c", "c")),
                    line=1,
                )
            ],
            [],
        ),
        (
            "Q {>1 ALL\na\nb\nc\n}",
            [Item("question 1", "order", "Q", ("c", "b", "a"), items=(("a", "c"), ("b", "b"), ("c", "a")), line=1)],
            [],
        ),
        (
            "Q {> 1 EXACT H ABS YES abc\na\n\tb\nc }",
            [Item("question 1", "order", "Q", ("c", "b", "a"), items=(("a", "c"), ("b", "b"), ("c", "a")), line=1)],
            [],
        ),
        ("Q {#1e3..3e3}", [Item("question 1", "number", "Q", 2000, tolerance=1000.0, line=1)], []),
        (
            "Q {~%-33.3%a ~%100%b ~%0.5%c}",
            [Item("question 1", "multiple", "Q", ("b", "c"), options=OPTIONS, line=1)],
            [SHARE],
        ),
        ("Q {=%100.0%a ~%0%b ~c}", [Item("question 1", "choice", "Q", "a", options=OPTIONS, line=1)], []),
        (
            "[moodle]Q {=[ html]a ~b ~c}",
            [Item("question 1", "choice", "Q", "a", options=(("a", "\\[ html\\]a"), ("b", "b"), ("c", "c")), line=1)],
            [],
        ),
        (
            "Q {= a -> b -> c =d->e =f->g}",
            [
                Item(
                    "question 1",
                    "matching",
                    "Q",
                    {"i1": "a", "i2": "b", "i3": "c"},
                    options=(("a", "b -> c"), ("b", "e"), ("c", "g")),
                    items=(("i1", "a"), ("i2", "d"), ("i3", "f")),
                    line=1,
                )
            ],
            [],
        ),
        ("  ::N:: [plain] <b> {T}", [Item("N", "statement", "&lt;b>", TRUE, line=1)], [f"line 1, N: {REASONS}"]),
        (
            "\n\nQ {T}\n\n\n\nR {F}",
            [Item("question 1", "statement", "Q", TRUE, line=3), Item("question 2", "statement", "R", FALSE, line=7)],
            [f"line 3, question 1: {REASONS}", f"line 7, question 2: {REASONS}"],
        ),
        (
            "// [tag:bank B]\n//[tag:bank " + "o" * 195 + "][tag:bank " + "o" * 196 + "]\nQ {T}",
            [Item("question 1", "statement", "Q", TRUE, bank=("B", "o" * 195), line=3)],
            [f"line 3, question 1: {REASONS}"],
        ),
        ("Q\\:\n{T##a\\}b}", [Item("question 1", "statement", "Q:", TRUE, line=1)], [REASONS, JUDGED]),
        ("Q\\\\n {T}", [Item("question 1", "statement", "Q\\\\n", TRUE, line=1)], [REASONS]),
        (
            "Q {T}\n// source: S\n\nR {T}",
            [
                Item("question 1", "statement", "Q", TRUE, source="S", line=1),
                Item("question 2", "statement", "R", TRUE, line=4),
            ],
            [REASONS, f"line 4, question 2: {REASONS}"],
        ),
        ("[plain]" + "a" * 10_000 + "{T}", [Item("question 1", "statement", "a" * 10_000, TRUE, line=1)], [REASONS]),
    ],
)
def test_each_form_of_a_question_is_read_as_a_whole(text: str, items: list[Item], losses: list[str]) -> None:
    found = gift_reading.read(text, "f.gift")
    assert repr(found.items) == repr(tuple(items)), "with the kind of each number, which a text is made of"
    assert [str(one).removeprefix("line 1, question 1: ") for one in found.losses] == losses
