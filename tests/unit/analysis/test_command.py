import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.analysis import cards
from training.analysis.command import LONGEST, Command, parse
from training.errors import Refused


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("linux.pslist", "linux.pslist"),
        ("  linux.pslist  ", "linux.pslist"),
        ("pslist", "linux.pslist"),
        ("PSLIST", "linux.pslist"),
        ("linux.pslist.PsList", "linux.pslist"),
        ("vol -f exhibit.raw linux.pslist --pid 145", "linux.pslist --pid 145"),
        ("vol.py -f exhibit.raw linux.pslist --pid 145", "linux.pslist --pid 145"),
        ("python3 vol.py -q -f exhibit.raw -r json linux.pslist", "linux.pslist"),
        ("python3 /opt/volatility3/vol.py linux.pslist", "linux.pslist"),
        ("volatility3 -r=pretty --offline banners", "banners"),
        ("vol -vvv linux.pstree", "linux.pstree"),
        ("linux.pslist --pid 7 3 7", "linux.pslist --pid 3 7"),
        ("linux.pslist --pid=0x91", "linux.pslist --pid 145"),
        ("linux.pslist --pid 5 -r json", "linux.pslist --pid 5"),
        ("linux.pslist --threads --pid 5 --decorate-comm", "linux.pslist --decorate-comm --pid 5 --threads"),
        ("malfind --hexdump-size 64", "linux.malware.malfind"),
        ("malfind --hexdump-size 128", "linux.malware.malfind --hexdump-size 128"),
        ("linux.malfind", "linux.malware.malfind"),
        ("linux.check_syscall.Check_syscall", "linux.malware.check_syscall"),
        ("maps --pid 1", "linux.proc.Maps --pid 1"),
        ("proc.Maps", "linux.proc.Maps"),
        ("linux.tracing.ftrace.CheckFtrace", "linux.tracing.ftrace.CheckFtrace"),
        ("files --type reg DIR", "linux.pagecache.Files --type DIR REG"),
        ("files --find /dev/shm/.x", "linux.pagecache.Files --find /dev/shm/.x"),
        ("files --find '/srv/pay roll'", "linux.pagecache.Files --find '/srv/pay roll'"),
        ("linux.vmaregexscan --pattern 'a|b' --pid 9", "linux.vmaregexscan --pattern 'a|b' --pid 9"),
        ("linux.vmaregexscan --pattern=-x", "linux.vmaregexscan --pattern=-x"),
        ("InodePages --inode 0x8880042048c0", "linux.pagecache.InodePages --inode 150083406416064"),
    ],
)
def test_what_is_understood(typed: str, text: str) -> None:
    command = parse(typed)
    assert command.text == text
    assert parse(command.text) == command


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "No plugin was named"),
        ("vol", "No plugin was named"),
        ("vol -f exhibit.raw", "No plugin was named"),
        ("linux.pslst", "Did you mean linux.pslist"),
        ("pstre", "Did you mean linux.pstree"),
        ("linux.malwar.malfind", "linux.malware.malfind"),
        ("xyzzy", "There is no plugin 'xyzzy'. Did you mean"),
        ("pagecache", "linux.pagecache.Files or linux.pagecache.InodePages"),
        ("linux", "and others. Type the whole name"),
        ("windows.pslist", "for another system"),
        ("linux.pslist --pdi 1", "Did you mean --pid?"),
        ("linux.tracing.ftrace.CheckFtrace --show_ftrace_flags", "Did you mean --show-ftrace-flags?"),
        ("linux.lsmod --frobnicate", "It has no options"),
        ("linux.pslist -x", "Its options are"),
        ("linux.pslist 145", "'145' was not understood after linux.pslist"),
        ("--pid 4 linux.pslist", "Type the plugin first"),
        ("linux.pslist --pid", "--pid needs a value: --pid N"),
        ("linux.pslist --pid abc", "a whole number, not 'abc'"),
        ("linux.pslist --pid 1,2", "separated by spaces"),
        ("linux.pslist --pid -1", "a whole number, not '-1'"),
        ("linux.pslist --pid 0", "from 1 to 4194304"),
        ("linux.pslist --pid 99999999", "from 1 to 4194304"),
        ("linux.pslist --pid " + " ".join(map(str, range(1, 30))), "at most 20 values"),
        ("linux.pslist --pid 1 --pid 2", "given twice"),
        ("linux.pslist --threads=yes", "takes no value"),
        ("files --type XYZ", "knows REG, DIR"),
        ("files --find etc/passwd", "begins with /"),
        ("files --find file:///etc/passwd", "begins with /"),
        ("files --find /" + "a" * 300, "at most 300"),
        ("files --find=", "--find needs a value"),
        ("InodePages", "needs --find or --inode"),
        ("InodePages --find /init --inode 5", "not both"),
        ("linux.vmaregexscan --pid 1", "needs --pattern"),
        ("linux.vmaregexscan --pattern '('", "not a regular expression"),
        ("linux.pagecache.RecoverFs", "is not offered"),
        ("recoverfs", "is not offered"),
        ("linux.hidden_modules", "linux.malware.modxview"),
        ("timeliner.Timeliner", "wrong times"),
        ("layerwriter", "copies the image"),
        ("isfinfo", "is not offered"),
        ("linux.pslist --dump", "writes files"),
        ("linux.malware.malfind --dump-regions", "writes files"),
        ("vol -s /tmp linux.pslist", "The option -s can't be used here: it opens"),
        ("vol --symbol-dirs=/tmp linux.pslist", "opens files or addresses"),
        ("vol --plugin-dirs /tmp linux.pslist", "opens files or addresses"),
        ("vol -o /tmp linux.pslist", "writes files"),
        ("vol --save-config x linux.pslist", "writes files"),
        ("vol -c x linux.pslist", "opens files or addresses"),
        ("vol -e a=1 linux.pslist", "how Volatility itself works"),
        ("vol --single-location=http://192.0.2.1/x linux.pslist", "opens files or addresses"),
        ("isfinfo --isf file:///etc/passwd", "not offered"),
        ("linux.pslist --isf http://192.0.2.1/", "opens files or addresses"),
        ("vol -f /etc/shadow linux.pslist", "can't name a path or an address"),
        ("vol -f http:192.0.2.1 linux.pslist", "can't name a path or an address"),
        ("vol -f '..\\x' linux.pslist", "can't name a path or an address"),
        ("vol -f -q linux.pslist", "-f needs a value"),
        ("vol linux.pslist -f", "-f needs a value"),
        ("vol --filters PID,1 linux.pslist", "on the page instead"),
        ("vol linux.pslist --help", "plugin's card"),
        ("file:///etc/passwd", "paths and addresses"),
        ("/bin/sh", "paths and addresses"),
        ("linux.pslist | grep x", "belongs to a shell"),
        ("linux.pslist > /tmp/x", "belongs to a shell"),
        ("linux.pslist ; id", "belongs to a shell"),
        ("linux.pslist && id", "belongs to a shell"),
        ("linux.pslist $(id)", "belongs to a shell"),
        ("sudo id", "starts other programs"),
        ("linux.pslist 'open", "left open"),
        ("linux.pslist\nbanners", "The command holds a line break (U+000A)"),
        ("linux.pslist \u202e--pid 1", "holds a direction mark (U+202E)"),
        ("linux.ps\u200blist", "holds an invisible character (U+200B)"),
        ("linux.pslist\u00a0--pid 1", "holds an unusual space (U+00A0)"),
        ("linux.pslist;", "There is no plugin 'linux.pslist;'. Did you mean linux.pslist"),
        ("x" * 300, "There is no plugin '" + "x" * 79 + "…'. See"),
        ("linux.pslist " + "y" * 300, "The word '" + "y" * 79 + "…' was"),
        ("vol -f /" + "z" * 300 + " linux.pslist", "can't name a path"),
        ("linux.pslist \x1b[31m", "control character"),
        ("linux.pslist " + "x" * LONGEST, f"at most {LONGEST}"),
    ],
)
def test_what_is_refused(typed: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(typed)
    assert said in refused.value.message
    assert refused.value.message[0].isupper()
    assert ";;" not in refused.value.message
    assert len(refused.value.message) < 500
    assert refused.value.field == "command"


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("linux.malfind", "linux.malfind is an old name: it is called linux.malware.malfind now."),
        ("vol -r json banners", "-r json was ignored: the page shows the rows."),
        ("vol -f exhibit.raw banners", "-f exhibit.raw was ignored: the run reads the exhibit of this lab."),
        ("vol -q banners", "-q was ignored: it changes nothing here."),
        ("pslist", "pslist was read as linux.pslist."),
    ],
)
def test_what_was_ignored_or_renamed_is_said(typed: str, note: str) -> None:
    assert note in parse(typed).notes


def test_equal_questions_are_equal() -> None:
    one, other = parse("vol -q linux.pslist --pid 2 1"), parse("pslist --pid 1 2")
    assert one == other
    assert hash(one) == hash(other)
    assert one != parse("pslist --pid 1")


def test_options_survive_storing() -> None:
    command = parse("linux.pagecache.Files --type REG DIR")
    assert command.as_json() == {"type": ["DIR", "REG"]}
    assert Command.of(command.plugin, command.as_json()) == command


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(text: str) -> None:
    command = None
    with contextlib.suppress(Refused):
        command = parse(text)
    assert command is None or (command.plugin in cards.load() and parse(command.text) == command)
