from __future__ import annotations

import pytest

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


def shown(one: line.Command) -> str:
    """A command with all that is known of it: `.word`, `?` after what is not sure, quotes where some stood."""
    parts = [f"{name}={told(value)}" for name, value in one.assigned]
    parts += [f".{told(each)}" for each in one.words]
    parts += [f"{'>' if each.out else '<'}{told(each.target)}" for each in one.redirects]
    text = " ".join(parts)
    return ("| " if one.piped else "") + (f"({text})" if one.inner else text)


def told(one: line.Word) -> str:
    return (repr(one.text) if one.quoted else one.text) + ("" if one.sure else "?")


@pytest.mark.parametrize(
    ("text", "known", "commands", "whole"),
    [
        ("ps aux", {}, [".ps .aux"], True),
        ("a;b&&c||d&e\nf", {}, [".a", ".b", ".c", ".d", ".e", ".f"], True),
        ("a |& b | c", {}, [".a", "| .b", "| .c"], True),
        ("a;;b", {}, [".a", ".b"], True),
        ("# a; b", {}, [], True),
        ("a # b\nc", {}, [".a", ".c"], True),
        ("a#b", {}, [".a#b"], True),
        ("x=1 y='2 3' cmd z=4", {}, ["x=1 y=2 3 .cmd .z=4"], True),
        ("x=1", {}, ["x=1"], True),
        ("x=$Y z", {}, ["x=? .z"], True),
        ("1x=2 z", {}, [".1x=2 .z"], True),
        ("=2", {}, [".=2"], True),
        ("'if' x", {}, [".'if' .x"], True),
        ("! ps", {}, [".ps"], True),
        ("{ ps; }", {}, [".ps"], True),
        ("if a; then b; else c; fi", {}, [".a", ".b", ".c"], True),
        ("while a; do b; done", {}, [".a", ".b"], True),
        ("} x", {}, [], True),
        ("for x in a", {}, [], False),
        ("[[ a ]]", {}, [], False),
        ("'for' x", {}, [".'for' .x"], True),
        ("'}' x", {}, [".'}' .x"], True),
        ("(a; b) | c", {}, ["(.a)", "(.b)", "| .c"], True),
        ("a (b)", {}, ["(.b)", ".a"], False),
        ("a ) b", {}, [".a .b"], False),
        ("((a))", {}, ["(.a)"], True),
        ("(a", {}, ["(.a)"], False),
        ("echo $(a; b)c `d`e", {}, ["(.a)", "(.b)", "(.d)", ".echo .c? .e?"], True),
        ('echo "x$(a)y" "`b`"', {}, ["(.a)", "(.b)", ".echo .'xy'? .''?"], True),
        ("$(a $(b))", {}, ["(.b)", "(.a .?)", ".?"], True),
        ("a <(b) >(c)", {}, ["(.b)", "(.c)", ".a .? .?"], True),
        ("a <<E", {}, [".a"], False),
        ("a <<< b", {}, [".a"], True),
        ("a <<<b", {}, [".a"], True),
        ("a > b 2>&1 >>c 12> d <e &> f", {}, [".a >b >c >d <e >f"], True),
        ("a 1234> f", {}, [".a >f"], True),
        ("a 12345> f", {}, [".a .12345 >f"], True),
        ("a >| f", {}, [".a >f"], True),
        ("a <> f", {}, [".a <f"], True),
        ("a >&2", {}, [".a"], True),
        ("a >&- b", {}, [".a .b"], True),
        ("a 2>", {}, [".a"], True),
        ("> f", {}, [">f"], True),
        ("a > 'b c'", {}, [".a >'b c'"], True),
        ("a > $X", {}, [".a"], True),
        ("a>b;c", {}, [".a >b", ".c"], True),
        ("a > ; b", {}, [".a", ".b"], True),
        ("a < 5 b", {}, [".a .b"], True),
        ("a 'b' \"c\" d\\ e \\f", {}, [".a .'b' .'c' .'d e' .'f'"], True),
        ("a 'b", {}, [".a .'b'?"], False),
        ('a "b', {}, [".a .'b'?"], False),
        ("a b\\", {}, [".a .'b'"], True),
        ("a \\\nb", {}, [".a .'b'"], True),
        ('"a\\$\\`\\"\\\\\\n"', {}, [".'a$`\"\\\\\\\\n'"], True),
        (
            "$K/ps ${K}x \"$K\" $Kx $K_ $1 $12 ${Z} $ $? $$ \"$?\" '$K' $'x'",
            {"K": "/k", "Kx": "q", "K_": "u"},
            ["./k/ps ./kx .'/k' .q .u .? .2? .? .$? .? .? .''? .'$K' .'$x'?"],
            True,
        ),
        ('a$S "$S"', {"S": "x y"}, [".ax y? .'x y'"], True),
        ("$((1+2))x y", {}, [".x? .y"], True),
        ("$((1", {}, [".?"], False),
        ("${a", {}, [".?"], False),
        (
            "* a? [b] ~ ~/x a~ {a,b} {a..b} {a} '*' \"~\" '{a,b}' a,b",
            {},
            [".*? .a?? .[b]? .~? .~/x? .a~ .{a,b}? .{a..b}? .{a} .'*' .'~' .'{a,b}' .a,b"],
            True,
        ),
        ("a\tb\r", {}, [".a .b"], True),
        ("", {}, [], True),
        ("  ", {}, [], True),
        (";", {}, [], True),
        ("ps 2>&- aux", {}, [".ps .aux"], True),
        ("a <<-E", {}, [".a"], False),
        ("a>&-;b", {}, [".a", ".b"], True),
        ("a 2>&1|b", {}, [".a", "| .b"], True),
        ("`a > b`", {}, ["(.a >b)", ".?"], True),
        ("echo `a >` x", {}, ["(.a)", ".echo .? .x"], True),
        ('echo "`a >`"x', {}, ["(.a)", ".echo .'x'?"], True),
        ("$(a>)b", {}, ["(.a)", ".b?"], True),
        ("a <(b", {}, ["(.b)", ".a .?"], False),
        ("$$x", {}, [".x?"], True),
        ("${}", {}, [".?"], True),
        ("a;#b", {}, [".a"], True),
        ("a ;# b\n c", {}, [".a", ".c"], True),
        ("a&>b", {}, [".a >b"], True),
        ("a&b", {}, [".a", ".b"], True),
        ("a& >b", {}, [".a", ">b"], True),
        ("fi > x", {}, [">x"], True),
        ("x=1 for y", {}, [], False),
        ("then then a", {}, [".a"], True),
        ("a\\", {}, [".'a'"], True),
        ('"a\\', {}, [".'a\\\\'?"], False),
        ('"\\x"', {}, [".'\\\\x'"], True),
        ('"$(a"', {}, ["(.'a'?)", ".''?"], False),
        ('"$A b"c', {"A": "1 2"}, [".'1 2 bc'"], True),
        ("$A", {"A": ""}, ["."], True),
        ("time -p ps", {}, [".ps"], True),
        ("case a in b) c;; esac", {}, [], False),
        ("a|b&c", {}, [".a", "| .b", ".c"], True),
        ("a||b", {}, [".a", ".b"], True),
        ("a |\nb", {}, [".a", ".b"], True),
        ("x+=1 a", {}, [".x+=1 .a"], True),
        ("''", {}, [".''"], True),
        ("a ''b", {}, [".a .'b'"], True),
        ("a{b,c}d", {}, [".a{b,c}d?"], True),
        ('a"{b,c}"', {}, [".'a{b,c}'"], True),
        ("~a=~", {}, [".~a=~?"], True),
        ("$'a' b", {}, [".'$a'? .b"], True),
        ('$"a"', {}, [".'$a'?"], True),
        ("<a b", {}, [".b <a"], True),
        ("2>a b", {}, [".b >a"], True),
        ("2a >b", {}, [".2a >b"], True),
        ("a<b>c", {}, [".a <b >c"], True),
        ("echo a>b$(c >d)", {}, ["(.c >d)", ".echo .a >b?"], True),
        ("[ -f x ]", {}, [".[? .-f .x .]"], True),
        ("select x", {}, [], False),
        ("function f", {}, [], False),
        ("coproc x", {}, [], False),
        ("until a; do b; done", {}, [".a", ".b"], True),
        ("elif a", {}, [".a"], True),
        ("esac x", {}, [], True),
        ("$((1))a$((2))b", {}, [".ab?"], True),
        ("a'b'c'd'", {}, [".'abcd'"], True),
        ("${a}b${c}d", {"a": "1", "c": "2"}, [".1b2d"], True),
        ("${ab", {"ab": "1"}, [".1"], False),
        ('"aXb"', {}, [".'aXb'"], True),
        ('"$Q$K"', {"K": "x"}, [".'x'?"], True),
        ("$1a $1", {}, [".a? .?"], True),
        ("$Xa", {"X": "1", "Xa": "2"}, [".2"], True),
        ("a\n# b\nc\nd", {}, [".a", ".c", ".d"], True),
        ("a ) ; (b)", {}, [".a", "(.b)"], False),
        ("a )b", {}, [".a .b"], False),
        ("a ) >b", {}, [".a >b"], False),
        ("a ) 'b'", {}, [".a .'b'"], False),
        ("x=1=2 a", {}, ["x=1=2 .a"], True),
        ("X> f", {}, [".X >f"], True),
        ("a 3< f", {}, [".a <f"], True),
        ("a >Xb", {}, [".a >Xb"], True),
        ("a >", {}, [".a"], True),
        ("a >&-", {}, [".a"], True),
        ("a -> b", {}, [".a .- >b"], True),
        ("*$K $K*", {"K": "x"}, [".*x? .x*?"], True),
        ("a && b &&c", {}, [".a", ".b", ".c"], True),
        ("a &&> b", {}, [".a", ">b"], True),
        ("$((1)) ) $((2))", {}, [".? .?"], False),
        ("${a} ) ${b}", {"a": "1"}, [".1 .?"], False),
        ("done x", {}, [], True),
    ],
)
def test_a_line_is_read_whole(text: str, known: dict[str, str], commands: list[str], *, whole: bool) -> None:
    read = line.read(text, known)
    assert ([shown(one) for one in read.commands], read.whole) == (commands, whole)


