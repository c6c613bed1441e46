from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.grading.conduct import line


def words(text: str, **known: str) -> list[list[str]]:
    return [[one.text for one in command.words] for command in line.read(text, known).commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ps aux", [["ps", "aux"]]),
        ("ps aux | grep -v 'a b'", [["ps", "aux"], ["grep", "-v", "a b"]]),
        ("a; b && c || d & e", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ('echo "a \\"b\\" c" d\\ e', [["echo", 'a "b" c', "d e"]]),
        ("echo $(id -u)", [["id", "-u"], ["echo", ""]]),
        ("echo `id`x", [["id"], ["echo", "x"]]),
        ("(cd /srv; ls)", [["cd", "/srv"], ["ls"]]),
        ("diff <(ps) <(top -b)", [["ps"], ["top", "-b"], ["diff", "", ""]]),
        ("echo a#b # c; d", [["echo", "a#b"]]),
        ("if true; then ls; fi", [["true"], ["ls"]]),
        ("x=1 y=2 cmd", [["cmd"]]),
        ("time ps", [["ps"]]),
        ("", []),
    ],
)
def test_simple_commands_are_told_apart(text: str, expected: list[list[str]]) -> None:
    read = line.read(text)
    assert [[one.text for one in command.words] for command in read.commands] == expected
    assert read.whole


def test_redirections_are_no_words() -> None:
    (command,) = line.read("ps > /mnt/evid/a 2>&1 < b 2>>c &> d").commands
    assert [one.text for one in command.words] == ["ps"]
    expected = [(True, "/mnt/evid/a"), (False, "b"), (True, "c"), (True, "d")]
    assert [(one.out, one.target.text) for one in command.redirects] == expected


def test_what_another_command_wrote_is_piped() -> None:
    first, second, third = line.read("a | b; c").commands
    assert (first.piped, second.piped, third.piped) == (False, True, False)


def test_a_redirection_without_a_target_swallows_nothing() -> None:
    assert words("echo `ps >` x") == [["ps"], ["echo", "", "x"]]
    assert words("ps >") == [["ps"]]


def test_substitutions_are_read_to_a_depth() -> None:
    assert line.read("$(" * line.DEEPEST + "ps" + ")" * line.DEEPEST).whole
    assert not line.read("$(" * (line.DEEPEST + 1) + "ps" + ")" * (line.DEEPEST + 1)).whole


def test_variables_are_expanded_where_they_are_known() -> None:
    assert words("$KIT/ps ${KIT}/ls '$KIT'", KIT="/mnt/kit/bin") == [["/mnt/kit/bin/ps", "/mnt/kit/bin/ls", "$KIT"]]
    (command,) = line.read("$WHAT x").commands
    assert [one.sure for one in command.words] == [False, True]


@pytest.mark.parametrize("text", ["ls *", "ls ~", "ls /x{a,b}", "ls $X", "ls $(id)", "ls $?", "ls a[12]", "ls $'x'"])
def test_a_word_that_only_the_shell_knows_is_not_sure(text: str) -> None:
    assert not line.read(text).commands[-1].words[1].sure


@pytest.mark.parametrize(
    "text",
    [
        "echo 'a",
        'echo "a',
        "echo $(a",
        "echo `a",
        "cat <<E",
        "for x in a; do b; done",
        "case a in b) c;; esac",
        "a ) b",
        "${x",
    ],
)
def test_what_is_not_understood_is_not_whole(text: str) -> None:
    assert not line.read(text).whole


@given(st.text(max_size=400) | st.text("$(){}`'\"\\|&;<>#= \n\0ab/", max_size=400))
@try_examples(400)
def test_any_text_is_read(text: str) -> None:
    read = line.read(text, {"a": "b c"})
    assert all(one.words or one.assigned or one.redirects for one in read.commands)


@pytest.mark.parametrize(
    "piece", ["$(", "`", "'", '"', "((", "${", "$((", "<(", "a|", "\\", "$a", "2>", "\u202e\0", "{,", ";;"]
)
def test_a_line_of_a_megabyte_takes_no_time(piece: str) -> None:
    began = time.process_time()
    assert not line.read(piece * (1_000_000 // len(piece))).whole
    assert time.process_time() - began < 2
