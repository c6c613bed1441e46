"""Mistakes and limits of files in GIFT: each is said with its line and in full."""

import pytest

from training.content.source import ContentError
from training.courses.moving import asked, gift_reading, markup

LONG = "y" * (markup.LONGEST + 1)


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("One {#many}", ["1: 'many' is no number; write {#42}, {#3.14:0.01} or {#3..5}"]),
        ("a\nb {#1:x}", ["2: '1:x' is no number; write {#42}, {#3.14:0.01} or {#3..5}"]),
        ("Two {=a\n=b\n\nThree {T}", ["1: the answers begin with { and nothing ends them; write } after the last one"]),
        ("x {\n=cat -> food\n=dog\n}", ["3: an answer without -> among pairs; write = left -> right"]),
        (
            "x\n\\: {=a {=b}}",
            ["2: a second { stands in this question; write \\{ in a text, and end questions by blank lines"],
        ),
        (
            "x {=a} b {=c}",
            ["1: a second { stands in this question; write \\{ in a text, and end questions by blank lines"],
        ),
        ("Q {T}\n{", ["1: a second { stands in this question; write \\{ in a text, and end questions by blank lines"]),
        ("x\ny {\na ~b}", ["2: an answer begins with = or ~, not with 'a'"]),
        ("x {#1e999}", ["1: '1e999' is larger than any number that can be judged"]),
        ("x {#1e999..2}", ["1: '1e999..2' is larger than any number that can be judged"]),
        ("x {#-1e999..1e999}", ["1: '-1e999..1e999' is larger than any number that can be judged"]),
        ("x {#}", ["1: '' is no number; write {#42}, {#3.14:0.01} or {#3..5}"]),
        ("x\n{#~1}", ["2: a number is expected after {#, such as {#42} or {#3.14:0.01}"]),
        ("x {#\n=1\n=two}", ["3: 'two' is no number; write {#42}, {#3.14:0.01} or {#3..5}"]),
        ("x {\n#\n=1\n\\=\n~two =1:2:3}", ["3: '1\n=' is no number; write {#42}, {#3.14:0.01} or {#3..5}"]),
        ("x {# a =1}", ["1: an answer begins with = or ~, not with 'a'"]),
        ("x {" + "~a" * 61 + "}", ["1: more than 60 answers in one question"]),
        ("x {" + "=a" * 31 + "~b" * 30 + "}", ["1: more than 60 answers in one question"]),
        ("x {#1:2:3}", ["1: '1:2:3' is no number; write {#42}, {#3.14:0.01} or {#3..5}"]),
        ("x {#\u0661}", ["1: '\u0661' is no number; write {#42}, {#3.14:0.01} or {#3..5}"]),
        (
            "x {#" + "9" * 31 + "}",
            ["1: '9999999999999999999999999999999' is no number; write {#42}, {#3.14:0.01} or {#3..5}"],
        ),
        ("x {\\a ~b}", ["1: an answer begins with = or ~, not with '\\a'"]),
        ("Q {{T}", ["1: a second { stands in this question; write \\{ in a text, and end questions by blank lines"]),
        ("x {a\r\nb ~c}", ["1: an answer begins with = or ~, not with 'a\nb'"]),
        ("x\n{" + "~a" * 61 + "\n}", ["2: more than 60 answers in one question"]),
        ("x {#\nmany}", ["1: 'many' is no number; write {#42}, {#3.14:0.01} or {#3..5}"]),
        ("x\n{#\n=1#a\n=x#b\n}", ["4: 'x' is no number; write {#42}, {#3.14:0.01} or {#3..5}"]),
        ("x\n{#~1\n}", ["2: a number is expected after {#, such as {#42} or {#3.14:0.01}"]),
        ("x\n{#1e999\n}", ["2: '1e999' is larger than any number that can be judged"]),
        ("x {#" + "y" * 50 + "}", [f"1: '{'y' * 40}' is no number; write {{#42}}, {{#3.14:0.01}} or {{#3..5}}"]),
        (
            "x {#" + "1" * 30 + ":" + "2" * 10 + "e999}",
            [f"1: '{'1' * 30}:{'2' * 9}' is larger than any number that can be judged"],
        ),
        ("x {=a->b =c->d =\ne}", ["1: an answer without -> among pairs; write = left -> right"]),
        ("x {#\\~ =2}", ["1: an answer begins with = or ~, not with '~'"]),
        (
            "x {" + "y" * 50 + " =b}",
            ["1: an answer begins with = or ~, not with 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy'"],
        ),
        ("Q {#1:1e400}", ["1: '1:1e400' is larger than any number that can be judged"]),
        ("Q {#1..}", ["1: '1..' is no number; write {#42}, {#3.14:0.01} or {#3..5}"]),
        ("Q {#1e400:1}", ["1: '1e400:1' is larger than any number that can be judged"]),
        (
            "a\n\nb {#x}\n\n//\nc {#y}\n\nd {T}\n\ne {#z}",
            [
                "3: 'x' is no number; write {#42}, {#3.14:0.01} or {#3..5}",
                "6: 'y' is no number; write {#42}, {#3.14:0.01} or {#3..5}",
                "10: 'z' is no number; write {#42}, {#3.14:0.01} or {#3..5}",
            ],
        ),
    ],
)
def test_each_mistake_is_said_with_its_line(text: str, mistakes: list[str]) -> None:
    with pytest.raises(ContentError) as bad:
        gift_reading.read(text, "f.gift")
    assert [str(one) for one in bad.value.mistakes] == [f"f.gift:{one}" for one in mistakes]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (LONG + "{T}", 1),
        ("[html]x\ny {\n=a\n~" + LONG + "\n~c}", 4),
        ("x {\n=a ~b\n~c#" + LONG + "\n}\n", 3),
        ("x {\n=1 -> " + LONG + "\n=2 -> b}", 2),
        ("x {=1->2\n=" + LONG + " -> c\n}\n", 2),
        ("x {=a\n=b#" + LONG + "\n}\n", 2),
        ("x {T\n####" + LONG + "\n}\n", 2),
        ("x {\n#1#" + LONG + "\n}\n", 2),
        ("x {\n#=1 =2\n=3#" + LONG + "\n}\n", 3),
        ("x {=a ~b}\n" + LONG + "\n", 1),
        ("x {>1\n" + LONG + "\n}", 1),
    ],
)
def test_a_text_that_no_question_needs_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ContentError) as bad:
        gift_reading.read(text, "f.gift")
    assert [str(one) for one in bad.value.mistakes] == [
        f"f.gift:{line}: a text of more than 10000 characters; no question needs that"
    ]


