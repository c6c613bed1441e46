import pytest

from training.analysis.command import LONGEST, LONGEST_WITH_RULES, Command, parse
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
        ("vol.exe -f mem.raw banners", "banners"),
        ("./vol.py -fmem.raw banners", "banners"),
        ("C:\\tools\\vol.exe -f mem.raw banners", "banners"),
        ("'/opt/my tools/vol.py' -qf mem.raw banners", "banners"),
        ("py vol.py banners", "banners"),
        ("pstre", "linux.pstree"),
        ("linux.psli", "linux.pslist"),
        ("linux.pslist --thr --pi 4", "linux.pslist --pid 4 --threads"),
        ("linux.pslist --pid 0o17 0b11 1_000 +5", "linux.pslist --pid 3 5 15 1000"),
        ("linux.vmaregexscan --pattern '[[a]'", "linux.vmaregexscan --pattern '[[a]'"),
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
        ("linux.malwar.malfind", "linux.malware.malfind"),
        ("xyzzy", "There is no plugin 'xyzzy'. Did you mean"),
        ("pagecache", "can mean linux.pagecache.Files, linux.pagecache.InodePages"),
        ("linux", "and others. Type the whole name"),
        (
            "windows.pslist",
            "The exhibit is a Linux machine: windows.pslist reads Windows. The plugin for Linux is linux.pslist.",
        ),
        ("linux.pslist --pdi 1", "Did you mean --pid?"),
        ("linux.tracing.ftrace.CheckFtrace --show_ftrace_flags", "Did you mean --show-ftrace-flags?"),
        ("linux.psscan --frobnicate", "It has no options"),
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
        (
            "linux.pslist --pid 1 --pid 2",
            "given twice. Put all its values after one --pid: vol would keep only the last.",
        ),
        ("linux.pslist --pid 007", "begins with 0"),
        ("linux.pslist --pid \u0661", "a whole number"),
        ("linux.pslist --pid " + "9" * 1900, "must be from 1 to 4194304, not 9999"),
        ("linux.pslist --pid -0x5", "--pid needs a value"),
        ("linux.pslist -p 145", "Choose processes with --pid N."),
        ("vol --profile=Win7SP1x64 linux.pslist", "belongs to Volatility 2"),
        ("linux.pslist --d", "--d can mean --decorate-comm or --dump. Type the whole name."),
        ("vol --s x linux.pslist", "can mean --symbol-dirs, --single-location"),
        ("vol --quiet=1 linux.pslist", "The option --quiet takes no value."),
        ("vol -q=1 linux.pslist", "The option -q takes no value."),
        ("vol -- linux.pslist", "'--' was not understood"),
        ("linux.pslist -- 5", "no option '--'"),
        ("'' linux.pslist", "There is no plugin ''."),
        ("vol - linux.pslist", "There is no plugin '-'"),
        ("vol -f linux.pslist", "The option -f took linux.pslist as its value, as it does in vol"),
        ("vol --hide-columns PID linux.pslist", "The option --hide-columns took linux.pslist"),
        ("volshell -f x linux.pslist", "volshell runs whatever is typed as Python"),
        ("timeliner.Timeliner --create-bodyfile", "--create-bodyfile can't be used here"),
        ("linux.vmayarascan --yara-file /x", "type the rules themselves as text: --yara-rules"),
        ("linux.vmayarascan --yara-comp x", "compiled rules are a program"),
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
        ("timeliner.Timeliner --plugin-filter x", "engram.timeline has --plugins"),
        ("layerwriter", "copies the image"),
        ("isfinfo", "is not offered"),
        ("linux.psaux --dump", "writes files"),
        ("linux.psaux --dump-regions", "writes files"),
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
        ("vol -f http://192.0.2.1/x linux.pslist", "can't name an address"),
        ("vol -f file:/etc/passwd linux.pslist", "can't name an address"),
        ("vol -f -q linux.pslist", "-f needs a value"),
        ("vol linux.pslist -f", "-f needs a value"),
        ("vol linux.pslist --help", "The plugin's card has its help, see linux.pslist."),
        ("vol -h", "The list of plugins"),
        ("vol -h linux.pslist", "see linux.pslist. It is used so: vol linux.pslist [--pid N …]"),
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
        ("linux.pslist;", "The sign ';' belongs to a shell"),
        ("x" * 300, "There is no plugin '" + "x" * 79 + "…'. See"),
        ("linux.pslist " + "y" * 300, "The word '" + "y" * 79 + "…' was"),
        ("linux.pslist \x1b[31m", "control character"),
        ("linux.pslist " + "x" * LONGEST, f"at most {LONGEST} are read"),
        ("linux.pslist " + "x" * LONGEST_WITH_RULES, f"at most {LONGEST} are read"),
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
        ("vol -r json banners", "-r json: The page shows the rows as a table; its export gives them as JSON lines."),
        ("vol -f exhibit.raw banners", "-f exhibit.raw was ignored: the run reads the exhibit of this lab."),
        ("vol -f /etc/shadow banners", "-f /etc/shadow was ignored: the run reads the exhibit of this lab."),
        ("vol -f C:\\cases\\mem.raw banners", "-f C:casesmem.raw was ignored: the run reads the exhibit of this lab."),
        (
            "vol -f /" + "z" * 300 + " banners",
            "-f /" + "z" * 78 + "… was ignored: the run reads the exhibit of this lab.",
        ),
        ("linux.psli", "linux.psli was read as linux.pslist."),
        ("linux.pslist --thr", "--thr was read as --threads."),
        ("vol --filt PID,1 linux.pslist", "--filt was read as --filters."),
        ("linux.pslist -r json", "vol itself takes -r only before the plugin's name."),
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