def test_a_line_of_eight_thousand_signs_and_five_hundred_commands_is_read() -> None:
    long = "a" * 8_000
    assert line.read(long) == line.Line((line.Command((line.Word(long),)),))
    assert line.read(f"{long}b") == line.Line((line.Command((line.Word(long),)),), whole=False)
    many = line.read("a;" * 500)
    assert (len(many.commands), many.whole) == (500, True)
    more = line.read("a;" * 501)
    assert (len(more.commands), more.whole) == (500, False)


def test_a_name_of_a_variable_has_letters_digits_and_lines_of_which_two_hundred_are_read() -> None:
    name = "a" * 200
    assert shown(line.read(f"${name}", {name: "x"}).commands[0]) == ".x"
    assert shown(line.read(f"${name}b", {name: "x"}).commands[0]) == ".xb"
    assert shown(line.read("$aé", {"a": "x"}).commands[0]) == ".xé"


def test_what_stands_inside_others_too_deeply_is_not_read() -> None:
    for opened, closed in (("$(", ")"), ("(", ")"), ("<(", ")")):
        eight = opened * line.DEEPEST + "ps" + closed * line.DEEPEST
        assert line.read(eight).whole
        assert not line.read(eight, {}, 1).whole
        assert line.read(eight.removeprefix(opened)[:-1], {}, 1).whole


def test_nothing_is_read_where_no_more_may_stand_inside() -> None:
    assert line.read("a; (b); c", {}, line.DEEPEST) == line.Line((line.Command((line.Word("a"),)),), whole=False)
    (_, command) = line.read("a <(b)").commands
    assert command == line.Command((line.Word("a"), line.Word("", sure=False)))


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