def test_a_file_has_so_many_questions_answers_and_bytes_and_no_more() -> None:
    """Bytes, not letters: the last of them is in a comment."""
    thousand = "Q {T}\n\n" * asked.MOST
    assert len(gift_reading.read(thousand, "f.gift").items) == 1_000
    with pytest.raises(ContentError) as bad:
        gift_reading.read(f"{thousand}R {{T}}\n\nS {{#x}}", "f.gift")
    assert [str(one) for one in bad.value.mistakes] == ["f.gift:2001: more than 1000 questions; divide the file"]
    sixty = gift_reading.read("Q {=a" + "~b" * 59 + "}", "f.gift")
    assert [len(one.options) for one in sixty.items] == [26]
    whole = "Q {T}\n\n//"
    whole += "é" * ((asked.LARGEST - len(whole)) // 2)
    whole += "x" * (asked.LARGEST - len(whole.encode()))
    assert len(gift_reading.read(whole, "f.gift").items) == 1
    with pytest.raises(ContentError) as bad:
        gift_reading.read(f"{whole}x", "f.gift")
    assert [str(one) for one in bad.value.mistakes] == ["f.gift:1: more than 2000000 bytes; divide the file"]


def test_half_a_character_is_left_out() -> None:
    """Such stand for signs while a file is read: one in the file itself would become a sign."""
    assert [one.stem for one in gift_reading.read("Q\udc85\udcff\ud800 {T}", "f.gift").items] == ["Q"]


def test_a_comment_is_read_to_its_two_thousandth_character() -> None:
    def source(n: int) -> str:
        return gift_reading.read(f"// source: {'x' * n}\nQ {{T}}", "f.gift").items[0].source

    assert [len(source(n)) for n in (1_988, 1_989, 1_990)] == [1_988, 1_989, 1_989]
    tag = "[tag:bank B]"
    found = [gift_reading.read(f"// {'x' * n}{tag}\nQ {{T}}", "f.gift").items[0].bank for n in (1_985, 1_986)]
    assert found == [("B",), ()]
