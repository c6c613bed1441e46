"""Which programs do what: the tables behind `deeds`, of what responders and careless people type on a Linux console."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


BUILTINS = names(
    """cd echo printf export alias unalias unset set exit logout true false : history type hash jobs wait test [ read
    let return umask source . kill fg bg pwd pushd popd dirs shopt declare local ulimit times trap eval"""
)
"""Commands of the shell itself."""
SETTING = (BUILTINS - {"kill", "pwd"}) | names(
    "clear sleep sync eject tty stty reset man help date which script tput basename dirname seq expr yes tee"
)
"""Commands that ask the machine nothing that matters: they are no looks."""
HASHERS = names("sha256sum sha1sum md5sum sha512sum sha384sum b2sum shasum hashdeep md5deep cksum")
READERS = HASHERS | names(
    """ls cat find cp tar stat du head tail less more strings file cd openssl xxd hexdump od wc dd rsync zip gzip xz
    zstd tree lsattr getfacl pushd vi vim nano base64 sort cut diff cmp readlink realpath mv rm touch mkdir"""
)
"""Programs whose arguments are paths that they open, list or enter."""
PATTERN_FIRST = names("grep egrep fgrep zgrep awk sed rg ag")
"""Programs whose first argument is a pattern or a script, and the others paths."""
COPIERS = names("cp rsync dd cat tar gzip xz zstd zip install scp cpio")
ALWAYS_DEEP = names("find du tree rg ag hashdeep md5deep")
"""Programs that go down all folders without being told to."""
DEEP_FLAGS = {
    "grep": "rR",
    "egrep": "rR",
    "fgrep": "rR",
    "ls": "R",
    "cp": "rRa",
    "rsync": "ra",
    "chmod": "R",
    "chown": "R",
    "zip": "r",
    "lsattr": "R",
    "getfacl": "R",
}
"""Letters of the options with which others do."""
SCANNERS = names("updatedb clamscan clamdscan chkrootkit rkhunter debsums aide tripwire unhide lynis")
"""Programs that read whole disks."""
DISK_READERS = names("dd strings grep cat")
ACQUIRERS = names("acquire avml lime linpmem fmem")
NETWORK = names(
    "nslookup dig host ping ping6 traceroute tracepath mtr ssh telnet nc ncat netcat curl wget ftp sftp scp whois"
)
"""Programs that speak to other machines."""
DOWN = names("poweroff reboot halt shutdown pm-suspend pm-hibernate rtcwake hibernate")
DOWN_VERBS = names("poweroff reboot halt suspend hibernate hybrid-sleep suspend-then-hibernate kexec soft-reboot sleep")
"""What `systemctl` is told to send the machine down or to sleep."""
ENDERS = names("kill pkill killall killall5 skill xkill")
SIGNAL_OPTIONS = {"kill": names("-s -n --signal"), "killall": names("-s --signal"), "pkill": names("--signal")}
"""Options with a signal behind them; `pkill -n` asks for the newest process."""
HARMLESS_SIGNALS = names("0 L STOP CONT TSTP CHLD WINCH EXIT 17 18 19 20 28")
"""Signals, and letters in their place, that end nothing; in capitals and without SIG."""
EVERYBODY = "-1"
"""The number by which `kill` means all processes."""
FIREWALLS = names("iptables ip6tables nft ufw ebtables tc firewall-cmd")
FIREWALL_FLAGS = names("-A -I -D -F -P -X --append --insert --flush --policy --delete")
WRITERS = names(
    "touch mkdir rm rmdir ln truncate chmod chown chattr shred unlink mkfifo mknod split tee mv vi vim nano"
)
OPTIONS_WITH_VALUE = {
    "truncate": names("-s -r --size --reference"),
    "mkdir": names("-m --mode"),
    "mkfifo": names("-m --mode"),
    "mknod": names("-m --mode"),
    "touch": names("-d -r -t --date --reference --time"),
    "shred": names("-n -s --iterations --size"),
    "split": names("-a -b -C -l -n --bytes --lines --number"),
    "install": names("-m -o -g --mode --owner --group"),
    "head": names("-n -c --lines --bytes"),
    "tail": names("-n -c --lines --bytes"),
    "stat": names("-c --format --printf"),
    "hexdump": names("-n -s -e --length --skip"),
    "xxd": names("-l -s -c"),
    "du": names("-d -t --max-depth --threshold"),
    "tree": names("-L"),
    "grep": names("-A -B -C -m"),
    "egrep": names("-A -B -C -m"),
    "fgrep": names("-A -B -C -m"),
}
"""Options of programs whose value is the word behind them, and no file."""
SHELLS = names("sh bash dash ash zsh ksh")
IN_MEMORY = ("/proc", "/sys", "/dev", "/run", "/tmp", "/var/run")  # noqa: S108 - the suspect machine's
"""Where reading touches no disk."""
DISKS = ("/dev/sd", "/dev/vd", "/dev/nvme", "/dev/hd", "/dev/xvd", "/dev/mapper/", "/dev/dm-", "/dev/mmcblk")
MEMORY_FILES = frozenset({"/proc/kcore", "/dev/mem", "/dev/kmem", "/dev/crash"})
WRAPPERS = {
    "sudo": "ugpCc",
    "doas": "u",
    "env": "uC",
    "nohup": "",
    "nice": "n",
    "ionice": "cn",
    "setsid": "",
    "stdbuf": "ioe",
    "time": "of",
    "timeout": "ks",
    "command": "",
    "exec": "a",
    "builtin": "",
    "busybox": "",
    "xargs": "nILPd",
}
"""Programs that start another one, with the letters of their options that take a value."""
